/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a session does with a request: it checks the form of what arrived, asks the monitor by
 * frames on ROLE_FRAME_FD, and hands the answer back. session.c has the connection around it.
 */
#pragma once

#include "api/server.h"
#include "crypto/tls.h"
#include "opening/server.h"
#include "service/session_ipc.h"

struct tls_context;

struct session {
	struct frame frame; /* the last one received: 64 KiB, so not on the stack of each call */
	struct ipc_start start;
	int64_t deadline_ms; /* by which the first request, or the opening, has to be in */
	struct tls_context *tls_v0, *tls_v1; /* tls_v0: NULL unless v0.0.1 is served */
	uint8_t binding[TLS_EXPORTER_SIZE];  /* v1: of the connection */
	char prepared[API_TEXT_MAX];         /* v1: the public key that prepare told; empty: none */
	bool attempted;                      /* v1: message 4 was permitted */
	bool left;  /* v1: the client left before its answer was there; the monitor was told */
	bool asked; /* v0.0.1: a request came that had to be authenticated */
};

/* The operations of api_serve() and opening_accept(); their context is a struct session. */
const struct api_server_ops *session_api_ops(enum api_protocol protocol);
extern const struct opening_ops session_opening_ops;

/* The opening has succeeded: gives the monitor the words. 0 or API_E_... with its text. */
int session_report_opened(struct session *session, const struct opening_result *result,
	struct error *error) MUST_CHECK;
/*
 * The opening has failed with @result: the monitor counts an attempt that was permitted; any other
 * failure is logged, unless the monitor itself refused.
 */
void session_report_not_opened(
	const struct session *session, int result, const struct error *error);

/* Logs `WHAT: ERROR`. */
void session_log_error(const char *what, const struct error *error);
