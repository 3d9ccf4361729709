/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLS with a server of the web, as a client: 1.2 or later, its certificate checked against
 * exactly the roots that were given (RFC 5280, RFC 9525). What follows is as in tls.h.
 */
#pragma once

#include "crypto/tls.h"

/* Positive results of tls_handshake() for such a connection, besides TLS_E_CLOSED. */
enum {
	TLS_WEB_E_EXPIRED = 16,   /* a certificate's time is over */
	TLS_WEB_E_NOT_YET_VALID,  /* a certificate's time has not begun */
	TLS_WEB_E_UNKNOWN_ISSUER, /* no chain to one of the roots: self-signed, another issuer */
	TLS_WEB_E_WRONG_NAME,     /* a good certificate, but of another server */
	TLS_WEB_E_CERTIFICATE,    /* anything else that is wrong with it; its text says what */
	TLS_WEB_E_OLD_VERSION,    /* the server speaks nothing newer than TLS 1.1 */
};

/* Most bytes of roots in PEM. */
#define TLS_WEB_ROOTS_MAX (1024 * 1024)

/*
 * Whether these are roots: at least one certificate in PEM, every one that begins is whole;
 * text around them is allowed, as in the usual bundles. @ret_n: how many. -EINVAL with its text
 * (also for none at all), -EFBIG beyond TLS_WEB_ROOTS_MAX.
 */
int tls_web_roots_check(const void *pem, size_t len, size_t *ret_n, struct error *error) MUST_CHECK;

struct tls_web {
	const void *roots; /* PEM; borrowed during the call */
	size_t roots_len;  /* 0: no roots, so that every certificate is of an unknown issuer */
	/*
	 * The platform's clock and the least that it can truly be, the program's build date, in
	 * seconds since 1970: certificates are checked for the later of the two.
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
 * Whose certificate is wanted: a host name (asked for by SNI too) or an IPv4 or IPv6 address as
 * text. -EINVAL, -EIO with their text.
 */
int tls_conn_set_host(struct tls_conn *conn, const char *host, struct error *error) MUST_CHECK;
