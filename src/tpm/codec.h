/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands to a TPM and its answers as bytes (TCG TPM 2.0 Library, Part 3; the header and the
 * authorizations in Part 1, section 18). Pure: no I/O, no cryptography, bounded. What a TPM answers
 * is read strictly: every byte has its place, and a length that does not fit is refused.
 */
#pragma once

#include "base/bytes.h"
#include "tpm/types.h"

#define TPM_HANDLES_MAX 2
#define TPM_AUTHS_MAX 2
/* Bytes of the nonces that stprov makes and wants. */
#define TPM_NONCE_SIZE 32

/* A command without its authorizations. Its parameters can hold a secret: tpm_request_wipe(). */
struct tpm_request {
	enum tpm_command command;
	size_t n_handles;
	struct tpm_entity handles[TPM_HANDLES_MAX];
	bool answers_handle; /* its answer has a handle */
	size_t len;
	uint8_t params[TPM_PARAMS_MAX];
};

void tpm_request_wipe(struct tpm_request *request);

/* A successful answer without its authorizations. It can hold a secret: tpm_answer_wipe(). */
struct tpm_answer {
	uint32_t handle; /* 0 if it has none */
	size_t len;
	uint8_t params[TPM_MESSAGE_MAX];
};

void tpm_answer_wipe(struct tpm_answer *answer);

/* TPMA_SESSION (Part 2, section 8.4). */
enum {
	TPM_SESSION_CONTINUE = 0x01,
	TPM_SESSION_DECRYPT = 0x20, /* the command's first parameter is encrypted */
	TPM_SESSION_ENCRYPT = 0x40, /* the answer's first parameter is encrypted */
};

/* One authorization of a command (TPMS_AUTH_COMMAND) or of an answer (TPMS_AUTH_RESPONSE). */
struct tpm_authorization {
	uint32_t handle; /* of a command: the session, or TPM_RH_PASSWORD */
	uint8_t attributes;
	size_t nonce_len, hmac_len;
	uint8_t nonce[TPM_NONCE_SIZE], hmac[TPM_HASH_SIZE];
};

/* The whole command into @out; returns its length. */
size_t tpm_message_write(const struct tpm_request *request,
	const struct tpm_authorization *authorizations, size_t n, uint8_t out[TPM_MESSAGE_MAX]);

/*
 * Reads the answer to @request, sent with @n authorizations. *ret_code is the response code, and
 * the rest is only set when that is 0. False if it is malformed.
 */
bool tpm_message_read(const uint8_t *message, size_t len, const struct tpm_request *request,
	size_t n, uint32_t *ret_code, struct tpm_answer *ret_answer,
	struct tpm_authorization *ret_authorizations);

/* The length that the header of an answer says; 0 if @len bytes are too few to know, or if it is
 * shorter than a header or longer than TPM_MESSAGE_MAX. */
size_t tpm_message_length(const uint8_t *message, size_t len);
#define TPM_HEADER_SIZE 10

/* TPML_PCR_SELECTION of one bank, SHA-256. */
void tpm_write_pcrs(struct bytes_writer *w, uint32_t mask);

/* -- commands --------------------------------------------------------------------------------- */

/*
 * Each writes a whole request. Each decoder is false if the answer is malformed; its outputs are
 * then undefined.
 */

enum tpm_session_type {
	TPM_SESSION_HMAC = 0x00,
	TPM_SESSION_POLICY = 0x01,
};

/* @key: for the salt, or NULL with an empty one: then without parameter encryption. */
void tpm_encode_start_auth_session(struct tpm_request *ret, const struct tpm_entity *key,
	const struct tpm_blob *salt, enum tpm_session_type type,
	const uint8_t nonce[TPM_NONCE_SIZE]);
bool tpm_decode_start_auth_session(
	const struct tpm_answer *answer, uint8_t ret_nonce[TPM_NONCE_SIZE]);

void tpm_encode_create_primary(
	struct tpm_request *ret, uint32_t hierarchy, const struct tpm_blob *template);
bool tpm_decode_create_primary(
	const struct tpm_answer *answer, struct tpm_blob *ret_public, struct tpm_name *ret_name);

/* @data: to be sealed, @len bytes, 0 for a key. */
void tpm_encode_create(struct tpm_request *ret, const struct tpm_entity *parent, const void *data,
	size_t len, const struct tpm_blob *template);
bool tpm_decode_create(
	const struct tpm_answer *answer, struct tpm_blob *ret_private, struct tpm_blob *ret_public);

