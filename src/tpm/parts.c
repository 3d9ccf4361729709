/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts of a TPM's structures: see parts.h. */
#include "tpm/parts.h"

#include <string.h>

const uint8_t *tpm_read_sized(struct bytes_reader *r, size_t *ret_len)
{
	*ret_len = bytes_read_be16(r);
	return bytes_view(r, *ret_len);
}

bool tpm_read_blob(struct bytes_reader *r, struct tpm_blob *ret)
{
	size_t len;
	const uint8_t *bytes = tpm_read_sized(r, &len);

	return bytes && tpm_blob_set(ret, bytes, len);
}

bool tpm_read_name(struct bytes_reader *r, struct tpm_name *ret)
{
	size_t len;
	const uint8_t *bytes = tpm_read_sized(r, &len);

	if (!bytes || len > sizeof(ret->bytes))
		return false;
	ret->len = len;
	memcpy(ret->bytes, bytes, len);
	return true;
}
