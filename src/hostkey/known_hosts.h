/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * OpenSSH's known_hosts (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT) as a text: a host key comes in
 * under its names, and older keys under these names go. Pure: text in, text out.
 *
 * Only lines of the type ssh-ed25519 are looked at, without marker, with a well-formed key. The
 * others, and what else is in a line, are kept byte for byte: other types, @cert-authority and
 * @revoked, comments, patterns, names with a port.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "hostkey/hostkey.h"
#include "net/hostname.h"

/* Longest file, and the names of one call. */
#define KNOWN_HOSTS_MAX (4 * 1024 * 1024)
#define KNOWN_HOSTS_NAMES_MAX 2
/* Longest name, with its NUL. */
#define KNOWN_HOSTS_NAME_MAX NET_HOSTNAME_ANY_MAX
/* Lines with an older key that are told one by one. */
#define KNOWN_HOSTS_OLD_MAX 16

/* A line with an older key. */
struct known_hosts_old {
	size_t line;    /* from 1 */
	unsigned names; /* the first, 1; the second, 2 */
	char fingerprint[HOSTKEY_FINGERPRINT_MAX];
};

struct known_hosts {
	char *text; /* owned, with a NUL behind it */
	size_t len;
	bool changed;   /* otherwise the key was there under all names already */
	unsigned added; /* the names in the new line: the first, 1; the second, 2 */
	struct known_hosts_old old[KNOWN_HOSTS_OLD_MAX];
	size_t old_n; /* all of them, though no more are told than there is room for */
};

void known_hosts_deinit(struct known_hosts *hosts);
#define _cleanup_known_hosts_ _cleanup_(known_hosts_deinit)

/*
 * Whether it can be there as the name of a host or as an address (NET_HOSTNAME_KNOWN_HOSTS).
 */
bool known_hosts_is_name(const char *name);

/*
 * Puts a key in: one line at the end, in lower case, of those names that do not have it yet. Where
 * a line has another key under one of them, that name goes out of the line, and a line without
 * names goes; hashed names (`|1|`) are found too. Letters' case does not matter.
 * @names: known_hosts_is_name(), different ones. @public: hostkey_public_check().
 * -EFBIG beyond KNOWN_HOSTS_MAX, -EINVAL, -ENOMEM, -EIO; with their text.
 */
int known_hosts_put(const void *text, size_t len, const char *const *names, size_t names_n,
	const char *public, struct known_hosts *ret, struct error *error) MUST_CHECK;

/* The line that is put in for @which of the names, with a newline; NULL without memory. */
char *known_hosts_format(
	const char *const *names, size_t names_n, unsigned which, const char *public);
