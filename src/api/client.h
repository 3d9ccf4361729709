/* SPDX-License-Identifier: BSD-2-Clause */
/* The client's calls of either protocol, over one connection. */
#pragma once

#include "api/attest_client.h"
#include "base/secret.h"
#include "http/http.h"

/*
 * Positive results of the calls. The text is the server's reason: in v0.0.1 printable and after
 * the status; in v1 as it came, for log_line() to make printable.
 */
enum {
	API_E_STATUS = 1, /* the server's status is not 200 */
};

struct api_client {
	struct http_conn conn;
	enum api_protocol protocol;
	char host[96];
	struct secret authorization; /* `Basic ...` with NUL; v0.0.1 only */
	int64_t timeout_ms;          /* of each answer, but v1's to commit */
	int status;                  /* of the last answer */
};

/* v1: over a stream that is authenticated. @stream: borrowed. @host: for the Host header. */
void api_client_init_v1(
	struct api_client *client, struct stream *stream, const char *host, int64_t timeout_ms);
/*
 * v0.0.1. @stream: borrowed. @host: for the Host header. @password: the derived Basic
 * authentication password (secrets/otp.h).
 */
int api_client_init(struct api_client *client, struct stream *stream, const char *host,
	const struct secret *password, int64_t timeout_ms, struct error *error) MUST_CHECK;
void api_client_deinit(struct api_client *client);
#define _cleanup_api_client_ _cleanup_(api_client_deinit)

/* 0, API_E_STATUS, or a negative errno with its text. */
int api_client_add_data(struct api_client *client, const struct api_add_data *request,
	struct error *error) MUST_CHECK;
/* v1: also checks that what was staged is what was sent. */
int api_client_add_secure_boot(struct api_client *client, const struct api_secure_boot *request,
	struct error *error) MUST_CHECK;
/* v1: which host key and host name a commit would store; the other texts of *ret are empty. */
int api_client_prepare(
	struct api_client *client, struct api_commit *ret, struct error *error) MUST_CHECK;
/* v1 only. */
int api_client_add_file(
	struct api_client *client, const struct api_file *file, struct error *error) MUST_CHECK;
/* v1 only: after prepare; of the key that prepare told. */
int api_client_add_certificate(struct api_client *client, const struct api_certificate *certificate,
	struct error *error) MUST_CHECK;
/*
 * v1 only: what the TPM shows of itself, and the proof of it. Both wait @limit_ms, since a TPM may
 * be slow, and keep the answer as it came for a record. @ret, @ret_answer: empty; the caller frees
 * them, also after a failure.
 */
int api_client_attest(struct api_client *client, int64_t limit_ms, struct api_attest *ret,
	char **ret_answer, struct error *error) MUST_CHECK;
int api_client_attest_prove(struct api_client *client, const struct api_prove *request,
	int64_t limit_ms, struct api_proof *ret, char **ret_answer, struct error *error) MUST_CHECK;
/*
 * v1 only: the host key is to be sealed to the platform's TPM. Waits @limit_ms for the answer,
 * since a TPM may be slow.
 */
int api_client_seal(struct api_client *client, const struct api_seal *request, int64_t limit_ms,
	struct error *error) MUST_CHECK;
/* v1: waits for the operator, without limit. @believed: NULL in v0.0.1. */
int api_client_commit(struct api_client *client, const struct api_believed *believed,
	struct api_commit *ret, struct error *error) MUST_CHECK;
