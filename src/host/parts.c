/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the parts of the store: see parts.h. */
#include "host/parts.h"

#include <errno.h>
#include <string.h>

/* A file of the configuration, as text; OSPKG_E_ABSENT. */
static int read_text(const struct ospkg_root *root, const char *path, char **ret, size_t *ret_len,
	struct error *error)
{
	uint8_t *data = NULL;
	int r = ospkg_root_read(root, path, OSPKG_CONF_MAX, &data, ret_len, error);

	if (r == 0)
		*ret = (char *)data;
	return r;
}

static int read_conf(struct host_source *source, struct error *error)
{
	_cleanup_free_ char *text = NULL, *files = NULL;
	size_t len = 0, files_len = 0;

	int r = read_text(&source->root, OSPKG_CONF_PATH, &text, &len, error);
	if (r == 0) {
		r = ospkg_conf_parse(text, len, &source->conf, error);
		if (r < 0)
			return error_prefix(error, r, "/%s", OSPKG_CONF_PATH);
	}
	if (r < 0)
		return r;
	r = read_text(&source->root, OSPKG_CONF_FILES_PATH, &files, &files_len, error);
	if (r == 0) {
		r = ospkg_conf_files_parse(files, files_len, &source->files, error);
		if (r < 0)
			return error_prefix(error, r, "/%s", OSPKG_CONF_FILES_PATH);
	}
	return r < 0 ? r : 0;
}

static int open_store(
	const struct host_place *place, struct host_source *source, struct error *error)
{
	const struct store_choice choice = {
		.store = source->conf.store == STORE_LABEL ? "label" : NULL,
		.efivars = place->efivars,
	};

	if (source->conf.store == STORE_LABEL && place->efivars)
		return error_set(
			error, -EINVAL, "-E excludes `store = label` in /" OSPKG_CONF_PATH);
	return store_open(&choice, STORE_READ, &source->store, error);
}

int host_source_open(const struct host_place *place, struct host_source *ret, struct error *error)
{
	_cleanup_source_ struct host_source source = {
		.root = OSPKG_ROOT_INIT,
		.store = STORE_INIT,
	};

	int r = ospkg_root_open(place->root, &source.root, error);
	if (r == 0)
		r = read_conf(&source, error);
	if (r == 0)
		r = open_store(place, &source, error);
	if (r < 0)
		return r;
	source.place = *place;
	source.sealed = calloc(1, sizeof(struct host_sealed *));
	if (!source.sealed)
		return error_set_errno(error, -ENOMEM, "cannot look");
	*ret = source;
	source = (struct host_source){ .root = OSPKG_ROOT_INIT, .store = STORE_INIT };
	return 0;
}

void host_source_close(struct host_source *source)
{
	if (source->sealed)
		host_sealed_free(*source->sealed);
	free(source->sealed);
	source->sealed = NULL;
	store_close(&source->store);
	ospkg_root_close(&source->root);
}

const struct host_sealed *host_source_sealed(const struct host_source *source)
{
	static const struct host_sealed no_memory = {
		.part = { .state = PROVISIONED_UNREADABLE, .error = { "no memory" } },
	};

	if (!*source->sealed)
		*source->sealed = host_sealed_new(&source->store.dir,
			tpm_access_path(source->place.tpm, source->place.efivars));
	return *source->sealed ? *source->sealed : &no_memory;
}

/* OpenSSH needs the newline at the end, which the readers do not. */
static int end_line(struct provisioned_data *data, struct error *error)
{
	if (data->len > 0 && data->bytes[data->len - 1] == '\n')
		return 0;
	uint8_t *longer = malloc(data->len + 2);
	if (!longer)
		return error_set_errno(error, -ENOMEM, "cannot read it");
	memcpy(longer, data->bytes, data->len);
	memcpy(longer + data->len, "\n", 2);
	size_t len = data->len + 1;
	provisioned_data_deinit(data);
	*data = (struct provisioned_data){ .bytes = longer, .len = len };
	return 0;
}

/* Whether there is such a variable, of whatever content. */
static bool is_there(const struct host_source *source, const struct efi_name *name)
{
	_cleanup_provisioned_data_ struct provisioned_data data = { .bytes = NULL };
	struct error ignored;

	return efi_read(&source->store.dir, name, &data.bytes, &data.len, &ignored) != EFI_E_ABSENT;
}

static int copy_unsealed(const struct hostkey *from, struct host_key *key, struct error *error)
{
	key->pem.bytes = malloc(from->pem.len);
	if (!key->pem.bytes)
		return error_set_errno(error, -ENOMEM, "cannot read it");
	key->pem.len = from->pem.len;
	memcpy(key->pem.bytes, from->pem.bytes, from->pem.len);
	memcpy(key->public, from->public, sizeof(key->public));
	memcpy(key->fingerprint, from->fingerprint, sizeof(key->fingerprint));
	return 0;
}

