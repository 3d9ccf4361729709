/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frames between the monitor and a session: types and payloads.
 *
 * The payloads are fields of a fixed size, one run of bytes, or both in this order, so that the
 * monitor has nothing to parse.
 * Each request gets exactly one answer, in order, except those marked `no answer`.
 */
#pragma once

#include <stdbool.h>

#include "api/attest.h"
#include "api/bodies.h"
#include "crypto/ed25519.h"
#include "opening/opening.h"
#include "enrol/enrol.h"
#include "hostkey/hostkey.h"
#include "privsep/frame.h"

enum session_ipc_type {
	/* From the monitor. */
	IPC_START = 1,     /* struct ipc_start; once, first */
	IPC_ANSWER = 2,    /* struct ipc_answer */
	IPC_COMMITTED = 3, /* struct api_commit: the answer to IPC_COMMIT when it succeeded */
	IPC_STATUS = 4,    /* one byte, enum opening_status: the answer to IPC_HELLO */
	/* The firmware's boot log, empty: none; the answer to IPC_BOOT_LOG. */
	IPC_BOOT_LOG_DATA = 5,
	/* After IPC_READY, when there is a connection: its descriptor, and the clock_now_ms() by
	 * which the first request, or the opening, has to be in. */
	IPC_CONNECTION = 6,
	/* struct api_commit without what is told at the end: the answer to IPC_PREPARE. */
	IPC_PREPARED = 7,
	/* struct api_attest without its bytes, which IPC_ATTEST_MORE gets: the answer to IPC_ATTEST
	 */
	IPC_ATTESTED = 8,
	/* The next of those bytes, IPC_PIECE_MAX at most; empty: there are no more. */
	IPC_ATTEST_PIECE = 9,
	IPC_PROVED = 10, /* struct api_proof: the answer to IPC_PROVE */

	/* From the session. */
	IPC_READY = 16,        /* empty: in the sandbox; no answer */
	IPC_FAILED = 17,       /* text: cannot enter the sandbox; the session ends; no answer */
	IPC_LOG = 18,          /* text for the operator; no answer */
	IPC_AUTHENTICATE = 19, /* the credentials as they came */
	IPC_ADD_DATA = 20,     /* struct api_add_data */
	IPC_SETUP_MODE = 21,   /* empty: may Secure Boot keys be set? */
	IPC_BLOB = 22,         /* one byte, enum efi_sb; the blob: staged for IPC_SECURE_BOOT */
	IPC_SECURE_BOOT = 23,  /* struct ipc_secure_boot; v0.0.1: writes it now */
	/* v0.0.1: empty; v1: struct api_believed, answered after the operator's decision */
	IPC_COMMIT = 24,
	IPC_SPEAKS = 25,     /* one byte, enum api_protocol: what the peer begins with; no answer */
	IPC_HELLO = 26,      /* empty: a client of v1; IPC_STATUS says whether to go on */
	IPC_ATTEMPT = 27,    /* empty: may message 4 be sent? other attempts come first */
	IPC_OPENED = 28,     /* the comparison words' bytes: message 5 was valid */
	IPC_NOT_OPENED = 29, /* one byte: 1 if message 5 was wrong, 0 if none came; no answer */
	IPC_LEFT = 30,       /* empty: the client left before its commit was decided; no answer */
	IPC_BOOT_LOG = 31,   /* empty: the firmware's boot log, to compare db with */
	IPC_PREPARE = 32,    /* empty; v1: which host key and name a commit would store */
	IPC_FILE = 33,       /* struct ipc_file, the file's bytes; v1: staged for the commit */
	/* struct ipc_certificate, the line with its newline; v1: staged for the commit */
	IPC_CERTIFICATE = 34,
	/* struct ipc_seal; v1: the key is to be sealed; answered once the TPM is known */
	IPC_SEAL = 35,
	IPC_ATTEST = 36,      /* empty; v1: answered when the TPM has shown its keys */
	IPC_ATTEST_MORE = 37, /* empty; v1: the next piece of what the answer named */
	IPC_PROVE = 38,       /* struct ipc_prove; v1: answered when the TPM has quoted */
};

/* Bytes of a piece of attest's answer. */
#define IPC_PIECE_MAX (32 * 1024)

struct ipc_start {
	struct spake2plus_verifier verifier;    /* of the code */
	uint8_t seed[CRYPTO_ED25519_SEED_SIZE]; /* of v0.0.1's TLS key; zero without it */
	bool compat;                            /* v0.0.1 is served too */
};

struct ipc_answer {
	int result; /* 0 or API_E_... */
	struct error error;
};

/* What the session found out about the staged Secure Boot keys. */
struct ipc_secure_boot {
	bool menu;             /* the firmware is to show its menu at the next boot */
	bool append[EFI_SB_N]; /* signed for EFI_VARIABLE_APPEND_WRITE */
	enum enrol_boot boot;  /* whether this image starts with Secure Boot on */
};

/* Fingerprints of authorized keys that go with a file; the review has room for them. */
#define IPC_FINGERPRINTS_MAX 3

