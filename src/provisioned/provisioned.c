/* SPDX-License-Identifier: BSD-2-Clause */
/* What stprov stored of this platform, read again: see provisioned.h. */
#include "provisioned/provisioned.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "crypto/gcm.h"
#include "net/hostname.h"

int provisioned_hostname(const struct efi_dir *efi, char **ret, struct error *error)
{
	_cleanup_free_ uint8_t *data = NULL;
	size_t len = 0;
	int r = efi_read(efi, &efi_host_name, &data, &len, error);

	if (r != 0)
		return r;
	if (len == 0)
		return error_set(error, PROVISIONED_E_BAD, "STHostName is empty");
	if (!net_hostname_check((const char *)data, len, NET_HOSTNAME_STORED))
		return error_set(error, PROVISIONED_E_BAD, "STHostName does not hold a host name");
	*ret = (char *)TAKE_PTR(data);
	return 0;
}

enum provisioned_state provisioned_state_of(int r)
{
	switch (r) {
	case 0:
		return PROVISIONED_GOOD;
	case EFI_E_ABSENT:
		return PROVISIONED_ABSENT;
	case PROVISIONED_E_BAD:
	case -EINVAL:
	case -EFBIG:
	case -E2BIG:
	case -ELOOP:
	case -EISDIR:
		return PROVISIONED_BROKEN;
	default:
		return PROVISIONED_UNREADABLE;
	}
}

void provisioned_data_deinit(struct provisioned_data *data)
{
	if (data->bytes)
		secret_wipe_bytes(data->bytes, data->len);
	free(data->bytes);
	*data = (struct provisioned_data){ .bytes = NULL };
}

static void take_data(struct provisioned_data *data, struct provisioned_data *ret)
{
	*ret = *data;
	*data = (struct provisioned_data){ .bytes = NULL };
}

int provisioned_config(const struct efi_dir *efi, struct provisioned_data *ret_json,
	struct hostcfg *ret_cfg, bool *ret_has_cfg, struct error *error)
{
	_cleanup_provisioned_data_ struct provisioned_data data = { .bytes = NULL };

	*ret_has_cfg = false;
	int r = efi_read(efi, &efi_host_config, &data.bytes, &data.len, error);
	if (r != 0)
		return r;
	r = hostcfg_decode(data.bytes, data.len, ret_cfg, error);
	if (r < 0)
		return r;
	*ret_has_cfg = true;
	r = hostcfg_check(ret_cfg, error);
	if (r == 0)
		take_data(&data, ret_json);
	return r;
}

int provisioned_key(const struct efi_dir *efi, struct provisioned_data *ret_pem,
	char ret_public[HOSTKEY_PUBLIC_MAX], char ret_fingerprint[HOSTKEY_FINGERPRINT_MAX],
	struct error *error)
{
	_cleanup_provisioned_data_ struct provisioned_data data = { .bytes = NULL };
	int r = efi_read(efi, &efi_host_key, &data.bytes, &data.len, error);

	if (r != 0)
		return r;
	r = hostkey_private_read(data.bytes, data.len, ret_public, ret_fingerprint, error);
	if (r < 0)
		return error_prefix(error, r, "STHostKey cannot be used");
	take_data(&data, ret_pem);
	return 0;
}

int provisioned_certificate(const struct efi_dir *efi, struct provisioned_data *ret_line,
	struct hostkey_certificate *ret, struct error *error)
{
	_cleanup_provisioned_data_ struct provisioned_data data = { .bytes = NULL };
	int r = efi_read(efi, &efi_host_certificate, &data.bytes, &data.len, error);

	if (r != 0)
		return r;
	r = hostkey_certificate_read(data.bytes, data.len, ret, error);
	if (r < 0)
		return error_prefix(error, r, "STHostCert cannot be used");
	take_data(&data, ret_line);
	return 0;
}

/* The variable's name is authenticated too, so that no file takes another one's place. */
static int decrypt_file(const char *variable, const uint8_t *key, const uint8_t *data, size_t len,
	struct provisioned_data *ret_file, struct error *error)
{
	_cleanup_provisioned_data_ struct provisioned_data file = { .bytes = NULL };

