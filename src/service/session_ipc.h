/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frames between the monitor and a session: types and payloads.
 *
 * The payloads are fixed-size or one run of bytes, so that the monitor has nothing to parse.
 * Each request gets exactly one answer, in order, except those marked `no answer`.
 */
#pragma once

#include <stdbool.h>

#include "api/bodies.h"
#include "crypto/ed25519.h"
#include "opening/opening.h"
#include "enrol/enrol.h"
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

	/* From the session. */
	IPC_READY = 16,        /* empty: in the sandbox; no answer */
	IPC_FAILED = 17,       /* text: cannot enter the sandbox; the session ends; no answer */
	IPC_LOG = 18,          /* text for the operator; no answer */
	IPC_AUTHENTICATE = 19, /* the credentials as they came */
	IPC_ADD_DATA = 20,     /* struct api_add_data */
	IPC_SETUP_MODE = 21,   /* empty: may Secure Boot keys be set? */
	IPC_BLOB = 22,         /* one byte, enum efi_sb; the blob: staged for IPC_SECURE_BOOT */
	IPC_SECURE_BOOT = 23,  /* struct ipc_secure_boot; v0.0.1: writes it now */
	IPC_COMMIT = 24,       /* empty; v1: answered after the operator's decision */
	IPC_SPEAKS = 25,     /* one byte, enum api_protocol: what the peer begins with; no answer */
	IPC_HELLO = 26,      /* empty: a client of v1; IPC_STATUS says whether to go on */
	IPC_ATTEMPT = 27,    /* empty: may message 4 be sent? other attempts come first */
	IPC_OPENED = 28,     /* the comparison words' bytes: message 5 was valid */
	IPC_NOT_OPENED = 29, /* one byte: 1 if message 5 was wrong, 0 if none came; no answer */
	IPC_LEFT = 30,       /* empty: the client left before its commit was decided; no answer */
	IPC_BOOT_LOG = 31,   /* empty: the firmware's boot log, to compare db with */
	IPC_PREPARE = 32,    /* empty; v1: which host key and name a commit would store */
};

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

/* Room for every payload above but the blobs and texts. */
#define IPC_SMALL_MAX 3072

/* Encoding into @out, IPC_SMALL_MAX bytes; returns the length. */
size_t session_ipc_encode_start(const struct ipc_start *start, uint8_t *out);
size_t session_ipc_encode_connection(int64_t deadline_ms, uint8_t *out);
size_t session_ipc_encode_answer(const struct ipc_answer *answer, uint8_t *out);
size_t session_ipc_encode_committed(const struct api_commit *commit, uint8_t *out);
size_t session_ipc_encode_add_data(const struct api_add_data *request, uint8_t *out);
size_t session_ipc_encode_secure_boot(const struct ipc_secure_boot *request, uint8_t *out);

/* False if the payload is not exactly one of its kind. */
bool session_ipc_decode_start(const struct frame *frame, struct ipc_start *ret);
bool session_ipc_decode_connection(const struct frame *frame, int64_t *ret_deadline_ms);
bool session_ipc_decode_answer(const struct frame *frame, struct ipc_answer *ret);
/* @type: IPC_COMMITTED or IPC_PREPARED. */
bool session_ipc_decode_committed(
	const struct frame *frame, enum session_ipc_type type, struct api_commit *ret);
bool session_ipc_decode_add_data(const struct frame *frame, struct api_add_data *ret);
bool session_ipc_decode_secure_boot(const struct frame *frame, struct ipc_secure_boot *ret);
