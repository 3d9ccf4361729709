/* SPDX-License-Identifier: BSD-2-Clause */
/* This laptop's connection and the one that the console shows: see drive_compare.h. */
#include "local/drive_compare.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/* The console's value first. */
static int differ(const char *what, const char *theirs, const char *ours, struct error *error)
{
	return error_set(error, -EBADMSG,
		"%s differ%s: the platform's console shows %.80s, and this laptop has %.80s", what,
		strcmp(what, "the comparison words") == 0 ? "" : "s", theirs, ours);
}

int drive_compare(
	const struct drive_own *own, const struct driver_report *report, struct error *error)
{
	assert(own->opened);
	if (strcmp(own->words, report->words) != 0)
		return differ("the comparison words", report->words, own->words, error);
	if (!own->translated && strcmp(own->client, report->client) != 0)
		return differ("the address", report->client, own->client, error);
	if (report->type == DRIVER_OPENED)
		return 0;
	assert(own->prepared);
	if (strcasecmp(own->hostname, report->hostname) != 0)
		return differ("the host name", report->hostname, own->hostname, error);
	if (strcmp(own->fingerprint, report->fingerprint) != 0)
		return differ("the fingerprint", report->fingerprint, own->fingerprint, error);
	return 0;
}
