/* SPDX-License-Identifier: BSD-2-Clause */
/* Looks at each part: see status.h. */
#include "host/status.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"

struct status_options {
	struct host_place place;
	bool json;
};

static const struct status_options status_defaults = {
	.place = { .root = "/" },
};

#define AT(field) offsetof(struct status_options, field)

static const struct cli_option status_table[] = {
	{ 'j', "json", CLI_FLAG, AT(json), NULL, NULL,
		"one JSON object on standard output, for programs" },
	{ 0, "root", CLI_TEXT, AT(place.root), "DIR", "/",
		"directory of the OS package, which has its configuration" },
	{ 'E', "efivars", CLI_TEXT, AT(place.efivars), "DIR", EFI_VARS_PATH,
		"directory of EFI variables" },
	TPM_OPTION(struct status_options, place.tpm),
	{ 0 },
};

static void host_status_free(struct host_status **status)
{
	if (!*status)
		return;
	host_key_deinit(&(*status)->key);
	host_certificate_deinit(&(*status)->certificate);
	host_name_deinit(&(*status)->name);
	host_config_deinit(&(*status)->config);
	free(*status);
}

static void look_at_file(
	const struct host_source *source, const char *name, struct host_status_file *file)
{
	const char *reason = hostfile_reason_against(name, strlen(name));
	const struct ospkg_conf_file *line;
	_cleanup_host_file_ struct host_file found = { .data = { .bytes = NULL } };

	*file = (struct host_status_file){ .len = 0 };
	snprintf(file->name, sizeof(file->name), "%s", name);
	if (reason) {
		file->part.state = PROVISIONED_BROKEN;
		(void)error_set(&file->part.error, 0, "the name is refused: %s", reason);
		return;
	}
	host_file_read(source, name, &found);
	file->part = found.part;
	file->len = found.data.len;
	line = ospkg_conf_files_find(&source->files, name);
	if (line)
		ospkg_conf_file_path(line, file->path);
}

/* Those of the store, then those that are permitted and not there. */
static void look_at_files(const struct host_source *source, struct host_status *s)
{
	struct efi_list *list = malloc(sizeof(*list));
	struct host_status_file *file;
	int r = list ? hostfile_list(&source->store.dir, list, &s->files_error)
		     : error_set_errno(&s->files_error, -ENOMEM, "cannot list the files");

	if (r == 0 && list->more)
		(void)error_set(&s->files_error, 0,
			"there are more than %d, of which the others were not looked at",
			EFI_LIST_MAX);
	for (size_t i = 0; r == 0 && i < list->n; i++)
		look_at_file(source, hostfile_name_of(list->names[i]), &s->files[s->files_n++]);
	for (size_t i = 0; i < source->files.n; i++) {
		file = &s->files[s->files_n];
		look_at_file(source, source->files.items[i].name, file);
		if (file->part.state == PROVISIONED_ABSENT)
			s->files_n++;
	}
	free(list);
}

static struct host_status *look(const struct host_place *place, struct error *error)
{
	_cleanup_source_ struct host_source source = {
		.root = OSPKG_ROOT_INIT,
		.store = STORE_INIT,
	};
	struct host_status *s;

	if (host_source_open(place, &source, error) < 0)
		return NULL;
	s = calloc(1, sizeof(*s));
	if (!s) {
		(void)error_set_errno(error, -ENOMEM, "cannot look");
		return NULL;
	}
	s->store = source.store.kind;
	memcpy(s->path, source.store.dir.path, sizeof(s->path));
	s->efivarfs = source.store.dir.efivarfs;
	host_key_read(&source, &s->key);
	host_certificate_read(&source, &s->key, &s->certificate);
	host_name_read(&source, &s->name);
	host_config_read(&source, &s->config);
	look_at_files(&source, s);
	return s;
}

enum provisioned_state host_status_verdict(const struct host_status *s)
{
	enum provisioned_state worst =
		MIN(s->key.part.state, MIN(s->name.part.state, s->config.part.state));

	/* That there is none of these is not amiss. */
	if (s->certificate.part.state != PROVISIONED_ABSENT)
		worst = MIN(worst, s->certificate.part.state);
	for (size_t i = 0; i < s->files_n; i++)
		if (s->files[i].part.state != PROVISIONED_ABSENT)
			worst = MIN(worst, s->files[i].part.state);
	if (s->files_error.text[0])
		worst = MIN(worst, PROVISIONED_UNREADABLE);
	return worst;
}

static const struct error *first_error(const struct host_status *s)
{
	const struct provisioned_part *const parts[] = { &s->key.part, &s->certificate.part,
		&s->name.part, &s->config.part };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i]->state == PROVISIONED_UNREADABLE)
			return &parts[i]->error;
	for (size_t i = 0; i < s->files_n; i++)
		if (s->files[i].part.state == PROVISIONED_UNREADABLE)
			return &s->files[i].part.error;
	return &s->files_error;
}

static int run_status(void *options, struct error *error)
{
	const struct status_options *o = options;
	_cleanup_(host_status_free) struct host_status *s = NULL;
	_cleanup_free_ char *text = NULL;

	secret_protect_process();
	s = look(&o->place, error);
	if (!s)
		return CLI_EXIT_FAILED;
	if (!o->json)
		host_status_print(stdout, s);
	else if (host_status_format_json(s, &text, error) < 0)
		return CLI_EXIT_FAILED;
	else
		printf("%s\n", text);
	switch (host_status_verdict(s)) {
	case PROVISIONED_GOOD:
		return CLI_EXIT_OK;
	case PROVISIONED_UNREADABLE:
		*error = *first_error(s);
		return CLI_EXIT_FAILED;
	default:
		return CLI_EXIT_NOT_PROVISIONED;
	}
}

const struct cli_command host_status_command = {
	.name = "status",
	.summary = "show what the OS package would get",
	.usage = "[options]",
	.help = "Shows where each part was found, and whether it can be used. Exit code 0: all is "
		"there; 3: not all; 1: it could not be found out.",
	.options = status_table,
	.defaults = &status_defaults,
	.size = sizeof(status_defaults),
	.run = run_status,
};
