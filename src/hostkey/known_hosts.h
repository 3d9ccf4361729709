/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * OpenSSH's known_hosts (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT) as a text: adds a host key under its
 * names, and removes older keys under these names. Pure: text in, text out.
 *
 * Only lines without a marker and with a well-formed key are changed. Other lines, and other parts
 * of a line, are kept byte for byte: @cert-authority and @revoked, comments, patterns, names with a
 * port.
 *
 * A name has another key if a line gives it a different key of the type ssh-ed25519, or if it has
 * keys of other types only. Where that is replaced, the name loses its keys of all types, as with
 * `ssh-keygen -R`. A name that has the key already keeps those of other types.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "hostkey/hostkey.h"
#include "net/hostname.h"

/* Longest file, and the maximum number of names in one call. */
#define KNOWN_HOSTS_MAX (4 * 1024 * 1024)
#define KNOWN_HOSTS_NAMES_MAX 2
/* Longest name, with its NUL. */
#define KNOWN_HOSTS_NAME_MAX NET_HOSTNAME_ANY_MAX
/* Lines with an older key that are told one by one. */
#define KNOWN_HOSTS_OLD_MAX 16

/* A line with another key. */
struct known_hosts_old {
	size_t line;      /* from 1 */
	unsigned names;   /* the first, 1; the second, 2 */
	const char *text; /* in the text that was given; not the line's end */
	size_t len;
	char fingerprint[HOSTKEY_FINGERPRINT_MAX];
};

struct known_hosts {
	char *text; /* owned, followed by a NUL */
	size_t len;
	bool changed;   /* false: all names already had the key */
	unsigned added; /* the names in the new line: the first, 1; the second, 2 */
	/* The other keys that are replaced, or that forbid it. */
	struct known_hosts_old old[KNOWN_HOSTS_OLD_MAX];
	size_t old_n; /* the total number, which may be larger than the array */
};

/* Positive result of known_hosts_put(). */
enum {
	KNOWN_HOSTS_E_OTHER_KEY = 1, /* a name that may not be replaced has another key */
};

void known_hosts_deinit(struct known_hosts *hosts);
#define _cleanup_known_hosts_ _cleanup_(known_hosts_deinit)

/*
 * Whether it can be there as the name of a host or as an address (NET_HOSTNAME_KNOWN_HOSTS).
 */
bool known_hosts_is_name(const char *name);

/*
 * Adds a key: one line at the end, in lower case, with those names that do not have it yet. A name
 * that has another key is removed from the lines that give it one, and a line without names is
 * removed. Hashed names (`|1|`) are found too. The case of letters does not matter.
 * @names: known_hosts_is_name(), different ones. @replace: which of them may lose another key, as
 * the bits of known_hosts_old.names. @public: hostkey_public_check().
 * KNOWN_HOSTS_E_OTHER_KEY: *ret has the other keys, and no text.
 * -EFBIG beyond KNOWN_HOSTS_MAX, -EINVAL, -ENOMEM, -EIO; with their text.
 */
int known_hosts_put(const void *text, size_t len, const char *const *names, size_t names_n,
	unsigned replace, const char *public, struct known_hosts *ret,
	struct error *error) MUST_CHECK;

/* The new line for @which of the names, with a newline; NULL if out of memory. */
char *known_hosts_format(
	const char *const *names, size_t names_n, unsigned which, const char *public);
