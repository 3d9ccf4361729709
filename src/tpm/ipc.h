/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the TPM role and its parent say to each other: the frames' types and payloads. Each payload
 * has a fixed size, or is a number and one run of bytes. Each request gets one answer:
 * its own type, or TPM_IPC_FAILED. The parent checks an answer before it uses it, since the role
 * parses what the TPM says.
 */
#pragma once

#include "privsep/frame.h"
#include "tpm/attest.h"
#include "tpm/open.h"
#include "tpm/seal.h"

enum tpm_ipc_type {
	/* From the parent. */
	TPM_IPC_START = 1,   /* empty; once, first */
	TPM_IPC_LOOK = 2,    /* empty */
	TPM_IPC_ATTEST = 3,  /* empty */
	TPM_IPC_PROVE = 4,   /* struct tpm_prove_order */
	TPM_IPC_SEAL = 5,    /* struct tpm_seal_order */
	TPM_IPC_KEEP = 6,    /* handle of the parent key that is kept */
	TPM_IPC_DROP = 7,    /* handle of the parent key that is removed */
	TPM_IPC_OPEN = 8,    /* struct tpm_sealed */
	TPM_IPC_MATCH = 9,   /* struct tpm_sealed */
	TPM_IPC_FORGET = 10, /* empty */

	/* From the role. */
	TPM_IPC_READY = 16,       /* empty: locked in */
	TPM_IPC_BROKEN = 17,      /* text: could not be locked in; the role ends */
	TPM_IPC_LOOKED = 18,      /* struct tpm_look: answers LOOK */
	TPM_IPC_CERTIFICATE = 19, /* 0: the key's, 1: of its chain; DER: before ATTESTED */
	TPM_IPC_ATTESTED = 20,    /* struct tpm_attest without certificates: answers ATTEST */
	TPM_IPC_PROVED = 21,      /* struct tpm_proof: answers PROVE */
	TPM_IPC_SEALED = 22,      /* struct tpm_seal_result: answers SEAL */
	TPM_IPC_OPENED = 23,      /* the secret: answers OPEN */
	TPM_IPC_DONE = 24,        /* empty: answers KEEP, DROP, MATCH, FORGET */
	TPM_IPC_FAILED = 25,      /* struct tpm_failure: answers each of them */
};

/* Why a request failed. */
struct tpm_failure {
	int code; /* a negative errno, or one of TPM_OPEN_E_... for OPEN and MATCH */
	struct error error;
};

/* Room for every payload. */
#define TPM_IPC_PAYLOAD_MAX 8192

/* Encoding into @out, TPM_IPC_PAYLOAD_MAX bytes; returns the length. The caller wipes secrets. */
size_t tpm_ipc_encode_prove(const struct tpm_prove_order *order, uint8_t *out);
size_t tpm_ipc_encode_seal(const struct tpm_seal_order *order, uint8_t *out);
size_t tpm_ipc_encode_handle(uint32_t handle, uint8_t *out);
size_t tpm_ipc_encode_sealed(const struct tpm_sealed *sealed, uint8_t *out);
size_t tpm_ipc_encode_looked(const struct tpm_look *look, uint8_t *out);
size_t tpm_ipc_encode_certificate(bool is_of_chain, const uint8_t *der, size_t len, uint8_t *out);
size_t tpm_ipc_encode_attested(const struct tpm_attest *attest, uint8_t *out);
size_t tpm_ipc_encode_proved(const struct tpm_proof *proof, uint8_t *out);
size_t tpm_ipc_encode_result(const struct tpm_seal_result *result, uint8_t *out);
size_t tpm_ipc_encode_failed(const struct tpm_failure *failure, uint8_t *out);

/* False if the payload is not exactly one of its kind, whatever the frame's type. */
bool tpm_ipc_decode_prove(const struct frame *frame, struct tpm_prove_order *ret);
bool tpm_ipc_decode_seal(const struct frame *frame, struct tpm_seal_order *ret);
/* One of stprov's parents. */
bool tpm_ipc_decode_handle(const struct frame *frame, uint32_t *ret);
/* It passes tpm_sealed_check(). */
bool tpm_ipc_decode_sealed(const struct frame *frame, struct tpm_sealed *ret);
bool tpm_ipc_decode_looked(const struct frame *frame, struct tpm_look *ret);
/* Adds it to @attest; false also if it has no room there. */
bool tpm_ipc_decode_certificate(const struct frame *frame, struct tpm_attest *attest);
/* Sets what is not a certificate. */
bool tpm_ipc_decode_attested(const struct frame *frame, struct tpm_attest *attest);
bool tpm_ipc_decode_proved(const struct frame *frame, struct tpm_proof *ret);
bool tpm_ipc_decode_result(const struct frame *frame, struct tpm_seal_result *ret);
bool tpm_ipc_decode_opened(const struct frame *frame, uint8_t ret_secret[TPM_SECRET_SIZE]);
/* Texts are made printable. */
bool tpm_ipc_decode_failed(const struct frame *frame, struct tpm_failure *ret);
