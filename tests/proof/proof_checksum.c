/* SPDX-License-Identifier: BSD-2-Clause */
/* The contract of checksum_add(), on which the proofs of its callers rest. */
#include "any.h"
#include "packet/checksum.h"

int main(void)
{
	size_t len = any_len();

	//@ split len;
	return checksum_finish(
		checksum_add((uint32_t)Frama_C_interval(0, 0x7fffffff), any_bytes(len), len));
}
