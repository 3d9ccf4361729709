/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server's endpoints: which request is what, in which order it is checked, and how the
 * outcome is written in HTTP (docs/protocol.md, table of checks). The operations do what a request
 * asks for.
 */
#pragma once

#include "api/attest.h"
#include "api/bodies.h"
#include "base/stream.h"
#include "http/server.h"

/* Positive results of operations, each with a text for the peer. */
enum {
	API_E_DENIED = 1,   /* 403 */
	API_E_REFUSED = 2,  /* 400 */
	API_E_CONFLICT = 3, /* 409 */
	API_E_FAILED = 4,   /* 500; negative results are answered alike */
	API_E_TOO_MUCH = 5, /* 413 */
	API_E_UNABLE = 6,   /* 503: this machine cannot do it */
	API_E_LAST = API_E_UNABLE,
};

struct api_server_ops {
	/*
	 * v0.0.1 only. @credentials: `user:password` as sent. 0 or API_E_DENIED. Every request
	 * asks again.
	 */
	int (*authenticate)(
		void *context, const void *credentials, size_t len, struct error *error);
	int (*add_data)(void *context, const struct api_add_data *request, struct error *error);
	/*
	 * The request is complete (what is not optional is there); nothing else is checked. In
	 * v0.0.1 the keys are written, in v1 staged until the commit.
	 */
	int (*secure_boot)(
		void *context, const struct api_secure_boot *request, struct error *error);
	/*
	 * v1 only: derives the host key of this connection, once; publickey, fingerprint and
	 * hostname of *ret are what a commit would store.
	 */
	int (*prepare)(void *context, struct api_commit *ret, struct error *error);
	/* v1 only: stages a file for the OS package; its name and size are those of one. */
	int (*add_file)(void *context, const struct api_file *file, struct error *error);
	/* v1 only: stages a certificate of the key that `prepare` told: one printable line. */
	int (*add_certificate)(
		void *context, const struct api_certificate *certificate, struct error *error);
	/* v1 only: the host key is to be sealed; returns once the TPM is known to be there. */
	int (*seal)(void *context, const struct api_seal *request, struct error *error);
	/* v1 only: @ret: for api_attest_deinit(); left as it is on failure. */
	int (*attest)(void *context, struct api_attest *ret, struct error *error);
	/* v1 only: after attest. */
	int (*prove)(void *context, const struct api_prove *request, struct api_proof *ret,
		struct error *error);
	/* In v1 this returns after the operator's decision. @believed: v1; NULL in v0.0.1. */
	int (*commit)(void *context, const struct api_believed *believed, struct api_commit *ret,
		struct error *error);
	/* A line for the operator, without the peer's address and without secrets. */
	void (*log)(void *context, const char *text);
};

/* Serves one connection to its end; the deadlines and the result are http_serve()'s. */
int api_serve(struct stream *stream, enum api_protocol protocol, const struct api_server_ops *ops,
	void *context, int64_t first_deadline_ms, const struct http_limits *limits,
	struct error *error) MUST_CHECK;
