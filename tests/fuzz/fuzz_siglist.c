/* SPDX-License-Identifier: BSD-2-Clause */
/* efi_siglist_read(): the content of PK, KEK, db and dbx, from firmware or a plain directory. */
#include <stdint.h>
#include <stdlib.h>

#include "efi/siglist.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool cond)
{
	if (!cond)
		abort();
}

/* All signatures lie in the input, and are touched. */
static void check_list(const struct efi_siglist *list, const uint8_t *data, size_t size)
{
	uint8_t touched = 0;
	char text[EFI_GUID_TEXT_MAX];

	for (size_t i = 0; i < list->n; i++) {
		struct efi_signature s = efi_siglist_get(list, i);
		must(s.owner >= data && s.len > 0 && s.data + s.len <= data + size);
		efi_guid_format(s.owner, text);
		must(text[EFI_GUID_TEXT_MAX - 1] == '\0' && text[8] == '-');
		touched |= s.data[0] | s.data[s.len - 1];
	}
	/* So that the compiler keeps it. */
	__asm__ volatile("" : : "r"(touched));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes_reader r = bytes_reader(data, size);
	struct efi_siglist_fault fault = { .what = NULL };
	struct efi_siglist list;
	size_t left = size;
	int result;

	while ((result = efi_siglist_read(&r, &list, &fault)) == 0) {
		must(bytes_left(&r) < left);
		left = bytes_left(&r);
		check_list(&list, data, size);
	}
	must(result == EFI_E_END ? bytes_left(&r) == 0 : fault.what && fault.offset <= left);
	return 0;
}
