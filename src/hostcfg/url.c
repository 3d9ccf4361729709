/* SPDX-License-Identifier: BSD-2-Clause */
/* Taking URLs apart, and where redirects lead: see url.h. RFC 3986. */
#include "hostcfg/url.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/secret.h"
#include "net/hostname.h"

#define HTTP_PORT 80
#define HTTPS_PORT 443

/* A run of bytes inside a text. */
struct span {
	const char *start;
	size_t len;
};

void url_deinit(struct url *url)
{
	secret_wipe_bytes(url, sizeof(*url));
}

static bool is_hex(char c)
{
	return isxdigit((unsigned char)c) != 0;
}

/* Whether it may be in a URL as it is (RFC 3986 section 2). */
static bool is_url_character(char c)
{
	return c > ' ' && c <= '~' && !strchr("\"<>\\^`{|}", c);
}

/* What may be in a URL unencoded, with `%` only before two digits. */
static int check_characters(const char *text, struct error *error)
{
	for (const char *p = text; *p; p++) {
		if (!is_url_character(*p))
			return error_set(error, -EINVAL,
				"character %zu of the URL must be percent-encoded",
				(size_t)(p - text) + 1);
		if (*p == '%' && (!is_hex(p[1]) || !is_hex(p[2])))
			return error_set(error, -EINVAL,
				"a percent sign of the URL must be written as %%25");
	}
	return 0;
}

/* Cuts the scheme off. */
static int parse_scheme(const char **cursor, bool *ret_https, struct error *error)
{
	if (strncasecmp(*cursor, "https://", 8) == 0) {
		*ret_https = true;
		*cursor += 8;
		return 0;
	}
	if (strncasecmp(*cursor, "http://", 7) == 0) {
		*ret_https = false;
		*cursor += 7;
		return 0;
	}
	return error_set(error, -EINVAL, "the URL must start with http:// or https://");
}

static int hex_digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

/* Decodes user or password; the percent signs have been checked. */
static int decode_userinfo(
	struct span in, char out[URL_USER_MAX], const char *what, struct error *error)
{
	size_t n = 0;

	for (size_t i = 0; i < in.len; i++) {
		char c = in.start[i];
		if (!isalnum((unsigned char)c) && !strchr("-._~!$&'()*+,;=%@:", c))
			return error_set(error, -EINVAL,
				"the %s in the URL has a character that must be percent-encoded",
				what);
		if (c == '%') {
			c = (char)(hex_digit(in.start[i + 1]) << 4 | hex_digit(in.start[i + 2]));
			i += 2;
		}
		if (iscntrl((unsigned char)c))
			return error_set(
				error, -EINVAL, "the %s in the URL has a control character", what);
		if (n == URL_USER_MAX - 1)
			return error_set(error, -EINVAL,
				"the %s in the URL is longer than %d bytes", what,
				URL_USER_MAX - 1);
		out[n++] = c;
	}
	out[n] = '\0';
	return 0;
}

/* Basic authentication has no way to say such a name (RFC 7617 section 2). */
static int user_with_colon(struct error *error)
{
	return error_set(error, -EINVAL, "the user in the URL has a colon");
}

/* User and password, with a colon between them if there is a password. */
static int parse_userinfo(struct span text, struct url *url, struct error *error)
{
	const char *colon = memchr(text.start, ':', text.len);
	struct span user = { text.start, colon ? (size_t)(colon - text.start) : text.len };
	int r = decode_userinfo(user, url->user, "user", error);

	url->has_user = true;
	if (r < 0)
		return r;
	if (strchr(url->user, ':'))
		return user_with_colon(error);
	if (!colon)
		return 0;
	struct span password = { colon + 1, text.len - user.len - 1 };
	return decode_userinfo(password, url->password, "password", error);
}

/* The same for one that is yet to be put into a URL. */
static int check_userinfo(const char *text, const char *what, bool is_user, struct error *error)
{
	char decoded[URL_USER_MAX];
	struct span span = { text, strlen(text) };

	for (const char *p = text; *p; p++)
		if (*p == '%' && (!is_hex(p[1]) || !is_hex(p[2])))
			return error_set(error, -EINVAL,
				"a percent sign of the %s must be written as %%25", what);
	if (strchr(text, ','))
		return error_set(error, -EINVAL, "a comma in the %s must be written as %%2C", what);
	int r = decode_userinfo(span, decoded, what, error);
	if (r == 0 && is_user && strchr(decoded, ':'))
		r = user_with_colon(error);
	secret_wipe_bytes(decoded, sizeof(decoded));
	return r;
}

int url_check_user(const char *text, struct error *error)
{
	return check_userinfo(text, "user", true, error);
}

