/* SPDX-License-Identifier: BSD-2-Clause */
/* `stprov host apply`: the order of the parts, and those that are short. See apply.h. */
#include "host/apply.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/secret.h"
#include "base/text.h"
#include "host/apply_key.h"
#include "host/apply_network.h"

#define NAME_PATH "etc/hostname"
/* Linux's __NEW_UTS_LEN. */
#define KERNEL_NAME_MAX 64

/* The words of --only, as bits. */
enum part {
	PART_KEY = 1 << 0,
	PART_NAME = 1 << 1,
	PART_NETWORK = 1 << 2,
	PART_FILES = 1 << 3,
};

struct apply_options {
	struct host_place place;
	const char *network;
	struct cli_list only;
	bool replace;
};

static const struct apply_options apply_defaults = {
	.place = { .root = "/" },
};

#define AT(field) offsetof(struct apply_options, field)
#define ALL_PARTS "key,name,network,files"

static const struct cli_option apply_table[] = {
	{ 0, "root", CLI_TEXT, AT(place.root), "DIR", "/",
		"directory of the OS package: its configuration, and what is written" },
	{ 0, "network", CLI_TEXT, AT(network), "FORM", NULL,
		"networkd, script (on standard output) or none, in place of host.conf's" },
	{ 0, "only", CLI_LIST, AT(only), "PARTS", ALL_PARTS, "parts that are applied" },
	{ 0, "replace", CLI_FLAG, AT(replace), NULL, NULL,
		"replace another host key, and remove those of other types" },
	{ 'E', "efivars", CLI_TEXT, AT(place.efivars), "DIR", EFI_VARS_PATH,
		"directory of EFI variables" },
	TPM_OPTION(struct apply_options, place.tpm),
	{ 0 },
};

static int parse_only(const struct cli_list *list, unsigned *ret, struct error *error)
{
	static const char *const words[] = { "key", "name", "network", "files" };
	char shown[64];

	for (size_t i = 0; i < list->n; i++) {
		size_t at = 0;
		while (at < ARRAY_SIZE(words) && strcmp(list->items[i], words[at]) != 0)
			at++;
		if (at == ARRAY_SIZE(words)) {
			text_printable(
				list->items[i], strlen(list->items[i]), shown, sizeof(shown));
			return error_set(error, -EINVAL,
				"--only: \"%s\" is not key, name, network or files", shown);
		}
		*ret |= 1U << at;
	}
	return 0;
}

/* --- variables of other users --- */

static void hide(
	const struct efi_dir *efi, const struct efi_name *name, struct host_outcome *outcome)
{
	struct error error = ERROR_INIT;

	if (efi_make_private(efi, name, &error) < 0)
		host_outcome_error(outcome, "variables", &error);
}

/* All that may hold a secret: a host configuration has a password in its URLs. */
static void hide_all(const struct efi_dir *efi, struct host_outcome *outcome)
{
	static const struct efi_name *const names[] = { &efi_host_key, &efi_host_key_sealed,
		&efi_host_config };
	struct efi_list *list = malloc(sizeof(*list));
	struct error error = ERROR_INIT;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		hide(efi, names[i], outcome);
	r = list ? hostfile_list(efi, list, &error)
		 : error_set_errno(&error, -ENOMEM, "cannot list the files");
	if (r == 0 && list->more)
		r = error_set(&error, -E2BIG,
			"there are more than %d variables " HOSTFILE_PREFIX
			"*: other users can read some of them",
			EFI_LIST_MAX);
	if (r < 0)
		host_outcome_error(outcome, "variables", &error);
	for (size_t i = 0; list && i < list->n; i++) {
		const struct efi_name name = { .name = list->names[i], .guid = EFI_GUID_STPROV };
		hide(efi, &name, outcome);
	}
	free(list);
}

/* Before anything else: also where the configuration of the OS package is wrong. */
static void hide_before(const char *efivars, struct host_outcome *outcome)
{
	_cleanup_efi_ struct efi_dir efi = EFI_DIR_INIT;
	struct error ignored;

	/* What is wrong with the directory is told by host_source_open(). */
	if (efi_open(efivars ? efivars : EFI_VARS_PATH, &efi, &ignored) == 0)
		hide_all(&efi, outcome);
}

/* --- the host name --- */

static int set_kernel_name(const char *name, struct error *error)
{
	char now[KERNEL_NAME_MAX + 1] = "";

	if (gethostname(now, sizeof(now) - 1) == 0 && strcmp(now, name) == 0)
		return 0;
	if (sethostname(name, strlen(name)) < 0)
		return error_set_errno(error, -errno, "the kernel's host name was not set");
	return 0;
}

