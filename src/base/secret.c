/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes that must be wiped after use: see secret.h. */
#include "base/secret.h"

#include <errno.h>
#include <string.h>

void secret_wipe(struct secret *secret)
{
	secret_wipe_bytes(secret, sizeof(*secret));
}

int secret_set(struct secret *secret, const void *bytes, size_t len)
{
	secret_wipe(secret);
	if (len > sizeof(secret->bytes))
		return -E2BIG;
	memcpy(secret->bytes, bytes, len);
	secret->len = len;
	return 0;
}

bool secret_equal(const struct secret *secret, const void *bytes, size_t len)
{
	const volatile uint8_t *a = secret->bytes;
	const volatile uint8_t *b = bytes;
	uint8_t diff = 0;

	if (secret->len != len)
		return false;
	for (size_t i = 0; i < len; i++)
		diff |= a[i] ^ b[i];
	return diff == 0;
}
