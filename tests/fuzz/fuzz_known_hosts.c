/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A known_hosts file: an added key is in it; lines without the name are kept.
 */
#include <stdlib.h>
#include <string.h>

#include "hostkey/known_hosts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define KEY "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMDlyDf3vOvIxSn1rWHrVOOZ61PejuJuFndxCNbvcPBn"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "a", "192.0.2.10" };
	_cleanup_known_hosts_ struct known_hosts first = { .text = NULL }, again = { .text = NULL };
	struct error error = ERROR_INIT;

	if (known_hosts_put(data, size, names, 2, 3, KEY, &first, &error) < 0)
		return 0;
	if (known_hosts_put(first.text, first.len, names, 2, 3, KEY, &again, &error) < 0 ||
		again.changed || again.old_n != 0 || again.len != first.len ||
		memcmp(again.text, first.text, first.len) != 0)
		abort();
	/* Without older keys, no line is lost. */
	if (first.old_n == 0 && (first.len < size || memcmp(first.text, data, size) != 0))
		abort();
	return 0;
}
