/* SPDX-License-Identifier: BSD-2-Clause */
/* enrol_check(): four signed updates, each after its length in two bytes, little endian. */
#include <stdint.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "enrol/enrol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes_reader r = bytes_reader(data, size);
	struct efi_secureboot_keys keys = { 0 };
	enum efi_sb which = EFI_SB_N;
	struct error error = ERROR_INIT;

	for (int i = 0; i < EFI_SB_N; i++) {
		size_t len = bytes_read_le16(&r);
		keys.blobs[i].data = len > 0 ? bytes_view(&r, len) : NULL;
		keys.blobs[i].len = keys.blobs[i].data ? len : 0;
	}
	int result = enrol_check(&keys, &which, &error);
	if (result < 0 && (!error.text[0] || which >= EFI_SB_N))
		abort();
	/* PK is never appended to. */
	if (result == 0 && keys.append[EFI_SB_PK])
		abort();
	return 0;
}
