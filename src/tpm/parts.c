/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts of a TPM's structures: see parts.h. */
#include "tpm/parts.h"

const uint8_t *tpm_read_sized(struct bytes_reader *r, size_t *ret_len)
{
	*ret_len = bytes_read_be16(r);
	return bytes_view(r, *ret_len);
}

bool tpm_read_blob(struct bytes_reader *r, struct tpm_blob *ret)
{
	ret->len = bytes_read_be16(r);
	return ret->len <= sizeof(ret->bytes) && bytes_read(r, ret->bytes, ret->len);
}

bool tpm_read_name(struct bytes_reader *r, struct tpm_name *ret)
{
	ret->len = bytes_read_be16(r);
	return ret->len <= sizeof(ret->bytes) && bytes_read(r, ret->bytes, ret->len);
}
