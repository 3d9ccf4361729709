/* SPDX-License-Identifier: BSD-2-Clause */
/* eventlog/eventlog.h: a boot log as firmware wrote it. */
#include <stdint.h>
#include <stdlib.h>

#include "eventlog/eventlog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t digests[EVENTLOG_APPLICATIONS_MAX][EVENTLOG_SHA256_SIZE];
	struct error error = ERROR_INIT;
	size_t n = 0;
	int r = eventlog_applications(data, size, digests, &n, &error);

	if (r == 0 && (n < 1 || n > EVENTLOG_APPLICATIONS_MAX))
		abort();
	if (r < 0 && !error.text[0])
		abort();
	return 0;
}
