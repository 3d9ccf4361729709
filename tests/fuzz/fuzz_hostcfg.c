/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The JSON of a host configuration: what is decoded is encoded in today's form, and decoded the
 * same again; in words it is printable lines.
 */
#include <stdlib.h>
#include <string.h>

#include "hostcfg/hostcfg.h"
#include "hostcfg/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_words(const struct hostcfg *cfg)
{
	_cleanup_free_ char *words = NULL;

	if (hostcfg_format_words(cfg, &words) < 0)
		return;
	for (const char *p = words; *p; p++)
		if ((*p < ' ' || *p > '~') && *p != '\n')
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_hostcfg_ struct hostcfg cfg = HOSTCFG_INIT, again = HOSTCFG_INIT;
	_cleanup_free_ char *text = NULL, *text_again = NULL;
	struct error error = ERROR_INIT;

	if (hostcfg_decode(data, size, &cfg, &error) < 0)
		return 0;
	(void)!hostcfg_check(&cfg, &error);
	check_words(&cfg);
	/* Escapes may make it longer than what is read. */
	if (hostcfg_encode(&cfg, &text, &error) < 0)
		return 0;
	if (strlen(text) > HOSTCFG_JSON_MAX ||
		hostcfg_decode(text, strlen(text), &again, &error) < 0 || again.old != 0 ||
		hostcfg_encode(&again, &text_again, &error) < 0 || strcmp(text, text_again) != 0)
		abort();
	return 0;
}
