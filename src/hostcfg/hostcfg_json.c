/* SPDX-License-Identifier: BSD-2-Clause */
/* The JSON of the host configuration, in both directions: see hostcfg.h. */
#include "json/json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "hostcfg/hostcfg.h"
#include "hostcfg/url.h"

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
	char mac[NET_HARDWARE_TEXT_MAX];
	int r = json_object_new(&object, error);

	if (r < 0)
		return r;
	hostcfg_format_mac(interface, mac);
	json_set_text(object, "interface_name", interface->name);
	json_set_text(object, "mac_address", mac);
	json_append_child(array, object);
	return 0;
}

/* A MAC of zeros says nothing only where an older form was read. */
static bool is_whole(const struct hostcfg *cfg, const struct hostcfg_interface *interface)
{
	static const uint8_t no_mac[NET_MAC_LEN];

	if (!(cfg->old & HOSTCFG_OLD_INTERFACES))
		return true;
	return interface->name[0] != '\0' &&
	       (interface->long_len > 0 || memcmp(interface->mac, no_mac, sizeof(no_mac)) != 0);
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
		r = is_whole(cfg, &cfg->interfaces[i])
			    ? append_interface(array, &cfg->interfaces[i], error)
			    : error_set(error, -EINVAL,
				      "a network interface of an older form, without name or MAC");
	if (r < 0)
		return r;
	json_set_child(object, "network_interfaces", TAKE_PTR(array));
	return 0;
}

/* The keys are in the order in which they are set. */
static int build_hostcfg(const struct hostcfg *cfg, struct json *object, struct error *error)
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
		r = build_hostcfg(cfg, object, error);
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

/* The first so many are of the whole, the others of an interface. */
#define TOP_KEYS 11

const char *const hostcfg_key_names[HOSTCFG_KEYS] = { "network_mode", "host_ip", "gateway", "dns",
	"network_interfaces", "ospkg_pointer", "bonding_mode", "bond_name", "description",
	"network_interface", "provisioning_urls", "interface_name", "mac_address" };

static int malformed_json(const char *key, struct error *error)
{
	return error_set(error, -EINVAL, "\"%s\" is malformed", key);
}

/* 0, JSON_E_NULL, or a negative errno: a missing key is as null. */
static int get_text(
	const struct json *object, const char *key, const char **ret, struct error *error)
{
	int r = json_get_text(object, key, ret, error);

	return r == JSON_E_ABSENT ? JSON_E_NULL : r;
}

static int get_array(
	const struct json *object, const char *key, const struct json **ret, struct error *error)
{
	int r = json_get_array(object, key, ret, error);

	return r == JSON_E_ABSENT ? JSON_E_NULL : r;
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
	return malformed_json("network_mode", error);
}

static int get_addresses(const struct json *object, struct hostcfg *cfg, struct error *error)
{
	const char *text;
	int r = get_text(object, "host_ip", &text, error);

	if (r == 0 && net_prefix_parse(text, &cfg->host_ip) < 0)
		return malformed_json("host_ip", error);
	if (r < 0)
		return r;
	r = get_text(object, "gateway", &text, error);
	if (r == 0 && net_addr_parse(text, &cfg->gateway) < 0)
		return malformed_json("gateway", error);
	return r < 0 ? r : 0;
}

static int get_dns_server(const char *text, struct hostcfg *cfg, struct error *error)
{
	struct net_addr addr;

	if (net_addr_parse(text, &addr) < 0)
		return malformed_json("dns", error);
	return hostcfg_add_dns(cfg, &addr, error);
}

