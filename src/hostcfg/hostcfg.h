/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host configuration: what `remote static` and `remote dhcp` leave in STHostConfig for stboot
 * (docs/efi-variables.md). One JSON object on one line, byte for byte as the released stprov
 * wrote it (vectors: host_config). Pure: no file, no link and no variable is touched here.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "net/addr.h"
#include "net/mac.h"

/* Longest JSON text in bytes, either way: what stprov reads of a variable. */
#define HOSTCFG_JSON_MAX (64 * 1024)
#define HOSTCFG_DNS_MAX 64
#define HOSTCFG_INTERFACES_MAX 128
/* Longest name of a link or bonding mode, with its NUL (IFNAMSIZ). */
#define HOSTCFG_NAME_MAX 16

enum hostcfg_mode {
	HOSTCFG_MODE_UNSET, /* null */
	HOSTCFG_STATIC,
	HOSTCFG_DHCP,
};

/* In an older form one of the two is not known: an empty name, or a MAC of zeros. */
struct hostcfg_interface {
	char name[HOSTCFG_NAME_MAX];
	uint8_t mac[NET_MAC_LEN];
	/* Of a hardware address of other length than a MAC (hostcfg_decode()): 8 or 20 bytes; 0:
	 * @mac counts.
	 */
	uint8_t long_len, long_mac[NET_HARDWARE_MAX];
};

/* What is odd about a host configuration although stboot takes it: hostcfg_warnings(). */
enum {
	HOSTCFG_ODD_NO_NAME = 1 << 0,  /* an interface without name */
	HOSTCFG_ODD_BAD_NAME = 1 << 1, /* one with a name that no link can have; it is left out */
};

/* Older forms in which a host configuration may have been written; stboot reads them still. */
enum {
	HOSTCFG_OLD_DNS = 1 << 0,  /* one address for the list of "dns" */
	HOSTCFG_OLD_URLS = 1 << 1, /* a list "provisioning_urls" for "ospkg_pointer" */
	/* A MAC "network_interface", or names alone in the list, for "network_interfaces". */
	HOSTCFG_OLD_INTERFACES = 1 << 2,
};

/* What is zero or empty is written as null, but where it says otherwise. */
struct hostcfg {
	enum hostcfg_mode mode;
	struct net_prefix host_ip; /* family 0: null */
	struct net_addr gateway;   /* family 0: null */

	/* Without servers: `[]` when dns_present, null otherwise. The interfaces the same. */
	struct net_addr dns[HOSTCFG_DNS_MAX];
	size_t dns_n;
	bool dns_present;

	/* The one link, or the members of the bond. */
	struct hostcfg_interface interfaces[HOSTCFG_INTERFACES_MAX];
	size_t interfaces_n;
	bool interfaces_present;

	char *ospkg_pointer; /* owned: url_join(); holds passwords */
	char bonding_mode[HOSTCFG_NAME_MAX];
	char bond_name[HOSTCFG_NAME_MAX];
	char *description; /* owned: hostcfg_describe() */

	/* By hostcfg_decode(); never written. */
	unsigned old;            /* HOSTCFG_OLD_* */
	unsigned odd;            /* HOSTCFG_ODD_* */
	uint32_t twice, respelt; /* keys that are there twice, or in other letter case: a bit for
				  * each position in hostcfg_key_names */
};

/* The keys, today's and older ones, and those of an interface. */
#define HOSTCFG_KEYS 13
extern const char *const hostcfg_key_names[HOSTCFG_KEYS];

#define HOSTCFG_INIT ((struct hostcfg){ .mode = HOSTCFG_MODE_UNSET })

/* Frees its texts, wiping the URLs. */
void hostcfg_deinit(struct hostcfg *cfg);
#define _cleanup_hostcfg_ _cleanup_(hostcfg_deinit)

/* Adds one. -E2BIG beyond HOSTCFG_INTERFACES_MAX, -EINVAL for a name that no link can have. */
int hostcfg_add_interface(struct hostcfg *cfg, const char *name, const uint8_t mac[NET_MAC_LEN],
	struct error *error) MUST_CHECK;
/* Whether a link can have this name (dev_valid_name of the kernel), and it can be shown. */
bool hostcfg_is_link_name(const char *name);
/* The hardware address of an interface, whatever its length. */
void hostcfg_format_mac(const struct hostcfg_interface *interface, char out[NET_HARDWARE_TEXT_MAX]);
/* Adds one. -E2BIG beyond HOSTCFG_DNS_MAX. */
int hostcfg_add_dns(
	struct hostcfg *cfg, const struct net_addr *addr, struct error *error) MUST_CHECK;

/*
 * `stprov version VERSION; timestamp 2025-01-30T13:49:01Z`, in UTC (vectors: description).
 * @calendar_s: clock_calendar_s(). A text that the caller frees, or NULL without memory.
 */
char *hostcfg_describe(const char *version, int64_t calendar_s);

/*
 * What stboot would refuse at the next boot: no mode; static without host address or gateway; no
 * OS package URL; an unknown bonding mode; bonding without bond name or members; a list of no
 * interfaces. -EINVAL with its text.
 */
int hostcfg_check(const struct hostcfg *cfg, struct error *error) MUST_CHECK;

/*
 * The JSON text, without a newline; the caller frees it, and wipes it when the passwords in it
 * matter. Makes no check but of form and size: -EFBIG beyond HOSTCFG_JSON_MAX, -EINVAL for texts
 * that are not UTF-8, -ENOMEM; with their text. Always in today's form: interfaces of an older
 * one, which lack a name or a MAC, are -EINVAL.
 */
int hostcfg_encode(const struct hostcfg *cfg, char **ret_text, struct error *error) MUST_CHECK;

/*
 * The reverse, as stboot reads it, which is written in Go: keys match without regard to letter
 * case, of one that comes twice the last one counts, a missing one is as null, an unknown one is
 * ignored, and every value is of its form or null. Not checked beyond that: hostcfg_check(). What
 * is a mistake nevertheless is kept for hostcfg_warnings(). -EINVAL; -EFBIG or -E2BIG (more text,
 * servers, interfaces or URLs than the limits); -ENOMEM; with a text that names the key and never
 * its value.
 *
 * The older forms are read too, and noted in ret->old. A newer key that is there and not null
 * counts, and the older one is then not even looked at. An older key that is null is an unknown
 * one.
 */
int hostcfg_decode(
	const void *text, size_t len, struct hostcfg *ret, struct error *error) MUST_CHECK;
