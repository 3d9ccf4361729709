/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes, taken for the firmware's boot log: its first event, and all that follow. */
#include "any.h"
#include "eventlog/eventlog.h"

int main(void)
{
	uint8_t applications[EVENTLOG_APPLICATIONS_MAX][EVENTLOG_SHA256_SIZE];
	struct error error;
	size_t len = any_len(), n;

	return eventlog_applications(any_buffer, len, applications, &n, &error);
}