static int get_dns(const struct json *object, struct hostcfg *cfg, struct error *error)
{
	const struct json *array;
	const char *text;

	if (cfg->old & HOSTCFG_OLD_DNS) {
		int r = json_get_text(object, "dns", &text, error);
		return r == 0 ? get_dns_server(text, cfg, error) : r;
	}
	int r = get_array(object, "dns", &array, error);
	if (r != 0)
		return r < 0 ? r : 0;
	cfg->dns_present = true;
	for (size_t i = 0; i < json_array_count(array); i++) {
		r = json_array_text(array, i, &text, error);
		if (r < 0)
			return error_prefix(error, r, "\"dns\"");
		r = get_dns_server(text, cfg, error);
		if (r < 0)
			return r;
	}
	return 0;
}

/* A name that no link can have is left out: stboot goes by the MAC. */
static int add_interface(
	struct hostcfg *cfg, const char *name, const char *mac, struct error *error)
{
	uint8_t bytes[NET_HARDWARE_MAX] = { 0 };
	size_t len = 0;

	if (net_hardware_parse(mac, bytes, &len) < 0)
		return malformed_json("mac_address", error);
	if (name[0] == '\0')
		cfg->odd |= HOSTCFG_ODD_NO_NAME;
	else if (!hostcfg_is_link_name(name))
		cfg->odd |= HOSTCFG_ODD_BAD_NAME;
	if (cfg->interfaces_n == HOSTCFG_INTERFACES_MAX)
		return error_set(
			error, -E2BIG, "more than %d network interfaces", HOSTCFG_INTERFACES_MAX);
	struct hostcfg_interface *interface = &cfg->interfaces[cfg->interfaces_n++];
	if (hostcfg_is_link_name(name))
		snprintf(interface->name, sizeof(interface->name), "%s", name);
	if (len == NET_MAC_LEN) {
		memcpy(interface->mac, bytes, NET_MAC_LEN);
	} else {
		memcpy(interface->long_mac, bytes, len);
		interface->long_len = (uint8_t)len;
	}
	return 0;
}

static int get_interface(const struct json *item, struct hostcfg *cfg, struct error *error)
{
	_cleanup_json_ struct json *folded = NULL;
	struct json_go_odd odd = { .twice = 0 };
	const char *name = "", *mac = "";

	/* Fields that are not pointers in stboot: null leaves them as they are. */
	int r = json_object_fold_go(item, hostcfg_key_names + TOP_KEYS, HOSTCFG_KEYS - TOP_KEYS,
		JSON_GO_NULL_KEEPS, &folded, &odd, error);
	if (r < 0)
		return r;
	cfg->twice |= odd.twice << TOP_KEYS;
	cfg->respelt |= odd.respelt << TOP_KEYS;
	r = get_text(folded, "interface_name", &name, error);
	if (r >= 0)
		r = get_text(folded, "mac_address", &mac, error);
	if (r == JSON_E_NULL)
		return error_set(error, -EINVAL, "\"mac_address\" is missing");
	return r < 0 ? r : add_interface(cfg, name, mac, error);
}

/* A name alone is an older form's. */
static int get_listed_interface(
	const struct json *array, size_t index, struct hostcfg *cfg, struct error *error)
{
	static const uint8_t no_mac[NET_MAC_LEN];
	const struct json *item;
	const char *name;
	struct error unused;

	if ((cfg->old & HOSTCFG_OLD_INTERFACES) &&
		json_array_text(array, index, &name, &unused) == 0)
		return hostcfg_add_interface(cfg, name, no_mac, error);
	int r = json_array_object(array, index, &item, error);
	return r == 0 ? get_interface(item, cfg, error) : r;
}

/* The older form of one interface. */
static int get_only_interface(const struct json *object, struct hostcfg *cfg, struct error *error)
{
	const char *text;
	int r = json_get_text(object, "network_interface", &text, error);

	if (r < 0)
		return r;
	if (r == 0 && net_mac_parse(text, cfg->interfaces[0].mac) < 0)
		return malformed_json("network_interface", error);
	cfg->interfaces_n = r == 0 ? 1 : 0;
	return 0;
}

