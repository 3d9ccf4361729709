/*
 * Secure Boot: Setup Mode, the key variables, and the firmware's menu.
 *
 * UEFI 2.10 sections 3.3 (SetupMode), 8.5.4 (OsIndications) and 32.3 (the order of keys).
 */
#include "efi/secureboot.h"

#include <errno.h>

#include "efi/variable.h"

/* EFI_OS_INDICATIONS_BOOT_TO_FW_UI. */
#define BOOT_TO_FIRMWARE_MENU 0x1U

int efi_setup_mode(const struct efi_dir *dir, struct error *error)
{
	_cleanup_free_ uint8_t *data = NULL;
	size_t len = 0;
	bool setup;
	int r = efi_read(dir, &efi_setup_mode_name, &data, &len, error);

	/* These two have read something: it is odd, not unreadable. */
	if (r == -EINVAL || r == -EFBIG)
		return error_prefix(error, -EINVAL, "cannot tell whether this is Setup Mode");
	if (r != 0)
		return error_prefix(error, EFI_E_UNKNOWN, "cannot tell whether this is Setup Mode");
	if (efi_decode_setup_mode(data, len, &setup) < 0)
		return error_set(error, -EINVAL,
			"cannot tell whether this is Setup Mode: SetupMode is not one byte of 0 or "
			"1 "
			"(%zu bytes, first 0x%02x)",
			len, len > 0 ? data[0] : 0);
	if (!setup)
		return error_set(error, EFI_E_USER_MODE,
			"the platform is not in Setup Mode: clear its Secure Boot keys in the "
			"firmware's menu first");
	return 0;
}

static int add(struct efi_txn *txn, const struct efi_name *name, const struct efi_blob *blob,
	struct error *error)
{
	return efi_txn_add(txn, name, blob->data, blob->len, error);
}

int efi_secureboot_add(
	struct efi_txn *txn, const struct efi_secureboot_keys *keys, struct error *error)
{
	int r = add(txn, &efi_pk, &keys->pk, error);

	if (r == 0)
		r = add(txn, &efi_kek, &keys->kek, error);
	if (r == 0)
		r = add(txn, &efi_db, &keys->db, error);
	if (r == 0 && keys->dbx.len > 0)
		r = add(txn, &efi_dbx, &keys->dbx, error);
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
		return error_set(error, -EINVAL, "OsIndications is damaged: %zu bytes, not %d", len,
			EFI_OS_INDICATIONS_SIZE);
	efi_encode_os_indications(bits | BOOT_TO_FIRMWARE_MENU, out);
	return efi_write(dir, &efi_os_indications, out, sizeof(out), error);
}
