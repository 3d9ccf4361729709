/* SPDX-License-Identifier: BSD-2-Clause */
/* `stprov defaults`: see defaults.h. */
#include "remote/defaults.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/columns.h"
#include "base/file.h"
#include "base/log.h"
#include "base/secret.h"
#include "cli/cli.h"
#include "config.h"
#include "hostcfg/url.h"
#include "link/bond.h"
#include "net/allow.h"
#include "net/hostname.h"
#include "remote/stamped.h"
#include "setup/urlcheck.h"

static const struct defaults compiled_in = {
	.template_url = STPROV_DEFAULT_TEMPLATE_URL,
	.domain = STPROV_DEFAULT_DOMAIN,
	.user = STPROV_DEFAULT_USER,
	.password = STPROV_DEFAULT_PASSWORD,
	.dns = STPROV_DEFAULT_DNS,
	.allowed_networks = STPROV_DEFAULT_ALLOWED_NETWORKS,
	.bonding_mode = STPROV_DEFAULT_BONDING_MODE,
};

/* One item of a list. */
typedef int check_item(const char *item, const struct defaults *defaults, struct error *error);

static int check_url(const char *item, const struct defaults *defaults, struct error *error)
{
	_cleanup_url_ struct url url = { 0 };
	_cleanup_url_text_ char *text = NULL;
	int r = url_construct(item, defaults->user, defaults->password, &text, error);

	return r < 0 ? r : url_parse(text, &url, error);
}

static int check_dns(const char *item, const struct defaults *defaults, struct error *error)
{
	struct net_addr addr;

	return net_addr_parse(item, &addr) < 0 ? error_set(error, -EINVAL, "not an IP address") : 0;
}

static int check_network(const char *item, const struct defaults *defaults, struct error *error)
{
	struct net_allow allow = { .n = 0 };

	return net_allow_add(&allow, item, error) < 0
		       ? error_set(error, -EINVAL,
				 "not a network: an IP address, `/` and a prefix length")
		       : 0;
}

static int check_list(const char *name, const char *list, check_item *check,
	const struct defaults *defaults, struct error *error)
{
	char shown[256];
	_cleanup_free_ char *copy = strdup(list);
	char *rest = copy;

	if (!copy)
		return error_set_errno(error, -ENOMEM, "%s", name);
	for (const char *item; (item = strsep(&rest, ","));) {
		int r = *item ? check(item, defaults, error)
			      : error_set(error, -EINVAL, "empty, or a comma too many");
		if (r < 0) {
			url_mask(item, shown, sizeof(shown));
			return error_prefix(error, -EINVAL, "%s=%s", name, shown);
		}
	}
	return 0;
}

int defaults_check(const struct defaults *defaults, struct error *error)
{
	enum bond_mode mode;
	int r;

	r = check_list("DEFAULT_TEMPLATE_URL", defaults->template_url, check_url, defaults, error);
	if (r == 0)
		r = check_list("DEFAULT_DNS", defaults->dns, check_dns, defaults, error);
	if (r == 0)
		r = check_list("DEFAULT_ALLOWED_NETWORKS", defaults->allowed_networks,
			check_network, defaults, error);
	if (r < 0)
		return r;
	if (!net_hostname_check(defaults->domain, strlen(defaults->domain), NET_HOSTNAME_TYPED))
		return error_set(error, -EINVAL,
			"DEFAULT_DOMAIN=%s: not a host name: letters, digits, - and .",
			defaults->domain);
	if (bond_mode_parse(defaults->bonding_mode, &mode) < 0)
		return error_set(error, -EINVAL,
			"DEFAULT_BONDING_MODE=%s: no such bonding mode; the modes are in the help "
			"of -M",
			defaults->bonding_mode);
	return 0;
}

/* A list of URLs, each without its password. */
static void print_urls(FILE *out, const char *list)
{
	char shown[URL_MAX];
	_cleanup_free_ char *copy = strdup(list);
	char *rest = copy;
	const char *label = "URL";

	for (const char *item; copy && (item = strsep(&rest, ",")); label = "") {
		url_mask(item, shown, sizeof(shown));
		columns_text(out, label, shown);
	}
}

/* The files of a boot medium. */
static int check_files(const char *defaults, const char *roots)
{
	_cleanup_medium_ struct medium medium = { .n = 0 };
	_cleanup_free_ uint8_t *pem = NULL;
	struct error error = ERROR_INIT;
	uint8_t *text = NULL;
	size_t len = 0;
	int r = file_read(AT_FDCWD, defaults, MEDIUM_FILE_MAX, &text, &len, &error);

	if (r == 0) {
		r = medium_parse(text, len, &medium, &error);
		if (r == 0)
			r = stamped_check(&medium, &error);
		if (r < 0)
			(void)error_prefix(&error, r, "%s", defaults);
		secret_wipe_bytes(text, len);
	}
	free(text);
	if (r == 0 && roots)
		r = urlcheck_read_roots_file(roots, &pem, &len, &error);
	if (r < 0) {
		log_line("stprov defaults: %s", error.text);
		return CLI_EXIT_FAILED;
	}
	stamped_print_values(stdout, &medium);
	return CLI_EXIT_OK;
}

int defaults_help(int argc, char **argv)
{
	if (argc > 0) {
		log_line("stprov help: trailing arguments: %s", argv[0]);
		return CLI_EXIT_USAGE;
	}
	printf("stprov defaults [FILE [ROOTS]]\n"
	       "  Prints the defaults that were compiled in, without passwords. With FILE, those\n"
	       "  that are to be put onto a boot medium. With ROOTS, checks the HTTPS roots\n"
	       "  for that medium, too.\n");
	return CLI_EXIT_OK;
}

int defaults_main(int argc, char **argv)
{
	struct error error = ERROR_INIT;

	if (argc > 0 && cli_asks_for_help(argv[0]))
		return defaults_help(argc - 1, argv + 1);
	if (argc > 0 && argv[0][0] == '-') {
		log_line("stprov defaults: unknown option %s", argv[0]);
		return CLI_EXIT_USAGE;
	}
	if (argc > 2) {
		log_line("stprov defaults: trailing arguments: %s", argv[2]);
		return CLI_EXIT_USAGE;
	}
	if (argc > 0)
		return check_files(argv[0], argc > 1 ? argv[1] : NULL);
	if (defaults_check(&compiled_in, &error) < 0) {
		log_line("stprov defaults: %s", error.text);
		return CLI_EXIT_FAILED;
	}
	print_urls(stdout, compiled_in.template_url);
	columns_format(stdout, "domain", "%s", compiled_in.domain);
	columns_format(stdout, "user", "%s", compiled_in.user);
	columns_format(stdout, "DNS", "%s", compiled_in.dns);
	columns_format(stdout, "networks", "%s", compiled_in.allowed_networks);
	columns_format(stdout, "bonding", "%s", compiled_in.bonding_mode);
	return CLI_EXIT_OK;
}
