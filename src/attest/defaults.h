/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PCR 12 after a boot with defaults on the boot medium: systemd-stub(7) makes an archive of the
 * file for the initramfs, and measures it. Pure, except for hashing.
 */
#pragma once

#include "tpm/types.h"

/* The largest file, in bytes, as the platform reads it. */
#define ATTEST_DEFAULTS_MAX (16 * 1024)

/* @data: of the file stprov.defaults.cred alone. -ENOMEM, -EIO with a text. */
int attest_defaults_pcr12(
	const void *data, size_t len, uint8_t out[TPM_HASH_SIZE], struct error *error) MUST_CHECK;
