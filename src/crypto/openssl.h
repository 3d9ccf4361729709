/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Helpers for OpenSSL 3 that the sources of crypto/ share. Only they include this header: no other
 * folder includes OpenSSL's headers.
 */
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/error.h"
#include "crypto/certname.h"
#include "crypto/ed25519.h"

/*
 * Initialises OpenSSL; every exported function of crypto/ calls it first. OpenSSL's configuration
 * file is never read: it could load foreign code or change a protocol. -EIO with its text.
 */
int crypto_openssl_init(struct error *error) MUST_CHECK;

/*
 * Sets the text "@what: OpenSSL's reason" from the oldest entry of OpenSSL's error queue, and
 * empties the queue. Returns @code.
 */
int crypto_openssl_error(struct error *error, int code, const char *what);

/* `CN=name,O=organization`, printable and truncated; `(no name)` if there is none. */
void crypto_openssl_name(const X509_NAME *name, char out[CRYPTO_CERT_NAME_MAX]);

/* The Ed25519 key of a seed. The caller frees it, which wipes it. -EIO with its text. */
int crypto_openssl_key(const uint8_t seed[CRYPTO_ED25519_SEED_SIZE], EVP_PKEY **ret,
	struct error *error) MUST_CHECK;

static inline void crypto_openssl_key_free(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}
#define _cleanup_key_ _cleanup_(crypto_openssl_key_free)

/* HMAC with the digest of this name; @out_len: that digest's size. -EIO with its text. */
int crypto_openssl_hmac(const char *digest, const void *key, size_t key_len, const void *data,
	size_t len, uint8_t *out, size_t out_len, struct error *error) MUST_CHECK;
