/* SPDX-License-Identifier: BSD-2-Clause */
/* `remote status` as JSON: see status.h. The keys are described in man/stprov-remote.1. */
#include "status/status.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"
#include "config.h"
#include "hostcfg/url.h"
#include "hostcfg/words.h"
#include "json/json.h"
#include "provisioned/part_json.h"
#include "version.h"

/* --- what was provisioned --- */

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

static int set_key(struct json *root, const struct provisioned *p, struct error *error)
{
	struct json *part;
	int r = provisioned_part_json(p->key.state, &p->key.error, &part, error);

	if (r < 0)
		return r;
	bool good = p->key.state == PROVISIONED_GOOD;
	json_set_text(part, "publickey", good ? p->public : NULL);
	json_set_text(part, "fingerprint", good ? p->fingerprint : NULL);
	json_set_child(root, "host_key", part);
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

static int set_provisioned(struct json *root, const struct status *s, struct error *error)
{
	struct error why;
	enum provisioned_state verdict = provisioned_verdict(&s->provisioned, &why);

	if (verdict == PROVISIONED_UNREADABLE)
		json_set_null(root, "provisioned");
	else
		json_set_bool(root, "provisioned", verdict == PROVISIONED_GOOD);
	json_set_text(root, "why_not", verdict == PROVISIONED_GOOD ? NULL : why.text);
	int r = set_name(root, &s->provisioned, error);
	if (r == 0)
		r = set_config(root, &s->provisioned, error);
	if (r == 0)
		r = set_key(root, &s->provisioned, error);
	if (r == 0)
		r = set_certificate(root, &s->provisioned, error);
	if (r == 0)
		r = set_sealed(root, &s->provisioned, error);
	return r == 0 ? set_files(root, &s->provisioned, error) : r;
}

/* --- Secure Boot --- */

static void set_status_flag(struct json *object, const char *key, const struct status_flag *flag)
{
	if (flag->known)
		json_set_bool(object, key, flag->value);
	else
		json_set_null(object, key);
}

static int append_certificate(
	struct json *array, const struct status_certificate *c, struct error *error)
{
	struct json *object;
	int r = json_object_new(&object, error);

	if (r < 0)
		return r;
	json_set_text(object, "subject", c->subject[0] ? c->subject : NULL);
	json_set_text(object, "sha256", c->sha256);
	json_set_text(object, "owner", c->owner);
	json_append_child(array, object);
	return 0;
}

static int set_keys(
	struct json *root, const char *key, const struct status_keys *keys, struct error *error)
{
	_cleanup_json_ struct json *part = NULL, *certificates = NULL;
	int r = provisioned_part_json(keys->state, &keys->error, &part, error);

	if (r == 0)
		r = json_array_new(&certificates, error);
	for (size_t i = 0; r == 0 && i < keys->certificates_n; i++)
		r = append_certificate(certificates, &keys->certificates[i], error);
	if (r < 0)
		return r;
	json_set_child(part, "certificates", TAKE_PTR(certificates));
	json_set_int(part, "hashes", (int64_t)keys->hashes);
	json_set_int(part, "others", (int64_t)keys->others);
	json_set_child(root, key, TAKE_PTR(part));
	return 0;
}

static int set_secure_boot(struct json *root, const struct status *s, struct error *error)
{
	_cleanup_json_ struct json *object = NULL;
	int r = json_object_new(&object, error);

	if (r < 0)
		return r;
	set_status_flag(object, "enabled", &s->secure_boot);
	set_status_flag(object, "setup_mode", &s->setup_mode);
	for (size_t i = 0; r == 0 && i < STATUS_KEYS; i++)
		r = set_keys(object, efi_sb_variables[i].word, &s->keys[i], error);
	if (r == 0)
		json_set_child(root, "secure_boot", TAKE_PTR(object));
	return r;
}

/* --- room --- */

static int append_largest(
	struct json *array, const struct efi_usage_file *file, struct error *error)
{
	struct json *object;
	int r = json_object_new(&object, error);

	if (r < 0)
		return r;
	json_set_printable(object, "name", file->name);
	json_set_int(object, "bytes", (int64_t)file->bytes);
	json_append_child(array, object);
	return 0;
}

static int fill_usage(struct json *object, const struct efi_usage *u, struct error *error)
{
	struct json *largest;

	if (u->room_known) {
		json_set_int(object, "total_bytes", (int64_t)u->total_bytes);
		json_set_int(object, "free_bytes", (int64_t)u->free_bytes);
	} else {
		json_set_null(object, "total_bytes");
		json_set_null(object, "free_bytes");
	}
	json_set_bool(object, "read_only", u->read_only);
	json_set_int(object, "variables", (int64_t)u->variables);
	json_set_int(object, "variables_bytes", (int64_t)u->variables_bytes);
	json_set_int(object, "crash_dumps", (int64_t)u->dumps);
	json_set_int(object, "crash_dumps_bytes", (int64_t)u->dumps_bytes);
	int r = json_array_new(&largest, error);
	for (size_t i = 0; r == 0 && i < u->largest_n; i++)
		r = append_largest(largest, &u->largest[i], error);
	if (r == 0)
		json_set_child(object, "largest", largest);
	return r;
}

static int set_usage(struct json *root, const struct status *s, struct error *error)
{
	_cleanup_json_ struct json *object = NULL;
	int r = json_object_new(&object, error);

	if (r < 0)
		return r;
	json_set_printable(object, "path", s->efivars);
	json_set_bool(object, "efivarfs", s->efi.efivarfs);
	json_set_printable(object, "error", s->has_usage ? NULL : s->usage_error.text);
	if (s->has_usage)
		r = fill_usage(object, &s->usage, error);
	if (r == 0)
		json_set_child(root, "efivars", TAKE_PTR(object));
	return r;
}

/* --- network and clock --- */

static int set_addresses(
	struct json *object, const struct status *s, const struct link *link, struct error *error)
{
	char text[NET_PREFIX_TEXT_MAX];
	struct json *array;
	int r = json_array_new(&array, error);

	if (r < 0)
		return r;
	for (size_t i = 0; i < s->addrs.n; i++) {
		if (s->addrs.items[i].index != link->index)
			continue;
		net_prefix_format(&s->addrs.items[i].prefix, text);
		json_append_text(array, text);
	}
	json_set_child(object, "addresses", array);
	return 0;
}

static int append_link(
	struct json *array, const struct status *s, const struct link *link, struct error *error)
{
	_cleanup_json_ struct json *object = NULL;
	char mac[NET_MAC_TEXT_MAX];
	int r = json_object_new(&object, error);

	if (r < 0)
		return r;
	net_mac_format(link->mac, mac);
	json_set_printable(object, "name", link->name);
	json_set_text(object, "mac", link->has_mac ? mac : NULL);
	json_set_text(object, "driver", link->driver[0] ? link->driver : NULL);
	json_set_text(object, "kind", link->kind[0] ? link->kind : NULL);
	json_set_bool(object, "up", link->up);
	json_set_bool(object, "carrier", link->carrier);
	/* Some drivers tell one without a cable. */
	if (link->carrier && link->speed > 0)
		json_set_int(object, "speed_mbps", link->speed);
	else
		json_set_null(object, "speed_mbps");
	r = set_addresses(object, s, link, error);
	if (r == 0)
		json_append_child(array, TAKE_PTR(object));
	return r;
}

static int append_gateway(struct json *array, const struct status *s,
	const struct gateway_route *gateway, struct error *error)
{
	const struct link *link = links_by_index(&s->links, gateway->index);
	char text[NET_ADDR_TEXT_MAX];
	struct json *object;
	int r = json_object_new(&object, error);

	if (r < 0)
		return r;
	net_addr_format(&gateway->addr, text);
	json_set_text(object, "address", text);
	if (link)
		json_set_printable(object, "link", link->name);
	else
		json_set_null(object, "link");
	json_append_child(array, object);
	return 0;
}

static int set_network(struct json *root, const struct status *s, struct error *error)
{
	_cleanup_json_ struct json *object = NULL, *links = NULL, *gateways = NULL;
	int r = json_object_new(&object, error);

	if (r == 0)
		r = json_array_new(&links, error);
	for (size_t i = 0; r == 0 && i < s->links.n; i++)
		if (!s->links.items[i].loopback)
			r = append_link(links, s, &s->links.items[i], error);
	if (r == 0)
		r = json_array_new(&gateways, error);
	for (size_t i = 0; r == 0 && i < s->gateways_n; i++)
		r = append_gateway(gateways, s, &s->gateways[i], error);
	if (r < 0)
		return r;
	json_set_printable(
		object, "error", s->network_error.text[0] ? s->network_error.text : NULL);
	json_set_child(object, "links", TAKE_PTR(links));
	json_set_child(object, "gateways", TAKE_PTR(gateways));
	json_set_child(root, "network", TAKE_PTR(object));
	return 0;
}

static int set_clock(struct json *root, const struct status *s, struct error *error)
{
	char now[CLOCK_TEXT_MAX], build[CLOCK_TEXT_MAX];
	struct json *object;
	int r = json_object_new(&object, error);

	if (r < 0)
		return r;
	clock_format_utc(s->now_s, now);
	clock_format_utc(STPROV_BUILD_DATE, build);
	json_set_text(object, "utc", now);
	json_set_text(object, "built", build);
	json_set_bool(object, "before_build", status_clock_is_early(s));
	json_set_child(root, "clock", object);
	return 0;
}

/* For an inventory; the hardware addresses are with the links. */
static int set_machine(struct json *root, const struct status *s, struct error *error)
{
	struct json *object;
	int r = json_object_new(&object, error);

	if (r < 0)
		return r;
	json_set_text(object, "serial", s->machine.serial[0] ? s->machine.serial : NULL);
	json_set_text(object, "uuid", s->machine.uuid[0] ? s->machine.uuid : NULL);
	json_set_child(root, "machine", object);
	return 0;
}

int status_format_json(const struct status *s, char **ret_text, struct error *error)
{
	static int (*const parts[])(struct json * root, const struct status *s,
		struct error *error) = { set_provisioned, set_secure_boot, set_usage, set_network,
		set_clock, set_machine };
	_cleanup_json_ struct json *root = NULL;
	int r = json_object_new(&root, error);

	if (r == 0)
		json_set_text(root, "stprov_version", STPROV_VERSION);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(parts); i++)
		r = parts[i](root, s, error);
	return r < 0 ? r : json_format_ascii(root, ret_text, error);
}
