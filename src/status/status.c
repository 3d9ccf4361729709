/* SPDX-License-Identifier: BSD-2-Clause */
/* `stprov remote status`: what is provisioned, and what this machine is like. */
#include "status/status.h"

#include "base/secret.h"
#include "hostcfg/trust_policy.h"

struct status_options {
	bool json;
	struct store_choice store;
	const char *tpm, *trust_policy;
};

static const struct status_options status_defaults = {
	.trust_policy = TRUST_POLICY_PATH,
};

#define AT(field) offsetof(struct status_options, field)

static const struct cli_option status_table[] = {
	{ 'j', "json", CLI_FLAG, AT(json), NULL, NULL,
		"one JSON object on standard output, for programs" },
	STORE_OPTIONS(struct status_options, store),
	TPM_OPTION(struct status_options, tpm),
	{ 'T', "trust-policy", CLI_TEXT, AT(trust_policy), "DIR", TRUST_POLICY_PATH,
		"trust policy (not used by status)" },
	{ 0 },
};

static int print_status(const struct status *status, bool json, struct error *error)
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
		&s->provisioned.config, provisioned_host_key(&s->provisioned).part };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i]->state == PROVISIONED_UNREADABLE) {
			*error = parts[i]->error;
			break;
		}
	return CLI_EXIT_FAILED;
}

static int run_status(void *options, struct error *error)
{
	const struct status_options *o = options;
	enum store_kind kind;
	struct error why;

	secret_protect_process();
	if (store_choice_check(&o->store, &kind, error) < 0)
		return CLI_EXIT_USAGE;
	_cleanup_status_ struct status *s =
		status_new(&o->store, tpm_access_path(o->tpm, o->store.efivars));
	if (!s) {
		(void)error_set(error, 0, "no memory");
		return CLI_EXIT_FAILED;
	}
	if (print_status(s, o->json, error) < 0)
		return CLI_EXIT_FAILED;
	switch (status_verdict(s, &why)) {
	case PROVISIONED_GOOD:
		return CLI_EXIT_OK;
	case PROVISIONED_UNREADABLE:
		return unreadable(s, error);
	default:
		return CLI_EXIT_NOT_PROVISIONED;
	}
}

const struct cli_command remote_status_command = {
	.name = "status",
	.summary = "show what is provisioned",
	/* `re st` has always been static. */
	.prefix_min = sizeof("statu") - 1,
	.usage = "[options]",
	.help = "Shows what is provisioned, Secure Boot, room in NVRAM, links and clock. Exit "
		"code 0: fully provisioned; 3: not; 1: it could not be found out.",
	.options = status_table,
	.defaults = &status_defaults,
	.size = sizeof(status_defaults),
	.run = run_status,
};
