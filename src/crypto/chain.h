/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The certificate of a TPM's endorsement key (TCG EK Credential Profile 2.5), and its chain to
 * certificates that the operator trusts (RFC 5280 section 6). OpenSSL parses them: only where
 * foreign bytes may be parsed.
 */
#pragma once

#include "crypto/cms.h"
#include "crypto/kdf.h"
#include "crypto/spki.h"

/* Certificates that are trusted: roots, or intermediate ones. */
struct crypto_roots;

int crypto_roots_new(struct crypto_roots **ret, struct error *error) MUST_CHECK;
void crypto_roots_free(struct crypto_roots **roots);
#define _cleanup_roots_ _cleanup_(crypto_roots_free)

/*
 * Adds all certificates of a PEM file. @ret_n: their number, which may be 0. -EINVAL with a text
 * for a malformed one; -EIO.
 */
int crypto_roots_add(struct crypto_roots *roots, const void *pem, size_t len, size_t *ret_n,
	struct error *error) MUST_CHECK;

/* Positive results, with a text that says what is wrong. */
enum {
	CRYPTO_CHAIN_E_FORM = 1,  /* it is not a certificate in DER */
	CRYPTO_CHAIN_E_KEY,       /* OpenSSL does not know its kind of key (openssl#7907) */
	CRYPTO_CHAIN_E_OTHER_KEY, /* its key is another one */
	CRYPTO_CHAIN_E_USAGE,     /* it is for other uses than of an endorsement key */
	CRYPTO_CHAIN_E_UNTRUSTED, /* no chain leads to a trusted certificate */
};

/*
 * Whether @cert is a certificate of @key for an endorsement key: the extended key usage
 * tcg-kp-EKCertificate, or none at all. Bytes after its DER are ignored, as an NV index has them.
 * @ret_len: of the DER. @ret_expired: it has, or is not yet valid.
 */
int crypto_chain_check_key(const void *cert, size_t len, const struct crypto_spki *key,
	size_t *ret_len, bool *ret_expired, struct error *error) MUST_CHECK;

/* Certificates of a chain, at most; a longer one is not found. */
#define CRYPTO_CHAIN_MAX 8

struct crypto_chain {
	size_t n;
	uint8_t sha256[CRYPTO_CHAIN_MAX][CRYPTO_SHA256_SIZE]; /* of each, from @cert on */
	bool expired;                                         /* one of them has */
};

/*
 * Looks for a chain from @cert to one of @roots, with the help of @untrusted. What it is for is not
 * checked, nor whether a certificate has expired: *ret says that.
 */
int crypto_chain_verify(const void *cert, size_t len, const struct crypto_part *untrusted,
	size_t untrusted_n, const struct crypto_roots *roots, struct crypto_chain *ret,
	struct error *error) MUST_CHECK;