/* What the session found out about a file, for the review. */
struct ipc_file {
	char name[HOSTFILE_NAME_MAX], mac[HOSTFILE_MAC_MAX];
	uint32_t keys_n; /* of HOSTFILE_ROOT_KEYS: who may log in as root */
	char fingerprints[IPC_FINGERPRINTS_MAX][HOSTKEY_FINGERPRINT_MAX];
};

/* Longest field of a text, with its NUL. */
#define IPC_FIELD_MAX API_PRINCIPALS_MAX

/* What the session found out about a certificate, for the review. */
struct ipc_certificate {
	char mac[HOSTFILE_MAC_MAX];
	char publickey[HOSTKEY_PUBLIC_MAX]; /* that is certified */
	char ca[HOSTKEY_FINGERPRINT_MAX];   /* fingerprint */
	char key_id[API_KEY_ID_MAX], principals[API_PRINCIPALS_MAX];
	uint64_t valid_before; /* seconds since 1970; UINT64_MAX: for ever */
};

/* What a TPM's statement is made for. */
struct ipc_purpose {
	uint8_t nonce[API_NONCE_SIZE];          /* the client's */
	uint8_t binding[HOSTFILE_BINDING_SIZE]; /* of the connection: tls_export_binding() */
};

/* How the key is to be sealed, and what the statement about it is made for. */
struct ipc_seal {
	uint32_t pcrs; /* a mask; 0: it opens with any values */
	uint8_t policy[API_DIGEST_SIZE];
	struct ipc_purpose purpose;
};

/* The credential for the TPM, and what its quote is made for. */
struct ipc_prove {
	size_t credential_len, secret_len; /* API_CREDENTIAL_MIN, API_SECRET_MIN and more */
	uint8_t credential[API_CREDENTIAL_MAX], secret[API_SECRET_MAX];
	struct ipc_purpose purpose;
};

/* Room for every payload above but the blobs, files, certificates and texts. */
#define IPC_SMALL_MAX 4352

/* Encoding into @out, IPC_SMALL_MAX bytes; returns the length. */
size_t session_ipc_encode_start(const struct ipc_start *start, uint8_t *out);
size_t session_ipc_encode_connection(int64_t deadline_ms, uint8_t *out);
size_t session_ipc_encode_answer(const struct ipc_answer *answer, uint8_t *out);
size_t session_ipc_encode_committed(const struct api_commit *commit, uint8_t *out);
size_t session_ipc_encode_add_data(const struct api_add_data *request, uint8_t *out);
size_t session_ipc_encode_commit(const struct api_believed *believed, uint8_t *out);
size_t session_ipc_encode_seal(const struct ipc_seal *request, uint8_t *out);
size_t session_ipc_encode_prove(const struct ipc_prove *request, uint8_t *out);
size_t session_ipc_encode_attested(const struct api_attest *attest, uint8_t *out);
size_t session_ipc_encode_proved(const struct api_proof *proof, uint8_t *out);
/* Into @out, IPC_SMALL_MAX + HOSTFILE_DATA_MAX bytes. */
size_t session_ipc_encode_file(
	const struct ipc_file *file, const uint8_t *data, size_t len, uint8_t *out);
size_t session_ipc_encode_secure_boot(const struct ipc_secure_boot *request, uint8_t *out);

/* Into @out, IPC_SMALL_MAX + HOSTKEY_CERTIFICATE_MAX bytes. */
size_t session_ipc_encode_certificate(
	const struct ipc_certificate *about, const char *line, uint8_t *out);

/* False if the payload is not exactly one of its kind. */
bool session_ipc_decode_start(const struct frame *frame, struct ipc_start *ret);
bool session_ipc_decode_connection(const struct frame *frame, int64_t *ret_deadline_ms);
bool session_ipc_decode_answer(const struct frame *frame, struct ipc_answer *ret);
/* @type: IPC_COMMITTED or IPC_PREPARED. */
bool session_ipc_decode_committed(
	const struct frame *frame, enum session_ipc_type type, struct api_commit *ret);
bool session_ipc_decode_add_data(const struct frame *frame, struct api_add_data *ret);
bool session_ipc_decode_commit(const struct frame *frame, struct api_believed *ret);
bool session_ipc_decode_seal(const struct frame *frame, struct ipc_seal *ret);
bool session_ipc_decode_prove(const struct frame *frame, struct ipc_prove *ret);
/* @ret: without bytes. */
bool session_ipc_decode_attested(const struct frame *frame, struct api_attest *ret);
bool session_ipc_decode_proved(const struct frame *frame, struct api_proof *ret);
/* @ret_data: within the frame; 1 to HOSTFILE_DATA_MAX bytes. The name is that of a file. */
bool session_ipc_decode_file(
	const struct frame *frame, struct ipc_file *ret, const uint8_t **ret_data, size_t *ret_len);
/* @ret_line: within the frame; 1 to HOSTKEY_CERTIFICATE_MAX bytes. */
bool session_ipc_decode_certificate(const struct frame *frame, struct ipc_certificate *ret,
	const uint8_t **ret_line, size_t *ret_len);
bool session_ipc_decode_secure_boot(const struct frame *frame, struct ipc_secure_boot *ret);
