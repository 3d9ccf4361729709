/* SPDX-License-Identifier: BSD-2-Clause */
/* `host status` as JSON: see status.h. The keys are described in man/stprov-host.1. */
#include "host/status.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "provisioned/part_json.h"

static int set_key(struct json *root, const struct host_key *key, struct error *error)
{
	struct json *part;
	int r = provisioned_part_json(key->part.state, &key->part.error, &part, error);

	if (r < 0)
		return r;
	json_set_bool(part, "sealed", key->sealed);
	json_set_text(
		part, "fingerprint", key->part.state == PROVISIONED_GOOD ? key->fingerprint : NULL);
	json_set_child(root, "host_key", part);
	return 0;
}

static int set_certificate(
	struct json *root, const struct host_certificate *certificate, struct error *error)
{
	const struct hostkey_certificate *c = &certificate->content;
	bool good = certificate->part.state == PROVISIONED_GOOD;
	char end[CLOCK_TEXT_MAX] = "", serial[32] = "";
	struct json *part;
	int r = provisioned_part_json(
		certificate->part.state, &certificate->part.error, &part, error);

	if (r < 0)
		return r;
	if (good) {
		hostkey_certificate_format_end(c->valid_before, end);
		snprintf(serial, sizeof(serial), "%llu", (unsigned long long)c->serial);
	}
	json_set_text(part, "ca_fingerprint", good ? c->ca_fingerprint : NULL);
	json_set_text(part, "key_id", good ? c->key_id : NULL);
	json_set_text(part, "serial", good ? serial : NULL);
	json_set_text(part, "principals", good ? c->principals : NULL);
	json_set_text(part, "ends", good ? end : NULL);
	json_set_child(root, "host_certificate", part);
	return 0;
}

static int set_name(struct json *root, const struct host_name *name, struct error *error)
{
	struct json *part;
	int r = provisioned_part_json(name->part.state, &name->part.error, &part, error);

	if (r < 0)
		return r;
	json_set_text(part, "value", name->text);
	json_set_child(root, "host_name", part);
	return 0;
}

static int set_network(struct json *root, const struct host_config *config, struct error *error)
{
	bool good = config->part.state == PROVISIONED_GOOD;
	bool is_static = good && config->cfg.mode == HOSTCFG_STATIC;
	char address[NET_PREFIX_TEXT_MAX] = "";
	struct json *part;
	int r = provisioned_part_json(config->part.state, &config->part.error, &part, error);

	if (r < 0)
		return r;
	if (is_static)
		net_prefix_format(&config->cfg.host_ip, address);
	json_set_text(part, "mode", !good ? NULL : is_static ? "static" : "dhcp");
	json_set_text(part, "address", is_static ? address : NULL);
	json_set_child(root, "network", part);
	return 0;
}

static int append_file(struct json *array, const struct host_status_file *file, struct error *error)
{
	struct json *part;
	int r = provisioned_part_json(file->part.state, &file->part.error, &part, error);

	if (r < 0)
		return r;
	json_set_printable(part, "name", file->name);
	if (file->part.state == PROVISIONED_GOOD)
		json_set_int(part, "bytes", (int64_t)file->len);
	else
		json_set_null(part, "bytes");
	json_set_text(part, "path", file->path[0] ? file->path : NULL);
	json_append_child(array, part);
	return 0;
}

static int set_files(struct json *root, const struct host_status *s, struct error *error)
{
	struct json *array;
	int r = json_array_new(&array, error);

	for (size_t i = 0; r == 0 && i < s->files_n; i++) {
		r = append_file(array, &s->files[i], error);
		if (r < 0)
			json_free(&array);
	}
	if (r < 0)
		return r;
	json_set_child(root, "files", array);
	json_set_printable(
		root, "files_error", s->files_error.text[0] ? s->files_error.text : NULL);
	return 0;
}

int host_status_format_json(const struct host_status *s, char **ret_text, struct error *error)
{
	_cleanup_json_ struct json *root = NULL;
	enum provisioned_state verdict = host_status_verdict(s);
	int r = json_object_new(&root, error);

	if (r < 0)
		return r;
	if (verdict == PROVISIONED_UNREADABLE)
		json_set_null(root, "all_there");
	else
		json_set_bool(root, "all_there", verdict == PROVISIONED_GOOD);
	json_set_text(root, "store", s->store == STORE_LABEL ? "label" : "efi");
	json_set_printable(root, "path", s->path);
	r = set_key(root, &s->key, error);
	if (r == 0)
		r = set_certificate(root, &s->certificate, error);
	if (r == 0)
		r = set_name(root, &s->name, error);
	if (r == 0)
		r = set_network(root, &s->config, error);
	if (r == 0)
		r = set_files(root, s, error);
	return r < 0 ? r : json_format_ascii(root, ret_text, error);
}
