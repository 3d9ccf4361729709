/* SPDX-License-Identifier: BSD-2-Clause */
/* The unique device secret and what is derived from it: see uds.h. */
#include "secrets/uds.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "secrets/derive.h"

/* An empty struct secret is not a UDS: anyone could compute the values derived from it. */
static int derive_from_uds(const struct secret *uds, const char *info, size_t len,
	struct secret *ret, struct error *error)
{
	if (uds->len != UDS_SIZE)
		return error_set(
			error, -EINVAL, "the unique device secret is not %d bytes", UDS_SIZE);
	return secrets_derive(uds, info, len, ret, error);
}

int uds_mix(const uint8_t platform[UDS_ENTROPY_SIZE], const uint8_t received[UDS_ENTROPY_SIZE],
	struct secret *ret_uds, struct error *error)
{
	_cleanup_secret_ struct secret both = SECRET_INIT;

	memcpy(both.bytes, platform, UDS_ENTROPY_SIZE);
	memcpy(both.bytes + UDS_ENTROPY_SIZE, received, UDS_ENTROPY_SIZE);
	both.len = 2 * UDS_ENTROPY_SIZE;
	return secrets_derive(&both, "stprov:uds", UDS_SIZE, ret_uds, error);
}

/* These are shown to the operator, so the text need not be wiped. */
static int derive_hex(
	const struct secret *uds, const char *info, char out[UDS_HEX_LEN + 1], struct error *error)
{
	_cleanup_secret_ struct secret value = SECRET_INIT;
	int r = derive_from_uds(uds, info, UDS_HEX_LEN / 2, &value, error);

	if (r < 0)
		return r;
	text_format_hex(value.bytes, value.len, out);
	return 0;
}

int uds_identity(const struct secret *uds, char out[UDS_HEX_LEN + 1], struct error *error)
{
	return derive_hex(uds, "stprov:uds:identity", out, error);
}

int uds_authentication(const struct secret *uds, char out[UDS_HEX_LEN + 1], struct error *error)
{
	return derive_hex(uds, "stprov:uds:authentication", out, error);
}

int uds_ssh(const struct secret *uds, struct secret *ret_ssh, struct error *error)
{
	return derive_from_uds(uds, "stprov:uds:ssh", UDS_SSH_SIZE, ret_ssh, error);
}
