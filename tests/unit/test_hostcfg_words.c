/* SPDX-License-Identifier: BSD-2-Clause */
/* hostcfg/words.h: a host configuration in words. */
#include "tap.h"

#include "base/columns.h"
#include "base/macros.h"
#include "hostcfg/words.h"

static const uint8_t mac[NET_MAC_LEN] = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };

static struct net_addr addr(const char *text)
{
	struct net_addr a = { .family = 0 };

	tap_eq_int(net_addr_parse(text, &a), 0);
	return a;
}

static struct hostcfg static_config(const char *urls)
{
	struct hostcfg cfg = HOSTCFG_INIT;
	struct error e;

	cfg.mode = HOSTCFG_STATIC;
	tap_eq_int(net_prefix_parse("10.0.2.10/26", &cfg.host_ip), 0);
	cfg.gateway = addr("10.0.2.1");
	cfg.dns[cfg.dns_n++] = addr("9.9.9.9");
	cfg.dns[cfg.dns_n++] = addr("149.112.112.112");
	tap_eq_int(hostcfg_add_interface(&cfg, "eth0", mac, &e), 0);
	cfg.ospkg_pointer = strdup(urls);
	return cfg;
}

static char *words(const struct hostcfg *cfg)
{
	char *text = NULL;

	tap_eq_int(hostcfg_format_words(cfg, &text), 0);
	return text;
}

static void a_static_configuration_in_words(void)
{
	_cleanup_hostcfg_ struct hostcfg cfg = static_config("https://stboot:pw@example.org/a");

	cfg.description = strdup("stprov version v1.0; timestamp 2025-01-30T13:49:01Z");
	_cleanup_free_ char *text = words(&cfg);
	tap_eq_text(text, "network      static\n"
			  "address      10.0.2.10/26\n"
			  "gateway      10.0.2.1\n"
			  "DNS          9.9.9.9, 149.112.112.112\n"
			  "link         eth0 52:54:00:12:34:56\n"
			  "OS package   https://stboot:***@example.org/a\n"
			  "description  stprov version v1.0; timestamp 2025-01-30T13:49:01Z\n");
}

static void what_dhcp_does_not_need_is_not_named(void)
{
	struct hostcfg cfg = HOSTCFG_INIT;

	cfg.mode = HOSTCFG_DHCP;
	_cleanup_free_ char *text = words(&cfg);
	tap_eq_text(text, "network      DHCP\n"
			  "DNS          none\n"
			  "links        none\n"
			  "OS package   none\n");
}

static void what_is_missing_is_named(void)
{
	struct hostcfg cfg = HOSTCFG_INIT;
	_cleanup_free_ char *text = words(&cfg);

	tap_eq_text(text, "network      none\n"
			  "address      none\n"
			  "gateway      none\n"
			  "DNS          none\n"
			  "links        none\n"
			  "OS package   none\n");
}

/* As URLs and description may have them: any bytes, any length. */
static void fill_with_everything(struct hostcfg *cfg)
{
	struct error e;

	for (int i = 0; i < 12; i++) {
		struct net_addr six = addr("2001:db8:1111:2222:3333:4444:5555:6666");
		tap_eq_int(hostcfg_add_dns(cfg, &six, &e), 0);
		tap_eq_int(hostcfg_add_interface(cfg, "abcdefghijklmno", mac, &e), 0);
	}
	snprintf(cfg->bond_name, sizeof(cfg->bond_name), "\x1b[2J\xc3\xa9");
	cfg->description = malloc(1001);
	memset(cfg->description, 'd', 1000);
	memcpy(cfg->description, "\n\x7f\xff ", 4);
	cfg->description[1000] = '\0';
}

static void lines_fit_a_terminal_and_are_printable(void)
{
	_cleanup_hostcfg_ struct hostcfg cfg = static_config("http://[::1]/");

	fill_with_everything(&cfg);
	_cleanup_free_ char *text = words(&cfg);
	char *rest = text;
	for (const char *line; (line = rest);) {
		rest = strchr(rest, '\n');
		if (rest)
			*rest++ = '\0';
		if (strlen(line) > COLUMNS_WIDTH)
			tap_fail(__FILE__, __LINE__, "%zu: %s", strlen(line), line);
		for (const char *p = line; *p; p++)
			if (*p < ' ' || *p > '~')
				tap_fail(__FILE__, __LINE__, "byte %d", *p);
	}
}

static void nothing_is_lost_in_the_folds(void)
{
	_cleanup_hostcfg_ struct hostcfg cfg = static_config("http://x/");
	size_t n = 0, d = 0;

	fill_with_everything(&cfg);
	_cleanup_free_ char *text = words(&cfg);
	for (const char *p = text; (p = strstr(p, "abcdefghijklmno 52:54:00:12:34:56")); p++)
		n++;
	tap_eq_int(n, 12);
	n = 0;
	for (const char *p = text; (p = strstr(p, "2001:db8:1111:2222:3333:4444:5555:6666")); p++)
		n++;
	tap_eq_int(n, 12);
	/* And the two of `address`. */
	for (const char *p = text; (p = strchr(p, 'd')); p++)
		d += p[1] == 'd' || p[-1] == 'd';
	tap_eq_int(d, 996 + 2);
}

