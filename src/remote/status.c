/* SPDX-License-Identifier: BSD-2-Clause */
/* `stprov remote status`: what is provisioned, and what this machine is like. */
#include "remote/status.h"

#include "base/log.h"
#include "base/secret.h"
#include "cli/cli.h"
#include "remote/commands.h"

struct status_options {
	bool json;
	const char *efivars, *trust_policy;
};

static const struct status_options status_defaults = {
	.efivars = EFI_VARS_PATH,
	.trust_policy = "/etc/trust_policy",
};

#define STATUS_OPTIONS(o)                                                                          \
	{                                                                                          \
		{ 'j', "json", CLI_FLAG, &(o)->json, NULL, NULL,                                   \
			"one JSON object on standard output, for programs" },                      \
			{ 'E', "efivars", CLI_TEXT, &(o)->efivars, "DIR", EFI_VARS_PATH,           \
				"directory of EFI variables" },                                    \
			{ 'T', "trust-policy", CLI_TEXT, &(o)->trust_policy, "DIR",                \
				status_defaults.trust_policy,                                      \
				"trust policy (not used by status)" },                             \
			{ 0 },                                                                     \
	}

void remote_status_help(void)
{
	struct status_options unused = status_defaults;
	const struct cli_option table[] = STATUS_OPTIONS(&unused);

	printf("stprov remote status [options]\n"
	       "  Shows what is provisioned, Secure Boot, room in NVRAM, links and clock. Exit\n"
	       "  code 0: fully provisioned; 3: not; 1: it could not be found out.\n");
	cli_help_options(stdout, table);
}

static int tell(const struct status *status, bool json, struct error *error)
{
	_cleanup_free_ char *text = NULL;

	if (!json) {
		status_print(stdout, status);
		return 0;
	}
	int r = status_format_json(status, &text, error);
	if (r == 0)
		printf("%s\n", text);
	return r;
}

/* What could not be looked at, when that is what decides. */
static int unreadable(const struct status *s, struct error *error)
{
	const struct provisioned_part *const parts[] = { &s->provisioned.name,
		&s->provisioned.config, &s->provisioned.key };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i]->state == PROVISIONED_UNREADABLE) {
			*error = parts[i]->error;
			break;
		}
	return CLI_EXIT_FAILED;
}

static int status(void *options, struct error *error)
{
	const struct status_options *o = options;
	_cleanup_status_ struct status *s = status_new(o->efivars);
	struct error why;

	if (!s) {
		(void)error_set(error, 0, "no memory");
		return CLI_EXIT_FAILED;
	}
	if (tell(s, o->json, error) < 0)
		return CLI_EXIT_FAILED;
	switch (provisioned_verdict(&s->provisioned, &why)) {
	case PROVISIONED_GOOD:
		return CLI_EXIT_OK;
	case PROVISIONED_UNREADABLE:
		return unreadable(s, error);
	default:
		return CLI_EXIT_NOT_PROVISIONED;
	}
}

int remote_status(int argc, char **argv)
{
	struct status_options o = status_defaults;
	const struct cli_option table[] = STATUS_OPTIONS(&o);
	struct error error = ERROR_INIT;
	const struct cli_call call = {
		.table = table,
		.help = remote_status_help,
		.run = status,
		.options = &o,
	};

	secret_protect_process();
	int exit_code = cli_run(&call, argc, argv, &error);
	if (exit_code == CLI_EXIT_FAILED || exit_code == CLI_EXIT_USAGE) {
		/* Behind what was told, where both go to one terminal. */
		(void)fflush(stdout);
		log_line("stprov remote status: %s", error.text);
	}
	return exit_code;
}
