/* SPDX-License-Identifier: BSD-2-Clause */
/* authorized_keys_read(): the keys that a laptop sends for root. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hostkey/authorized_keys.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool cond)
{
	if (!cond)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error e = ERROR_INIT;
	struct authorized_keys keys = { .n = 0 };

	if (authorized_keys_read(data, size, &keys, &e) < 0) {
		must(e.text[0] != '\0' && keys.n == 0);
		return 0;
	}
	must(keys.n > 0 && !memchr(data, '\0', size));
	for (size_t i = 0; i < MIN(keys.n, (size_t)AUTHORIZED_KEYS_MAX); i++)
		must(strlen(keys.fingerprints[i]) == strlen("SHA256:") + 43);
	return 0;
}