	if (len <= CRYPTO_GCM_EXTRA || len > HOSTFILE_DATA_MAX + CRYPTO_GCM_EXTRA)
		return error_set(error, PROVISIONED_E_BAD,
			"%s cannot be used: the encrypted file in it has not 1 to %d bytes",
			variable, HOSTFILE_DATA_MAX);
	file.len = len - CRYPTO_GCM_EXTRA;
	file.bytes = malloc(file.len);
	if (!file.bytes)
		return error_set_errno(error, -ENOMEM, "%s", variable);
	int r = crypto_gcm_open(key, variable, strlen(variable), data, len, file.bytes, error);
	if (r == -EBADMSG)
		return error_set(error, PROVISIONED_E_BAD,
			"%s cannot be decrypted: it was changed, or is of another host key",
			variable);
	if (r < 0)
		return error_prefix(error, r, "%s", variable);
	take_data(&file, ret_file);
	return 0;
}

int provisioned_file(const struct efi_dir *efi, const char *name, const uint8_t *key,
	struct provisioned_data *ret_file, struct error *error)
{
	_cleanup_provisioned_data_ struct provisioned_data data = { .bytes = NULL };
	struct hostfile_variable variable;
	enum hostfile_format format;
	const uint8_t *file;
	size_t len;

	hostfile_variable(name, &variable);
	int r = efi_read(efi, &variable.efi, &data.bytes, &data.len, error);
	if (r != 0)
		return r;
	r = hostfile_decode(data.bytes, data.len, &format, &file, &len, error);
	if (r < 0)
		return error_prefix(error, r, "%s cannot be used", variable.name);
	if (key && format == HOSTFILE_PLAIN)
		return error_set(error, PROVISIONED_E_BAD,
			"%s is not encrypted, although the host key is sealed", variable.name);
	if (key)
		return decrypt_file(variable.name, key, file, len, ret_file, error);
	if (format == HOSTFILE_ENCRYPTED)
		return error_set(error, PROVISIONED_E_BAD,
			"%s is encrypted, and there is no sealed host key beside it",
			variable.name);
	/* In place: no second copy of a secret. */
	memmove(data.bytes, file, len);
	secret_wipe_bytes(data.bytes + len, data.len - len);
	data.len = len;
	take_data(&data, ret_file);
	return 0;
}

struct provisioned_counting provisioned_host_key(const struct provisioned *p)
{
	if (p->sealed.state == PROVISIONED_ABSENT)
		return (struct provisioned_counting){ &p->key, p->public, p->fingerprint, false };
	return (struct provisioned_counting){ &p->sealed, p->sealed_key.public,
		p->sealed_key.fingerprint, true };
}

bool provisioned_has_both_keys(const struct provisioned *p)
{
	/* What cannot be read may be a key that others can read. */
	return p->sealed.state != PROVISIONED_ABSENT && p->sealed.state != PROVISIONED_UNREADABLE &&
	       p->key.state != PROVISIONED_ABSENT;
}

static int read_config(const struct efi_dir *efi, struct provisioned *p, struct error *error)
{
	_cleanup_provisioned_data_ struct provisioned_data json = { .bytes = NULL };

	return provisioned_config(efi, &json, &p->cfg, &p->has_cfg, error);
}

static int read_host_key(const struct efi_dir *efi, struct provisioned *p, struct error *error)
{
	_cleanup_provisioned_data_ struct provisioned_data pem = { .bytes = NULL };

	return provisioned_key(efi, &pem, p->public, p->fingerprint, error);
}

/* Of the key; where there is none that can be read, it is unknown of which. */
static int read_host_certificate(
	const struct efi_dir *efi, struct provisioned *p, struct error *error)
{
	_cleanup_provisioned_data_ struct provisioned_data line = { .bytes = NULL };
	struct hostkey_certificate *content = &p->certificate_content;
	const struct provisioned_counting key = provisioned_host_key(p);
	int r = provisioned_certificate(efi, &line, content, error);

	if (r != 0 || key.part->state != PROVISIONED_GOOD ||
		strcmp(content->public, key.public) == 0)
		return r;
	return error_set(error, PROVISIONED_E_BAD, "STHostCert certifies another key than %s",
		key.sealed ? "STHostKeySealed" : "STHostKey");
}