static int read_clear_key(
	const struct host_source *source, struct host_key *key, struct error *error)
{
	int r = provisioned_key(
		&source->store.dir, &key->pem, key->public, key->fingerprint, error);

	if (r == 0 && source->conf.require_sealed)
		return error_set(error, PROVISIONED_E_BAD,
			"STHostKey is not sealed to the TPM, and /" OSPKG_CONF_PATH
			" requires that");
	return r == 0 ? end_line(&key->pem, error) : r;
}

void host_key_read(const struct host_source *source, struct host_key *ret)
{
	const struct host_sealed *sealed = host_source_sealed(source);

	*ret = (struct host_key){ .sealed = sealed->part.state != PROVISIONED_ABSENT };
	if (!ret->sealed)
		ret->part.state =
			provisioned_state_of(read_clear_key(source, ret, &ret->part.error));
	else if (sealed->part.state == PROVISIONED_GOOD)
		ret->part.state = provisioned_state_of(
			copy_unsealed(&sealed->opened.key, ret, &ret->part.error));
	else
		ret->part = sealed->part;
	if (ret->part.state != PROVISIONED_GOOD)
		provisioned_data_deinit(&ret->pem);
}

void host_key_deinit(struct host_key *key)
{
	provisioned_data_deinit(&key->pem);
}

static int read_certificate(const struct host_source *source, const struct host_key *key,
	struct host_certificate *certificate, struct error *error)
{
	int r = provisioned_certificate(
		&source->store.dir, &certificate->line, &certificate->content, error);

	if (r != 0)
		return r;
	if (key->part.state != PROVISIONED_GOOD)
		return error_set(error, PROVISIONED_E_BAD,
			"STHostCert certifies a host key, and none can be used");
	if (strcmp(certificate->content.public, key->public) != 0)
		return error_set(error, PROVISIONED_E_BAD,
			"STHostCert certifies another key than %s",
			key->sealed ? "STHostKeySealed" : "STHostKey");
	return end_line(&certificate->line, error);
}

void host_certificate_read(
	const struct host_source *source, const struct host_key *key, struct host_certificate *ret)
{
	*ret = (struct host_certificate){ .line = { .bytes = NULL } };
	ret->part.state =
		provisioned_state_of(read_certificate(source, key, ret, &ret->part.error));
}

void host_certificate_deinit(struct host_certificate *certificate)
{
	provisioned_data_deinit(&certificate->line);
}

void host_config_read(const struct host_source *source, struct host_config *ret)
{
	*ret = (struct host_config){ .has_cfg = false };
	ret->part.state = provisioned_state_of(provisioned_config(
		&source->store.dir, &ret->json, &ret->cfg, &ret->has_cfg, &ret->part.error));
}

void host_config_deinit(struct host_config *config)
{
	if (config->has_cfg)
		hostcfg_deinit(&config->cfg);
	config->has_cfg = false;
	provisioned_data_deinit(&config->json);
}

void host_name_read(const struct host_source *source, struct host_name *ret)
{
	*ret = (struct host_name){ .text = NULL };
	ret->part.state = provisioned_state_of(
		provisioned_hostname(&source->store.dir, &ret->text, &ret->part.error));
}

void host_name_deinit(struct host_name *name)
{
	free(name->text);
	name->text = NULL;
}

static int read_file(const struct host_source *source, const char *name, struct host_file *file,
	struct error *error)
{
	struct hostfile_variable variable;

	hostfile_variable(name, &variable);
	/* No TPM for a file that is not there. */
	if (!is_there(source, &variable.efi))
		return provisioned_file(&source->store.dir, name, NULL, &file->data, error);
	const struct host_sealed *sealed = host_source_sealed(source);
	if (sealed->part.state == PROVISIONED_GOOD)
		return provisioned_file(
			&source->store.dir, name, sealed->opened.files_key, &file->data, error);
	if (sealed->part.state != PROVISIONED_ABSENT)
		return error_set(error, PROVISIONED_E_BAD,
			"%s cannot be decrypted: the sealed host key does not open", variable.name);
	if (source->conf.require_sealed)
		return error_set(error, PROVISIONED_E_BAD,
			"%s is not beside a sealed host key, and /" OSPKG_CONF_PATH
			" requires that",
			variable.name);
	return provisioned_file(&source->store.dir, name, NULL, &file->data, error);
}

void host_file_read(const struct host_source *source, const char *name, struct host_file *ret)
{
	*ret = (struct host_file){ .data = { .bytes = NULL } };
	ret->part.state = provisioned_state_of(read_file(source, name, ret, &ret->part.error));
}

void host_file_deinit(struct host_file *file)
{
	provisioned_data_deinit(&file->data);
}