static int get_interfaces(const struct json *object, struct hostcfg *cfg, struct error *error)
{
	const struct json *array;
	int r = get_array(object, "network_interfaces", &array, error);

	if (r == JSON_E_NULL)
		return get_only_interface(object, cfg, error);
	if (r < 0)
		return r;
	cfg->interfaces_present = true;
	for (size_t i = 0; i < json_array_count(array); i++) {
		r = get_listed_interface(array, i, cfg, error);
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
		return malformed_json(key, error);
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

/* The older form of the OS package URLs. */
static int get_url_list(const struct json *object, struct hostcfg *cfg, struct error *error)
{
	static const char key[] = "provisioning_urls";
	const struct json *array;
	const char *urls[URL_LIST_MAX];
	int r = get_array(object, key, &array, error);

	if (r != 0)
		return r < 0 ? r : 0;
	size_t n = json_array_count(array);
	if (n > URL_LIST_MAX)
		return error_set(error, -E2BIG, "\"%s\": more than %d URLs", key, URL_LIST_MAX);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = json_array_text(array, i, &urls[i], error);
	if (r == 0)
		r = url_join(urls, n, &cfg->ospkg_pointer, error);
	return r == 0 ? 0 : error_prefix(error, r, "\"%s\"", key);
}

static int get_urls(const struct json *object, struct hostcfg *cfg, struct error *error)
{
	bool old = cfg->old & HOSTCFG_OLD_URLS;
	int r = get_owned(object, "ospkg_pointer", &cfg->ospkg_pointer, error);

	return r == 0 && old && !cfg->ospkg_pointer ? get_url_list(object, cfg, error) : r;
}

/* There and not null, whatever it is. */
static bool has_value(const struct json *object, const char *key)
{
	const char *unused_text;
	struct error unused;
	int r = json_get_text(object, key, &unused_text, &unused);

	return r != JSON_E_ABSENT && r != JSON_E_NULL;
}

static unsigned find_old_forms(const struct json *object)
{
	const struct json *array;
	const char *text;
	struct error unused;
	unsigned old = 0;

	if (json_get_text(object, "dns", &text, &unused) == 0)
		old |= HOSTCFG_OLD_DNS;
	if (has_value(object, "provisioning_urls"))
		old |= HOSTCFG_OLD_URLS;
	if (has_value(object, "network_interface") ||
		(json_get_array(object, "network_interfaces", &array, &unused) == 0 &&
			json_array_text(array, 0, &text, &unused) == 0))
		old |= HOSTCFG_OLD_INTERFACES;
	return old;
}

static int get_all(const struct json *object, struct hostcfg *cfg, struct error *error)
{
	cfg->old = find_old_forms(object);
	int r = get_mode(object, &cfg->mode, error);

	if (r == 0)
		r = get_addresses(object, cfg, error);
	if (r == 0)
		r = get_dns(object, cfg, error);
	if (r == 0)
		r = get_interfaces(object, cfg, error);
	if (r == 0)
		r = get_urls(object, cfg, error);
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
	_cleanup_json_ struct json *parsed = NULL, *object = NULL;
	_cleanup_hostcfg_ struct hostcfg cfg = HOSTCFG_INIT;
	struct json_go_odd odd = { .twice = 0 };

	if (len > HOSTCFG_JSON_MAX)
		return error_set(error, -EFBIG, "host configuration: larger than %d bytes",
			HOSTCFG_JSON_MAX);
	int r = json_object_parse_go(text, len, &parsed, error);
	if (r == 0)
		r = json_object_fold_go(parsed, hostcfg_key_names, TOP_KEYS, JSON_GO_NULL_UNSETS,
			&object, &odd, error);
	cfg.twice = odd.twice;
	cfg.respelt = odd.respelt;
	if (r == 0)
		r = get_all(object, &cfg, error);
	if (r < 0)
		return error_prefix(error, r, "host configuration");
	*ret = cfg;
	TAKE_PTR(cfg.ospkg_pointer);
	TAKE_PTR(cfg.description);
	return 0;
}
