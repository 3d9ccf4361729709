/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Secure Boot: Setup Mode, the key variables, and the firmware's menu.
 *
 * UEFI 2.10 sections 3.3 (SetupMode), 8.5.4 (OsIndications) and 32.3 (the order of keys).
 */
#include "efi/secureboot.h"

#include <errno.h>

#include "base/text.h"
#include "efi/auth.h"
#include "efi/variable.h"

/* EFI_OS_INDICATIONS_BOOT_TO_FW_UI. */
#define BOOT_TO_FIRMWARE_MENU 0x1U

int efi_read_flag(
	const struct efi_dir *dir, const struct efi_name *name, bool *ret, struct error *error)
{
	_cleanup_free_ uint8_t *data = NULL;
	size_t len = 0;
	int r = efi_read(dir, name, &data, &len, error);

	if (r != 0)
		return r;
	if (efi_decode_flag(data, len, ret) < 0)
		return error_set(error, -EINVAL,
			"%s is not one byte of 0 or 1 (%zu byte%s, first 0x%02x)", name->name, len,
			text_plural(len, "", "s"), len > 0 ? data[0] : 0);
	return 0;
}

int efi_setup_mode(const struct efi_dir *dir, struct error *error)
{
	bool setup = false;
	int r = efi_read_flag(dir, &efi_setup_mode_name, &setup, error);

	/* The variable was read, but its value is not valid: not the same as unreadable. */
	if (r == -EINVAL || r == -EFBIG)
		return error_prefix(error, -EINVAL, "cannot tell whether this is Setup Mode");
	if (r != 0)
		return error_prefix(error, EFI_E_UNKNOWN, "cannot tell whether this is Setup Mode");
	if (!setup)
		return error_set(error, EFI_E_USER_MODE,
			"the platform is not in Setup Mode: clear its Secure Boot keys in the "
			"firmware's menu first");
	return 0;
}

int efi_secureboot_lists(const struct efi_dir *dir, const struct efi_name *name, uint8_t **ret_data,
	const uint8_t **ret_lists, size_t *ret_len, struct error *error)
{
	_cleanup_free_ uint8_t *data = NULL;
	struct efi_auth auth;
	struct error ignored;
	size_t len = 0;
	int r = efi_read(dir, name, &data, &len, error);

	if (r != 0)
		return r;
	*ret_lists = data;
	*ret_len = len;
	if (!dir->efivarfs && efi_auth_parse(data, len, &auth, &ignored) == 0) {
		*ret_lists = auth.lists;
		*ret_len = auth.lists_len;
	}
	*ret_data = TAKE_PTR(data);
	return 0;
}

int efi_secureboot_add(
	struct efi_txn *txn, const struct efi_secureboot_keys *keys, struct error *error)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < EFI_SB_N; i++) {
		const struct efi_blob *blob = &keys->blobs[i];
		if (blob->len == 0 && efi_sb_variables[i].optional)
			continue;
		r = efi_txn_add_update(txn, efi_sb_variables[i].name, blob->data, blob->len,
			keys->append[i], error);
	}
	return r;
}

int efi_secureboot_write(
	const struct efi_dir *dir, const struct efi_secureboot_keys *keys, struct error *error)
{
	_cleanup_efi_txn_ struct efi_txn txn;
	int r;

	efi_txn_init(&txn, dir);
	r = efi_secureboot_add(&txn, keys, error);
	return r < 0 ? r : efi_txn_commit(&txn, error);
}

int efi_request_firmware_menu(const struct efi_dir *dir, struct error *error)
{
	_cleanup_free_ uint8_t *data = NULL;
	uint8_t out[EFI_OS_INDICATIONS_SIZE];
	uint64_t bits = 0;
	size_t len = 0;
	int r = efi_read(dir, &efi_os_indications, &data, &len, error);

	if (r < 0)
		return r;
	if (r == 0 && efi_decode_os_indications(data, len, &bits) < 0)
		return error_set(error, -EINVAL, "OsIndications is damaged: %zu byte%s, not %d",
			len, text_plural(len, "", "s"), EFI_OS_INDICATIONS_SIZE);
	efi_encode_os_indications(bits | BOOT_TO_FIRMWARE_MENU, out);
	return efi_write(dir, &efi_os_indications, out, sizeof(out), error);
}