int url_check_password(const char *text, struct error *error)
{
	return check_userinfo(text, "password", false, error);
}

static int bad_host(struct error *error)
{
	return error_set(error, -EINVAL, "the URL has no valid host name or address");
}

/* An IPv6 address, as it is between brackets. */
static int parse_host6(struct span text, struct url *url, struct error *error)
{
	char address[NET_ADDR_TEXT_MAX];

	if (text.len >= sizeof(address) || !memchr(text.start, ':', text.len))
		return bad_host(error);
	memcpy(address, text.start, text.len);
	address[text.len] = '\0';
	if (net_addr_parse(address, &url->addr) < 0)
		return bad_host(error);
	net_addr_format(&url->addr, url->host);
	return 0;
}

static int parse_host_name(struct span text, struct url *url, struct error *error)
{
	/* The dot of the root says the same; certificates and servers do not have it. */
	if (text.len > 0 && text.start[text.len - 1] == '.')
		text.len--;
	if (text.len >= URL_HOST_MAX)
		return bad_host(error);
	for (size_t i = 0; i < text.len; i++)
		url->host[i] = (char)tolower((unsigned char)text.start[i]);
	url->host[text.len] = '\0';
	if (net_addr_parse(url->host, &url->addr) == 0 && url->addr.family == 4)
		return 0;
	url->addr = (struct net_addr){ .family = 0 };
	return net_hostname_check(url->host, text.len, NET_HOSTNAME_URL) ? 0 : bad_host(error);
}

/* @text: from the colon on, or empty. A colon alone means the usual port. */
static int parse_port(struct span text, struct url *url, struct error *error)
{
	char digits[8] = "";
	uint64_t port;
	struct span number = { text.start + 1, text.len > 0 ? text.len - 1 : 0 };

	url->port = url->https ? HTTPS_PORT : HTTP_PORT;
	if (text.len <= 1)
		return 0;
	/* RFC 3986 section 3.2.3: *DIGIT, so zeros before the number do not count. */
	while (number.len > 1 && number.start[0] == '0') {
		number.start++;
		number.len--;
	}
	if (number.len < sizeof(digits))
		memcpy(digits, number.start, number.len);
	if (text_parse_u64(digits, 1, UINT16_MAX, &port) < 0)
		return error_set(error, -EINVAL, "the URL's port is not a number from 1 to 65535");
	url->port = (uint16_t)port;
	return 0;
}

static int parse_host_port(struct span text, struct url *url, struct error *error)
{
	struct span host = text;
	int r;

	if (text.len > 0 && text.start[0] == '[') {
		const char *end = memchr(text.start, ']', text.len);
		if (!end)
			return bad_host(error);
		host = (struct span){ text.start + 1, (size_t)(end - text.start) - 1 };
		r = parse_host6(host, url, error);
		host.len += 2;
	} else {
		const char *colon = memchr(text.start, ':', text.len);
		host.len = colon ? (size_t)(colon - text.start) : text.len;
		r = parse_host_name(host, url, error);
	}
	if (r < 0)
		return r;
	struct span port = { text.start + host.len, text.len - host.len };
	if (port.len > 0 && port.start[0] != ':')
		return bad_host(error);
	return parse_port(port, url, error);
}

static void set_authority(struct url *url)
{
	bool usual = url->port == (url->https ? HTTPS_PORT : HTTP_PORT);
	bool brackets = url->addr.family == 6;
	int n = snprintf(
		url->authority, sizeof(url->authority), brackets ? "[%s]" : "%s", url->host);

	if (!usual)
		snprintf(url->authority + n, sizeof(url->authority) - (size_t)n, ":%u", url->port);
}

static int parse_authority(struct span text, struct url *url, struct error *error)
{
	const char *at = text.start + text.len;

	while (at > text.start && at[-1] != '@')
		at--;
	if (at-- > text.start) {
		struct span userinfo = { text.start, (size_t)(at - text.start) };
		int r = parse_userinfo(userinfo, url, error);
		if (r < 0)
			return r;
		text = (struct span){ at + 1, text.len - userinfo.len - 1 };
	}
	int r = parse_host_port(text, url, error);
	if (r == 0)
		set_authority(url);
	return r;
}

/* @text: what follows the authority. */
static void set_target(const char *text, struct url *url)
{
	snprintf(url->target, sizeof(url->target), "%s%.*s", text[0] == '/' ? "" : "/",
		(int)strcspn(text, "#"), text);
}

