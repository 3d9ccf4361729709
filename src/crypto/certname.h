/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose certificate it is: for showing certificates that somebody else made. */
#pragma once

#include "base/error.h"

/* Longest name that is shown, with its NUL; longer ones are cut. */
#define CRYPTO_CERT_NAME_MAX 80

/*
 * The name of the subject of one X.509 certificate in DER: the last common name in it or, where
 * there is none, the whole of it (`O=System Transparency`), or `(no name)`. Printable ASCII, by
 * \xNN. Nothing of the certificate is checked: its signature may be wrong and its time over.
 * -EINVAL with its text if it is not one certificate, and nothing behind it.
 */
int crypto_cert_name(const void *der, size_t len, char out[CRYPTO_CERT_NAME_MAX],
	struct error *error) MUST_CHECK;
