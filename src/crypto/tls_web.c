/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clients for web servers: the trusted roots, the time of the check, and the wanted server. See
 * tls_web.h; tls_why.c has the messages for a refused certificate.
 */
#include "crypto/tls_web.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/clock.h"
#include "crypto/openssl.h"
#include "crypto/tls_private.h"

/*
 * Ciphers of TLS 1.2: forward secrecy and no SHA-1 (RFC 9325), with support for servers that are
 * some years old. The ciphers of TLS 1.3 are OpenSSL's defaults.
 */
#define WEB_CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE+AES"
#define WEB_GROUPS "X25519:P-256:P-384:P-521"
/* RSA from 2048 bits on, no SHA-1 in signatures (SSL_CTX_set_security_level(3)). */
#define WEB_SECURITY_LEVEL 2

static void cleanup_x509(X509 **cert)
{
	X509_free(*cert);
}

static void cleanup_bio(BIO **bio)
{
	BIO_free(*bio);
}

/* An encrypted certificate must not make OpenSSL ask for a password on the terminal. */
static int no_password(char *buf, int size, int writing, void *context)
{
	return -1;
}

/* The end of the text, which OpenSSL reports as an error. */
static bool at_end(void)
{
	unsigned long e = ERR_peek_last_error();

	return ERR_GET_LIB(e) == ERR_LIB_PEM && ERR_GET_REASON(e) == PEM_R_NO_START_LINE;
}

/* Parses the certificates of a text, and adds them to @store unless that is NULL. */
static int read_roots(
	const void *pem, size_t len, X509_STORE *store, size_t *ret_n, struct error *error)
{
	size_t n = 0;

	if (len > TLS_WEB_ROOTS_MAX)
		return error_set(
			error, -EFBIG, "HTTPS roots: larger than %d bytes", TLS_WEB_ROOTS_MAX);
	_cleanup_(cleanup_bio) BIO *bio = BIO_new_mem_buf(pem, (int)len);
	if (!bio)
		return crypto_openssl_error(error, -EIO, "HTTPS roots");
	for (;; n++) {
		ERR_clear_error();
		_cleanup_(cleanup_x509) X509 *cert =
			PEM_read_bio_X509(bio, NULL, no_password, NULL);
		if (!cert && at_end())
			break;
		if (!cert)
			return error_set(
				error, -EINVAL, "HTTPS roots: certificate %zu is malformed", n + 1);
		if (store && !X509_STORE_add_cert(store, cert))
			return crypto_openssl_error(error, -EIO, "HTTPS roots");
	}
	ERR_clear_error();
	if (n == 0)
		return error_set(error, -EINVAL, "HTTPS roots: no certificate in PEM form");
	*ret_n = n;
	return 0;
}

int tls_web_roots_check(const void *pem, size_t len, size_t *ret_n, struct error *error)
{
	int r = crypto_openssl_init(error);

	if (r == 0)
		r = read_roots(pem, len, NULL, ret_n, error);
	ERR_clear_error();
	return r;
}

/* Called for each certificate of a chain; keeps the refused one for the error message. */
static int on_verify(int ok, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls_conn *conn = SSL_get_app_data(ssl);
	X509 *cert = X509_STORE_CTX_get_current_cert(store);

	if (!ok && !conn->refused && cert && X509_up_ref(cert))
		conn->refused = cert;
	return ok;
}

static bool restrict_to_web(SSL_CTX *ssl, const struct tls_web *web)
{
	X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ssl);

	SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER, on_verify);
	SSL_CTX_set_security_level(ssl, WEB_SECURITY_LEVEL);
	X509_VERIFY_PARAM_set_time(param, clock_time_t(MAX(web->clock_s, web->floor_s)));
	/* Every root may end a chain, self-signed or not, as in stboot. */
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
	X509_VERIFY_PARAM_set_hostflags(
		param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	return SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION) &&
	       SSL_CTX_set_cipher_list(ssl, WEB_CIPHERS) &&
	       SSL_CTX_set1_groups_list(ssl, WEB_GROUPS);
}

int tls_context_new_web(const struct tls_web *web, struct tls_context **ret, struct error *error)
{
	_cleanup_tls_context_ struct tls_context *context = NULL;
	int r = tls_context_new_bare(TLS_client_method(), &context, error);

	if (r < 0)
		return r;
	context->web = true;
	context->clock_s = web->clock_s;
	context->floor_s = web->floor_s;
	if (!restrict_to_web(context->ssl, web))
		return crypto_openssl_error(error, -EIO, "TLS context");
	/* The store of a new context is empty: it only ever contains these roots. */
	if (web->roots_len > 0)
		r = read_roots(web->roots, web->roots_len, SSL_CTX_get_cert_store(context->ssl),
			&context->roots_n, error);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(context);
	return 0;
}

static bool is_address(const char *host)
{
	uint8_t bytes[16];

	return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

int tls_conn_set_host(struct tls_conn *conn, const char *host, struct error *error)
{
	int ok;

	if (host[0] == '\0' || strlen(host) >= sizeof(conn->host))
		return error_set(error, -EINVAL, "TLS: not a server name");
	/* SNI does not carry addresses (RFC 6066 section 3). */
	if (is_address(host))
		ok = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(conn->ssl), host);
	else
		/* OpenSSL's macro for this casts const away, and clang warns. */
		ok = SSL_set1_host(conn->ssl, host) &&
		     SSL_ctrl(conn->ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
			     (void *)(uintptr_t)host);
	if (!ok || !SSL_set_app_data(conn->ssl, conn))
		return crypto_openssl_error(error, -EIO, "TLS: name of the server");
	snprintf(conn->host, sizeof(conn->host), "%s", host);
	return 0;
}
