/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net/ and cli/ against the released stprov's outputs: DecodeSafeCIDR, parseAllowedNets,
 * allowed_contains, parseIPs and slice_flag_default_def1,def2 of vectors.json, which is the
 * program's argument.
 */
#include "vectors.h"

#include <errno.h>

#include "cli/cli.h"
#include "net/addr.h"
#include "net/allow.h"

static void an_m_becomes_a_slash_as_released(void)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows_of("DecodeSafeCIDR"), i, row)
	{
		_cleanup_free_ char *out = net_decode_safe_cidr(text_of(row, "in"));
		tap_eq_text(out, text_of(row, "out"));
	}
}

static void allowed_networks_are_parsed_as_released(void)
{
	json_t *row, *in;
	size_t i, k;

	json_array_foreach(rows_of("parseAllowedNets"), i, row)
	{
		struct net_allow allow = { .n = 0 };
		struct error e = ERROR_INIT;
		const json_t *ok = json_object_get(row, "ok");
		int r = 0;
		json_array_foreach(json_object_get(row, "in"), k, in) if (r == 0) r =
			net_allow_add(&allow, json_string_value(in), &e);
		if (!ok) {
			tap_eq_int(r, -EINVAL);
			tap_eq_text(e.text, text_of(row, "error"));
			continue;
		}
		tap_eq_int(r, 0);
		tap_eq_int(allow.n, json_array_size(ok));
		for (k = 0; k < allow.n && k < json_array_size(ok); k++) {
			char text[NET_PREFIX_TEXT_MAX];
			net_prefix_format(&allow.items[k], text);
			tap_eq_text(text, json_string_value(json_array_get(ok, k)));
		}
	}
}

/* The released program reads `::ffff:10.0.0.1` as `::/32`: an error that we do not copy. */
static void allowed_networks_contain_as_released_but_for_the_mapped_address(void)
{
	json_t *row;
	size_t i, accidents = 0;

	json_array_foreach(rows_of("allowed_contains"), i, row)
	{
		struct net_allow allow = { .n = 0 };
		struct error e = ERROR_INIT;
		struct net_addr ip = { .family = 0 };
		const char *parsed = text_of(row, "parsed");
		bool contains = json_is_true(json_object_get(row, "contains"));
		char text[NET_PREFIX_TEXT_MAX];

		if (strcmp(parsed, "::/32") == 0) {
			tap_eq_text(text_of(row, "net"), "::ffff:10.0.0.1");
			tap_eq_text(text_of(row, "ip"), "::1");
			parsed = "10.0.0.1/32";
			contains = false;
			accidents++;
		}
		tap_eq_int(net_allow_add(&allow, text_of(row, "net"), &e), 0);
		net_prefix_format(&allow.items[0], text);
		tap_eq_text(text, parsed);
		tap_eq_int(net_addr_parse(text_of(row, "ip"), &ip), 0);
		tap_eq_int(net_allow_contains(&allow, &ip), contains);
	}
	tap_eq_int(accidents, 1);
}

static void addresses_of_servers_are_parsed_as_released(void)
{
	json_t *row, *in;
	size_t i, k;

	json_array_foreach(rows_of("parseIPs"), i, row)
	{
		const json_t *ok = json_object_get(row, "ok");
		json_array_foreach(json_object_get(row, "in"), k, in)
		{
			struct net_addr addr = { .family = 0 };
			char text[NET_ADDR_TEXT_MAX];
			tap_eq_int(net_addr_parse(json_string_value(in), &addr), ok ? 0 : -EINVAL);
			net_addr_format(&addr, text);
			if (ok)
				tap_eq_text(text, json_string_value(json_array_get(ok, k)));
		}
	}
}

/* One row: parses the words, and compares the list and the remaining words. */
static void check_slice_row(const json_t *row)
{
	struct cli_list list = { .n = 0 };
	static const struct cli_option table[] = {
		{ 'd', "dns", CLI_LIST, 0, "IP", "def1,def2", "servers" }, { 0 }
	};
	const json_t *args = json_object_get(row, "args"), *values = json_object_get(row, "values");
	size_t trailing = json_array_size(json_object_get(row, "trailing"));
	struct error e = ERROR_INIT;
	char *argv[16] = { NULL };
	char want[80];
	size_t n = json_array_size(args);

	tap_ok(n < ARRAY_SIZE(argv));
	for (size_t i = 0; i < n && i < ARRAY_SIZE(argv); i++)
		argv[i] = strdup(json_string_value(json_array_get(args, i)));
	tap_eq_int(cli_parse(table, &list, (int)n, argv, &e), trailing ? -EINVAL : 0);
	snprintf(want, sizeof(want), "trailing arguments: %zu words after the value of -d",
		trailing);
	tap_eq_text(e.text, trailing ? want : "");
	tap_eq_int(list.given, n > 0);
	tap_eq_int(list.n, json_array_size(values));
	for (size_t i = 0; i < list.n && i < json_array_size(values); i++)
		tap_eq_text(list.items[i], json_string_value(json_array_get(values, i)));
	cli_options_deinit(table, &list);
	for (size_t i = 0; i < ARRAY_SIZE(argv); i++)
		free(argv[i]);
}

static void list_options_are_parsed_as_released(void)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows_of("slice_flag_default_def1,def2"), i, row) check_slice_row(row);
}

int main(int argc, char **argv)
{
	static const struct tap_test tests[] = {
		TAP_TEST(an_m_becomes_a_slash_as_released),
		TAP_TEST(allowed_networks_are_parsed_as_released),
		TAP_TEST(allowed_networks_contain_as_released_but_for_the_mapped_address),
		TAP_TEST(addresses_of_servers_are_parsed_as_released),
		TAP_TEST(list_options_are_parsed_as_released),
		{ 0 },
	};

	return vectors_run(argc, argv, tests);
}
