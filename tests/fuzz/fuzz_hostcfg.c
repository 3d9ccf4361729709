/* The JSON of a host configuration: what is decoded is encoded, and decoded the same again. */
#include <stdlib.h>
#include <string.h>

#include "hostcfg/hostcfg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_hostcfg_ struct hostcfg cfg = HOSTCFG_INIT, again = HOSTCFG_INIT;
	_cleanup_free_ char *text = NULL, *text_again = NULL;
	struct error error = ERROR_INIT;

	if (hostcfg_decode(data, size, &cfg, &error) < 0)
		return 0;
	(void)!hostcfg_check(&cfg, &error);
	/* Escapes may make it longer than what is read. */
	if (hostcfg_encode(&cfg, &text, &error) < 0)
		return 0;
	if (strlen(text) > HOSTCFG_JSON_MAX ||
		hostcfg_decode(text, strlen(text), &again, &error) < 0 ||
		hostcfg_encode(&again, &text_again, &error) < 0 || strcmp(text, text_again) != 0)
		abort();
	return 0;
}
