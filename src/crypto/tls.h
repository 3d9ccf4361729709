/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLS 1.3 on a connected, non-blocking socket, as a stream with deadlines.
 *
 * TLS 1.3 only, no session tickets, no early data, no renegotiation, no ALPN. The configuration
 * file and the certificate store of OpenSSL are never read.
 */
#pragma once

#include "base/secret.h"
#include "base/stream.h"
#include "crypto/ed25519.h"

struct tls_context;

/* Positive results of tls_handshake(). */
enum {
	TLS_E_CERTIFICATE = 1, /* client: the server's certificate is not the expected one */
	TLS_E_REJECTED = 2,    /* server: the client refused the certificate (an alert) */
	TLS_E_CLOSED = 3,      /* the peer closed the connection before the handshake was done */
};

/*
 * A server with the certificate made from @seed (crypto_cert_make). Everything that a handshake
 * needs is loaded, so that no file is opened and no algorithm fetched later: the process may enter
 * its sandbox afterwards. The caller frees with tls_context_free().
 */
int tls_context_new_server(const uint8_t seed[CRYPTO_ED25519_SEED_SIZE], struct tls_context **ret,
	struct error *error) MUST_CHECK;

/*
 * A client that accepts exactly the certificate made from @seed, independent of address and clock,
 * and sends the server name `stprov` (SNI).
 */
int tls_context_new_client(const uint8_t seed[CRYPTO_ED25519_SEED_SIZE], struct tls_context **ret,
	struct error *error) MUST_CHECK;

/* The external pre-shared key of stprov/v1 (docs/protocol.md), in bytes. */
#define TLS_PSK_SIZE 32

/*
 * A server or client without certificates: each connection has a pre-shared key of its own (RFC
 * 8446 section 2.2, with X25519). Everything for a server is loaded, as above.
 * A connection without tls_conn_set_psk() fails in its handshake.
 */
int tls_context_new_psk(bool server, struct tls_context **ret, struct error *error) MUST_CHECK;

void tls_context_free(struct tls_context **context);
#define _cleanup_tls_context_ _cleanup_(tls_context_free)

/* One connection. `stream` is its first member: a struct tls_conn is a struct stream. */
struct tls_conn;

/* @fd is borrowed and must be non-blocking; the context must outlive the connection. */
int tls_conn_new(
	struct tls_context *context, int fd, struct tls_conn **ret, struct error *error) MUST_CHECK;
void tls_conn_free(struct tls_conn **conn);
#define _cleanup_tls_conn_ _cleanup_(tls_conn_free)

/* The key of a connection of tls_context_new_psk(), before its handshake; it is copied. */
void tls_conn_set_psk(struct tls_conn *conn, const uint8_t psk[TLS_PSK_SIZE]);

/* The stream to read and write once the handshake is done; it belongs to the connection. */
struct stream *tls_conn_stream(struct tls_conn *conn);

/*
 * What both ends of an established connection share and no other connection has: the exporter of
 * RFC 9266, label `EXPORTER-Channel-Binding`, without context. -EIO with its text.
 */
#define TLS_EXPORTER_SIZE 32
int tls_export_binding(
	struct tls_conn *conn, uint8_t out[TLS_EXPORTER_SIZE], struct error *error) MUST_CHECK;

/* 0, -ETIMEDOUT, another negative errno, or a positive TLS_E_ above; all with their text. */
int tls_handshake(struct tls_conn *conn, int64_t deadline_ms, struct error *error) MUST_CHECK;

/* Sends close_notify if that is possible at once; never blocks. */
void tls_close(struct tls_conn *conn);
