/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any signature lists, one after the other. efi_siglist_read() leaves a list whose signatures
 * together are at most the bytes that it has viewed: an assertion of SIGLIST in targets.py. So
 * efi_siglist_get() is given each such list, and each index.
 */
#include "any.h"
#include "efi/siglist.h"

static bool look_at(struct efi_signature signature)
{
	return signature.owner[0] == signature.owner[EFI_GUID_SIZE - 1] ||
	       signature.data[0] == signature.data[signature.len - 1];
}

static void get_from_any(void)
{
	size_t size = Frama_C_interval(EFI_GUID_SIZE + 1, ANY_SIZE), n, index;

	//@ split size;
	n = Frama_C_interval(1, ANY_SIZE / size);
	//@ split n;
	index = Frama_C_interval(0, n - 1);
	look_at(efi_siglist_get(
		&(struct efi_siglist){ .signatures = any_bytes(n * size), .size = size, .n = n },
		index));
}

int main(void)
{
	struct efi_siglist list;
	struct efi_siglist_fault fault;
	struct bytes_reader r = bytes_reader(any_buffer, any_len());

	while (efi_siglist_read(&r, &list, &fault) == 0)
		;
	get_from_any();
	return 0;
}
