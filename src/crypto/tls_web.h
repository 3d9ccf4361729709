/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TLS client for web servers: TLS 1.2 or later, the server's certificate checked against exactly
 * the given roots (RFC 5280, RFC 9525). The connections are those of tls.h.
 */
#pragma once

#include "crypto/tls.h"

/* Positive results of tls_handshake() for such a connection, besides TLS_E_CLOSED. */
enum {
	TLS_WEB_E_EXPIRED = 16,   /* a certificate has expired */
	TLS_WEB_E_NOT_YET_VALID,  /* a certificate is not yet valid */
	TLS_WEB_E_UNKNOWN_ISSUER, /* no chain to one of the roots: self-signed, another issuer */
	TLS_WEB_E_WRONG_NAME,     /* a valid certificate of another server */
	TLS_WEB_E_CERTIFICATE,    /* any other fault of the certificate; the text names it */
	TLS_WEB_E_OLD_VERSION,    /* the server supports only TLS 1.1 or older */
};

/* Maximum size of the roots in PEM, in bytes. */
#define TLS_WEB_ROOTS_MAX (1024 * 1024)

/*
 * Whether these are roots: at least one certificate in PEM, and no truncated one; text around them
 * is allowed, as in the usual bundles. @ret_n: their number. -EINVAL with its text (also if there
 * is no certificate), -EFBIG beyond TLS_WEB_ROOTS_MAX.
 */
int tls_web_roots_check(const void *pem, size_t len, size_t *ret_n, struct error *error) MUST_CHECK;

struct tls_web {
	const void *roots; /* PEM; borrowed during the call */
	size_t roots_len;  /* 0: no roots, so the issuer of every certificate is unknown */
	/*
	 * The platform's clock and its lower bound, the program's build date, in seconds since
	 * 1970: certificates are checked for the later of the two.
	 */
	int64_t clock_s, floor_s;
};

/*
 * A client for any number of servers. Everything that a handshake needs is loaded (see
 * tls_context_new_server). -EINVAL for bad roots, -EIO; with their text. Its connections are made
 * by tls_conn_new() and must be given their server's name before the handshake.
 */
int tls_context_new_web(
	const struct tls_web *web, struct tls_context **ret, struct error *error) MUST_CHECK;

/*
 * The wanted server: a host name (also sent in SNI) or an IPv4 or IPv6 address as text. -EINVAL,
 * -EIO with their text.
 */
int tls_conn_set_host(struct tls_conn *conn, const char *host, struct error *error) MUST_CHECK;
