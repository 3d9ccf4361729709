/* SPDX-License-Identifier: BSD-2-Clause */
/* What tls.c, tls_conn.c, tls_psk.c, tls_web.c and tls_why.c share; only they include it. */
#pragma once

#include <openssl/ssl.h>

#include "crypto/tls.h"

/* The name that clients ask for and that is in the certificate. */
#define TLS_SERVER_NAME "stprov"

struct tls_context {
	SSL_CTX *ssl;
	BIO_METHOD *bio;
	bool server;
	bool psk; /* no certificates: each connection brings its key */
	/* The server's own certificate, or the one that the client expects. */
	uint8_t cert[CRYPTO_CERT_MAX];
	size_t cert_len;

	/* A client for the web, its number of roots, and what struct tls_web says of the time. */
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
	/* Broken off, so that a close_notify would be a lie or mix with half a record. */
	bool broken;

	/* Of a context with keys in place of certificates. */
	bool has_psk;
	uint8_t psk[TLS_PSK_SIZE];

	/* Of the present call of OpenSSL. */
	int64_t deadline_ms;
	/* What the socket said. */
	bool eof;
	int io_error; /* a negative errno, or 0 */

	/* Web only: who is wanted, and the certificate in the chain that was refused. */
	char host[TLS_HOST_MAX];
	X509 *refused;
};

/* How connections read and write; the caller frees it. NULL without memory. */
BIO_METHOD *tls_bio_method_new(void);

/*
 * A context of @method that has what is common to all: no files, no tickets, no renegotiation. Its
 * versions, ciphers and trust are still open.
 */
int tls_context_new_bare(
	const SSL_METHOD *method, struct tls_context **ret, struct error *error) MUST_CHECK;
/* A context of stprov's own TLS 1.3 that has all but its trust: no certificate, no key. */
int tls_context_new(bool server, struct tls_context **ret, struct error *error) MUST_CHECK;
/*
 * A handshake of the context with itself, in memory: afterwards the algorithms are fetched, the
 * generators of random numbers seeded, and nothing remains to be loaded for a real one, whatever
 * this version of OpenSSL loads lazily. @psk: the key of both sides, or NULL.
 */
int tls_context_warm_up(struct tls_context *context, uint8_t *psk, struct error *error) MUST_CHECK;

/* Of a failed handshake with a server of the web: a TLS_WEB_E_ with its text, or 0. */
int tls_web_explain(const struct tls_conn *conn, struct error *error);
