/* SPDX-License-Identifier: BSD-2-Clause */
/* `stprov remote clear`: removes what stprov stored, after asking. */
#include "remote/clear.h"

#include <errno.h>
#include <stdio.h>

#include "base/log.h"
#include "base/secret.h"
#include "base/signals.h"
#include "console/question.h"
#include "hostcfg/trust_policy.h"
#include "status/status.h"
#include "setup/claim.h"
#include "store/store.h"

struct clear_options {
	bool yes;
	struct store_choice store;
	const char *trust_policy;
};

static const struct clear_options clear_defaults = {
	.trust_policy = TRUST_POLICY_PATH,
};

#define AT(field) offsetof(struct clear_options, field)

static const struct cli_option clear_table[] = {
	{ 'y', "yes", CLI_FLAG, AT(yes), NULL, NULL, "do not ask, for scripts" },
	STORE_OPTIONS(struct clear_options, store),
	{ 'T', "trust-policy", CLI_TEXT, AT(trust_policy), "DIR", TRUST_POLICY_PATH,
		"trust policy (not used by clear)" },
	{ 0 },
};

/* What is there, and removing it as one decision: what is secret goes first. */
struct clear {
	struct store store;
	struct efi_claim claim;
	struct provisioned provisioned;
	struct efi_txn txn;
	char names[64]; /* `STHostKey, STHostConfig` */
};

static void clear_deinit(struct clear *c)
{
	efi_txn_deinit(&c->txn);
	provisioned_deinit(&c->provisioned);
	efi_unclaim(&c->claim);
	store_close(&c->store);
}

static int collect_removals(struct clear *c, struct error *error)
{
	const struct {
		const struct provisioned_part *part;
		const struct efi_name *name;
	} rows[] = {
		{ &c->provisioned.key, &efi_host_key },
		{ &c->provisioned.config, &efi_host_config },
		{ &c->provisioned.name, &efi_host_name },
	};
	size_t len = 0;

	provisioned_read(&c->store.dir, &c->provisioned);
	efi_txn_init(&c->txn, &c->store.dir);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].part->state == PROVISIONED_ABSENT)
			continue;
		int r = efi_txn_add_removal(&c->txn, rows[i].name, error);
		if (r < 0)
			return r;
		len += (size_t)snprintf(c->names + len, sizeof(c->names) - len, "%s%s",
			len > 0 ? ", " : "", rows[i].name->name);
	}
	return 0;
}

/* 0 only for `yes`. */
static int ask_to_clear(int signal_fd, struct error *error)
{
	struct console console;
	enum question_answer answer = QUESTION_ENDED;

	question_ask(&console, "Type yes to remove them; anything else leaves all as it is:");
	console.only_yes = true;
	int r = question_wait(&console, signal_fd, &answer, error);
	if (r == -EINTR)
		return error_set(error, r, "interrupted: nothing was removed");
	if (r < 0)
		return error_prefix(error, r, "nothing was removed");
	if (answer == QUESTION_ENDED)
		return error_set(error, -ECANCELED,
			"no answer: nothing was removed (-y does it without asking)");
	return answer == QUESTION_CONFIRMED
		       ? 0
		       : error_set(error, -ECANCELED, "aborted: nothing was removed");
}

static int clear_all(const struct clear_options *o, struct clear *c, struct error *error)
{
	_cleanup_close_ int signal_fd = -1;

	bool busy;

	int r = setup_open_store(
		&o->store, "stprov remote clear is running", &c->store, &c->claim, &busy, error);
	if (r == 0)
		r = collect_removals(c, error);
	if (r < 0)
		return r;
	if (c->txn.n == 0) {
		log_line("nothing to remove: there is no STHostKey, STHostConfig or STHostName");
		return 0;
	}
	/* From here on signals are looked at between the steps, so that none cuts one in half. */
	r = signals_open(&signal_fd, error);
	if (r < 0)
		return r;
	status_print_provisioned(stderr, &c->provisioned, false);
	log_line("will be removed: %s", c->names);
	log_line("not touched: Secure Boot keys and all other variables");
	if (!o->yes)
		r = ask_to_clear(signal_fd, error);
	if (r == 0)
		r = efi_txn_commit(&c->txn, error);
	if (r == 0)
		log_line("removed, and read back as gone: %s", c->names);
	return r;
}

static int run_clear(void *options, struct error *error)
{
	_cleanup_(clear_deinit) struct clear c = { .store = STORE_INIT, .claim = EFI_CLAIM_INIT };

	const struct clear_options *o = options;
	enum store_kind kind;

	secret_protect_process();
	if (store_choice_check(&o->store, &kind, error) < 0)
		return CLI_EXIT_USAGE;
	return clear_all(options, &c, error) < 0 ? CLI_EXIT_FAILED : CLI_EXIT_OK;
}

const struct cli_command remote_clear_command = {
	.name = "clear",
	.summary = "remove it again",
	.usage = "[options]",
	.help = "Removes host key, host configuration and host name, after asking. Secure Boot "
		"keys are not touched.",
	.options = clear_table,
	.defaults = &clear_defaults,
	.size = sizeof(clear_defaults),
	.run = run_clear,
};
