/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Driver, speed and duplex of links: from sysfs (Documentation/ABI/testing/sysfs-class-net), or,
 * where sysfs does not show the same link, from the ethtool ioctls (linux/ethtool.h).
 *
 * sysfs shows the links of the network namespace in which it was mounted, which need not be ours:
 * another namespace's eth0 is distinguished from ours by index and MAC.
 */
#include "link/link_details.h"

#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/file.h"
#include "base/text.h"

/* An attribute is one line. */
#define ATTRIBUTE_MAX 4096
/* Words of 32 bits in each of three bit masks of link modes: the kernel has 4 of them today. */
#define MODE_WORDS_MAX 127

/* One line without its newline; the caller frees it. NULL if there is none. */
static char *read_attribute(int dir, const char *name)
{
	struct error ignored;
	uint8_t *data;
	size_t len;

	if (file_read(dir, name, ATTRIBUTE_MAX, &data, &len, &ignored) < 0)
		return NULL;
	char *text = (char *)data;
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static bool is_same_link(int dir, const struct link *link)
{
	_cleanup_free_ char *index = read_attribute(dir, "ifindex");
	_cleanup_free_ char *address = read_attribute(dir, "address");
	uint8_t mac[NET_MAC_LEN];
	uint64_t number;

	if (!index || text_parse_u64(index, 1, UINT32_MAX, &number) < 0 || number != link->index)
		return false;
	/* A bond's member shows the bond's MAC here. */
	return !link->has_mac || link->bond_member ||
	       (address && net_mac_parse(address, mac) == 0 &&
		       memcmp(mac, link->mac, NET_MAC_LEN) == 0);
}

/* Mb/s, or -1. The kernel's own word for unknown is -1 or 2^32 - 1. */
static int32_t known_speed(uint64_t speed)
{
	return speed > 0 && speed <= INT32_MAX ? (int32_t)speed : -1;
}

static void read_driver(int dir, struct link *link)
{
	char target[ATTRIBUTE_MAX];

	ssize_t n = readlinkat(dir, "device/driver", target, sizeof(target) - 1);
	if (n <= 0)
		return;
	target[n] = '\0';
	const char *slash = strrchr(target, '/');
	const char *name = slash ? slash + 1 : target;
	text_printable(name, strlen(name), link->driver, sizeof(link->driver));
}

static bool details_from_sysfs(int sysfs, struct link *link)
{
	uint64_t number;

	_cleanup_close_ int dir = openat(sysfs, link->name, O_DIRECTORY | O_PATH | O_CLOEXEC);
	if (dir < 0 || !is_same_link(dir, link))
		return false;
	_cleanup_free_ char *speed = read_attribute(dir, "speed");
	_cleanup_free_ char *duplex = read_attribute(dir, "duplex");
	if (speed && text_parse_u64(speed, 1, UINT32_MAX, &number) == 0)
		link->speed = known_speed(number);
	if (duplex)
		link->duplex = strcmp(duplex, "full") == 0   ? LINK_DUPLEX_FULL
			       : strcmp(duplex, "half") == 0 ? LINK_DUPLEX_HALF
							     : LINK_DUPLEX_UNKNOWN;
	read_driver(dir, link);
	return true;
}

static bool ethtool(int fd, const struct link *link, void *command)
{
	struct ifreq request = { .ifr_data = command };

	memcpy(request.ifr_name, link->name, sizeof(link->name));
	return ioctl(fd, SIOCETHTOOL, &request) == 0;
}

static void driver_from_ethtool(int fd, struct link *link)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };

	if (ethtool(fd, link, &info))
		text_printable(info.driver, strnlen(info.driver, sizeof(info.driver)), link->driver,
			sizeof(link->driver));
}

/* The first call says how many words its bit masks have; the second one fills them in. */
static void speed_from_ethtool(int fd, struct link *link)
{
	union {
		struct ethtool_link_settings s;
		uint32_t room[sizeof(struct ethtool_link_settings) / 4 + 3 * MODE_WORDS_MAX];
	} u = { .s.cmd = ETHTOOL_GLINKSETTINGS };

	if (!ethtool(fd, link, &u) || u.s.link_mode_masks_nwords >= 0)
		return;
	u.s = (struct ethtool_link_settings){ .cmd = ETHTOOL_GLINKSETTINGS,
		.link_mode_masks_nwords = (__s8)-u.s.link_mode_masks_nwords };
	if (!ethtool(fd, link, &u))
		return;
	link->speed = known_speed(u.s.speed);
	link->duplex = u.s.duplex == DUPLEX_FULL   ? LINK_DUPLEX_FULL
		       : u.s.duplex == DUPLEX_HALF ? LINK_DUPLEX_HALF
						   : LINK_DUPLEX_UNKNOWN;
}

void links_add_details(struct links *links, const char *sysfs)
{
	_cleanup_close_ int dir = open(sysfs, O_DIRECTORY | O_PATH | O_CLOEXEC);
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	for (size_t i = 0; i < links->n; i++) {
		struct link *link = &links->items[i];
		bool told = dir >= 0 && details_from_sysfs(dir, link);
		if (fd < 0)
			continue;
		/* Virtual links have no device in sysfs, but tell their driver here. */
		if (link->driver[0] == '\0' && !link->loopback)
			driver_from_ethtool(fd, link);
		if (!told && !link->loopback)
			speed_from_ethtool(fd, link);
	}
}
