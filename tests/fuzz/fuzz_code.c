/* SPDX-License-Identifier: BSD-2-Clause */
/* A code as it is typed: normalising, and the estimate of its strength. */
#include <string.h>

#include "secrets/code.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct secret code, again;

	if (secret_set(&code, data, size) < 0)
		return 0;
	if (code_strength(&code) > 8 * size)
		abort();
	code_normalise(&code);
	if (code.len > size)
		abort();
	/* Normalising a normalised code does not change it. */
	again = code;
	code_normalise(&again);
	if (again.len != code.len || memcmp(again.bytes, code.bytes, code.len) != 0)
		abort();
	return 0;
}
