/* SPDX-License-Identifier: BSD-2-Clause */
/* The Internet checksum (RFC 1071), as IPv4, UDP and ICMPv6 use it. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * The one's complement sum of @len bytes, added to @sum (0 to begin with). All runs but the last
 * have an even length.
 */
/*@ requires len == 0 || \valid_read((const uint8_t *)data + (0 .. len - 1));
    assigns \result \from sum, len, ((const uint8_t *)data)[0 .. len - 1]; */
uint32_t checksum_add(uint32_t sum, const void *data, size_t len);

/* What goes into the header; over a run that contains a right checksum it is 0. */
uint16_t checksum_finish(uint32_t sum);
