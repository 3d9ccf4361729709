/* SPDX-License-Identifier: BSD-2-Clause */
/* One secret from another: see derive.h. */
#include "secrets/derive.h"

#include <errno.h>

#include "crypto/kdf.h"

/* The number of a label's stream; protocol v0.0.1 uses only the first. */
#define STREAM_NUMBER "1"

int secrets_derive(const struct secret *from, const char *info, size_t len, struct secret *ret,
	struct error *error)
{
	_cleanup_secret_ struct secret out = SECRET_INIT;

	if (len > sizeof(out.bytes))
		return error_set(error, -E2BIG, "derive %s: more than %d bytes", info, SECRET_MAX);
	int r = crypto_hkdf(from->bytes, from->len, STREAM_NUMBER, info, out.bytes, len, error);
	if (r < 0)
		return error_prefix(error, r, "derive %s", info);
	out.len = len;
	*ret = out;
	return 0;
}
