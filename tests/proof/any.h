/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes of which nothing is known. They are the last ANY_SIZE of a buffer, so that reading one byte
 * too many is an alarm.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "__fc_builtin.h"

extern uint8_t any_buffer[ANY_SIZE];

/* Makes all of them unknown. Returns how many a driver gives away: 0 to ANY_SIZE. */
static inline size_t any_len(void)
{
	Frama_C_make_unknown((char *)any_buffer, sizeof(any_buffer));
	return Frama_C_interval(0, ANY_SIZE);
}

/*
 * The last @len bytes. For code that takes a pointer and a length further than to bytes_reader(), a
 * driver says `//@ split len;` before: Eva then looks at each length alone. It would forget
 * otherwise which pointer belongs to which length.
 */
static inline const uint8_t *any_bytes(size_t len)
{
	return any_buffer + ANY_SIZE - len;
}

static inline uint8_t any_byte(void)
{
	return (uint8_t)Frama_C_interval(0, 255);
}

static inline bool any_bool(void)
{
	return Frama_C_interval(0, 1);
}
