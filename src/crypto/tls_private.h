/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by tls.c, tls_conn.c, tls_psk.c, tls_web.c and tls_why.c; only they include it. */
#pragma once

#include <openssl/ssl.h>

#include "crypto/tls.h"

/* The server name that clients send and that is in the certificate. */
#define TLS_SERVER_NAME "stprov"

struct tls_context {
	SSL_CTX *ssl;
	BIO_METHOD *bio;
	bool server;
	bool psk; /* no certificates: each connection has its own key */
	/* The server's own certificate, or the one that the client expects. */
	uint8_t cert[CRYPTO_CERT_MAX];
	size_t cert_len;

	/* A client for the web: its number of roots, and the times of struct tls_web. */
	bool web;
	size_t roots_n;
	int64_t clock_s, floor_s;
};

/* Longest name or address of a server of the web, with its NUL. */
#define TLS_HOST_MAX 256

struct tls_conn {
	struct stream stream;
	struct tls_context *context;
	SSL *ssl;
	int fd;
	bool established;
	/* Aborted: a close_notify would be false or follow a partial record. */
	bool broken;

	/* For a context with keys instead of certificates. */
	bool has_psk;
	uint8_t psk[TLS_PSK_SIZE];

	/* For the current OpenSSL call. */
	int64_t deadline_ms;
	/* Result of the socket call. */
	bool eof;
	int io_error; /* a negative errno, or 0 */

	/* Web only: the wanted server, and the certificate of the chain that was refused. */
	char host[TLS_HOST_MAX];
	X509 *refused;
};

/* The BIO method of connections; the caller frees it. NULL if out of memory. */
BIO_METHOD *tls_bio_method_new(void);

/*
 * A context of @method with the settings of all contexts: no files, no tickets, no renegotiation.
 * The caller sets versions, ciphers and trust.
 */
int tls_context_new_bare(
	const SSL_METHOD *method, struct tls_context **ret, struct error *error) MUST_CHECK;
/* A context of stprov's own TLS 1.3 without its trust: no certificate, no key. */
int tls_context_new(bool server, struct tls_context **ret, struct error *error) MUST_CHECK;

/* The reason of a failed handshake with a web server: a TLS_WEB_E_ with its text, or 0. */
int tls_web_explain(const struct tls_conn *conn, struct error *error);
