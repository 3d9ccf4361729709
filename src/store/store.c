/* SPDX-License-Identifier: BSD-2-Clause */
/* The choice of a store, and opening it: see store.h. */
#include "store/store.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "efi/usage.h"
#include "store/label.h"

#define SHOWN_MAX 64

int store_choice_check(const struct store_choice *choice, enum store_kind *ret, struct error *error)
{
	char shown[SHOWN_MAX];

	if (choice->store && choice->efivars)
		return error_set(error, -EINVAL, "-S and -E exclude each other");
	*ret = STORE_EFI;
	if (!choice->store || strcmp(choice->store, "efi") == 0)
		return 0;
	*ret = STORE_LABEL;
	if (strcmp(choice->store, "label") == 0)
		return 0;
	text_printable(choice->store, strlen(choice->store), shown, sizeof(shown));
	return error_set(error, -EINVAL, "-S: \"%s\" is not a store: efi or label", shown);
}

const char *store_choice_efivars(const struct store_choice *choice)
{
	return choice->efivars ? choice->efivars : EFI_VARS_PATH;
}

static int open_label(enum store_access purpose, struct store *store, struct error *error)
{
	struct label_fs fs = LABEL_FS_INIT;
	int r = label_open(purpose == STORE_CHANGE, &fs, error);

	if (r < 0)
		return r;
	store->dir = fs.dir;
	store->mount_fd = fs.mount_fd;
	store->empty = fs.empty;
	store->unclean = fs.unclean;
	if (efi_open(EFI_VARS_PATH, &store->nvram, &store->nvram_error) < 0)
		store->nvram = EFI_DIR_INIT;
	/* What efi_open() says of it names -E, which is for another store. */
	if (store->nvram.fd < 0 && access(EFI_FIRMWARE_PATH, F_OK) < 0)
		(void)error_set(&store->nvram_error, -ENOENT,
			"this machine did not boot by UEFI (there is no " EFI_FIRMWARE_PATH ")");
	return 0;
}

int store_open(const struct store_choice *choice, enum store_access access, struct store *ret,
	struct error *error)
{
	struct store store = STORE_INIT;
	int r = store_choice_check(choice, &store.kind, error);

	if (r == 0 && store.kind == STORE_LABEL)
		r = open_label(access, &store, error);
	else if (r == 0)
		r = efi_open(store_choice_efivars(choice), &store.dir, error);
	if (r < 0)
		return r;
	*ret = store;
	return 0;
}

void store_close(struct store *store)
{
	efi_close(&store->dir);
	efi_close(&store->nvram);
	cleanup_close(&store->mount_fd);
}

const struct efi_dir *store_firmware(
	const struct store *store, enum store_access access, struct error *error)
{
	struct efi_usage usage;

	if (store->kind == STORE_EFI)
		return &store->dir;
	if (store->nvram.fd < 0) {
		*error = store->nvram_error;
		return NULL;
	}
	if (access == STORE_READ)
		return &store->nvram;
	if (efi_usage_read(&store->nvram, &usage, error) < 0)
		return NULL;
	if (!usage.read_only)
		return &store->nvram;
	(void)error_set(error, -EROFS,
		"this firmware sets no variable while Linux runs (efivarfs is mounted read-only)");
	return NULL;
}

const char *store_key_note(const struct store *store)
{
	return store->kind == STORE_LABEL
		       ? "anyone who reads the disk has the host key; --seal tpm protects it"
		       : NULL;
}
