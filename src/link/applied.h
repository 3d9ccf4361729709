/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stprov itself set on this machine's links since it was booted, noted in a small text file
 * (/run/stprov/network), so that the next run can tell its own addresses from others.
 *
 *	stprov-network 1
 *	link eth0
 *	address eth0 10.0.3.200/25
 *
 * One line a link that stprov set up, one line an address it added. Link names are made printable
 * ASCII by refusing others. The file is replaced as a whole.
 */
#pragma once

#include "link/link.h"

#define APPLIED_DIR_DEFAULT "/run/stprov"
#define APPLIED_FILE "network"
/* Entries of a state, and bytes of its file. */
#define APPLIED_MAX 256
#define APPLIED_TEXT_MAX 32768

struct applied_entry {
	char link[LINK_NAME_MAX];
	struct net_prefix prefix; /* family 0: the link alone */
};

struct applied {
	struct applied_entry items[APPLIED_MAX];
	size_t n;
};

/* Strict: everything as applied_format writes it. -EBADMSG, with the line's number in the text. */
int applied_parse(
	const void *text, size_t len, struct applied *ret, struct error *error) MUST_CHECK;
/* Returns the length without NUL. */
size_t applied_format(const struct applied *state, char out[APPLIED_TEXT_MAX]);

/* Notes a link, or a link with an address; what is noted already is not noted twice. -E2BIG when it
 * is full, -EINVAL for a link name with bytes that the file cannot hold: not noted then. */
int applied_add(
	struct applied *state, const char *link, const struct net_prefix *prefix) MUST_CHECK;

/* From and to @dir. No file or directory: an empty state, 0. Malformed: -EBADMSG (the caller may
 * log it and continue with an empty state). Writing makes the directory (0700) where it is missing.
 */
int applied_read(const char *dir, struct applied *ret, struct error *error) MUST_CHECK;
int applied_write(const char *dir, const struct applied *state, struct error *error) MUST_CHECK;

/*
 * Whether stprov did not set the address: it is global, not noted, and, if the kernel made it from
 * a router's advertisement, on a link that stprov did not set up (on one that it did, the address
 * came from that).
 */
bool applied_is_foreign(
	const struct applied *state, const struct link *link, const struct link_addr *addr);
