/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The opening of stprov/v1 (docs/protocol.md): five messages of fixed size, before TLS, by which
 * both sides show that they know the code, and from which TLS's key and the comparison words
 * follow. The client is SPAKE2+'s prover, the server its verifier.
 *
 * This header: the messages, one step after the other, without any I/O. client.h and server.h
 * run them over a stream.
 */
#pragma once

#include "base/error.h"
#include "base/secret.h"
#include "crypto/kdf.h"
#include "crypto/spake2plus.h"
#include "crypto/tls.h"
#include "secrets/code.h"

/* The five messages: what is in them, and their sizes. */
#define OPENING_HELLO "STPROV/1\n"
#define OPENING_HELLO_SIZE 9
#define OPENING_NONCE_SIZE 32
/* 2: a status; after status 0 the commitment. */
#define OPENING_STATUS_SIZE 1
#define OPENING_COMMITMENT_SIZE CRYPTO_SHA256_SIZE
/* 3: nonce_c, shareP. */
#define OPENING_SHARE_SIZE (OPENING_NONCE_SIZE + SPAKE2PLUS_POINT_SIZE)
/* 4: nonce_s, shareV, confirmV. */
#define OPENING_ANSWER_SIZE (OPENING_SHARE_SIZE + SPAKE2PLUS_CONFIRM_SIZE)
/* 5: confirmP. */
#define OPENING_CONFIRM_SIZE SPAKE2PLUS_CONFIRM_SIZE

enum opening_status {
	OPENING_GO_ON,
	OPENING_BUSY,      /* another client's attempt is under way: try again */
	OPENING_CLOSED,    /* too many failed attempts */
	OPENING_COMMITTED, /* the operator has already committed */
	OPENING_STATUS_N,
};

/* Positive results of everything in this folder, each with its text. */
enum {
	OPENING_E_CODE = 1,    /* the peer's confirmation does not verify: another code */
	OPENING_E_FOREIGN = 2, /* what the peer sent is not this protocol */
	OPENING_E_CLOSED = 3,  /* the peer closed the connection */
	OPENING_E_STATUS = 4,  /* client: the server's status is not OPENING_GO_ON */
	OPENING_E_REFUSED = 5, /* server: a status other than OPENING_GO_ON was sent */
	OPENING_E_OLD = 6,     /* client: a TLS record came, as from stprov/v0.0.1 */
	OPENING_E_SILENT = 7,  /* client: the peer closed the connection before a byte of its own */
};

/* What both sides hold after message 5. */
struct opening_result {
	uint8_t psk[TLS_PSK_SIZE];
	uint8_t words[CODE_SIZE]; /* for code_format() */
};

/* The client's secrets of a code, which is normalised first. The caller wipes them. */
int opening_prover(
	const struct secret *code, struct spake2plus_prover *ret, struct error *error) MUST_CHECK;
/* What a server keeps of a code. */
int opening_verifier(
	const struct secret *code, struct spake2plus_verifier *ret, struct error *error) MUST_CHECK;

/* -- the server's steps ---------------------------------------------------------------------- */

struct opening_server {
	const struct spake2plus_verifier *verifier; /* borrowed */
	struct spake2plus_share share;
	uint8_t nonce[OPENING_NONCE_SIZE];
	uint8_t commitment[OPENING_COMMITMENT_SIZE]; /* of message 2 */
	struct spake2plus_keys keys;                 /* from message 3 on */
};

/* Nonce, share and commitment, new for each connection. */
int opening_server_init(struct opening_server *server, const struct spake2plus_verifier *verifier,
	struct error *error) MUST_CHECK;
/* Wipes it. */
void opening_server_deinit(struct opening_server *server);
#define _cleanup_opening_server_ _cleanup_(opening_server_deinit)

/* Takes message 3 and gives message 4. OPENING_E_FOREIGN if the share is no point. */
int opening_server_answer(struct opening_server *server, const uint8_t message[OPENING_SHARE_SIZE],
	uint8_t ret_answer[OPENING_ANSWER_SIZE], struct error *error) MUST_CHECK;
/* Takes message 5. OPENING_E_CODE if it does not verify. */
int opening_server_finish(const struct opening_server *server,
	const uint8_t message[OPENING_CONFIRM_SIZE], struct opening_result *ret,
	struct error *error) MUST_CHECK;

/* -- the client's steps ---------------------------------------------------------------------- */

struct opening_client {
	const struct spake2plus_prover *prover; /* borrowed */
	struct spake2plus_share share;
	uint8_t nonce[OPENING_NONCE_SIZE];
	uint8_t commitment[OPENING_COMMITMENT_SIZE]; /* the server's */
};

int opening_client_init(struct opening_client *client, const struct spake2plus_prover *prover,
	struct error *error) MUST_CHECK;
/* Wipes it. */
void opening_client_deinit(struct opening_client *client);
#define _cleanup_opening_client_ _cleanup_(opening_client_deinit)

/* Takes the commitment of message 2 and gives message 3. */
void opening_client_share(struct opening_client *client,
	const uint8_t commitment[OPENING_COMMITMENT_SIZE], uint8_t ret_share[OPENING_SHARE_SIZE]);
/*
 * Takes message 4 and gives message 5. OPENING_E_CODE if the other side has a different code;
 * OPENING_E_FOREIGN if the share is no point, or not the one that was committed to.
 */
int opening_client_confirm(const struct opening_client *client,
	const uint8_t message[OPENING_ANSWER_SIZE], uint8_t ret_confirm[OPENING_CONFIRM_SIZE],
	struct opening_result *ret, struct error *error) MUST_CHECK;
