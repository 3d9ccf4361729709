/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The defaults that an operator puts onto a boot medium (scripts/stamp), a text of `KEY = VALUE`
 * lines: read here, checked by the rules of the options in remote/stamped.h. The file is not
 * signed, so it has keys for what a review shows or a laptop checks, and no others. Pure.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"

/* Where systemd-stub puts it and the HTTPS roots for the initramfs (systemd-stub(7)). */
#define MEDIUM_DIR "/.extra/credentials"
#define MEDIUM_DEFAULTS "stprov.defaults.cred"
#define MEDIUM_ROOTS "stprov.roots.cred"
/* How messages name it. */
#define MEDIUM_ORIGIN "the boot medium, not signed"

/* Largest file, and longest value, in bytes. */
#define MEDIUM_FILE_MAX ((size_t)16 * 1024)
#define MEDIUM_VALUE_MAX ((size_t)2000)

/* In the order of medium_key_name(). */
enum medium_key {
	MEDIUM_HOST,
	MEDIUM_FULL_HOST,
	MEDIUM_URL,
	MEDIUM_DNS,
	MEDIUM_INTERFACE,
	MEDIUM_MAC,
	MEDIUM_BONDING,
	MEDIUM_WAIT,
	MEDIUM_PORT,
	MEDIUM_ALLOW,
	MEDIUM_SEAL,
	MEDIUM_KEYMAP,
	MEDIUM_AUTO,
};
#define MEDIUM_KEYS ((size_t)MEDIUM_AUTO + 1)

struct medium_item {
	enum medium_key key;
	unsigned line; /* from 1 */
	char *value;   /* owned; printable ASCII, not empty, without blanks around it */
};

/* In the order of the file; no key twice. */
struct medium {
	struct medium_item items[MEDIUM_KEYS];
	size_t n;
};

/* The name of a key: `full-host`. */
const char *medium_key_name(enum medium_key key);

/*
 * Reads the file. Empty lines, and those that begin with `#`, do not count; a carriage return at
 * the end of a line is a blank. -EINVAL with a text that names the line and the key, but no value:
 * another form, an unknown key, a key that comes twice or beside one that it excludes, a value that
 * is empty, too long or not printable ASCII, and the values of seal, keymap and auto. -ENOMEM. The
 * caller deinits @ret, which is empty after an error.
 */
int medium_parse(const void *text, size_t len, struct medium *ret, struct error *error) MUST_CHECK;
void medium_deinit(struct medium *medium);
#define _cleanup_medium_ _cleanup_(medium_deinit)

/* The value of a key; NULL: the file does not have it. */
const char *medium_value(const struct medium *medium, enum medium_key key);
/* Whether it says `auto = yes`. */
bool medium_is_auto(const struct medium *medium);
