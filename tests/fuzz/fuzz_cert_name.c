/* SPDX-License-Identifier: BSD-2-Clause */
/* crypto_cert_name(): a certificate out of PK, KEK, db or dbx. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/certname.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error e = ERROR_INIT;
	char name[CRYPTO_CERT_NAME_MAX] = "";

	if (crypto_cert_name(data, size, name, &e) < 0) {
		if (!e.text[0])
			abort();
		return 0;
	}
	if (!name[0])
		abort();
	for (const char *p = name; *p; p++)
		if (*p < ' ' || *p > '~')
			abort();
	return 0;
}
