/* SPDX-License-Identifier: BSD-2-Clause */
/* The subject's name of a foreign certificate, for display. */
#pragma once

#include "base/error.h"

/* Longest name that is shown, with its NUL; longer ones are truncated. */
#define CRYPTO_CERT_NAME_MAX 80

/*
 * The name of the subject of one X.509 certificate in DER: its last common name, else the whole
 * subject (`O=System Transparency`), or `(no name)`. Other bytes than printable ASCII become \xNN.
 * The certificate is not verified: its signature may be wrong, and it may have expired.
 * -EINVAL with its text unless the bytes are exactly one certificate.
 */
int crypto_cert_name(const void *der, size_t len, char out[CRYPTO_CERT_NAME_MAX],
	struct error *error) MUST_CHECK;
