/* The JSON of the host configuration, in both directions: see hostcfg.h. */
#include "json/json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "hostcfg/hostcfg.h"

static const char *const mode_names[] = {
	[HOSTCFG_STATIC] = "static",
	[HOSTCFG_DHCP] = "dhcp",
};

/* -- encoding -------------------------------------------------------------------------------- */

static const char *text_or_null(const char *text)
{
	return text[0] ? text : NULL;
}

static void set_prefix(struct json *object, const char *key, const struct net_prefix *prefix)
{
	char text[NET_PREFIX_TEXT_MAX];

	if (prefix->addr.family == 0) {
		json_set_null(object, key);
		return;
	}
	net_prefix_format(prefix, text);
	json_set_text(object, key, text);
}

static void set_addr(struct json *object, const char *key, const struct net_addr *addr)
{
	char text[NET_ADDR_TEXT_MAX];

	if (addr->family == 0) {
		json_set_null(object, key);
		return;
	}
	net_addr_format(addr, text);
	json_set_text(object, key, text);
}

static int set_dns(struct json *object, const struct hostcfg *cfg, struct error *error)
{
	struct json *array;
	char text[NET_ADDR_TEXT_MAX];

	if (cfg->dns_n == 0 && !cfg->dns_present) {
		json_set_null(object, "dns");
		return 0;
	}
	int r = json_array_new(&array, error);
	if (r < 0)
		return r;
	for (size_t i = 0; i < cfg->dns_n; i++) {
		net_addr_format(&cfg->dns[i], text);
		json_append_text(array, text);
	}
	json_set_child(object, "dns", array);
	return 0;
}

static int append_interface(
	struct json *array, const struct hostcfg_interface *interface, struct error *error)
{
	struct json *object;
	char mac[HOSTCFG_MAC_TEXT_SIZE];
	int r = json_object_new(&object, error);

	if (r < 0)
		return r;
	hostcfg_format_mac(interface->mac, mac);
	json_set_text(object, "interface_name", interface->name);
	json_set_text(object, "mac_address", mac);
	json_append_child(array, object);
	return 0;
}

static int set_interfaces(struct json *object, const struct hostcfg *cfg, struct error *error)
{
	_cleanup_json_ struct json *array = NULL;

	if (cfg->interfaces_n == 0 && !cfg->interfaces_present) {
		json_set_null(object, "network_interfaces");
		return 0;
	}
	int r = json_array_new(&array, error);
	for (size_t i = 0; r == 0 && i < cfg->interfaces_n; i++)
		r = append_interface(array, &cfg->interfaces[i], error);
	if (r < 0)
		return r;
	json_set_child(object, "network_interfaces", TAKE_PTR(array));
	return 0;
}

/* The keys are in the order in which they are set. */
static int build(const struct hostcfg *cfg, struct json *object, struct error *error)
{
	json_set_text(object, "network_mode",
		cfg->mode == HOSTCFG_MODE_UNSET ? NULL : mode_names[cfg->mode]);
	set_prefix(object, "host_ip", &cfg->host_ip);
	set_addr(object, "gateway", &cfg->gateway);
	int r = set_dns(object, cfg, error);
	if (r < 0)
		return r;
	r = set_interfaces(object, cfg, error);
	if (r < 0)
		return r;
	json_set_text(object, "ospkg_pointer", cfg->ospkg_pointer);
	json_set_text(object, "bonding_mode", text_or_null(cfg->bonding_mode));
	json_set_text(object, "bond_name", text_or_null(cfg->bond_name));
	json_set_text(object, "description", cfg->description);
	return 0;
}

int hostcfg_encode(const struct hostcfg *cfg, char **ret_text, struct error *error)
{
	_cleanup_json_ struct json *object = NULL;
	char *text;
	int r = json_object_new(&object, error);

	if (r == 0)
		r = build(cfg, object, error);
	if (r == 0)
		r = json_format(object, &text, error);
	if (r < 0)
		return error_prefix(error, r, "host configuration");
	size_t len = strlen(text);
	if (len > HOSTCFG_JSON_MAX) {
		secret_wipe_bytes(text, len);
		free(text);
		return error_set(error, -EFBIG, "host configuration: larger than %d bytes",
			HOSTCFG_JSON_MAX);
	}
	*ret_text = text;
	return 0;
}

/* -- decoding -------------------------------------------------------------------------------- */

static int malformed(const char *key, struct error *error)
{
	return error_set(error, -EINVAL, "\"%s\" is malformed", key);
}

static int missing(const char *key, struct error *error)
{
	return error_set(error, -EINVAL, "\"%s\" is missing", key);
}

/* 0, JSON_E_NULL, or a negative errno; a key must be there. */
static int get_text(
	const struct json *object, const char *key, const char **ret, struct error *error)
{
	int r = json_get_text(object, key, ret, error);

	return r == JSON_E_ABSENT ? missing(key, error) : r;
}

