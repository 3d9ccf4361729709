/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The variables of stprov, and how their files are called.
 *
 * Names, GUIDs and attributes: docs/efi-variables.md; those of Secure Boot and OsIndications:
 * UEFI 2.10 sections 3.3 and 32.3.
 */
#include <stdio.h>

#include "efi/efi.h"
#include "efi/secureboot.h"

#define EFI_PLAIN(n, g)                                                                            \
	{                                                                                          \
		.name = (n), .guid = (g), .attributes = EFI_ATTRIBUTES_PLAIN                       \
	}
#define EFI_SIGNED(n, g)                                                                           \
	{                                                                                          \
		.name = (n), .guid = (g), .attributes = EFI_ATTRIBUTES_AUTHENTICATED,              \
		.authenticated = true                                                              \
	}

const struct efi_name efi_host_config = EFI_PLAIN("STHostConfig", EFI_GUID_STBOOT);
const struct efi_name efi_host_name = EFI_PLAIN("STHostName", EFI_GUID_STBOOT);
const struct efi_name efi_host_key = EFI_PLAIN("STHostKey", EFI_GUID_STBOOT);
const struct efi_name efi_host_certificate = EFI_PLAIN("STHostCert", EFI_GUID_STPROV);
const struct efi_name efi_host_key_sealed = EFI_PLAIN("STHostKeySealed", EFI_GUID_STPROV);

const struct efi_name efi_pk = EFI_SIGNED("PK", EFI_GUID_GLOBAL);
const struct efi_name efi_kek = EFI_SIGNED("KEK", EFI_GUID_GLOBAL);
const struct efi_name efi_db = EFI_SIGNED("db", EFI_GUID_SECURITY);
const struct efi_name efi_dbx = EFI_SIGNED("dbx", EFI_GUID_SECURITY);

/* In the order of trust. */
const struct efi_sb_variable efi_sb_variables[EFI_SB_N] = {
	[EFI_SB_PK] = { &efi_pk, "pk", false },
	[EFI_SB_KEK] = { &efi_kek, "kek", false },
	[EFI_SB_DB] = { &efi_db, "db", false },
	[EFI_SB_DBX] = { &efi_dbx, "dbx", true },
};

/* Read only: the firmware creates them at each boot. */
const struct efi_name efi_setup_mode_name = EFI_PLAIN("SetupMode", EFI_GUID_GLOBAL);
const struct efi_name efi_secure_boot_name = EFI_PLAIN("SecureBoot", EFI_GUID_GLOBAL);
const struct efi_name efi_os_indications = EFI_PLAIN("OsIndications", EFI_GUID_GLOBAL);

void efi_file_name(
	const struct efi_dir *dir, const struct efi_name *name, char out[EFI_FILE_NAME_MAX])
{
	snprintf(out, EFI_FILE_NAME_MAX, "%s%s%s", name->name, dir->bare ? "" : "-",
		dir->bare ? "" : name->guid);
}
