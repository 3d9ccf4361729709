/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parent's side of the TPM role (role.h): starts it, sends one request at a time, takes its
 * answer when poll(2) says that there is one, and never waits, unless tpm_client_wait() is asked
 * to. What an answer says is held against its request; bytes of the TPM are opaque here.
 */
#pragma once

#include "privsep/role.h"
#include "tpm/ipc.h"

/*
 * How long a request may take: the role is then killed. Tests have one whose end they can wait for.
 */
#ifndef TPM_CLIENT_LIMIT_MS
#define TPM_CLIENT_LIMIT_MS (120 * 1000)
#endif

struct tpm_client {
	struct role role;
	bool is_ready;       /* it has reported that it is locked in */
	uint8_t pending;     /* enum tpm_ipc_type of the request without answer; 0: none */
	int64_t deadline_ms; /* of the request; CLOCK_NEVER: none */
	struct frame frame;  /* 64 KiB: a client is not on the stack */
	/* What the request asked for, to hold the answer against. */
	enum tpm_kind kind;
	uint32_t pcrs;
	bool certify;
	bool is_named[TPM_PARENTS];
	uint8_t policy[TPM_HASH_SIZE];
	/* The answer: by its type. */
	union {
		struct tpm_look look;
		struct tpm_attest attest;
		struct tpm_proof proof;
		struct tpm_seal_result sealed;
		uint8_t secret[TPM_SECRET_SIZE];
	} answer;
};

/*
 * Starts the role on @tpm_fd (tpm_device_open()), borrowed. Requests may follow at once.
 * Negative errnos with a text.
 */
int tpm_client_start(const struct role_launcher *launcher, int tpm_fd, struct tpm_client *ret,
	struct error *error) MUST_CHECK;

/* Ends the role, whatever it does, and wipes the client. One that was not started is left. */
void tpm_client_stop(struct tpm_client *client);

/*
 * Each sends a request; none may be pending. 0; a negative errno with a text when the role has
 * gone. Orders are copied; the caller wipes its own.
 */
int tpm_client_look(struct tpm_client *client, struct error *error) MUST_CHECK;
int tpm_client_attest(struct tpm_client *client, struct error *error) MUST_CHECK;
int tpm_client_prove(struct tpm_client *client, const struct tpm_prove_order *order,
	struct error *error) MUST_CHECK;
int tpm_client_seal(struct tpm_client *client, const struct tpm_seal_order *order,
	struct error *error) MUST_CHECK;
int tpm_client_keep(struct tpm_client *client, uint32_t handle, struct error *error) MUST_CHECK;
int tpm_client_drop(struct tpm_client *client, uint32_t handle, struct error *error) MUST_CHECK;
int tpm_client_open(
	struct tpm_client *client, const struct tpm_sealed *sealed, struct error *error) MUST_CHECK;
int tpm_client_match(
	struct tpm_client *client, const struct tpm_sealed *sealed, struct error *error) MUST_CHECK;
int tpm_client_forget(struct tpm_client *client, struct error *error) MUST_CHECK;

/* For poll(2): readable (POLLIN), or @deadline_ms of the client has come: tpm_client_take(). */
int tpm_client_fd(const struct tpm_client *client);

/* Positive result of tpm_client_take(). */
enum {
	TPM_CLIENT_E_AGAIN = 1, /* there is no answer so far */
};

/*
 * Takes what has come. 0: the pending request is answered. *ret_result is then 0, and its answer
 * is in @client->answer, or it is the request's own result: a negative errno or one of
 * TPM_OPEN_E_..., with the text in @error. TPM_CLIENT_E_AGAIN. A negative errno with a text: the
 * role is of no use any more, and tpm_client_stop() follows (-ETIMEDOUT: `the TPM did not answer
 * for 120 s`; it broke its rules, could not be locked in, or died).
 */
int tpm_client_take(
	struct tpm_client *client, int64_t now_ms, int *ret_result, struct error *error) MUST_CHECK;

/* Waits for the answer, for commands that do nothing else meanwhile. 0 and errors as above. */
int tpm_client_wait(struct tpm_client *client, int *ret_result, struct error *error) MUST_CHECK;
