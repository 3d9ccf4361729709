/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Host configuration, its description and OS package URLs against the released program's
 * outputs. Usage: test_hostcfg_vectors VECTORS.JSON
 */

#include "vectors.h"

#include <errno.h>

#include "base/text.h"
#include "crypto/kdf.h"
#include "hostcfg/hostcfg.h"
#include "hostcfg/url.h"

static void set_addr(struct net_addr *addr, const char *text)
{
	tap_eq_int(net_addr_parse(text, addr), 0);
}

/* The inputs for a row's name; the vectors have only names and outputs. */
static void fill_in(const char *name, struct hostcfg *cfg)
{
	static const uint8_t macs[][NET_MAC_LEN] = { { 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff },
		{ 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0 }, { 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 1 } };
	const bool plain = strcmp(name, "static") == 0, bonded = strcmp(name, "bonded") == 0;
	const bool mapped = strcmp(name, "ipv4-mapped") == 0;
	struct net_addr dns;
	struct error e = ERROR_INIT;

	if (strcmp(name, "all-nil") == 0)
		return;
	cfg->ospkg_pointer = strdup("https://stboot:stboot@stpackage.example.org/os-stable.json");
	cfg->mode = strcmp(name, "empty-dns-slice") == 0 ? HOSTCFG_DHCP : HOSTCFG_STATIC;
	cfg->dns_present = cfg->mode == HOSTCFG_DHCP;
	if (cfg->mode == HOSTCFG_STATIC) {
		const char *ip = mapped ? "::ffff:10.0.2.10/120" : "10.0.2.10/26";
		tap_eq_int(net_prefix_parse(ip, &cfg->host_ip), 0);
		set_addr(&cfg->gateway, mapped ? "::ffff:10.0.2.1" : "10.0.2.1");
	}
	if (plain || bonded) {
		set_addr(&dns, "9.9.9.9");
		tap_eq_int(hostcfg_add_dns(cfg, &dns, &e), 0);
		set_addr(&dns, "149.112.112.112");
		tap_eq_int(hostcfg_add_dns(cfg, &dns, &e), 0);
		tap_eq_int(hostcfg_add_interface(cfg, "eth0", macs[bonded ? 1 : 0], &e), 0);
		cfg->description = hostcfg_describe("v0.6.0", 1738244941);
	}
	if (bonded) {
		tap_eq_int(hostcfg_add_interface(cfg, "eth1", macs[2], &e), 0);
		strcpy(cfg->bonding_mode, "802.3ad");
		strcpy(cfg->bond_name, "bond0");
	}
}

static void check_host_config(const json_t *row)
{
	_cleanup_hostcfg_ struct hostcfg cfg = HOSTCFG_INIT, again = HOSTCFG_INIT;
	const char *want = text_of(row, "json");
	uint8_t hash[CRYPTO_SHA256_SIZE];
	char hex[2 * CRYPTO_SHA256_SIZE + 1];
	struct error e = ERROR_INIT;
	char *text = NULL;

	fill_in(text_of(row, "name"), &cfg);
	tap_eq_int(hostcfg_encode(&cfg, &text, &e), 0);
	tap_eq_text(text, want);
	free(text);
	text = NULL;
	tap_eq_int(hostcfg_decode(want, strlen(want), &again, &e), 0);
	tap_eq_int(hostcfg_encode(&again, &text, &e), 0);
	tap_eq_text(text, want);
	tap_eq_int(crypto_sha256(text, strlen(text), hash, &e), 0);
	text_format_hex(hash, sizeof(hash), hex);
	tap_eq_text(hex, text_of(row, "json_sha256"));
	free(text);
}

static void host_configurations_are_written_as_released(void)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows_of("host_config"), i, row) check_host_config(row);
}

static void descriptions_are_as_released(void)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows_of("description"), i, row)
	{
		/* 2025-01-30T14:49:01.000000005+01:00, the only row. */
		char *text = hostcfg_describe(text_of(row, "version"), 1738244941);
		tap_eq_text(text_of(row, "time"), "2025-01-30T14:49:01.000000005+01:00");
		tap_eq_text(text, text_of(row, "ok"));
		free(text);
	}
}

static void urls_are_constructed_as_released(void)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows_of("ConstructURL"), i, row)
	{
		_cleanup_url_text_ char *url = NULL;
		struct error e = ERROR_INIT;
		const char *want = text_of(row, "ok");
		int r = url_construct(text_of(row, "url"), text_of(row, "user"),
			text_of(row, "password"), &url, &e);
		tap_eq_int(r, want ? 0 : -EINVAL);
		if (want)
			tap_eq_text(url, want);
		else
			tap_eq_text(e.text, text_of(row, "error"));
	}
}

int main(int argc, char **argv)
{
	static const struct tap_test tests[] = {
		TAP_TEST(host_configurations_are_written_as_released),
		TAP_TEST(descriptions_are_as_released),
		TAP_TEST(urls_are_constructed_as_released),
		{ 0 },
	};

	return vectors_run(argc, argv, tests);
}