static void each_url_is_whole_on_a_line_of_its_own(void)
{
	char urls[300], want[300], path[120];

	memset(path, 'p', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	snprintf(urls, sizeof(urls), "http://a/,https://u:secret@b/%s,http://c/", path);
	snprintf(want, sizeof(want), "OS package   http://a/\nhttps://u:***@b/%s\n%13shttp://c/\n",
		path, "");
	_cleanup_hostcfg_ struct hostcfg cfg = static_config(urls);
	_cleanup_free_ char *text = words(&cfg);
	tap_ok(text && strstr(text, want));
}

static void the_label_of_a_long_url_has_its_own_line(void)
{
	char url[120];

	memset(url, 'p', sizeof(url));
	memcpy(url, "http://x/", 9);
	url[sizeof(url) - 1] = '\0';
	_cleanup_hostcfg_ struct hostcfg cfg = static_config(url);
	_cleanup_free_ char *text = words(&cfg);
	tap_ok(text && strstr(text, "\nOS package\nhttp://x/ppp"));
}

static void no_password_is_shown_however_it_is_spelt(void)
{
	static const char *const urls[] = {
		"https://u:secret@h/",
		"https://u:secret@h/,https://v:secret@i/",
		"https://u:a,secret@h/",
		"https://u:1,secret@h/",
		"https://u:secret,http://i@h/",
		"https://u:a@secret@h/",
		"https://u:a/secret@h/",
		"u:secret@h",
		"ftp://u:secret@h/,http://ok/",
		"http://ok/,https://u:secret@",
		",https://u:secret@h/,",
	};

	for (size_t i = 0; i < ARRAY_SIZE(urls); i++) {
		_cleanup_hostcfg_ struct hostcfg cfg = static_config(urls[i]);
		_cleanup_free_ char *text = words(&cfg);
		if (!text || strstr(text, "secret") || !strstr(text, "***"))
			tap_fail(__FILE__, __LINE__, "%s: %s", urls[i], text);
	}
}

static void a_bond_says_what_it_lacks(void)
{
	_cleanup_hostcfg_ struct hostcfg cfg = static_config("http://x/");

	snprintf(cfg.bond_name, sizeof(cfg.bond_name), "bond0");
	_cleanup_free_ char *without_mode = words(&cfg);
	tap_ok(strstr(without_mode, "\nbond         bond0, no mode\n"));
	snprintf(cfg.bonding_mode, sizeof(cfg.bonding_mode), "802.3ad");
	_cleanup_free_ char *whole = words(&cfg);
	tap_ok(strstr(whole, "\nbond         bond0, 802.3ad\n"));
	cfg.bond_name[0] = '\0';
	_cleanup_free_ char *without_name = words(&cfg);
	tap_ok(strstr(without_name, "\nbond         no name, 802.3ad\n"));
}

static void a_link_of_an_older_form_is_shown_as_far_as_it_is_known(void)
{
	_cleanup_hostcfg_ struct hostcfg cfg = static_config("http://x/");

	cfg.old = HOSTCFG_OLD_INTERFACES;
	cfg.interfaces[0].name[0] = '\0';
	_cleanup_free_ char *unnamed = words(&cfg);
	tap_ok(strstr(unnamed, "\nlink         52:54:00:12:34:56\n"));
	strcpy(cfg.interfaces[0].name, "eth0");
	memset(cfg.interfaces[0].mac, 0, NET_MAC_LEN);
	_cleanup_free_ char *without_mac = words(&cfg);
	tap_ok(strstr(without_mac, "\nlink         eth0\n"));
	cfg.old = 0;
	_cleanup_free_ char *today = words(&cfg);
	tap_ok(strstr(today, "\nlink         eth0 00:00:00:00:00:00\n"));
}

static void older_forms_have_names(void)
{
	char text[HOSTCFG_OLD_TEXT_MAX];

	hostcfg_format_old(0, text);
	tap_eq_text(text, "");
	hostcfg_format_old(HOSTCFG_OLD_URLS, text);
	tap_eq_text(text, "\"provisioning_urls\"");
	hostcfg_format_old(HOSTCFG_OLD_DNS | HOSTCFG_OLD_URLS | HOSTCFG_OLD_INTERFACES, text);
	tap_eq_text(text, "one address as \"dns\", \"provisioning_urls\", "
			  "\"network_interface\" or names alone");
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(a_static_configuration_in_words),
		TAP_TEST(what_dhcp_does_not_need_is_not_named),
		TAP_TEST(what_is_missing_is_named),
		TAP_TEST(lines_fit_a_terminal_and_are_printable),
		TAP_TEST(nothing_is_lost_in_the_folds),
		TAP_TEST(each_url_is_whole_on_a_line_of_its_own),
		TAP_TEST(the_label_of_a_long_url_has_its_own_line),
		TAP_TEST(no_password_is_shown_however_it_is_spelt),
		TAP_TEST(a_bond_says_what_it_lacks),
		TAP_TEST(a_link_of_an_older_form_is_shown_as_far_as_it_is_known),
		TAP_TEST(older_forms_have_names),
		{ 0 },
	};
	return tap_run(tests);
}
