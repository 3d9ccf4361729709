/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * OS package URLs: http and https (RFC 3986, RFC 9110 section 4.2), with user and password in
 * them. Strict where it decides what is asked of whom; pure.
 *
 * Their passwords must never be shown: every line that names a URL takes it from url_mask().
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "net/addr.h"
#include "net/hostname.h"

/* Longest URL in bytes, and the most that one command takes. */
#define URL_MAX 2048
#define URL_LIST_MAX 64
/* Longest host name with its NUL (RFC 1035 section 2.3.4), user and password decoded. */
#define URL_HOST_MAX NET_HOSTNAME_MAX
#define URL_USER_MAX 256
/* Room for the value of Host: name, colon, port. */
#define URL_AUTHORITY_MAX (URL_HOST_MAX + 8)

struct url {
	bool https;
	bool has_user;                                   /* there is an `@` */
	char user[URL_USER_MAX], password[URL_USER_MAX]; /* decoded, with a NUL */
	char host[URL_HOST_MAX]; /* lower case, no dot at the end; an address without brackets */
	struct net_addr addr;    /* when the host is an address; otherwise its family is 0 */
	uint16_t port;
	char authority[URL_AUTHORITY_MAX]; /* value of Host: the port only if it is not the usual */
	char target[URL_MAX];              /* path and query, at least `/`; the fragment is gone */
};

/* Wipes it. */
void url_deinit(struct url *url);
#define _cleanup_url_ _cleanup_(url_deinit)

/*
 * Whether it starts with `http://` or `https://`; nothing else is checked (as in the released
 * program). -EINVAL with its text.
 */
int url_check_scheme(const char *text, struct error *error) MUST_CHECK;

/*
 * An OS package URL from -r, -u and -p: the first `user:password` in it, literally, is replaced
 * by `@user:@password` (vectors: ConstructURL). The scheme is checked. A comma in user or
 * password is -EINVAL, since stboot would cut the list there; -E2BIG beyond URL_MAX.
 * @ret_url: the caller frees it, wiping it (url_free).
 */
int url_construct(const char *text, const char *user, const char *password, char **ret_url,
	struct error *error) MUST_CHECK;
/* Whether there is a `user:password` in it that url_construct() replaces. */
bool url_has_placeholder(const char *text);
/*
 * Whether @text can be put into a URL as its user or password, as url_parse() reads it back: what
 * may not be there as it is has to be percent-encoded. -EINVAL with a text that says what is wrong
 * without quoting it.
 */
int url_check_user(const char *text, struct error *error) MUST_CHECK;
int url_check_password(const char *text, struct error *error) MUST_CHECK;
/* Wipes and frees a URL's text; also a list from url_join(). */
void url_free(char **url);
#define _cleanup_url_text_ _cleanup_(url_free)

/*
 * The URLs with commas between them, as ospkg_pointer holds them; the caller frees it with
 * url_free(). -EINVAL with its text if one of them holds a comma or is empty.
 */
int url_join(const char *const *urls, size_t n, char **ret_list, struct error *error) MUST_CHECK;

/* Whether such a list holds URLs only, as url_parse() takes them. */
bool url_list_is_plain(const char *list);

/*
 * Takes a URL apart. The scheme in either case; user and password as Go's net/url has them, up to
 * the last `@`; a host name of letters, digits, `-` and `_`, or an IPv4 address, or an IPv6
 * address in brackets (without zone); a port from 1 to 65535; then visible ASCII, percent signs
 * with two digits after them. -EINVAL with a text that says what is wrong without quoting it.
 */
int url_parse(const char *text, struct url *ret, struct error *error) MUST_CHECK;

/*
 * Where a redirect from @base leads (RFC 3986 section 5.2). @raw: the value of Location: a URL,
 * `//host/path`, `/path`, `path`, `?query` or empty; characters that user agents percent-encode are
 * encoded. User and password of @base are kept while scheme, host and port stay the same, and gone
 * otherwise. -EINVAL with its text: malformed; another scheme;
 * from https to http; with a user or password of its own.
 */
int url_resolve(
	const struct url *base, const char *raw, struct url *ret, struct error *error) MUST_CHECK;

/* The URL again, without user and password: for what is printed of a redirect. Printable. */
#define URL_TEXT_MAX (URL_MAX + URL_AUTHORITY_MAX + 16)
void url_format(const struct url *url, char out[URL_TEXT_MAX]);

/*
 * Any text, URL or not, as it may be shown: what is between the first colon after the
 * scheme and the last `@` becomes `***`, and what is not printable ASCII becomes \xNN. Rather too
 * much than too little: a password may itself hold `@`, `/` or `:`. Cut to @cap.
 */
void url_mask(const char *text, char *out, size_t cap);
#define URL_MASKED_MAX (URL_MAX * 4 + 1)

/* The value of Authorization for a URL with a user: Basic (RFC 7617). */
#define URL_BASIC_MAX (6 + TEXT_BASE64_SIZE(2 * URL_USER_MAX))
void url_format_basic(const struct url *url, char out[URL_BASIC_MAX]);
