/* SPDX-License-Identifier: BSD-2-Clause */
/* Ethernet addresses (IEEE 802): their size, their text, and what kind one is. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"

/* Bytes of one, and of its text `52:54:00:12:34:56` with NUL. */
#define NET_MAC_LEN 6
#define NET_MAC_TEXT_MAX 18

/* Bytes of the longest hardware address (IP over InfiniBand), and of its text with NUL. */
#define NET_HARDWARE_MAX 20
#define NET_HARDWARE_TEXT_MAX 60

/*
 * Six bytes of hex, all separated by `:` or all by `-`, or pairs of them by `.` (aabb.ccdd.eeff),
 * either case; -EINVAL otherwise.
 */
int net_mac_parse(const char *text, uint8_t ret[NET_MAC_LEN]) MUST_CHECK;
/* The same of 6, 8 (EUI-64) or 20 bytes: every text that net.ParseMAC of Go takes. */
int net_hardware_parse(const char *text, uint8_t ret[NET_HARDWARE_MAX], size_t *ret_len) MUST_CHECK;
/* Lower case with colons; @len: at most NET_HARDWARE_MAX. */
void net_hardware_format(const uint8_t *bytes, size_t len, char out[NET_HARDWARE_TEXT_MAX]);
/* Lower case with colons. */
void net_mac_format(const uint8_t mac[NET_MAC_LEN], char out[NET_MAC_TEXT_MAX]);

bool net_mac_equal(const uint8_t a[NET_MAC_LEN], const uint8_t b[NET_MAC_LEN]);
/* The address of one station: not zero, and not a group's (the lowest bit of byte 0). */
bool net_mac_is_unicast(const uint8_t mac[NET_MAC_LEN]);