void tpm_encode_load(struct tpm_request *ret, const struct tpm_entity *parent,
	const struct tpm_blob *private, const struct tpm_blob *public);
bool tpm_decode_load(const struct tpm_answer *answer, struct tpm_name *ret_name);

/* Makes a transient @object persistent; a persistent one, with its own handle, is removed. */
void tpm_encode_evict_control(
	struct tpm_request *ret, const struct tpm_entity *object, uint32_t persistent);
void tpm_encode_flush_context(struct tpm_request *ret, uint32_t handle);

void tpm_encode_read_public(struct tpm_request *ret, uint32_t handle);
bool tpm_decode_read_public(
	const struct tpm_answer *answer, struct tpm_blob *ret_public, struct tpm_name *ret_name);

void tpm_encode_unseal(struct tpm_request *ret, const struct tpm_entity *object);
/* A view of the data. */
bool tpm_decode_unseal(const struct tpm_answer *answer, const uint8_t **ret, size_t *ret_len);

/* Of the present values of the PCRs. */
void tpm_encode_policy_pcr(struct tpm_request *ret, uint32_t session, uint32_t mask);
void tpm_encode_policy_secret(struct tpm_request *ret, uint32_t hierarchy, uint32_t session);
bool tpm_decode_policy_secret(const struct tpm_answer *answer);

void tpm_encode_pcr_read(struct tpm_request *ret, uint32_t mask);
/* Values that it gave, ascending: *ret_mask is a part of what was asked for, at most eight. */
#define TPM_PCR_READ_MAX 8
bool tpm_decode_pcr_read(const struct tpm_answer *answer, uint32_t *ret_mask,
	uint8_t ret_values[TPM_PCR_READ_MAX][TPM_HASH_SIZE]);

void tpm_encode_certify(struct tpm_request *ret, const struct tpm_entity *object,
	const struct tpm_entity *key, const uint8_t qualifying[TPM_HASH_SIZE]);
void tpm_encode_quote(struct tpm_request *ret, const struct tpm_entity *key,
	const uint8_t qualifying[TPM_HASH_SIZE], uint32_t mask);
/* TPMS_ATTEST, whose content the verifier reads, and an ECDSA signature (TPMT_SIGNATURE). */
bool tpm_decode_attest(const struct tpm_answer *answer, struct tpm_blob *ret_statement,
	struct tpm_blob *ret_signature);

void tpm_encode_activate_credential(struct tpm_request *ret, const struct tpm_entity *object,
	const struct tpm_entity *key, const struct tpm_blob *credential,
	const struct tpm_blob *secret);
bool tpm_decode_activate_credential(
	const struct tpm_answer *answer, uint8_t *ret, size_t cap, size_t *ret_len);

void tpm_encode_nv_read_public(struct tpm_request *ret, uint32_t index);
/* The size of its data, and its name. */
bool tpm_decode_nv_read_public(
	const struct tpm_answer *answer, size_t *ret_size, struct tpm_name *ret_name);
/* With the index itself as authorization. @size: at most TPM_BLOB_MAX. */
void tpm_encode_nv_read(
	struct tpm_request *ret, const struct tpm_entity *index, size_t size, size_t offset);
bool tpm_decode_nv_read(const struct tpm_answer *answer, struct tpm_blob *ret);

/* TPM_CAP (Part 2, section 6.12). */
enum tpm_capability {
	TPM_CAP_HANDLES = 1,
	TPM_CAP_PCRS = 5,
	TPM_CAP_PROPERTIES = 6,
};

void tpm_encode_get_capability(
	struct tpm_request *ret, enum tpm_capability capability, uint32_t first, uint32_t count);

/* Items of one answer at most. */
#define TPM_CAPABILITY_MAX 64

struct tpm_property {
	uint32_t property, value;
};

/* *ret_more: there are further ones. */
bool tpm_decode_properties(const struct tpm_answer *answer,
	struct tpm_property ret[TPM_CAPABILITY_MAX], size_t *ret_n, bool *ret_more);
bool tpm_decode_handles(const struct tpm_answer *answer, uint32_t ret[TPM_CAPABILITY_MAX],
	size_t *ret_n, bool *ret_more);

/* A bank of PCRs: its hash, and which PCRs it has. */
struct tpm_bank {
	uint16_t hash;
	uint32_t mask;
};
#define TPM_BANKS_MAX 16
bool tpm_decode_banks(
	const struct tpm_answer *answer, struct tpm_bank ret[TPM_BANKS_MAX], size_t *ret_n);