static int read_listed(
	const struct efi_dir *efi, struct provisioned_listed *file, struct error *error)
{
	const struct efi_name name = { .name = file->variable, .guid = EFI_GUID_STPROV };
	_cleanup_provisioned_data_ struct provisioned_data data = { .bytes = NULL };
	enum hostfile_format format = HOSTFILE_PLAIN;
	const uint8_t *content = NULL;
	int r = efi_read(efi, &name, &data.bytes, &data.len, error);

	if (r == 0)
		r = hostfile_decode(data.bytes, data.len, &format, &content, &file->len, error);
	file->encrypted = format == HOSTFILE_ENCRYPTED;
	return r;
}

static int read_files(const struct efi_dir *efi, struct provisioned *p, struct error *error)
{
	_cleanup_free_ struct efi_list *list = calloc(1, sizeof(*list));
	int r = list ? hostfile_list(efi, list, error) : error_set_errno(error, -ENOMEM, "files");

	for (size_t i = 0; r == 0 && i < list->n; i++) {
		struct provisioned_listed *file = &p->listed[p->listed_n++];
		snprintf(file->variable, sizeof(file->variable), "%s", list->names[i]);
		file->part.state = provisioned_state_of(read_listed(efi, file, &file->part.error));
	}
	if (r == 0 && list->more)
		r = error_set(error, PROVISIONED_E_BAD, "there are more than %d variables %s*",
			PROVISIONED_FILES_MAX, HOSTFILE_PREFIX);
	if (r == 0 && list->n == 0)
		r = EFI_E_ABSENT;
	return r;
}

void provisioned_read(const struct efi_dir *efi, struct provisioned *ret)
{
	*ret = (struct provisioned){ .hostname = NULL };
	ret->name.state =
		provisioned_state_of(provisioned_hostname(efi, &ret->hostname, &ret->name.error));
	ret->config.state = provisioned_state_of(read_config(efi, ret, &ret->config.error));
	ret->key.state = provisioned_state_of(read_host_key(efi, ret, &ret->key.error));
	ret->sealed.state = provisioned_state_of(
		provisioned_sealed_read(efi, &ret->sealed_key, &ret->sealed.error));
	ret->certificate.state =
		provisioned_state_of(read_host_certificate(efi, ret, &ret->certificate.error));
	ret->files.state = provisioned_state_of(read_files(efi, ret, &ret->files.error));
}

void provisioned_unknown(const struct error *error, struct provisioned *ret)
{
	const struct provisioned_part unknown = {
		.state = PROVISIONED_UNREADABLE,
		.error = *error,
	};

	*ret = (struct provisioned){ .name = unknown,
		.config = unknown,
		.key = unknown,
		.certificate = unknown,
		.sealed = unknown,
		.files = unknown };
}

void provisioned_deinit(struct provisioned *p)
{
	free(p->hostname);
	p->hostname = NULL;
	if (p->has_cfg)
		hostcfg_deinit(&p->cfg);
	p->has_cfg = false;
}

static void add_reason(struct error *why, const char *text)
{
	size_t len = strlen(why->text);

	snprintf(why->text + len, sizeof(why->text) - len, "%s%s", len > 0 ? "; " : "", text);
}

size_t provisioned_warnings(const struct provisioned *p, struct error ret[PROVISIONED_WARNINGS_MAX])
{
	const char *url = p->has_cfg ? hostcfg_url_warning(&p->cfg) : NULL;
	size_t n = p->has_cfg ? hostcfg_warnings(&p->cfg, ret) : 0;

	if (url)
		(void)error_set(&ret[n++], 0, "%s", url);
	return n;
}

enum provisioned_state provisioned_verdict(const struct provisioned *p, struct error *ret_why)
{
	static const char *const predicates[] = {
		[PROVISIONED_ABSENT] = "",
		[PROVISIONED_BROKEN] = " is broken",
		[PROVISIONED_UNREADABLE] = " cannot be read",
	};
	const struct {
		const struct provisioned_part *part;
		const char *what;
	} rows[] = {
		{ &p->name, "host name" },
		{ &p->config, "host configuration" },
		{ provisioned_host_key(p).part, "host key" },
	};
	enum provisioned_state worst = PROVISIONED_GOOD;
	char text[64];

	*ret_why = ERROR_INIT;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		enum provisioned_state state = rows[i].part->state;
		worst = MIN(worst, state);
		if (state == PROVISIONED_GOOD)
			continue;
		snprintf(text, sizeof(text), "%s %s%s",
			state == PROVISIONED_ABSENT ? "there is no" : "the", rows[i].what,
			predicates[state]);
		add_reason(ret_why, text);
	}
	return worst;
}
