/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates (X.509, RFC 5280) of other parties: read from a file, and which one issued which. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* The longest file of one certificate, in bytes. */
#define CRYPTO_CERT_FILE_MAX (64 * 1024)

/*
 * The one certificate of a file, in DER: @data is DER, or PEM with any text around it.
 * @ret_der: the caller frees it. The certificate is not verified.
 * -EINVAL with a text if it is neither, or has more than one certificate; -ENOMEM; -EIO.
 */
int crypto_cert_read(const void *data, size_t len, uint8_t **ret_der, size_t *ret_len,
	struct error *error) MUST_CHECK;

/*
 * Whether the key of @issuer signed @cert, both in DER; a certificate that signed itself counts.
 * Dates and purposes do not count. False too if one of them is not a certificate, or its key is of
 * a kind that OpenSSL does not know.
 */
bool crypto_cert_issued(const void *cert, size_t cert_len, const void *issuer, size_t issuer_len);
