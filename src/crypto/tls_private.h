/* What tls.c and tls_conn.c share; only they include it. */
#pragma once

#include <openssl/ssl.h>

#include "crypto/tls.h"

/* The name that clients ask for and that is in the certificate. */
#define TLS_SERVER_NAME "stprov"

struct tls_context {
	SSL_CTX *ssl;
	BIO_METHOD *bio;
	bool server;
	/* The server's own certificate, or the one that the client expects. */
	uint8_t cert[CRYPTO_CERT_MAX];
	size_t cert_len;
};

/* How connections read and write; the caller frees it. NULL without memory. */
BIO_METHOD *tls_bio_method_new(void);
