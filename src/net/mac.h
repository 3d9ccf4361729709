/* SPDX-License-Identifier: BSD-2-Clause */
/* Ethernet addresses (IEEE 802): their size, their text, and what kind one is. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"

/* Bytes of one, and of its text `52:54:00:12:34:56` with NUL. */
#define NET_MAC_LEN 6
#define NET_MAC_TEXT_MAX 18

/*
 * Six bytes of hex, all separated by `:` or all by `-`, either case; -EINVAL otherwise. (As
 * net.ParseMAC of Go has it, without the forms that have dots or more bytes.)
 */
int net_mac_parse(const char *text, uint8_t ret[NET_MAC_LEN]) MUST_CHECK;
/* Lower case with colons. */
void net_mac_format(const uint8_t mac[NET_MAC_LEN], char out[NET_MAC_TEXT_MAX]);

bool net_mac_equal(const uint8_t a[NET_MAC_LEN], const uint8_t b[NET_MAC_LEN]);
/* The address of one station: not zero, and not a group's (the lowest bit of byte 0). */
bool net_mac_is_unicast(const uint8_t mac[NET_MAC_LEN]);
