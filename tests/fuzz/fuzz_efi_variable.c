/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of a variable's file: attributes and data, SetupMode, OsIndications. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "efi/variable.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool cond)
{
	if (!cond)
		abort();
}

static void check_data(const uint8_t *data, size_t len)
{
	uint8_t out[EFI_OS_INDICATIONS_SIZE];
	uint64_t bits;
	bool setup;

	if (efi_decode_os_indications(data, len, &bits) == 0) {
		efi_encode_os_indications(bits, out);
		must(len == sizeof(out) && memcmp(out, data, len) == 0);
	}
	if (efi_decode_flag(data, len, &setup) == 0)
		must(len == 1 && data[0] == setup);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_efi_raw_ struct efi_raw raw = { 0 }, again = { 0 };
	const struct efi_dir dir = EFI_DIR_INIT;
	struct efi_name name = efi_host_name;
	struct error error = ERROR_INIT;
	const uint8_t *view;
	size_t len;

	raw.bytes = malloc(size > 0 ? size : 1);
	must(raw.bytes);
	memcpy(raw.bytes, data, size);
	raw.len = size;
	if (efi_raw_decode(&dir, &raw, &name.attributes, &view, &len) < 0) {
		must(size < EFI_ATTRIBUTES_SIZE);
		return 0;
	}
	check_data(view, len);
	must(efi_raw_encode(&dir, &name, name.attributes, view, len, &again, &error) == 0);
	must(efi_raw_same(&raw, &again));
	return 0;
}
