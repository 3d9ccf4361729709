/* SPDX-License-Identifier: BSD-2-Clause */
/* `stprov host show`: see show.h. */
#include "host/show.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "host/parts.h"

struct show_options {
	struct host_place place;
	bool force;
	const char *part, *name;
};

static const struct show_options show_defaults = {
	.place = { .root = "/" },
};

#define AT(field) offsetof(struct show_options, field)

static const struct cli_option show_table[] = {
	{ 'f', "force", CLI_FLAG, AT(force), NULL, NULL, "show the private key on a terminal" },
	{ 0, "root", CLI_TEXT, AT(place.root), "DIR", "/",
		"directory of the OS package, which has its configuration" },
	{ 'E', "efivars", CLI_TEXT, AT(place.efivars), "DIR", EFI_VARS_PATH,
		"directory of EFI variables" },
	TPM_OPTION(struct show_options, place.tpm),
	{ 0 },
};

static void print_bytes(const struct provisioned_data *data)
{
	fwrite(data->bytes, 1, data->len, stdout);
}

static struct provisioned_part show_key(const struct host_source *source, const char *name)
{
	_cleanup_host_key_ struct host_key key;

	(void)name;
	host_key_read(source, &key);
	if (key.part.state == PROVISIONED_GOOD)
		print_bytes(&key.pem);
	return key.part;
}

static struct provisioned_part show_public_key(const struct host_source *source, const char *name)
{
	_cleanup_host_key_ struct host_key key;

	(void)name;
	host_key_read(source, &key);
	if (key.part.state == PROVISIONED_GOOD)
		printf("%s\n", key.public);
	return key.part;
}

static struct provisioned_part show_certificate(const struct host_source *source, const char *name)
{
	_cleanup_host_key_ struct host_key key;
	_cleanup_host_certificate_ struct host_certificate certificate;

	(void)name;
	host_key_read(source, &key);
	host_certificate_read(source, &key, &certificate);
	if (certificate.part.state == PROVISIONED_GOOD)
		print_bytes(&certificate.line);
	return certificate.part;
}

static struct provisioned_part show_name(const struct host_source *source, const char *name)
{
	_cleanup_host_name_ struct host_name found;

	(void)name;
	host_name_read(source, &found);
	if (found.part.state == PROVISIONED_GOOD)
		printf("%s\n", found.text);
	return found.part;
}

static struct provisioned_part show_config(const struct host_source *source, const char *name)
{
	_cleanup_host_config_ struct host_config config;

	(void)name;
	host_config_read(source, &config);
	if (config.part.state == PROVISIONED_GOOD)
		print_bytes(&config.json);
	return config.part;
}

static struct provisioned_part show_address(const struct host_source *source, const char *name)
{
	_cleanup_host_config_ struct host_config config;
	char address[NET_PREFIX_TEXT_MAX];

	(void)name;
	host_config_read(source, &config);
	if (config.part.state != PROVISIONED_GOOD)
		return config.part;
	if (config.cfg.mode != HOSTCFG_STATIC) {
		config.part.state = PROVISIONED_ABSENT;
		(void)error_set(&config.part.error, 0,
			"the host configuration says DHCP, so it has no address");
		return config.part;
	}
	net_prefix_format(&config.cfg.host_ip, address);
	printf("%s\n", address);
	return config.part;
}

static struct provisioned_part show_file(const struct host_source *source, const char *name)
{
	_cleanup_host_file_ struct host_file file;

	host_file_read(source, name, &file);
	if (file.part.state == PROVISIONED_GOOD)
		print_bytes(&file.data);
	return file.part;
}

static const struct show_part {
	const char *word;
	struct provisioned_part (*show)(const struct host_source *source, const char *name);
	bool takes_name, is_private;
} show_parts[] = {
	{ "key", show_key, false, true },
	{ "public-key", show_public_key, false, false },
	{ "certificate", show_certificate, false, false },
	{ "name", show_name, false, false },
	{ "config", show_config, false, false },
	{ "address", show_address, false, false },
	{ "file", show_file, true, false },
};

/* NULL, with a text, if the words do not name a part. */
static const struct show_part *find_part(const struct show_options *o, struct error *error)
{
	const struct show_part *part = NULL;
	const char *reason;
	char shown[64];

	for (size_t i = 0; i < ARRAY_SIZE(show_parts); i++)
		if (strcmp(o->part, show_parts[i].word) == 0)
			part = &show_parts[i];
	if (!part) {
		text_printable(o->part, strlen(o->part), shown, sizeof(shown));
		(void)error_set(error, 0,
			"unknown part \"%s\": one of key, public-key, certificate, name, config, "
			"address, file NAME",
			shown);
		return NULL;
	}
	if (!o->name != !part->takes_name) {
		(void)error_set(error, 0,
			part->takes_name ? "NAME of the file is missing"
					 : "no word may follow this part");
		return NULL;
	}
	reason = o->name ? hostfile_reason_against(o->name, strlen(o->name)) : NULL;
	if (reason) {
		text_printable(o->name, strlen(o->name), shown, sizeof(shown));
		(void)error_set(error, 0, "\"%s\" cannot be the name of a file: %s", shown, reason);
		return NULL;
	}
	return part;
}

/* Who may see the private key, and where. A plain directory is for trying this out. */
static int check_private(
	const struct show_options *o, const struct host_source *source, struct error *error)
{
	if ((source->store.dir.efivarfs || source->store.kind == STORE_LABEL) && geteuid() != 0)
		return error_set(error, -EPERM, "the private key is shown to root only");
	if (!o->force && isatty(STDOUT_FILENO))
		return error_set(error, -EPERM,
			"standard output is a terminal: -f shows the private key there");
	return 0;
}

static int run_show(void *options, struct error *error)
{
	const struct show_options *o = options;
	const struct show_part *part = find_part(o, error);
	_cleanup_source_ struct host_source source = {
		.root = OSPKG_ROOT_INIT,
		.store = STORE_INIT,
	};

	if (!part)
		return CLI_EXIT_USAGE;
	secret_protect_process();
	if (host_source_open(&o->place, &source, error) < 0)
		return CLI_EXIT_FAILED;
	if (part->is_private && check_private(o, &source, error) < 0)
		return CLI_EXIT_FAILED;
	struct provisioned_part shown = part->show(&source, o->name);
	if (shown.state == PROVISIONED_GOOD)
		return CLI_EXIT_OK;
	*error = shown.error;
	return shown.state == PROVISIONED_ABSENT ? CLI_EXIT_NOT_PROVISIONED : CLI_EXIT_FAILED;
}

const struct cli_command host_show_command = {
	.name = "show",
	.summary = "print one part",
	.usage = "PART [NAME]",
	.help = "Prints one part on standard output: key, public-key, certificate, name, config, "
		"address, or file with the NAME of a file. key, certificate, config and file are "
		"printed byte for byte, the others as a line. Exit code 3: it is not provisioned.",
	.options = show_table,
	.metavar = "PART",
	.argument = AT(part),
	.more = AT(name),
	.defaults = &show_defaults,
	.size = sizeof(show_defaults),
	.run = run_show,
};
