/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a platform keeps what is provisioned: EFI NVRAM, a directory laid out as efivarfs is, or a
 * labelled file system (label.h). All of them are a struct efi_dir, so that efi/ reads, lists and
 * writes in any of them; Secure Boot and the firmware's menu are the firmware's in any case.
 */
#pragma once

#include "efi/efi.h"

enum store_kind {
	STORE_EFI,   /* EFI variables, or -E: a directory of them */
	STORE_LABEL, /* the ext4 file system with the label LABEL_NAME */
};

/* What -S and -E say. Zero is the default. */
struct store_choice {
	const char *store;   /* `efi` or `label`; NULL: `efi` */
	const char *efivars; /* the directory; NULL: EFI_VARS_PATH */
};

/* The rows of an option table, for @choice, a struct store_choice in the struct of options @type.
 */
#define STORE_OPTIONS(type, choice)                                                                \
	{ 'S', "store", CLI_TEXT, offsetof(type, choice.store), "STORE", "efi",                    \
		"where it is kept: efi, or label for the ext4 file system ST-DATA" },              \
	{                                                                                          \
		'E', "efivars", CLI_TEXT, offsetof(type, choice.efivars), "DIR", EFI_VARS_PATH,    \
			"directory of EFI variables"                                               \
	}

/* -EINVAL with a text that names the option: another store, or both options. */
int store_choice_check(
	const struct store_choice *choice, enum store_kind *ret, struct error *error) MUST_CHECK;
/* The directory of EFI variables. */
const char *store_choice_efivars(const struct store_choice *choice);

/* What the store is opened for. */
enum store_access {
	STORE_READ, /* nothing is written, not even a directory made */
	STORE_CHANGE,
};

struct store {
	enum store_kind kind;
	struct efi_dir dir; /* what is provisioned */
	/* STORE_LABEL: */
	struct efi_dir nvram; /* fd -1: it could not be opened, and the error says why */
	struct error nvram_error;
	int mount_fd; /* the file system is mounted as long as this is open */
	bool empty;   /* STORE_READ: there is no directory of stprov on it, and dir is empty */
	bool unclean; /* it was not unmounted, and the kernel recovered its journal */
};

#define STORE_INIT ((struct store){ .dir = EFI_DIR_INIT, .nvram = EFI_DIR_INIT, .mount_fd = -1 })

/*
 * Opens the store. -EINVAL as of store_choice_check(), and other errors with a text that names the
 * remedy: as of efi_open(), or as of label_open(). The file system of STORE_LABEL is mounted for
 * this process only; it is unmounted by store_close(), or when the process ends.
 */
int store_open(const struct store_choice *choice, enum store_access access, struct store *ret,
	struct error *error) MUST_CHECK;
void store_close(struct store *store);
#define _cleanup_store_ _cleanup_(store_close)

/*
 * The firmware's variables, of Secure Boot among others: the store itself, or the other directory.
 * NULL with the reason as text if there is none, or with STORE_CHANGE and another store than
 * STORE_EFI if the kernel has mounted it read-only, as it does where the firmware cannot set
 * variables while an operating system runs (UEFI 2.10 section 4.6.2).
 */
const struct efi_dir *store_firmware(
	const struct store *store, enum store_access access, struct error *error);

/* What the operator must know of where a host key is kept in the clear, one line; NULL: nothing. */
const char *store_key_note(const struct store *store);
