/* SPDX-License-Identifier: BSD-2-Clause */
/* Durations. Checked: the result is in its range, and a sum of two parts is the parts' sum. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/cli.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)data, size);
	_cleanup_free_ char *longer = NULL;
	int64_t ms = -1, sum = -1;

	if (!text)
		return 0;
	if (cli_parse_duration(text, &ms) < 0) {
		if (ms != -1)
			abort();
		return 0;
	}
	if (ms < 0 || ms > CLI_DURATION_MAX_MS)
		abort();
	/* "0" and "+0" have no unit, and so nothing may follow them. */
	if (strcmp(text, "0") == 0 || strcmp(text, "+0") == 0 || ms > CLI_DURATION_MAX_MS - 2000)
		return 0;
	longer = text_new("%s1.25s", text);
	if (!longer)
		return 0;
	if (cli_parse_duration(longer, &sum) < 0 || sum != ms + 1250)
		abort();
	return 0;
}
