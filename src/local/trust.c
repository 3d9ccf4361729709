/* SPDX-License-Identifier: BSD-2-Clause */
/* What this machine will trust after a provisioning: see trust.h. */
#include "local/trust.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"

/* The address as ssh(1) spells it: the endpoint without port and brackets, with an interface. */
static void format_ssh_address(const struct run *run, char out[NET_ENDPOINT_TEXT_MAX])
{
	bool six = run->address.family == 6;
	const char *end = strrchr(run->endpoint, six ? ']' : ':');

	snprintf(out, NET_ENDPOINT_TEXT_MAX, "%.*s", (int)(end - run->endpoint - six),
		run->endpoint + six);
}

static int check_name(const struct run *run, const struct run_result *result, struct error *error)
{
	if (!run->name || strcasecmp(run->name, result->hostname) == 0)
		return 0;
	return error_set(error, -EBADMSG,
		"the platform's host name is %.100s, not %.100s (--name)%s", result->hostname,
		run->name, run->compat ? ": abort on its console" : ": nothing was committed");
}

/* Whether the operator typed this name: as -i or --name. */
static bool is_typed(const struct run *run, const char *name)
{
	return (run->name && strcasecmp(run->name, name) == 0) ||
	       (run->target.is_name && strcasecmp(run->target.name, name) == 0);
}

/*
 * The name of the platform, and what was typed as -i. An address that only a name server told is
 * not among them. @typed: room for it.
 */
static void list_names(const struct run *run, const struct run_result *result,
	char typed[KNOWN_HOSTS_NAME_MAX], struct known_hosts_entry *ret)
{
	struct known_hosts_entry entry = { .public = result->publickey,
		.fingerprint = result->fingerprint };

	if (run->target.is_name)
		snprintf(typed, KNOWN_HOSTS_NAME_MAX, "%s", run->target.name);
	else
		format_ssh_address(run, typed);
	if (known_hosts_is_name(result->hostname)) {
		if (is_typed(run, result->hostname) ||
			(run->target.told.n == 0 && strcasecmp(result->hostname, typed) == 0))
			entry.replace |= 1U << entry.names_n;
		entry.names[entry.names_n++] = result->hostname;
	}
	if (entry.names_n == 0 || strcasecmp(entry.names[0], typed) != 0) {
		if (run->target.told.n == 0)
			entry.replace |= 1U << entry.names_n;
		entry.names[entry.names_n++] = typed;
	}
	if (run->replace)
		entry.replace = ~0U;
	*ret = entry;
}

int trust_check(const struct run *run, const struct run_result *result, struct error *error)
{
	char typed[KNOWN_HOSTS_NAME_MAX];
	struct known_hosts_entry entry;
	int r = check_name(run, result, error);

	if (r < 0 || !run->hosts)
		return r;
	list_names(run, result, typed, &entry);
	r = known_hosts_file_try(run->hosts, &entry, error);
	if (r == KNOWN_HOSTS_E_OTHER_KEY && run->compat)
		log_line("abort on the platform's console, unless this is expected");
	return r == 0 ? 0 : error_prefix(error, r, "--known-hosts");
}

int trust_put(const struct run *run, const struct run_result *result, struct error *error)
{
	char typed[KNOWN_HOSTS_NAME_MAX];
	struct known_hosts_entry entry;

	if (!run->hosts)
		return 0;
	list_names(run, result, typed, &entry);
	if (!known_hosts_is_name(result->hostname))
		log_line(
			"warning: \"%s\" is not a valid host name: the key is stored under %s only",
			result->hostname, typed);
	int r = known_hosts_file_put(run->hosts, &entry, error);
	if (r != 0) {
		_cleanup_free_ char *line = known_hosts_format(
			entry.names, entry.names_n, (1U << entry.names_n) - 1, entry.public);
		log_line("the key was not added to %s; to add it by hand, use this line:",
			run->hosts->path);
		fputs(line ? line : "", stderr);
	}
	return r;
}
