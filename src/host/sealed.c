/* SPDX-License-Identifier: BSD-2-Clause */
/* The sealed host key of the store: see sealed.h. */
#include "host/sealed.h"

static int open_sealed(const struct efi_dir *dir, const char *tpm, struct host_sealed *sealed)
{
	struct provisioned_sealed found;
	int r = provisioned_sealed_read(dir, &found, &sealed->part.error);

	if (r == 0)
		r = provisioned_unseal(&found, tpm, &sealed->opened, &sealed->part.error);
	return r;
}

struct host_sealed *host_sealed_new(const struct efi_dir *dir, const char *tpm)
{
	struct host_sealed *sealed = calloc(1, sizeof(*sealed));

	if (sealed)
		sealed->part.state = provisioned_state_of(open_sealed(dir, tpm, sealed));
	return sealed;
}

void host_sealed_free(struct host_sealed *sealed)
{
	if (!sealed)
		return;
	provisioned_unsealed_wipe(&sealed->opened);
	free(sealed);
}
