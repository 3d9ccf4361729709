/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside efi/ only: why a variable could not be written or removed, and what an operator can do
 * about it.
 */
#pragma once

#include "efi/efi.h"

/* Where a write failed: the same errno means another thing before and after the firmware. */
enum efi_stage {
	EFI_STAGE_FILE,     /* opening, flags, temporary file: the kernel's answer */
	EFI_STAGE_FIRMWARE, /* write(2) or unlink(2): the firmware's, if this is efivarfs */
};

/* What was to be done; as a word of "cannot write NAME". */
enum efi_verb {
	EFI_WRITE,
	EFI_REMOVE,
};
const char *efi_verb_text(enum efi_verb verb);

/* Sets the text that begins "cannot VERB NAME: "; @code, a negative errno, is passed through. */
int efi_explain(const struct efi_dir *dir, const struct efi_name *name, enum efi_verb verb,
	enum efi_stage stage, int code, struct error *error);

/* The same for a check before the change that found too little room. Returns -ENOSPC. */
int efi_explain_no_room(
	const struct efi_dir *dir, enum efi_verb verb, const char *what, struct error *error);
