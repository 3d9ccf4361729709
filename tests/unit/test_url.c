/* SPDX-License-Identifier: BSD-2-Clause */
/* hostcfg/url.h: OS package URLs, and where redirects lead. */
#include "tap.h"

#include <errno.h>

#include "hostcfg/url.h"

static struct url parsed(const char *text)
{
	struct url url;
	struct error e = ERROR_INIT;

	memset(&url, 0, sizeof(url));
	if (url_parse(text, &url, &e) < 0)
		tap_fail(__FILE__, __LINE__, "%s: %s", text, e.text);
	return url;
}

static void urls_are_taken_apart(void)
{
	static const struct {
		const char *text, *host, *authority, *target;
		int port, family;
	} rows[] = {
		{ "https://x.example/a/b.json", "x.example", "x.example", "/a/b.json", 443, 0 },
		{ "http://x/", "x", "x", "/", 80, 0 },
		{ "HTTP://X.Example", "x.example", "x.example", "/", 80, 0 },
		{ "https://x.example.:8443", "x.example", "x.example:8443", "/", 8443, 0 },
		{ "https://x:/a", "x", "x", "/a", 443, 0 },
		{ "https://x:0443/a", "x", "x", "/a", 443, 0 },
		{ "https://x:000000008443/a", "x", "x:8443", "/a", 8443, 0 },
		{ "https://x:443/", "x", "x", "/", 443, 0 },
		{ "http://x:443/", "x", "x:443", "/", 443, 0 },
		{ "http://x?a=/b#c", "x", "x", "/?a=/b", 80, 0 },
		{ "http://x/a#b?c", "x", "x", "/a", 80, 0 },
		{ "http://x#b", "x", "x", "/", 80, 0 },
		{ "http://x/a:b@c", "x", "x", "/a:b@c", 80, 0 },
		{ "http://10.0.0.1:8080/a", "10.0.0.1", "10.0.0.1:8080", "/a", 8080, 4 },
		{ "http://[2001:DB8::1]/", "2001:db8::1", "[2001:db8::1]", "/", 80, 6 },
		{ "http://[::1]:65535/", "::1", "[::1]:65535", "/", 65535, 6 },
		{ "http://[::ffff:10.0.0.1]/", "10.0.0.1", "10.0.0.1", "/", 80, 4 },
		{ "http://a_b-1.c2d/%7Ea", "a_b-1.c2d", "a_b-1.c2d", "/%7Ea", 80, 0 },
		{ "http://1x.2y/", "1x.2y", "1x.2y", "/", 80, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct url url = parsed(rows[i].text);
		tap_eq_int(url.https, (rows[i].text[4] | 0x20) == 's');
		tap_eq_int(url.has_user, false);
		tap_eq_text(url.host, rows[i].host);
		tap_eq_text(url.authority, rows[i].authority);
		tap_eq_text(url.target, rows[i].target);
		tap_eq_int(url.port, rows[i].port);
		tap_eq_int(url.addr.family, rows[i].family);
	}
}

static void user_and_password_are_decoded(void)
{
	static const struct {
		const char *text, *user, *password, *host;
	} rows[] = {
		{ "https://stboot:stboot@x/", "stboot", "stboot", "x" },
		{ "https://u@x/", "u", "", "x" },
		{ "https://u:@x/", "u", "", "x" },
		{ "https://:p@x/", "", "p", "x" },
		{ "https://@x/", "", "", "x" },
		{ "https://u:a:b@x/", "u", "a:b", "x" },
		{ "https://u:p@ss@x/", "u", "p@ss", "x" },
		{ "https://u:%2F%3a%40%2c@x:1/", "u", "/:@,", "x" },
		{ "https://%75:%c3%a9@[::1]/", "u", "\xc3\xa9", "::1" },
		{ "https://u:-._~!$&'()*+,;=@x/", "u", "-._~!$&'()*+,;=", "x" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct url url = parsed(rows[i].text);
		tap_eq_int(url.has_user, true);
		tap_eq_text(url.user, rows[i].user);
		tap_eq_text(url.password, rows[i].password);
		tap_eq_text(url.host, rows[i].host);
	}
}

static void malformed_urls_are_refused_without_quoting_them(void)
{
	static const char *const rows[] = { "", "x", "ftp://sekrit/", "//sekrit/", "https:/sekrit",
		"https:sekrit", " https://sekrit/", "https://", "https:///sekrit",
		"https://?sekrit", "https://:443/sekrit", "https://u:sekrit@", "https://u:sekrit@/",
		"https://.sekrit/", "https://sekrit..a/", "https://-sekrit/", "https://sekrit..",
		"https://a.-sekrit/", "https://sekrit:0/", "https://sekrit:65536/",
		"https://sekrit:a/", "https://sekrit:80:80/", "https://sekrit:-1/",
		"https://sekrit:+1/", "https://sekrit: 1/", "https://sekrit:000/",
		"https://10.0.0/sekrit", "https://10.0.0.256/sekrit", "https://10.0.0.01/sekrit",
		"https://2130706433/sekrit", "https://0x7f.0x1/sekrit", "https://sekrit.0x/",
		"https://[::1/sekrit", "https://::1/sekrit", "https://[10.0.0.1]/sekrit",
		"https://[::1]x/sekrit", "https://[fe80::1%25eth0]/sekrit", "https://[]/sekrit",
		"https://[:]/sekrit", "https://sekrit/\xc3\xa9", "https://sekrit/a b",
		"https://sekrit/\n", "https://sekrit/\x7f", "https://sekrit/%", "https://sekrit/%4",
		"https://sekrit/%g0", "https://sekrit/%0g", "https://sekrit\\x/",
		"https://sekrit%2e/", "https://s\xc3\xa9krit/", "https://sekrit/<",
		"https://sekrit/\"", "https://sekrit/{", "https://sekrit/^",
		"https://u:sekrit%00@x/", "https://u:sekrit%0a@x/", "https://u%3a:sekrit@x/",
		"https://u:sekrit[@x/", "https://u:sekrit\x80@x/",
		/* A label of 64, and a name of 254. */
		"https://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/sekrit" };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct url url;
		struct error e = ERROR_INIT;
		if (url_parse(rows[i], &url, &e) != -EINVAL)
			tap_fail(__FILE__, __LINE__, "accepted: %s", rows[i]);
		tap_ok(e.text[0] && !strstr(e.text, "sekrit"));
	}
}

/* `https://` and @n bytes @c that are cut by dots, and @end. */
static int parse_long(size_t n, char c, size_t dots, const char *end)
{
	char *text = calloc(1, n + strlen(end) + 16);
	struct url url;
	struct error e = ERROR_INIT;

	strcpy(text, "https://");
	for (size_t i = 0; i < n; i++)
		text[8 + i] = dots && i % dots == dots - 1 ? '.' : c;
	strcat(text, end);
	int r = url_parse(text, &url, &e);
	free(text);
	return r;
}

static void lengths_are_bounded(void)
{
	tap_eq_int(parse_long(63, 'a', 0, "/"), 0);
	tap_eq_int(parse_long(253, 'a', 64, "/"), 0);
	tap_eq_int(parse_long(254, 'a', 64, "/"), -EINVAL);
	tap_eq_int(parse_long(URL_USER_MAX - 1, 'a', 0, "@x/"), 0);
	tap_eq_int(parse_long(URL_USER_MAX, 'a', 0, "@x/"), -EINVAL);
	tap_eq_int(parse_long(1, 'a', 0, "/"), 0);
	char *path = calloc(1, URL_MAX);
	memset(path, '/', URL_MAX - 2 - 9);
	tap_eq_int(parse_long(1, 'a', 0, path), 0);
	path[URL_MAX - 2 - 9] = '/';
	tap_eq_int(parse_long(1, 'a', 0, path), -EINVAL);
	free(path);
}

static void the_longest_url_fits(void)
{
	char text[URL_MAX] = "https://x?", shown[URL_TEXT_MAX];

	memset(text + 10, 'a', URL_MAX - 2 - 10);
	struct url url = parsed(text);
	tap_eq_int(strlen(url.target), URL_MAX - 2 - 9 + 1);
	url_format(&url, shown);
	tap_eq_int(strlen(shown), URL_MAX - 2 + 1);
	char *longer = strcat(strcpy(malloc(URL_MAX), text), "a");
	struct error e = ERROR_INIT;
	tap_eq_int(url_parse(longer, &url, &e), -EINVAL);
	free(longer);
}

static void redirects_are_resolved(void)
{
	static const struct {
		const char *base, *location, *want;
	} rows[] = {
		{ "https://a/b/c?d", "https://x/y", "https://x/y" },
		{ "https://a/b/c?d", "HTTPS://x", "https://x/" },
		{ "https://a/b/c?d", "//x:1/y", "https://x:1/y" },
		{ "http://a:8080/b/c?d", "/y?z#f", "http://a:8080/y?z" },
		{ "https://a/b/c?d", "y", "https://a/b/y" },
		{ "https://a/b/c?d", "./y", "https://a/b/y" },
		{ "https://a/b/c?d", "../y", "https://a/y" },
		{ "https://a/b/c?d", "../../../y", "https://a/y" },
		{ "https://a/b/c?d", "?e", "https://a/b/c?e" },
		{ "https://a/b/c?d", "", "https://a/b/c?d" },
		{ "https://a/b/c?d", "#f", "https://a/b/c?d" },
		{ "https://a/b/c/?d/e", "y", "https://a/b/c/y" },
		{ "https://a/b/c", ".", "https://a/b/" },
		{ "https://a/b/c", "..", "https://a/" },
		{ "https://a/b/c", "/x/./y/../z", "https://a/x/z" },
		{ "https://a/b/c", "/x/..?../y", "https://a/?../y" },
		{ "https://a/b/c", "/..a/.b/...", "https://a/..a/.b/..." },
		{ "https://a", "y", "https://a/y" },
		{ "http://a/b", "https://a/b", "https://a/b" },
		{ "https://[::1]:8443/b", "c", "https://[::1]:8443/c" },
		{ "https://a/b", "c/d//e", "https://a/c/d//e" },
		{ "https://a/b", "1.2:3/d", "https://a/1.2:3/d" },
		{ "https://a/b", "/c d", "https://a/c%20d" },
		{ "https://a/b", "/\xc3\xa9?\xff", "https://a/%C3%A9?%FF" },
		{ "https://a/b", "https://a/{x}|\"y\"", "https://a/%7Bx%7D%7C%22y%22" },
		{ "https://a/b", "/c%20d e", "https://a/c%20d%20e" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct url base = parsed(rows[i].base), url;
		struct error e = ERROR_INIT;
		char shown[URL_TEXT_MAX];
		if (url_resolve(&base, rows[i].location, &url, &e) < 0) {
			tap_fail(__FILE__, __LINE__, "%s: %s", rows[i].location, e.text);
			continue;
		}
		url_format(&url, shown);
		tap_eq_text(shown, rows[i].want);
	}
}

static void bad_redirects_are_refused(void)
{
	static const char *const rows[] = { "http://a/b", "HTTP://a/", "ftp://a/b",
		"file:///etc/passwd", "javascript:x", "https:y", "https://", "//", "///x", "/\x01",
		"/a\tb", "//a b/", "//a\xc3\xa9/", "/%zz", "https://u:p@a/", "//u@a/",
		"https://a:0/" };
	struct url base = parsed("https://u:p@a/b");

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct url url;
		struct error e = ERROR_INIT;
		if (url_resolve(&base, rows[i], &url, &e) != -EINVAL)
			tap_fail(__FILE__, __LINE__, "accepted: %s", rows[i]);
		tap_ok(strncmp(e.text, "redirect", 8) == 0);
	}
}

static void credentials_stay_with_their_server(void)
{
	static const struct {
		const char *base, *location;
		bool kept;
	} rows[] = {
		{ "https://u:p@a/b", "/c", true },
		{ "https://u:p@a/b", "https://A:443/c", true },
		{ "https://u:p@a/b", "https://a:444/c", false },
		{ "https://u:p@a/b", "https://b/c", false },
		{ "https://u:p@a/b", "//a.b/c", false },
		{ "http://u:p@a:443/b", "https://a/c", false },
		{ "https://a/b", "/c", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct url base = parsed(rows[i].base), url;
		struct error e = ERROR_INIT;
		tap_eq_int(url_resolve(&base, rows[i].location, &url, &e), 0);
		tap_eq_int(url.has_user, rows[i].kept);
		tap_eq_text(url.password, rows[i].kept ? "p" : "");
		tap_eq_text(url.user, rows[i].kept ? "u" : "");
	}
}

static void passwords_are_masked_in_whatever_it_is(void)
{
	static const char *const rows[][2] = {
		{ "https://user:password@host/x", "https://user:***@host/x" },
		{ "https://user@host:1/x", "https://user@host:1/x" },
		{ "https://host:1/x", "https://host:1/x" },
		{ "https://user:pass:word@host/x", "https://user:***@host/x" },
		{ "https://user:pa@ss@host/x", "https://user:***@host/x" },
		{ "https://user:pa/ss@host/x", "https://user:***@host/x" },
		{ "https://user:pa?s#s@host/x", "https://user:***@host/x" },
		{ "https://user:p://q@host/x", "https://user:***@host/x" },
		{ "https://user:@host/x", "https://user:***@host/x" },
		{ "user:password@host/x://y", "user:***@host/x://y" },
		{ "https:/user:password@host", "https:***@host" },
		{ "https://u:p@host/a@b", "https://u:***@b" },
		{ "", "" },
		{ "x", "x" },
		{ "https://h/\x1b[2J\xff", "https://h/\\x1b[2J\\xff" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char out[URL_MASKED_MAX];
		url_mask(rows[i][0], out, sizeof(out));
		tap_eq_text(out, rows[i][1]);
		for (size_t cap = 1; cap < 40; cap++) {
			url_mask(rows[i][0], out, cap);
			tap_ok(strlen(out) < cap && !strstr(out, "password"));
		}
	}
}

static void the_first_placeholder_is_replaced(void)
{
	static const struct {
		const char *text, *user, *password, *want;
	} rows[] = {
		{ "https://user:password@x/user:password", "a", "b",
			"https://a:b@x/user:password" },
		{ "http://x/", "a,", "b,", "http://x/" },
		{ "https://user:password", "", "", "https://:" },
		{ "https://Xuser:passwordX/", "a", "b", "https://Xa:bX/" },
		{ "https://user:password@x/", "user:password", "p", "https://user:password:p@x/" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_url_text_ char *url = NULL;
		struct error e = ERROR_INIT;
		tap_eq_int(
			url_construct(rows[i].text, rows[i].user, rows[i].password, &url, &e), 0);
		tap_eq_text(url, rows[i].want);
	}
}

static void urls_that_cannot_be_are_not_constructed(void)
{
	static const char *const bad[] = { "", "ftp://x", "x", "https:/", "http:", " http://x",
		"HTTP://x" };
	char *url = NULL;
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		tap_eq_int(url_construct(bad[i], "a", "b", &url, &e), -EINVAL);
		tap_eq_text(e.text, "provisioning URL must start with http:// or https://");
	}
	tap_eq_int(url_construct("https://user:password@x/", "a", "b,c", &url, &e), -EINVAL);
	tap_ok(strstr(e.text, "%2C") && !strstr(e.text, "b,c"));
	tap_eq_int(url_construct("https://user:password@x/", "a,", "b", &url, &e), -EINVAL);
	char *big = memset(calloc(1, URL_MAX), 'p', URL_MAX - 1);
	tap_eq_int(url_construct("https://user:password@x/", "a", big, &url, &e), -E2BIG);
	free(big);
	tap_ok(url == NULL);
}

static void urls_are_joined_with_commas(void)
{
	static const char *const urls[] = { "https://a/", "http://b/", "https://c,d/", "" };
	char *list = NULL;
	struct error e = ERROR_INIT;

	tap_eq_int(url_join(urls, 2, &list, &e), 0);
	tap_eq_text(list, "https://a/,http://b/");
	url_free(&list);
	tap_eq_int(url_join(urls, 1, &list, &e), 0);
	tap_eq_text(list, "https://a/");
	url_free(&list);
	tap_eq_int(url_join(urls, 0, &list, &e), 0);
	tap_eq_text(list, "");
	url_free(&list);
	tap_eq_int(url_join(urls, 3, &list, &e), -EINVAL);
	tap_eq_int(url_join(urls + 3, 1, &list, &e), -EINVAL);
	tap_ok(list == NULL);
}

static void basic_authentication_is_formatted(void)
{
	struct url url = parsed("https://Aladdin:open%20sesame@x/"); /* RFC 7617 section 2 */
	char out[URL_BASIC_MAX], text[URL_MAX];

	url_format_basic(&url, out);
	tap_eq_text(out, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
	snprintf(text, sizeof(text), "https://%0*d:%0*d@x/", URL_USER_MAX - 1, 0, URL_USER_MAX - 1,
		0);
	url = parsed(text);
	url_format_basic(&url, out);
	tap_eq_int(strlen(out), 6 + (2 * URL_USER_MAX - 1 + 2) / 3 * 4);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(urls_are_taken_apart),
		TAP_TEST(user_and_password_are_decoded),
		TAP_TEST(malformed_urls_are_refused_without_quoting_them),
		TAP_TEST(lengths_are_bounded),
		TAP_TEST(the_longest_url_fits),
		TAP_TEST(redirects_are_resolved),
		TAP_TEST(bad_redirects_are_refused),
		TAP_TEST(credentials_stay_with_their_server),
		TAP_TEST(passwords_are_masked_in_whatever_it_is),
		TAP_TEST(the_first_placeholder_is_replaced),
		TAP_TEST(urls_that_cannot_be_are_not_constructed),
		TAP_TEST(urls_are_joined_with_commas),
		TAP_TEST(basic_authentication_is_formatted),
		{ 0 },
	};
	return tap_run(tests);
}
