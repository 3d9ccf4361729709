/* SPDX-License-Identifier: BSD-2-Clause */
/* `remote status` as JSON: see status.h. The keys are described in man/stprov-remote.1. */
#include "status/json.h"

#include <string.h>

#include "base/clock.h"
#include "config.h"
#include "provisioned/part_json.h"
#include "version.h"

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
	json_set_printable(
		object, "path", s->store.kind == STORE_LABEL ? s->store.dir.path : s->efivars);
	json_set_text(object, "store", s->store.kind == STORE_LABEL ? "label" : "efi");
	json_set_bool(object, "efivarfs", s->store.dir.efivarfs);
	json_set_printable(
		object, "error", s->has_usage || s->store.empty ? NULL : s->usage_error.text);
	if (s->has_usage)
		r = fill_usage(object, &s->usage, error);
	if (r == 0)
		json_set_child(root, "efivars", TAKE_PTR(object));
	return r;
}

/* Beside another store: whether NVRAM has each part; null if that is not known. */
static void set_in_nvram(
	struct json *object, const char *key, const struct provisioned_part *part, bool known)
{
	if (known && part->state != PROVISIONED_UNREADABLE)
		json_set_bool(object, key, part->state != PROVISIONED_ABSENT);
	else
		json_set_null(object, key);
}

static int set_nvram(struct json *root, const struct status *s, struct error *error)
{
	_cleanup_json_ struct json *object = NULL;
	bool known = s->firmware != NULL;

	if (s->store.kind == STORE_EFI) {
		json_set_null(root, "nvram");
		return 0;
	}
	int r = json_object_new(&object, error);
	if (r < 0)
		return r;
	set_in_nvram(object, "host_name", &s->nvram.name, known);
	set_in_nvram(object, "host_configuration", &s->nvram.config, known);
	set_in_nvram(object, "host_key", provisioned_host_key(&s->nvram).part, known);
	json_set_child(root, "nvram", TAKE_PTR(object));
	return 0;
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

static int set_tpm(struct json *root, const struct status *s, struct error *error)
{
	return status_tpm_set(root, &s->tpm, error);
}

int status_format_json(const struct status *s, char **ret_text, struct error *error)
{
	static int (*const parts[])(struct json * root, const struct status *s,
		struct error *error) = { status_json_provisioned, set_secure_boot, set_usage,
		set_nvram, set_network, set_clock, set_machine, set_tpm };
	_cleanup_json_ struct json *root = NULL;
	int r = json_object_new(&root, error);

	if (r == 0)
		json_set_text(root, "stprov_version", STPROV_VERSION);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(parts); i++)
		r = parts[i](root, s, error);
	return r < 0 ? r : json_format_ascii(root, ret_text, error);
}
