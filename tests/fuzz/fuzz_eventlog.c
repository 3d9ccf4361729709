/* SPDX-License-Identifier: BSD-2-Clause */
/* eventlog/: a boot log as firmware wrote it, alone and against values that are not its own. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "eventlog/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool cond)
{
	if (!cond)
		abort();
}

static void find_applications(const uint8_t *data, size_t size)
{
	uint8_t digests[EVENTLOG_APPLICATIONS_MAX][EVENTLOG_SHA256_SIZE];
	struct error error = ERROR_INIT;
	size_t n = 0;
	int r = eventlog_applications(data, size, digests, &n, &error);

	must(r < 0 || (n >= 1 && n <= EVENTLOG_APPLICATIONS_MAX));
	must(r == 0 || error.text[0] != '\0');
	for (size_t i = 0; i < n; i++)
		must(eventlog_find_application(data, size, digests[i], &error) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t quoted[EVENTLOG_PCRS][EVENTLOG_SHA256_SIZE];
	struct eventlog_agreement sets;
	struct error error = ERROR_INIT;
	struct eventlog_replay replay;
	char text[EVENTLOG_PCRS_TEXT_MAX];

	find_applications(data, size);
	int r = eventlog_replay(data, size, &replay, &error);

	if (r < 0) {
		must(error.text[0] != '\0');
		return 0;
	}
	/* Half of the PCRs are quoted as they are, the others are zero. */
	memcpy(quoted, replay.values, sizeof(quoted));
	for (size_t i = 0; i < EVENTLOG_PCRS; i += 2)
		memset(quoted[i], 0, sizeof(quoted[i]));
	eventlog_compare(&replay, quoted, &sets);
	must((sets.explained & sets.differing) == 0 && (sets.unlogged & replay.logged) == 0);
	must((sets.explained | sets.differing) == replay.logged || (replay.logged & 1u) == 0);
	must((sets.explained & 0xaaaa) == (replay.logged & 0xaaaa));
	eventlog_pcrs_format(replay.logged, text);
	must(strlen(text) < sizeof(text));
	r = eventlog_find_application(data, size, replay.values[4], &error);
	must(r == 0 || r == EVENTLOG_E_END);
	return 0;
}
