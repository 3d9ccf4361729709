/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Detached signatures in CMS (RFC 5652; PKCS #7), as a signed update of an EFI variable has them
 * (UEFI 2.10 section 8.2.2). OpenSSL parses them: only where foreign bytes may be parsed.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* A run of bytes. Borrowed. */
struct crypto_part {
	const void *data;
	size_t len;
};

/* Positive results of crypto_cms_verify(). */
enum {
	CRYPTO_CMS_E_SIGNATURE = 1, /* it does not sign this content */
	CRYPTO_CMS_E_SIGNER = 2,    /* it does, and the signer is not among @trusted */
};

/* Parts of a content, and trusted certificates, at most. */
#define CRYPTO_CMS_PARTS_MAX 8
#define CRYPTO_CMS_TRUSTED_MAX 64

/*
 * Whether @signature (SignedData in DER, with or without the ContentInfo around it) is one of all
 * the @content, its parts one after the other, by keys that @trusted vouches for: each signer's
 * certificate is one of them, or is issued by one of them through certificates that came with the
 * signature. As firmware does it (EDK II, Pkcs7Verify): dates and purposes do not count, and a
 * trusted certificate need not be self-signed.
 *
 * @trusted: @trusted_n certificates in DER; what is not a certificate is passed over; at most
 * CRYPTO_CMS_TRUSTED_MAX are looked at. 0 certificates: every signer is accepted.
 * 0; a positive value above, with a text (CRYPTO_CMS_E_SIGNER's names the signer); -EINVAL if it
 * is not such a signature, or its digest is not SHA-256, which firmware demands.
 */
int crypto_cms_verify(const void *signature, size_t len, const struct crypto_part *content,
	size_t content_n, const struct crypto_part *trusted, size_t trusted_n,
	struct error *error) MUST_CHECK;
