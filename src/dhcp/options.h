/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of one DHCP message, and the lease that they make. Not for other folders. */
#pragma once

#include "base/bytes.h"
#include "dhcp/message.h"

enum {
	DHCP_OPTION_PAD = 0,
	DHCP_OPTION_SUBNET_MASK = 1,
	DHCP_OPTION_ROUTERS = 3,
	DHCP_OPTION_DNS = 6,
	DHCP_OPTION_HOSTNAME = 12,
	DHCP_OPTION_MTU = 26,
	DHCP_OPTION_ADDRESS = 50,
	DHCP_OPTION_LEASE_TIME = 51,
	DHCP_OPTION_OVERLOAD = 52,
	DHCP_OPTION_TYPE = 53,
	DHCP_OPTION_SERVER = 54,
	DHCP_OPTION_PARAMETERS = 55,
	DHCP_OPTION_MAX_SIZE = 57,
	DHCP_OPTION_ROUTES = 121,
	DHCP_OPTION_END = 255,
};

/* The field `options`, and `file` and `sname` where they are overloaded, in this order. */
struct dhcp_options {
	struct bytes_reader fields[3];
	size_t n;
};

/* One option: its bytes, and zeros after them. */
struct dhcp_value {
	bool there;
	size_t len;
	uint8_t bytes[DHCP_MESSAGE_MAX];
};

/* Adds a field. False if an option in it goes beyond its end. */
bool dhcp_options_add(struct dhcp_options *options, struct bytes_reader field);

/* An option that may be long: its pieces put together (RFC 3396). */
void dhcp_options_get(const struct dhcp_options *options, uint8_t code, struct dhcp_value *ret);

/*
 * An option of @len bytes (RFC 2132). Servers that are told to send one which they send anyway send
 * it twice, and each copy is whole: the first one counts. Only where that has another length are
 * these the pieces of one.
 */
void dhcp_options_get_fixed(
	const struct dhcp_options *options, uint8_t code, size_t len, struct dhcp_value *ret);

/* Fills in the lease of @reply, and what was odd about it. NULL, or why it cannot be used. */
const char *dhcp_options_lease(
	const struct dhcp_options *options, const uint8_t yiaddr[4], struct dhcp_reply *reply);
