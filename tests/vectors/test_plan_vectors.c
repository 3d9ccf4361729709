/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The plan of `remote static` against the released stprov's outputs: MaxHost,
 * ValidateHostAndGateway and parseIPs of vectors.json, which is the program's argument.
 */
#include "vectors.h"

#include <errno.h>

#include "setup/plan.h"

static void the_last_host_is_as_released(void)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows_of("MaxHost"), i, row)
	{
		struct net_prefix prefix;
		struct net_addr addr;
		char text[NET_ADDR_TEXT_MAX];
		if (!text_of(row, "ok")) {
			tap_eq_int(net_prefix_parse(text_of(row, "in"), &prefix), -EINVAL);
			continue;
		}
		tap_eq_int(net_prefix_parse(text_of(row, "in"), &prefix), 0);
		tap_eq_int(setup_default_gateway(&prefix, true, &addr), 0);
		net_addr_format(&addr, text);
		tap_eq_text(text, text_of(row, "ok"));
	}
}

/* The sentences are those of the released program, without Go's own text of a parse error. */
static void expect_error(const struct error *got, const char *want)
{
	const char *own = strstr(want, "invalid CIDR address");
	size_t n = own ? (size_t)(own - want) : strlen(want);

	/* In this case the released program continues without any address. */
	if (strncmp(want, "invalid IP", 10) == 0)
		want = "the network of -i has no first address", n = strlen(want);
	if (strncmp(got->text, want, n) != 0)
		tap_fail(__FILE__, __LINE__, "got \"%s\", want \"%.*s\"", got->text, (int)n, want);
}

static void host_and_gateway_are_checked_as_released(void)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows_of("ValidateHostAndGateway"), i, row)
	{
		struct setup_options o = {
			.ip = text_of(row, "host_ip"),
			.gateway = text_of(row, "gateway"),
			.try_last_gateway = json_is_true(json_object_get(row, "try_last_ip")),
			.force = json_is_true(json_object_get(row, "force")),
			.bonding_mode = "balance-rr",
		};
		_cleanup_setup_plan_ struct setup_plan plan = { .dhcp = false };
		struct error error = ERROR_INIT;
		char text[NET_ADDR_TEXT_MAX] = "", want[ERROR_TEXT_MAX + 1];
		const char *log = text_of(row, "log");

		int r = setup_plan_make(&o, false, &plan, &error);
		/* There it is an error; RFC 3021 and RFC 6164: the other address is the gateway. */
		if (o.ip && (strstr(o.ip, "/31") || strstr(o.ip, "/127"))) {
			tap_eq_int(r, 0);
			continue;
		}
		if (text_of(row, "error")) {
			tap_eq_int(r, -EINVAL);
			expect_error(&error, text_of(row, "error"));
			continue;
		}
		tap_eq_int(r, 0);
		if (r < 0)
			continue;
		/* /128 after a gateway is accepted and dropped. */
		snprintf(want, sizeof(want), "%s", text_of(row, "ok"));
		want[strcspn(want, "/")] = '\0';
		net_addr_format(&plan.gateway, text);
		tap_eq_text(text, want);
		tap_eq_int(plan.notes_n, log ? 1 : 0);
		if (log && plan.notes_n == 1) {
			snprintf(want, sizeof(want), "%s\n", plan.notes[0].text);
			tap_eq_text(want, log);
		}
	}
}

static void dns_servers_are_parsed_as_released(void)
{
	json_t *row, *in;
	size_t i, k;

	json_array_foreach(rows_of("parseIPs"), i, row)
	{
		struct setup_options o = { .bonding_mode = "balance-rr" };
		_cleanup_setup_plan_ struct setup_plan plan = { .dhcp = true };
		struct error error = ERROR_INIT;
		const json_t *ok = json_object_get(row, "ok");

		json_array_foreach(json_object_get(row, "in"), k, in) o.dns.items[o.dns.n++] =
			(char *)(uintptr_t)json_string_value(in);
		tap_eq_int(setup_plan_make(&o, true, &plan, &error), ok ? 0 : -EINVAL);
		if (!ok) {
			tap_ok(strstr(error.text, text_of(row, "error")));
			continue;
		}
		tap_eq_int(plan.dns_n, json_array_size(ok));
		for (k = 0; k < plan.dns_n; k++) {
			char text[NET_ADDR_TEXT_MAX];
			net_addr_format(&plan.dns[k], text);
			tap_eq_text(text, json_string_value(json_array_get(ok, k)));
		}
	}
}

int main(int argc, char **argv)
{
	static const struct tap_test tests[] = {
		TAP_TEST(the_last_host_is_as_released),
		TAP_TEST(host_and_gateway_are_checked_as_released),
		TAP_TEST(dns_servers_are_parsed_as_released),
		{ 0 },
	};

	return vectors_run(argc, argv, tests);
}