static int put_name(const struct host_source *source, const char *name, struct error *error)
{
	char line[KERNEL_NAME_MAX + 2];
	bool changed = false;

	if (strlen(name) > KERNEL_NAME_MAX)
		return error_set(error, -EINVAL,
			"STHostName is longer than the %d bytes of a host name of Linux",
			KERNEL_NAME_MAX);
	int len = snprintf(line, sizeof(line), "%s\n", name);
	int r = ospkg_root_put(&source->root, NAME_PATH, line, (size_t)len, 0644, &changed, error);
	if (r == 0 && changed)
		host_outcome_line("name", "wrote " NAME_PATH);
	return r == 0 && source->root.is_system ? set_kernel_name(name, error) : r;
}

static void apply_name(const struct host_source *source, struct host_outcome *outcome)
{
	_cleanup_host_name_ struct host_name name;
	struct error error = ERROR_INIT;

	host_name_read(source, &name);
	if (!host_outcome_is_good(outcome, "name", &name.part))
		return;
	if (put_name(source, name.text, &error) < 0)
		host_outcome_error(outcome, "name", &error);
	else
		host_outcome_line("name", "%s", name.text);
}

/* --- files --- */

/* A file that was not provisioned is not missing: the line only permits it. */
static void apply_file(const struct host_source *source, const struct ospkg_conf_file *line,
	struct host_outcome *outcome)
{
	_cleanup_host_file_ struct host_file file;
	char path[OSPKG_FILE_PATH_MAX];
	struct error error = ERROR_INIT;
	bool changed = false;

	host_file_read(source, line->name, &file);
	if (file.part.state == PROVISIONED_ABSENT) {
		host_outcome_line("files", "%s: not provisioned", line->name);
		return;
	}
	if (!host_outcome_is_good(outcome, "files", &file.part))
		return;
	ospkg_conf_file_path(line, path);
	if (ospkg_root_put(&source->root, path, file.data.bytes, file.data.len, 0600, &changed,
		    &error) < 0)
		host_outcome_error(outcome, "files", &error);
	else if (changed)
		host_outcome_line("files", "wrote %s", path);
}

/* --- the command --- */

static unsigned parts_and_form(const struct apply_options *o, const struct host_source *source,
	unsigned parts, enum ospkg_network *ret_form)
{
	*ret_form = source->conf.network;
	/* It was checked before. */
	if (o->network && ospkg_network_parse(o->network, ret_form) < 0)
		return 0;
	return *ret_form == OSPKG_NETWORK_NONE ? parts & ~(unsigned)PART_NETWORK : parts;
}

static int apply(const struct apply_options *o, unsigned parts, struct host_outcome *outcome,
	struct error *error)
{
	_cleanup_source_ struct host_source source = {
		.root = OSPKG_ROOT_INIT,
		.store = STORE_INIT,
	};
	enum ospkg_network form;

	hide_before(o->place.efivars, outcome);
	int r = host_source_open(&o->place, &source, error);
	if (r < 0)
		return r;
	parts = parts_and_form(o, &source, parts, &form);
	/* The modes of new directories are those that root.c gives. */
	umask(022);
	/* A script alone writes no file. */
	if (parts != PART_NETWORK || form != OSPKG_NETWORK_SCRIPT)
		r = ospkg_root_lock(&source.root, error);
	if (r < 0)
		return r;
	if (parts & PART_KEY)
		host_apply_key(&source, o->replace, outcome);
	if (parts & PART_NAME)
		apply_name(&source, outcome);
	if (parts & PART_NETWORK)
		host_apply_network(&source, form, outcome);
	for (size_t i = 0; parts & PART_FILES && i < source.files.n; i++)
		apply_file(&source, &source.files.items[i], outcome);
	return 0;
}

static int run_apply(void *options, struct error *error)
{
	const struct apply_options *o = options;
	struct host_outcome outcome = { .missing = 0 };
	enum ospkg_network ignored;
	unsigned parts = 0;

	if (o->network && ospkg_network_parse(o->network, &ignored) < 0) {
		(void)error_set(error, 0, "--network: it is networkd, script or none");
		return CLI_EXIT_USAGE;
	}
	if (parse_only(&o->only, &parts, error) < 0)
		return CLI_EXIT_USAGE;
	secret_protect_process();
	if (apply(o, parts, &outcome, error) < 0)
		return CLI_EXIT_FAILED;
	if (outcome.broken > 0) {
		(void)error_set(error, 0, "%u error%s; the other parts were applied",
			outcome.broken, text_plural(outcome.broken, "", "s"));
		return CLI_EXIT_FAILED;
	}
	return outcome.missing > 0 ? CLI_EXIT_NOT_PROVISIONED : CLI_EXIT_OK;
}

const struct cli_command host_apply_command = {
	.name = "apply",
	.summary = "give the OS package what is provisioned",
	.usage = "[options]",
	.help = "Takes the provisioned variables away from other users, and writes the host key, "
		"the host name, the network and the files that /etc/stprov/files permits. Twice is "
		"as once. Exit code 0: all applied; 3: a part is not provisioned; 1: an error.",
	.options = apply_table,
	.defaults = &apply_defaults,
	.size = sizeof(apply_defaults),
	.run = run_apply,
};
