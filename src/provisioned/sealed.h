/* SPDX-License-Identifier: BSD-2-Clause */
/* The sealed host key of a store: its text, and opening it with the TPM. */
#pragma once

#include "efi/efi.h"
#include "hostkey/hostkey.h"
#include "tpm/access.h"

/* Positive results of the functions that read one part, beside EFI_E_ABSENT. */
enum {
	PROVISIONED_E_BAD = 16, /* there is something, and it is not what it should be */
};

/* STHostKeySealed, read; what is sealed is not known. */
struct provisioned_sealed {
	struct tpm_sealed_key key;
	char public[HOSTKEY_PUBLIC_MAX], fingerprint[HOSTKEY_FINGERPRINT_MAX];
};

/* EFI_E_ABSENT, PROVISIONED_E_BAD, or a negative errno; with a text. */
int provisioned_sealed_read(
	const struct efi_dir *efi, struct provisioned_sealed *ret, struct error *error) MUST_CHECK;

/* What was sealed. */
struct provisioned_unsealed {
	struct hostkey key; /* its PEM as STHostKey would have it */
	uint8_t files_key[TPM_SECRET_FILES_SIZE];
};

void provisioned_unsealed_wipe(struct provisioned_unsealed *unsealed);
#define _cleanup_unsealed_ _cleanup_(provisioned_unsealed_wipe)

/*
 * Opens it. @tpm: of tpm_access_path(); NULL: no TPM is to be touched, which is -EPERM.
 * PROVISIONED_E_BAD: the TPM does not open it, with the sentence why, or what it opened is not the
 * seed of the public key: signing with the two together would give the seed away. A negative
 * errno: the TPM could not be asked; with a text.
 */
int provisioned_unseal(const struct provisioned_sealed *sealed, const char *tpm,
	struct provisioned_unsealed *ret, struct error *error) MUST_CHECK;

/* Whether it would open now. 0, TPM_OPEN_E_... or a negative errno; the text is the same. */
int provisioned_sealed_match(struct tpm_access *access, const struct provisioned_sealed *sealed,
	struct error *error) MUST_CHECK;
