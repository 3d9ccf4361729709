/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A session with the TPM (Part 1, section 19): HMACs over commands and answers, and AES-128-CFB
 * over their first parameters, by a key that follows from a salt encrypted to a key of the TPM. So
 * a listener on the bus does not get what is sealed or opened, and a change on the way is noticed.
 * Pure, except for random numbers. stprov's objects have empty passwords, so no password is part of
 * any key.
 */
#pragma once

#include "crypto/ecdh.h"
#include "tpm/codec.h"
#include "tpm/public.h"

#define TPM_SESSION_KEY_SIZE 32

struct tpm_session {
	uint32_t handle; /* 0: none */
	bool salted;     /* a policy session without salt has neither HMACs nor encryption */
	uint8_t nonce_caller[TPM_NONCE_SIZE], nonce_tpm[TPM_NONCE_SIZE];
	uint8_t key[TPM_SESSION_KEY_SIZE];
};

void tpm_session_wipe(struct tpm_session *session);

/* A salt, and what a TPM decrypts to it (TPMS_ECC_POINT). The owner wipes it. */
struct tpm_salt {
	uint8_t salt[TPM_HASH_SIZE];
	struct tpm_blob encrypted;
};

void tpm_salt_wipe(struct tpm_salt *salt);

/*
 * A salt for a P-256 key of the TPM, by @ephemeral (a new one for each salt) (Part 1, annex C.6.1).
 * -EINVAL: @key is not such a key, or not a point of the curve; -EIO.
 */
int tpm_salt_make(const struct tpm_public *key, const struct crypto_ecdh_key *ephemeral,
	struct tpm_salt *ret, struct error *error) MUST_CHECK;

/* The session's key, from both nonces (section 19.6.8). @salt: TPM_HASH_SIZE bytes. -EIO. */
int tpm_session_derive(struct tpm_session *session, const uint8_t salt[TPM_HASH_SIZE],
	struct error *error) MUST_CHECK;

/* How a command is authorized: by a session, or, if @session is NULL, by the empty password. */
struct tpm_auth {
	struct tpm_session *session;
	uint8_t attributes; /* TPM_SESSION_DECRYPT, TPM_SESSION_ENCRYPT: of a salted session */
};

/*
 * Encrypts the request's first parameter if one of @auths says it, and makes the authorizations.
 * At most one of @auths is a session. Rolls its nonce_caller. -EIO.
 */
int tpm_session_protect(struct tpm_request *request, const struct tpm_auth *auths, size_t n,
	struct tpm_authorization ret[TPM_AUTHS_MAX], struct error *error) MUST_CHECK;

/*
 * Checks the authorizations of the answer, decrypts its first parameter, rolls nonce_tpm.
 * -EBADMSG with a text: not what this TPM sent; -EIO.
 */
int tpm_session_check(const struct tpm_request *request, struct tpm_answer *answer,
	const struct tpm_auth *auths, const struct tpm_authorization *got, size_t n,
	struct error *error) MUST_CHECK;
