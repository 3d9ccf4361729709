/* SPDX-License-Identifier: BSD-2-Clause */
/* Claiming the store for a command: see claim.h. */
#include "setup/claim.h"

#include "base/log.h"

int setup_claim(
	const struct efi_dir *dir, const char *what, struct efi_claim *ret, struct error *error)
{
	int r = efi_claim(dir, what, ret, error);

	if (r == EFI_E_UNCLAIMED)
		log_line("warning: %s", error->text);
	return r < 0 ? r : 0;
}
