/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLS 1.3 with an external pre-shared key instead of certificates (RFC 8446 sections 2.2 and
 * 4.2.11). The callbacks find the key in the application data of the connection's SSL. The key
 * exchange is X25519 (psk_dhe_ke): OpenSSL uses no other mode by default.
 */
#include <errno.h>
#include <string.h>

#include <openssl/ssl.h>

#include "crypto/openssl.h"
#include "crypto/tls_private.h"

/* The identity of the key in the handshake; not secret. */
#define PSK_IDENTITY "stprov/v1"
/* Any cipher with the key's hash, SHA-256, will do: TLS_AES_128_GCM_SHA256. */
static const unsigned char any_cipher[] = { 0x13, 0x01 };

/* OpenSSL needs the key as a "session". NULL if there is no key or no memory. */
static SSL_SESSION *session_new(SSL *ssl)
{
	const unsigned char *psk = SSL_get_app_data(ssl);
	SSL_SESSION *session = psk ? SSL_SESSION_new() : NULL;

	if (session && SSL_SESSION_set1_master_key(session, psk, TLS_PSK_SIZE) &&
		SSL_SESSION_set_cipher(session, SSL_CIPHER_find(ssl, any_cipher)) &&
		SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION))
		return session;
	SSL_SESSION_free(session);
	return NULL;
}

/* Client. @digest: of the cipher, after the server asked for another group; else NULL. */
static int use_session(SSL *ssl, const EVP_MD *digest, const unsigned char **ret_identity,
	size_t *ret_len, SSL_SESSION **ret_session)
{
	SSL_SESSION *session = session_new(ssl);

	if (!session)
		return 0;
	*ret_identity = (const unsigned char *)PSK_IDENTITY;
	*ret_len = strlen(PSK_IDENTITY);
	*ret_session = session;
	return 1;
}

/* Server. Without a session the handshake continues and fails, as there is no certificate. */
static int find_session(
	SSL *ssl, const unsigned char *identity, size_t len, SSL_SESSION **ret_session)
{
	*ret_session = NULL;
	if (len != strlen(PSK_IDENTITY) || memcmp(identity, PSK_IDENTITY, len) != 0)
		return 1;
	*ret_session = session_new(ssl);
	return *ret_session != NULL;
}

/* A server that sends a certificate does not hold the key; refuse any certificate. */
static int refuse_certificate(X509_STORE_CTX *store, void *arg)
{
	X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
	return 0;
}

int tls_context_new_psk(bool server, struct tls_context **ret, struct error *error)
{
	_cleanup_tls_context_ struct tls_context *context = NULL;
	int r = tls_context_new(server, &context, error);

	if (r < 0)
		return r;
	context->psk = true;
	if (server) {
		SSL_CTX_set_psk_find_session_callback(context->ssl, find_session);
	} else {
		SSL_CTX_set_psk_use_session_callback(context->ssl, use_session);
		SSL_CTX_set_verify(context->ssl, SSL_VERIFY_PEER, NULL);
	}
	SSL_CTX_set_cert_verify_callback(context->ssl, refuse_certificate, NULL);
	*ret = TAKE_PTR(context);
	return 0;
}