static int get_mode(const struct json *object, enum hostcfg_mode *ret, struct error *error)
{
	const char *text;
	int r = get_text(object, "network_mode", &text, error);

	if (r == JSON_E_NULL)
		return 0;
	if (r < 0)
		return r;
	for (size_t i = HOSTCFG_STATIC; i < ARRAY_SIZE(mode_names); i++)
		if (strcmp(text, mode_names[i]) == 0) {
			*ret = (enum hostcfg_mode)i;
			return 0;
		}
	return malformed("network_mode", error);
}

static int get_addresses(const struct json *object, struct hostcfg *cfg, struct error *error)
{
	const char *text;
	int r = get_text(object, "host_ip", &text, error);

	if (r == 0 && net_prefix_parse(text, &cfg->host_ip) < 0)
		return malformed("host_ip", error);
	if (r < 0)
		return r;
	r = get_text(object, "gateway", &text, error);
	if (r == 0 && net_addr_parse(text, &cfg->gateway) < 0)
		return malformed("gateway", error);
	return r < 0 ? r : 0;
}

static int get_dns(const struct json *object, struct hostcfg *cfg, struct error *error)
{
	const struct json *array;
	int r = json_get_array(object, "dns", &array, error);

	if (r == JSON_E_ABSENT)
		return missing("dns", error);
	if (r != 0)
		return r < 0 ? r : 0;
	cfg->dns_present = true;
	for (size_t i = 0; i < json_array_count(array); i++) {
		const char *text;
		struct net_addr addr;
		r = json_array_text(array, i, &text, error);
		if (r < 0)
			return error_prefix(error, r, "\"dns\"");
		if (net_addr_parse(text, &addr) < 0)
			return malformed("dns", error);
		r = hostcfg_add_dns(cfg, &addr, error);
		if (r < 0)
			return r;
	}
	return 0;
}

static int get_interface(const struct json *item, struct hostcfg *cfg, struct error *error)
{
	const char *name, *text;
	uint8_t mac[HOSTCFG_MAC_SIZE];
	int r = get_text(item, "interface_name", &name, error);

	if (r != 0)
		return r < 0 ? r : malformed("interface_name", error);
	r = get_text(item, "mac_address", &text, error);
	if (r < 0)
		return r;
	if (r == JSON_E_NULL || hostcfg_parse_mac(text, mac) < 0)
		return malformed("mac_address", error);
	return hostcfg_add_interface(cfg, name, mac, error);
}

static int get_interfaces(const struct json *object, struct hostcfg *cfg, struct error *error)
{
	const struct json *array, *item;
	int r = json_get_array(object, "network_interfaces", &array, error);

	if (r == JSON_E_ABSENT)
		return missing("network_interfaces", error);
	if (r != 0)
		return r < 0 ? r : 0;
	cfg->interfaces_present = true;
	for (size_t i = 0; i < json_array_count(array); i++) {
		r = json_array_object(array, i, &item, error);
		if (r == 0)
			r = get_interface(item, cfg, error);
		if (r < 0)
			return error_prefix(error, r, "\"network_interfaces\"");
	}
	return 0;
}

static int get_name(
	const struct json *object, const char *key, char out[HOSTCFG_NAME_MAX], struct error *error)
{
	const char *text;
	int r = get_text(object, key, &text, error);

	if (r != 0)
		return r < 0 ? r : 0;
	if (strlen(text) >= HOSTCFG_NAME_MAX)
		return malformed(key, error);
	snprintf(out, HOSTCFG_NAME_MAX, "%s", text);
	return 0;
}

static int get_owned(const struct json *object, const char *key, char **ret, struct error *error)
{
	const char *text;
	int r = get_text(object, key, &text, error);

	if (r != 0)
		return r < 0 ? r : 0;
	*ret = strdup(text);
	return *ret ? 0 : error_set_errno(error, -ENOMEM, "\"%s\"", key);
}

static int get_all(const struct json *object, struct hostcfg *cfg, struct error *error)
{
	int r = get_mode(object, &cfg->mode, error);

	if (r == 0)
		r = get_addresses(object, cfg, error);
	if (r == 0)
		r = get_dns(object, cfg, error);
	if (r == 0)
		r = get_interfaces(object, cfg, error);
	if (r == 0)
		r = get_owned(object, "ospkg_pointer", &cfg->ospkg_pointer, error);
	if (r == 0)
		r = get_name(object, "bonding_mode", cfg->bonding_mode, error);
	if (r == 0)
		r = get_name(object, "bond_name", cfg->bond_name, error);
	if (r == 0)
		r = get_owned(object, "description", &cfg->description, error);
	return r;
}

int hostcfg_decode(const void *text, size_t len, struct hostcfg *ret, struct error *error)
{
	_cleanup_json_ struct json *object = NULL;
	_cleanup_hostcfg_ struct hostcfg cfg = HOSTCFG_INIT;

	if (len > HOSTCFG_JSON_MAX)
		return error_set(error, -EFBIG, "host configuration: larger than %d bytes",
			HOSTCFG_JSON_MAX);
	int r = json_object_parse(text, len, &object, error);
	if (r == 0)
		r = get_all(object, &cfg, error);
	if (r < 0)
		return error_prefix(error, r, "host configuration");
	*ret = cfg;
	TAKE_PTR(cfg.ospkg_pointer);
	TAKE_PTR(cfg.description);
	return 0;
}
