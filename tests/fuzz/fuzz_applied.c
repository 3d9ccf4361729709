/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file that records stprov's settings of links. Checked: accepted text is written again as the
 * same bytes, and an error's text is printable.
 */
#include <stdint.h>
#include <string.h>

#include "link/applied.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct applied state;
	static char text[APPLIED_TEXT_MAX];
	struct error error = ERROR_INIT;

	if (applied_parse(data, size, &state, &error) < 0) {
		if (error.text[0] == '\0')
			abort();
		for (const char *p = error.text; *p; p++)
			if (*p < ' ' || *p > '~')
				abort();
		return 0;
	}
	if (applied_format(&state, text) != size || memcmp(text, data, size) != 0)
		abort();
	return 0;
}
