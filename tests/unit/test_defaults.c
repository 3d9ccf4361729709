/* SPDX-License-Identifier: BSD-2-Clause */
/* The check of the compiled-in defaults. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/macros.h"
#include "remote/defaults.h"
#include "tap.h"

static const struct defaults good = {
	.template_url = "https://user:password@packages.example.org/os.json",
	.domain = "example.org",
	.user = "stboot",
	.password = "secret",
	.dns = "9.9.9.9,2620:fe::fe",
	.allowed_networks = "192.0.2.0/24,2001:db8::/32,192.0.2.7",
	.bonding_mode = "802.3ad",
};

static void good_defaults_pass(void)
{
	struct error error = ERROR_INIT;

	tap_eq_int(defaults_check(&good, &error), 0);
}

static void each_bad_default_is_named_with_its_rule(void)
{
	const struct {
		size_t member;
		const char *value, *text;
	} rows[] = {
#define ROW(member, value, text) { offsetof(struct defaults, member), value, text }
		ROW(dns, "foo", "DEFAULT_DNS=foo: not an IP address"),
		ROW(dns, "9.9.9.9,", "DEFAULT_DNS=: empty, or a comma too many"),
		ROW(allowed_networks, "10.0.0.0/33",
			"DEFAULT_ALLOWED_NETWORKS=10.0.0.0/33: not a network: an IP address, `/` "
			"and a prefix length"),
		ROW(bonding_mode, "fast",
			"DEFAULT_BONDING_MODE=fast: no such bonding mode; the modes are in the "
			"help "
			"of -M"),
		ROW(domain, "-example org",
			"DEFAULT_DOMAIN=-example org: not a host name: letters, digits, - and ."),
#undef ROW
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct defaults bad = good;
		struct error error = ERROR_INIT;

		memcpy((char *)&bad + rows[i].member, &rows[i].value, sizeof(rows[i].value));
		tap_eq_int(defaults_check(&bad, &error), -EINVAL);
		tap_eq_text(error.text, rows[i].text);
	}
}

static void a_url_without_scheme_is_named_without_its_password(void)
{
	struct defaults bad = good;
	struct error error = ERROR_INIT;

	bad.template_url = "https://a.example.org/x,me:hush@b.example.org/y";
	tap_eq_int(defaults_check(&bad, &error), -EINVAL);
	tap_ok(strstr(error.text, "DEFAULT_TEMPLATE_URL=") == error.text);
	tap_ok(strstr(error.text, "http://") != NULL);
	tap_ok(strstr(error.text, "hush") == NULL);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(good_defaults_pass),
		TAP_TEST(each_bad_default_is_named_with_its_rule),
		TAP_TEST(a_url_without_scheme_is_named_without_its_password),
		{ 0 },
	};
	return tap_run(tests);
}