int url_parse(const char *text, struct url *ret, struct error *error)
{
	_cleanup_url_ struct url url;
	const char *cursor = text;

	memset(&url, 0, sizeof(url));
	/* One byte for the slash that may have to be added. */
	if (strlen(text) >= URL_MAX - 1)
		return error_set(error, -EINVAL, "the URL is longer than %d bytes", URL_MAX - 2);
	int r = check_characters(text, error);
	if (r == 0)
		r = parse_scheme(&cursor, &url.https, error);
	if (r < 0)
		return r;
	struct span authority = { cursor, strcspn(cursor, "/?#") };
	r = parse_authority(authority, &url, error);
	if (r < 0)
		return r;
	set_target(cursor + authority.len, &url);
	*ret = url;
	return 0;
}

/* -- redirects ------------------------------------------------------------------------------- */

/* A scheme and its colon are in front (RFC 3986 section 3.1). */
static bool has_scheme(const char *text)
{
	size_t len =
		strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

	return len > 0 && isalpha((unsigned char)text[0]) && text[len] == ':';
}

/* Takes `.` and `..` out of a path that begins with a slash, in place (section 5.2.4). */
static void remove_dot_segments(char *path)
{
	char *out = path;
	const char *in = path;

	while (*in) {
		size_t len = 1 + strcspn(in + 1, "/");
		bool last = in[len] == '\0';
		if (len == 2 && in[1] == '.') {
			/* Stays where it is. */
		} else if (len == 3 && in[1] == '.' && in[2] == '.') {
			while (out > path && *--out != '/')
				;
		} else {
			memmove(out, in, len);
			out += len;
			last = false;
		}
		if (last)
			*out++ = '/';
		in += len;
	}
	*out = '\0';
}

/* Target of a reference without scheme and authority; @out has room for both of them. */
static void resolve_target(const struct url *base, const char *location, char *out, size_t cap)
{
	int base_path = (int)strcspn(base->target, "?");
	int path = (int)strcspn(location, "?#");
	int rest = (int)strcspn(location + path, "#");

	if (path == 0) {
		/* `?query`, or nothing: then the whole target stays. */
		snprintf(out, cap, "%.*s%.*s", rest > 0 ? base_path : (int)strlen(base->target),
			base->target, rest, location);
		return;
	}
	int directory = 0;
	for (int i = 0; location[0] != '/' && i < base_path; i++)
		if (base->target[i] == '/')
			directory = i + 1;
	snprintf(out, cap, "%.*s%.*s", directory, base->target, path, location);
	remove_dot_segments(out);
	size_t len = strlen(out);
	snprintf(out + len, cap - len, "%.*s", rest, location + path);
}

static bool same_origin(const struct url *a, const struct url *b)
{
	return a->https == b->https && a->port == b->port && strcmp(a->host, b->host) == 0;
}

/*
 * What servers leave unencoded in Location and user agents percent-encode: blanks, bytes beyond
 * ASCII, and the characters that a URL cannot have. Control characters stay, and are refused.
 */
static int encode_location(const char *text, char out[URL_MAX], struct error *error)
{
	size_t n = 0;

	for (; *text; text++) {
		bool as_it_is = is_url_character(*text) || iscntrl((unsigned char)*text);
		size_t len = as_it_is ? 1 : 3;
		if (n + len >= URL_MAX)
			return error_set(error, -EINVAL,
				"redirect: the URL is longer than %d bytes", URL_MAX - 1);
		if (as_it_is)
			out[n] = *text;
		else
			snprintf(out + n, 4, "%%%02X", (unsigned char)*text);
		n += len;
	}
	out[n] = '\0';
	return 0;
}

int url_resolve(const struct url *base, const char *raw, struct url *ret, struct error *error)
{
	const char *scheme = base->https ? "https" : "http";
	_cleanup_url_ struct url url;
	char text[URL_AUTHORITY_MAX + 2 * URL_MAX + 16];
	char target[2 * URL_MAX], location[URL_MAX];

	int r = encode_location(raw, location, error);
	if (r < 0)
		return r;
	if (has_scheme(location)) {
		snprintf(text, sizeof(text), "%s", location);
	} else if (strncmp(location, "//", 2) == 0) {
		snprintf(text, sizeof(text), "%s:%s", scheme, location);
	} else {
		resolve_target(base, location, target, sizeof(target));
		snprintf(text, sizeof(text), "%s://%s%s", scheme, base->authority, target);
	}
	r = url_parse(text, &url, error);
	if (r < 0)
		return error_prefix(error, r, "redirect");
	if (url.has_user)
		return error_set(error, -EINVAL, "redirect to a URL with a user in it");
	if (base->https && !url.https)
		return error_set(error, -EINVAL, "redirect from https to http");
	if (same_origin(base, &url)) {
		url.has_user = base->has_user;
		memcpy(url.user, base->user, sizeof(url.user));
		memcpy(url.password, base->password, sizeof(url.password));
	}
	*ret = url;
	return 0;
}
