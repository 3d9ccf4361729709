/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside efi/ only: messages about a failed write or removal, with the remedy for the operator.
 */
#pragma once

#include "efi/efi.h"

/* Where a write failed: the meaning of an errno depends on it. */
enum efi_stage {
	EFI_STAGE_FILE,     /* opening, flags, temporary file: the kernel's answer */
	EFI_STAGE_FIRMWARE, /* write(2) or unlink(2): the firmware's, if this is efivarfs */
};

/* The failed operation; a word of "cannot write NAME". */
enum efi_verb {
	EFI_WRITE,
	EFI_REMOVE,
	EFI_HIDE,
};
const char *efi_verb_text(enum efi_verb verb);

/* Sets the text that begins "cannot VERB NAME: "; @code, a negative errno, is passed through. */
int efi_explain(const struct efi_dir *dir, const struct efi_name *name, enum efi_verb verb,
	enum efi_stage stage, int code, struct error *error);

/* The same for a check that found too little space before the change. Returns -ENOSPC. */
int efi_explain_no_room(
	const struct efi_dir *dir, enum efi_verb verb, const char *what, struct error *error);
