/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening and claiming the store for a command: see claim.h. */
#include "setup/claim.h"

#include <errno.h>

#include "base/log.h"

int setup_open_store(const struct store_choice *choice, const char *what, struct store *ret_store,
	struct efi_claim *ret_claim, bool *ret_busy, struct error *error)
{
	int r = store_open(choice, STORE_CHANGE, ret_store, error);

	*ret_busy = false;
	if (r < 0)
		return r;
	if (ret_store->unclean)
		log_line("warning: the file system of %s was not unmounted: its journal was "
			 "recovered",
			ret_store->dir.path);
	r = efi_claim(&ret_store->dir, what, ret_claim, error);
	*ret_busy = r == -EBUSY;
	if (r == EFI_E_UNCLAIMED)
		log_line("warning: %s", error->text);
	return r < 0 ? r : 0;
}
