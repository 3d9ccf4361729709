/* SPDX-License-Identifier: BSD-2-Clause */
/* Any file of a variable: attributes and data, a flag, OsIndications. */
#include "any.h"
#include "efi/variable.h"

int main(void)
{
	const struct efi_dir dir = EFI_DIR_INIT;
	size_t len = any_len(), data_len;
	struct efi_raw raw;
	uint32_t attributes;
	const uint8_t *data;
	uint64_t bits;
	bool flag;

	//@ split len;
	raw.bytes = (uint8_t *)any_bytes(len);
	raw.len = len;
	if (efi_raw_decode(&dir, &raw, &attributes, &data, &data_len) == 0 && data_len > 0)
		flag = data[0] == data[data_len - 1];
	(void)!efi_decode_flag(any_bytes(len), len, &flag);
	return efi_decode_os_indications(any_bytes(len), len, &bits);
}
