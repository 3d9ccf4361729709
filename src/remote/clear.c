/* SPDX-License-Identifier: BSD-2-Clause */
/* `stprov remote clear`: removes what stprov stored, after asking. */
#include "remote/clear.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"
#include "base/signals.h"
#include "console/question.h"
#include "hostcfg/trust_policy.h"
#include "status/status.h"
#include "setup/claim.h"
#include "store/store.h"

struct clear_options {
	bool yes, without_tpm;
	struct store_choice store;
	const char *tpm, *trust_policy;
};

static const struct clear_options clear_defaults = {
	.trust_policy = TRUST_POLICY_PATH,
};

#define AT(field) offsetof(struct clear_options, field)

static const struct cli_option clear_table[] = {
	{ 'y', "yes", CLI_FLAG, AT(yes), NULL, NULL, "do not ask, for scripts" },
	STORE_OPTIONS(struct clear_options, store),
	TPM_OPTION(struct clear_options, tpm),
	{ 0, "without-tpm", CLI_FLAG, AT(without_tpm), NULL, NULL,
		"succeed even if the TPM does not remove its key" },
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
	struct tpm_access *tpm;
};

static void clear_deinit(struct clear *c)
{
	tpm_access_close(&c->tpm);
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

/* --- the TPM's keys below which a host key was sealed --- */

/*
 * The TPM whose keys go, NULL: none. No TPM is touched unasked: not without a sealed key here, not
 * with other variables than those of this machine's firmware, unless it is named.
 */
static const char *tpm_of(const struct clear_options *o, const struct clear *c)
{
	if (!o->tpm &&
		(c->provisioned.sealed.state == PROVISIONED_ABSENT || c->store.kind != STORE_EFI))
		return NULL;
	return tpm_access_path(o->tpm, o->store.efivars);
}

/* Whether NVRAM beside the cleared store has a sealed key that names this key of the TPM. */
static int find_named(const struct clear *c, bool ret_named[TPM_PARENTS], struct error *error)
{
	const struct efi_dir *nvram;
	struct provisioned_sealed sealed;
	size_t index;

	memset(ret_named, 0, TPM_PARENTS * sizeof(ret_named[0]));
	if (c->store.kind == STORE_EFI || access(EFI_FIRMWARE_PATH, F_OK) < 0)
		return 0;
	nvram = store_firmware(&c->store, STORE_READ, error);
	if (!nvram)
		return error_prefix(error, -EIO, "whether NVRAM needs it is not known");
	int r = provisioned_sealed_read(nvram, &sealed, error);
	if (r == EFI_E_ABSENT)
		return 0;
	if (r != 0)
		return error_prefix(error, -EIO, "whether NVRAM needs it is not known");
	if (tpm_parent_index(sealed.key.sealed.parent, &index))
		ret_named[index] = true;
	return 0;
}

/* Removes the keys that no variable names any more. */
static int forget(struct clear *c, const char *path, struct error *error)
{
	bool named[TPM_PARENTS];
	int r = find_named(c, named, error);

	if (r == 0 && !c->tpm)
		r = tpm_access_open(path, &c->tpm, error);
	if (r == 0 && !named[0] && !named[1])
		return tpm_access_forget(c->tpm, error);
	for (size_t i = 0; r == 0 && i < TPM_PARENTS; i++)
		if (!named[i])
			r = tpm_access_drop(c->tpm, tpm_parent_handle(i), error);
	return r;
}

/* After the variables. What is said of a failure depends on what may be opened from now on. */
static int forget_or_say(
	const struct clear_options *o, struct clear *c, const char *path, struct error *error)
{
	struct error why;

	if (forget(c, path, &why) == 0) {
		log_line("the TPM's key is removed: old copies of the sealed host key can no "
			 "longer be opened");
		return 0;
	}
	int r = error_set(error, -EIO,
		"the variables are gone, but not the TPM's key: %s; copies of the sealed host key "
		"may still be opened by that TPM (again: stprov remote clear --tpm %s)",
		why.text, path);
	if (!o->without_tpm)
		return r;
	log_line("%s", error->text);
	return 0;
}

/* Without variables: whether the TPM that was named has a key of stprov's. */
static int find_keys(struct clear *c, const char *path, bool *ret, struct error *error)
{
	struct tpm_look look;
	int r = tpm_access_open(path, &c->tpm, error);

	if (r == 0)
		r = tpm_access_look(c->tpm, &look, error);
	if (r == 0)
		*ret = look.parents[0] || look.parents[1];
	return r;
}

/* --- the command --- */

/* What is to go, in words. *ret_any: there is something. */
static int show(const struct clear_options *o, struct clear *c, bool *ret_any, struct error *error)
{
	const char *tpm = tpm_of(o, c);
	bool has_keys = tpm != NULL;
	int r = 0;

	if (c->txn.n == 0 && tpm) {
		r = find_keys(c, tpm, &has_keys, error);
		if (r < 0 && o->without_tpm) {
			log_line("%s", error->text);
			has_keys = false;
			r = 0;
		}
	}
	*ret_any = c->txn.n > 0 || has_keys;
	if (r < 0 || !*ret_any)
		return r;
	status_print_provisioned(stderr, &c->provisioned, NULL, false);
	if (c->txn.n > 0)
		log_names(c, "will be removed");
	if (has_keys)
		log_line("will be removed: the TPM's key, below which a host key was sealed");
	else if (c->provisioned.sealed.state != PROVISIONED_ABSENT)
		log_line("not touched: the TPM, which may still open copies of the sealed host key "
			 "(--tpm removes its key)");
	log_line("not touched: Secure Boot keys and all other variables");
	return 0;
}

static int clear_all(const struct clear_options *o, struct clear *c, struct error *error)
{
	_cleanup_close_ int signal_fd = -1;

	bool busy, any = false;

	int r = setup_open_store(
		&o->store, "stprov remote clear is running", &c->store, &c->claim, &busy, error);
	if (r == 0) {
		provisioned_read(&c->store.dir, &c->provisioned);
		r = collect_removals(c, error);
	}
	if (r < 0)
		return r;
	r = show(o, c, &any, error);
	if (r < 0)
		return r;
	if (!any) {
		log_line("nothing to remove: stprov has stored nothing here");
		return 0;
	}
	/* From here on signals are looked at between the steps, so that none cuts one in half. */
	r = signals_open(&signal_fd, error);
	if (r < 0)
		return r;
	if (!o->yes)
		r = ask_to_clear(signal_fd, error);
	if (r == 0 && c->txn.n > 0)
		r = efi_txn_commit(&c->txn, error);
	if (r == 0 && c->txn.n > 0)
		log_names(c, "removed, and read back as gone");
	if (r == 0 && tpm_of(o, c))
		r = forget_or_say(o, c, tpm_of(o, c), error);
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
		"and host name, after asking. Then the TPM forgets a sealed host key. Secure Boot "
		"keys are not touched.",
	.options = clear_table,
	.defaults = &clear_defaults,
	.size = sizeof(clear_defaults),
	.run = run_clear,
};
