/* SPDX-License-Identifier: BSD-2-Clause */
/* The sealed host key of a store: see sealed.h. */
#include "provisioned/sealed.h"

#include <errno.h>
#include <string.h>

int provisioned_sealed_read(
	const struct efi_dir *efi, struct provisioned_sealed *ret, struct error *error)
{
	_cleanup_free_ uint8_t *data = NULL;
	struct provisioned_sealed sealed;
	size_t len = 0;
	int r = efi_read(efi, &efi_host_key_sealed, &data, &len, error);

	if (r != 0)
		return r;
	r = tpm_sealed_read(data, len, &sealed.key, error);
	if (r < 0)
		return error_prefix(error, PROVISIONED_E_BAD, "STHostKeySealed cannot be used");
	r = hostkey_public_format(sealed.key.ssh_public, sealed.public, sealed.fingerprint, error);
	if (r == 0)
		*ret = sealed;
	return r;
}

void provisioned_unsealed_wipe(struct provisioned_unsealed *unsealed)
{
	secret_wipe_bytes(unsealed, sizeof(*unsealed));
}

/* Completes the text of TPM_OPEN_E_...: what is wrong with this key, or with this boot. */
static int explain(int r, struct error *error)
{
	const struct error why = *error;

	if (r == TPM_OPEN_E_PCRS)
		(void)error_set(error, 0, "sealed, does not open in this boot: %s", why.text);
	else if (r > 0)
		(void)error_set(error, 0, "sealed, %s", why.text);
	return r;
}

int provisioned_sealed_match(
	struct tpm_access *access, const struct provisioned_sealed *sealed, struct error *error)
{
	return explain(tpm_access_match(access, &sealed->key.sealed, error), error);
}

/* The parts of what was sealed. */
static int take_apart(const struct provisioned_sealed *sealed, const uint8_t *opened,
	struct provisioned_unsealed *ret, struct error *error)
{
	_cleanup_secret_ struct secret material = SECRET_INIT;
	_cleanup_unsealed_ struct provisioned_unsealed unsealed = { .files_key = { 0 } };
	int r = secret_set(&material, opened, TPM_SECRET_SEED_SIZE + TPM_SECRET_CHECK_SIZE);

	if (r < 0)
		return error_set_errno(error, r, "STHostKeySealed");
	r = hostkey_make(&material, &unsealed.key, error);
	if (r < 0)
		return r;
	if (strcmp(unsealed.key.public, sealed->public) != 0)
		return error_set(error, PROVISIONED_E_BAD,
			"STHostKeySealed holds another key than its public key says");
	memcpy(unsealed.files_key, opened + TPM_SECRET_SEED_SIZE + TPM_SECRET_CHECK_SIZE,
		sizeof(unsealed.files_key));
	*ret = unsealed;
	return 0;
}

int provisioned_unseal(const struct provisioned_sealed *sealed, const char *tpm,
	struct provisioned_unsealed *ret, struct error *error)
{
	_cleanup_tpm_access_ struct tpm_access *access = NULL;
	uint8_t opened[TPM_SECRET_SIZE];

	if (!tpm)
		return error_set(error, -EPERM,
			"STHostKeySealed: with -E no TPM is used, unless --tpm names it");
	int r = tpm_access_open(tpm, &access, error);
	if (r == 0)
		r = explain(tpm_access_unseal(access, &sealed->key.sealed, opened, error), error);
	if (r != 0)
		return error_prefix(error, r > 0 ? PROVISIONED_E_BAD : r, "STHostKeySealed");
	r = take_apart(sealed, opened, ret, error);
	secret_wipe_bytes(opened, sizeof(opened));
	return r;
}
