/* SPDX-License-Identifier: BSD-2-Clause */
/* medium_parse(): the defaults on a boot medium, which are not signed. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "medium/medium.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool cond)
{
	if (!cond)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error e = ERROR_INIT;
	struct medium medium;

	if (medium_parse(data, size, &medium, &e) < 0) {
		must(medium.n == 0 && strncmp(e.text, "line ", 5) == 0);
		return 0;
	}
	for (size_t i = 0; i < medium.n; i++) {
		const struct medium_item *item = &medium.items[i];
		size_t len = strlen(item->value);
		must(medium_value(&medium, item->key) == item->value);
		must(len > 0 && len <= MEDIUM_VALUE_MAX);
		must(item->value[0] != ' ' && item->value[len - 1] != ' ');
		must(item->line > (i > 0 ? medium.items[i - 1].line : 0));
	}
	medium_deinit(&medium);
	return 0;
}
