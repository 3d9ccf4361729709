/* SPDX-License-Identifier: BSD-2-Clause */
/* efi_auth_check(): a .auth file from the operator's side. */
#include <stdint.h>
#include <stdlib.h>

#include "efi/auth.h"
#include "efi/efi.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The least that any signed update has: time, certificate header, SEQUENCE, list, signature. */
#define SMALLEST (16 + 24 + 3 + 28 + 17)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error error = ERROR_INIT;
	int r = efi_auth_check(data, size, &error);

	if (r == 0 && (size < SMALLEST || size > EFI_DATA_MAX))
		abort();
	if (r < 0 && !error.text[0])
		abort();
	return 0;
}
