/* SPDX-License-Identifier: BSD-2-Clause */
/* hostkey_private_check(): STHostKey as stored in NVRAM. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hostkey/hostkey.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error e = ERROR_INIT;
	char fingerprint[HOSTKEY_FINGERPRINT_MAX] = "";
	int r = hostkey_private_check(data, size, fingerprint, &e);

	if (r == 0 ? strlen(fingerprint) != strlen("SHA256:") + 43
		   : fingerprint[0] != '\0' || e.text[0] == '\0')
		abort();
	return 0;
}
