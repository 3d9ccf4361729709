/* SPDX-License-Identifier: BSD-2-Clause */
/* `stprov remote clear`: removes what stprov stored, after asking. */
#include "remote/clear.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

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

/* Names on one line, in bytes. */
#define NAMES_LINE_MAX 512

/* What is there, and removing it as one decision: what is secret goes first. */
struct clear {
	struct store store;
	struct efi_claim claim;
	struct provisioned provisioned;
	struct efi_txn txn;
	struct efi_name files[PROVISIONED_FILES_MAX]; /* for the transaction */
	bool left; /* there are, or may be, files that it does not have */
};

static void clear_deinit(struct clear *c)
{
	efi_txn_deinit(&c->txn);
	provisioned_deinit(&c->provisioned);
	efi_unclaim(&c->claim);
	store_close(&c->store);
}

/* `WHAT: STHostKey, STHostConfig`, in several lines if one has no room for all of them. */
static void log_names(const struct clear *c, const char *what)
{
	char line[NAMES_LINE_MAX] = "";
	size_t len = 0;

	for (size_t i = 0; i < c->txn.n; i++) {
		const char *name = c->txn.items[i].name->name;
		if (len + strlen(", ") + strlen(name) >= sizeof(line)) {
			log_line("%s: %s", what, line);
			len = 0;
		}
		len += (size_t)snprintf(
			line + len, sizeof(line) - len, "%s%s", len > 0 ? ", " : "", name);
	}
	log_line("%s: %s", what, line);
}

static int add_part(struct clear *c, const struct provisioned_part *part,
	const struct efi_name *name, struct error *error)
{
	return part->state == PROVISIONED_ABSENT ? 0 : efi_txn_add_removal(&c->txn, name, error);
}

/* In the order of removal: what is secret goes first. */
static int collect_removals(struct clear *c, struct error *error)
{
	const struct provisioned *p = &c->provisioned;
	const struct {
		const struct provisioned_part *part;
		const struct efi_name *name;
	} first[] = { { &p->key, &efi_host_key }, { &p->sealed, &efi_host_key_sealed } },
	  last[] = { { &p->certificate, &efi_host_certificate }, { &p->config, &efi_host_config },
		  { &p->name, &efi_host_name } };
	int r = 0;

	efi_txn_init(&c->txn, &c->store.dir);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(first); i++)
		r = add_part(c, first[i].part, first[i].name, error);
	/* As many as one transaction takes; the rest by another run. */
	c->left = p->files.state != PROVISIONED_GOOD && p->files.state != PROVISIONED_ABSENT;
	for (size_t i = 0; r == 0 && i < p->listed_n; i++) {
		if (c->txn.n + ARRAY_SIZE(last) >= EFI_TXN_MAX) {
			c->left = true;
			break;
		}
		c->files[i] =
			(struct efi_name){ .name = p->listed[i].variable, .guid = EFI_GUID_STPROV };
		r = efi_txn_add_removal(&c->txn, &c->files[i], error);
	}
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(last); i++)
		r = add_part(c, last[i].part, last[i].name, error);
	return r;
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
	if (r == 0) {
		provisioned_read(&c->store.dir, &c->provisioned);
		r = collect_removals(c, error);
	}
	if (r < 0)
		return r;
	if (c->txn.n == 0) {
		log_line("nothing to remove: stprov has stored nothing here");
		return 0;
	}
	/* From here on signals are looked at between the steps, so that none cuts one in half. */
	r = signals_open(&signal_fd, error);
	if (r < 0)
		return r;
	status_print_provisioned(stderr, &c->provisioned, false);
	log_names(c, "will be removed");
	log_line("not touched: Secure Boot keys and all other variables");
	if (!o->yes)
		r = ask_to_clear(signal_fd, error);
	if (r == 0)
		r = efi_txn_commit(&c->txn, error);
	if (r == 0)
		log_names(c, "removed, and read back as gone");
	if (r == 0 && c->left)
		r = error_set(error, -E2BIG,
			"there may be more variables " HOSTFILE_PREFIX
			"*: run stprov remote clear again");
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
	.help = "Removes host key, host certificate, files for the OS package, host configuration "
		"and host name, after asking. Secure Boot keys are not touched.",
	.options = clear_table,
	.defaults = &clear_defaults,
	.size = sizeof(clear_defaults),
	.run = run_clear,
};
