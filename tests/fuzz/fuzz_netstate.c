/*
 * The file of what stprov set on links. Checked: what is taken is written again as the same bytes,
 * and an error's text is printable.
 */
#include <stdint.h>
#include <string.h>

#include "net/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct net_state state;
	static char text[NET_STATE_TEXT_MAX];
	struct error error = ERROR_INIT;

	if (net_state_parse(data, size, &state, &error) < 0) {
		if (error.text[0] == '\0')
			abort();
		for (const char *p = error.text; *p; p++)
			if (*p < ' ' || *p > '~')
				abort();
		return 0;
	}
	if (net_state_format(&state, text) != size || memcmp(text, data, size) != 0)
		abort();
	return 0;
}
