/* SPDX-License-Identifier: BSD-2-Clause */
/* gcc's functions that Frama-C does not know, as C. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

static inline bool proof_mul_overflow(uint64_t a, uint64_t b, uint64_t *ret)
{
	*ret = a * b;
	return a != 0 && *ret / a != b;
}

static inline bool proof_add_overflow(uint64_t a, uint64_t b, uint64_t *ret)
{
	*ret = a + b;
	return *ret < a;
}

#define __builtin_mul_overflow proof_mul_overflow
#define __builtin_add_overflow proof_add_overflow

/* From string.h, which Frama-C has without it. */
/*@ requires n == 0 || \valid((char *)s + (0 .. n - 1));
    assigns ((char *)s)[0 .. n - 1] \from \nothing;
    ensures \forall integer i; 0 <= i < n ==> ((char *)s)[i] == 0; */
void explicit_bzero(void *s, unsigned long n);
