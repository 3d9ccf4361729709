/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of `remote status -j` about what was provisioned: see json.h. */
#include "status/json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "hostcfg/url.h"
#include "provisioned/part_json.h"

static int set_name(struct json *root, const struct provisioned *p, struct error *error)
{
	struct json *part;
	int r = provisioned_part_json(p->name.state, &p->name.error, &part, error);

	if (r < 0)
		return r;
	json_set_text(part, "value", p->hostname);
	json_set_child(root, "host_name", part);
	return 0;
}

/* The list without its passwords; the caller frees it. NULL without memory. */
static char *mask_list(const char *list)
{
	size_t size = (strlen(list) + sizeof(":***")) * TEXT_PRINTABLE_GROWTH, n = 0;
	_cleanup_url_text_ char *copy = strdup(list);
	char *masked = malloc(size), *rest = copy;

	if (!copy || !masked) {
		free(masked);
		return NULL;
	}
	if (!url_list_is_plain(list)) {
		url_mask(list, masked, size);
		return masked;
	}
	for (const char *one; (one = strsep(&rest, ","));) {
		if (n > 0)
			masked[n++] = ',';
		url_mask(one, masked + n, size - n);
		n += strlen(masked + n);
	}
	return masked;
}

/* The configuration as hostcfg/ writes it, with masked URLs; null if today's form has no place. */
static int set_config_value(struct json *part, const struct hostcfg *cfg, struct error *error)
{
	_cleanup_free_ char *masked = NULL, *text = NULL;
	struct hostcfg shown = *cfg;
	struct json *value;
	struct error ignored;

	if (cfg->ospkg_pointer) {
		masked = mask_list(cfg->ospkg_pointer);
		if (!masked)
			return error_set(error, -ENOMEM, "no memory");
		shown.ospkg_pointer = masked;
	}
	if (hostcfg_encode(&shown, &text, &ignored) < 0) {
		json_set_null(part, "value");
		return 0;
	}
	int r = json_object_parse(text, strlen(text), &value, error);
	if (r == 0)
		json_set_child(part, "value", value);
	return r;
}

static int set_config_warnings(struct json *part, const struct provisioned *p, struct error *error)
{
	struct error warnings[PROVISIONED_WARNINGS_MAX];
	size_t n = provisioned_warnings(p, warnings);
	struct json *array;
	int r = json_array_new(&array, error);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		json_append_text(array, warnings[i].text);
	json_set_child(part, "warnings", array);
	return 0;
}

static int set_config(struct json *root, const struct provisioned *p, struct error *error)
{
	_cleanup_json_ struct json *part = NULL;
	int r = provisioned_part_json(p->config.state, &p->config.error, &part, error);

	if (r < 0)
		return r;
	json_set_bool(part, "older_form", p->has_cfg && p->cfg.old != 0);
	r = set_config_warnings(part, p, error);
	json_set_null(part, "value");
	if (r == 0 && p->has_cfg)
		r = set_config_value(part, &p->cfg, error);
	if (r == 0)
		json_set_child(root, "host_configuration", TAKE_PTR(part));
	return r;
}

static int set_key(struct json *root, const struct status *s, struct error *error)
{
	const struct provisioned_counting key = provisioned_host_key(&s->provisioned);
	_cleanup_json_ struct json *part = NULL;
	int r = provisioned_part_json(key.part->state, &key.part->error, &part, error);

	if (r < 0)
		return r;
	bool good = key.part->state == PROVISIONED_GOOD;
	json_set_text(part, "publickey", good ? key.public : NULL);
	json_set_text(part, "fingerprint", good ? key.fingerprint : NULL);
	if (key.sealed && good)
		r = status_tpm_set_sealed(
			part, &s->provisioned.sealed_key.key.sealed, &s->tpm, error);
	else
		json_set_null(part, "sealed");
	if (r < 0)
		return r;
	json_set_child(root, "host_key", TAKE_PTR(part));
	json_set_text(root, "host_key_warning",
		provisioned_has_both_keys(&s->provisioned) ? PROVISIONED_BOTH_KEYS : NULL);
	return 0;
}

