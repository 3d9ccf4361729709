/* SPDX-License-Identifier: BSD-2-Clause */
/* The sealed host key of the store, opened once for all parts that need it. */
#pragma once

#include "provisioned/provisioned.h"

struct host_sealed {
	/* Absent: the host key is not sealed. Good: it was opened. Otherwise it does not open. */
	struct provisioned_part part;
	struct provisioned_unsealed opened; /* if it is good */
};

/* @tpm: of tpm_access_path(). NULL without memory; the caller frees it. */
struct host_sealed *host_sealed_new(const struct efi_dir *dir, const char *tpm);
/* Wipes and frees. NULL is left. */
void host_sealed_free(struct host_sealed *sealed);
