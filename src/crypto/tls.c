/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The contexts of TLS 1.3 (RFC 8446) with OpenSSL: versions, ciphers and trust. The only trusted
 * certificate is the one that ed25519.h makes from a seed. See tls.h; connections are in
 * tls_conn.c.
 */
#include "crypto/tls.h"

#include <errno.h>
#include <string.h>

#include <openssl/ssl.h>

#include "crypto/openssl.h"
#include "crypto/tls_private.h"

/* Every TLS 1.3 peer supports the first one (RFC 8446 section 9.1). */
#define TLS_CIPHERS "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256"
#define TLS_GROUPS "X25519"

void tls_context_free(struct tls_context **context)
{
	if (!*context)
		return;
	SSL_CTX_free((*context)->ssl);
	BIO_meth_free((*context)->bio);
	free(*context);
	*context = NULL;
}

/* Settings of all contexts: no files, no tickets, no renegotiation. */
static bool restrict_all(SSL_CTX *ssl)
{
	SSL_CTX_set_options(
		ssl, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	/*
	 * Read ahead: this needs fewer calls, and a side that refuses the other leaves no unread
	 * bytes, for which the kernel would send a reset that may overtake the alert.
	 */
	SSL_CTX_set_read_ahead(ssl, 1);
	return SSL_CTX_set_num_tickets(ssl, 0);
}

static int restrict_to_tls13(SSL_CTX *ssl)
{
	return SSL_CTX_set_min_proto_version(ssl, TLS1_3_VERSION) &&
	       SSL_CTX_set_max_proto_version(ssl, TLS1_3_VERSION) &&
	       SSL_CTX_set_ciphersuites(ssl, TLS_CIPHERS) &&
	       SSL_CTX_set1_groups_list(ssl, TLS_GROUPS);
}

int tls_context_new_bare(const SSL_METHOD *method, struct tls_context **ret, struct error *error)
{
	_cleanup_tls_context_ struct tls_context *context = NULL;
	int r = crypto_openssl_init(error);

	if (r < 0)
		return r;
	if (!OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL))
		return crypto_openssl_error(error, -EIO, "TLS");
	context = calloc(1, sizeof(*context));
	if (!context)
		return error_set_errno(error, -ENOMEM, "TLS context");
	context->bio = tls_bio_method_new();
	context->ssl = SSL_CTX_new(method);
	if (!context->bio || !context->ssl || !restrict_all(context->ssl))
		return crypto_openssl_error(error, -EIO, "TLS context");
	*ret = TAKE_PTR(context);
	return 0;
}

int tls_context_new(bool server, struct tls_context **ret, struct error *error)
{
	_cleanup_tls_context_ struct tls_context *context = NULL;
	int r = tls_context_new_bare(
		server ? TLS_server_method() : TLS_client_method(), &context, error);

	if (r < 0)
		return r;
	if (!restrict_to_tls13(context->ssl))
		return crypto_openssl_error(error, -EIO, "TLS context");
	context->server = server;
	*ret = TAKE_PTR(context);
	return 0;
}

/* Settings of servers and clients with a certificate. */
static int context_new(const uint8_t seed[CRYPTO_ED25519_SEED_SIZE], bool server,
	struct tls_context **ret, struct error *error)
{
	_cleanup_tls_context_ struct tls_context *context = NULL;
	int r = tls_context_new(server, &context, error);

	if (r == 0)
		r = crypto_cert_make(seed, context->cert, &context->cert_len, error);
	if (r == 0)
		*ret = TAKE_PTR(context);
	return r;
}

int tls_context_new_server(
	const uint8_t seed[CRYPTO_ED25519_SEED_SIZE], struct tls_context **ret, struct error *error)
{
	_cleanup_tls_context_ struct tls_context *context = NULL;
	_cleanup_key_ EVP_PKEY *key = NULL;
	int r = context_new(seed, true, &context, error);

	if (r < 0)
		return r;
	r = crypto_openssl_key(seed, &key, error);
	if (r < 0)
		return r;
	if (!SSL_CTX_use_certificate_ASN1(context->ssl, (int)context->cert_len, context->cert) ||
		!SSL_CTX_use_PrivateKey(context->ssl, key))
		return crypto_openssl_error(error, -EIO, "TLS certificate");
	*ret = TAKE_PTR(context);
	return 0;
}

/* The only check of the peer: all bytes of its certificate are the expected ones. */
static int verify_certificate(X509_STORE_CTX *store, void *arg)
{
	const struct tls_context *context = arg;
	X509 *cert = X509_STORE_CTX_get0_cert(store);
	unsigned char *der = NULL;
	int len = cert ? i2d_X509(cert, &der) : -1;
	bool same = len >= 0 && (size_t)len == context->cert_len &&
		    memcmp(der, context->cert, context->cert_len) == 0;

	OPENSSL_free(der);
	/* The refusal sends the alert bad_certificate. */
	X509_STORE_CTX_set_error(store, same ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
	return same;
}

int tls_context_new_client(
	const uint8_t seed[CRYPTO_ED25519_SEED_SIZE], struct tls_context **ret, struct error *error)
{
	struct tls_context *context = NULL;
	int r = context_new(seed, false, &context, error);

	if (r < 0)
		return r;
	SSL_CTX_set_verify(context->ssl, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(context->ssl, verify_certificate, context);
	*ret = context;
	return 0;
}