static int set_principals(struct json *part, const char *principals, struct error *error)
{
	char copy[HOSTKEY_CERTIFICATE_TEXT_MAX], *rest = copy;
	struct json *array;
	int r = json_array_new(&array, error);

	if (r < 0)
		return r;
	snprintf(copy, sizeof(copy), "%s", principals);
	for (const char *one; (one = strsep(&rest, ","));)
		json_append_text(array, one);
	json_set_child(part, "principals", array);
	return 0;
}

/* @c: NULL: there is none that can be used. */
static int fill_certificate(
	struct json *part, const struct hostkey_certificate *c, struct error *error)
{
	char serial[32] = "", end[CLOCK_TEXT_MAX] = "";

	if (c) {
		snprintf(serial, sizeof(serial), "%llu", (unsigned long long)c->serial);
		hostkey_certificate_format_end(c->valid_before, end);
	}
	json_set_text(part, "ca_fingerprint", c ? c->ca_fingerprint : NULL);
	json_set_text(part, "key_id", c ? c->key_id : NULL);
	/* A number of 64 bits is not one of every reader of JSON. */
	json_set_text(part, "serial", c ? serial : NULL);
	json_set_text(part, "ends", c ? end : NULL);
	if (c)
		return set_principals(part, c->principals, error);
	json_set_null(part, "principals");
	return 0;
}

static int set_certificate(struct json *root, const struct provisioned *p, struct error *error)
{
	_cleanup_json_ struct json *part = NULL;
	bool good = p->certificate.state == PROVISIONED_GOOD;
	int r = provisioned_part_json(p->certificate.state, &p->certificate.error, &part, error);

	if (r == 0)
		r = fill_certificate(part, good ? &p->certificate_content : NULL, error);
	if (r == 0)
		json_set_child(root, "host_certificate", TAKE_PTR(part));
	return r;
}

static int append_file(
	struct json *array, const struct provisioned_listed *file, struct error *error)
{
	bool good = file->part.state == PROVISIONED_GOOD;
	struct json *object;
	int r = provisioned_part_json(file->part.state, &file->part.error, &object, error);

	if (r < 0)
		return r;
	json_set_printable(object, "name", hostfile_name_of(file->variable));
	if (good)
		json_set_int(object, "bytes", (int64_t)file->len);
	else
		json_set_null(object, "bytes");
	json_set_text(object, "format", !good ? NULL : file->encrypted ? "encrypted" : "plain");
	json_append_child(array, object);
	return 0;
}

static int set_files(struct json *root, const struct provisioned *p, struct error *error)
{
	bool failed = p->files.state != PROVISIONED_GOOD && p->files.state != PROVISIONED_ABSENT;
	_cleanup_json_ struct json *array = NULL;
	int r = json_array_new(&array, error);

	for (size_t i = 0; r == 0 && i < p->listed_n; i++)
		r = append_file(array, &p->listed[i], error);
	if (r < 0)
		return r;
	json_set_child(root, "files", TAKE_PTR(array));
	json_set_printable(root, "files_error", failed ? p->files.error.text : NULL);
	return 0;
}

static int set_sealed(struct json *root, const struct provisioned *p, struct error *error)
{
	struct json *part;
	int r = provisioned_part_json(p->sealed.state, &p->sealed.error, &part, error);

	if (r == 0)
		json_set_child(root, "sealed_host_key", part);
	return r;
}

int status_json_provisioned(struct json *root, const struct status *s, struct error *error)
{
	struct error why;
	enum provisioned_state verdict = status_verdict(s, &why);

	if (verdict == PROVISIONED_UNREADABLE)
		json_set_null(root, "provisioned");
	else
		json_set_bool(root, "provisioned", verdict == PROVISIONED_GOOD);
	json_set_text(root, "why_not", verdict == PROVISIONED_GOOD ? NULL : why.text);
	int r = set_name(root, &s->provisioned, error);
	if (r == 0)
		r = set_config(root, &s->provisioned, error);
	if (r == 0)
		r = set_key(root, s, error);
	if (r == 0)
		r = set_certificate(root, &s->provisioned, error);
	if (r == 0)
		r = set_sealed(root, &s->provisioned, error);
	return r == 0 ? set_files(root, &s->provisioned, error) : r;
}
