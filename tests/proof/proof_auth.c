/* SPDX-License-Identifier: BSD-2-Clause */
/* Any file, taken for a signed variable update. */
#include "any.h"
#include "efi/auth.h"

int main(void)
{
	struct efi_auth auth;
	struct error error;
	size_t len = any_len();

	return efi_auth_parse(any_buffer, len, &auth, &error);
}
