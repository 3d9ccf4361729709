/* SPDX-License-Identifier: BSD-2-Clause */
/* pe/pe.h: a program that an operator names, and that may be truncated or no program. */
#include <stdint.h>
#include <stdlib.h>

#include "pe/pe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pe_range *ranges = NULL;
	struct error error = ERROR_INIT;
	size_t n = 0;

	if (size > PE_HEADERS_MAX)
		return 0;
	int r = pe_ranges(data, size, size, &ranges, &n, &error);
	if (r < 0 && !error.text[0])
		abort();
	/* All lie in the file; those of the headers and sections are in its order. */
	for (size_t i = 0; i < n; i++) {
		if (ranges[i].offset > size || ranges[i].len > size - ranges[i].offset)
			abort();
		if (i > 0 && i + 1 < n && ranges[i].offset < ranges[i - 1].offset)
			abort();
	}
	free(ranges);
	return 0;
}
