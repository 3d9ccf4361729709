/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reason why a variable could not be written or removed, and the remedy: see explain.h.
 *
 * Linux maps the firmware's status to an errno in drivers/firmware/efi/efi.c, efi_status_to_err();
 * the statuses of SetVariable(): UEFI 2.10 section 8.2.
 */
#include "efi/explain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "efi/usage.h"

/* Size of one hint: the path, twice, and words. */
#define HINT_MAX 640

/* The key that must sign an update (UEFI 2.10 section 32.3). */
static const char *signer_of(const struct efi_name *name)
{
	if (name == &efi_pk)
		return "PK must be signed with its own key";
	if (name == &efi_kek)
		return "KEK must be signed with the key of PK";
	return "db and dbx must be signed with the key of KEK";
}

/* What fills the space; empty if the firmware's own variables do. */
static void dumps_hint(const struct efi_dir *dir, char out[HINT_MAX])
{
	struct efi_usage usage = { .dumps = 0 };
	struct error ignored;

	out[0] = '\0';
	(void)!efi_usage_read(dir, &usage, &ignored);
	if (usage.dumps > 0)
		snprintf(out, HINT_MAX,
			": %zu crash %s %llu byte%s: save and delete %s, and reboot", usage.dumps,
			text_plural(
				usage.dumps, "dump dump-type0-* holds", "dumps dump-type0-* hold"),
			(unsigned long long)usage.dumps_bytes,
			text_plural(usage.dumps_bytes, "", "s"),
			text_plural(usage.dumps, "it", "them"));
	else if (dir->efivarfs)
		snprintf(out, HINT_MAX,
			": delete variables that are not needed, and reboot so that the "
			"firmware frees their space");
}

const char *efi_verb_text(enum efi_verb verb)
{
	static const char *const texts[] = {
		[EFI_WRITE] = "write",
		[EFI_REMOVE] = "remove",
		[EFI_HIDE] = "take from other users the variable",
	};

	return texts[verb];
}

int efi_explain_no_room(
	const struct efi_dir *dir, enum efi_verb verb, const char *what, struct error *error)
{
	char hint[HINT_MAX];

	dumps_hint(dir, hint);
	return error_set(error, -ENOSPC, "cannot %s %s: no room in %s%s", efi_verb_text(verb), what,
		dir->efivarfs ? "NVRAM" : dir->path, hint);
}

/* Failures before the call of the firmware, and all failures in a plain directory. */
static void file_hint(const struct efi_dir *dir, int code, char out[HINT_MAX])
{
	switch (code) {
	case -EROFS:
		snprintf(out, HINT_MAX, "%s is mounted read-only: mount -o remount,rw %s",
			dir->path, dir->path);
		return;
	case -EPERM:
	case -EACCES:
		snprintf(out, HINT_MAX, "not permitted in %s: run stprov as root%s", dir->path,
			dir->efivarfs ? ", and not in a container" : "");
		return;
	case -ENOENT:
		snprintf(out, HINT_MAX, "%s is gone%s", dir->path,
			dir->efivarfs ? ": mount -t efivarfs efivarfs " EFI_VARS_PATH : "");
		return;
	case -ELOOP:
	case -EISDIR:
		snprintf(
			out, HINT_MAX, "its file in %s is a link or not a regular file", dir->path);
		return;
	default:
		snprintf(out, HINT_MAX, "%s", strerror(-code));
	}
}

static void firmware_hint(const struct efi_name *name, int code, char out[HINT_MAX])
{
	switch (code) {
	case -EACCES:
		snprintf(out, HINT_MAX, "the firmware did not accept %s%s",
			name->authenticated ? "the signature: " : "it (security violation)",
			name->authenticated ? signer_of(name) : "");
		return;
	case -EINVAL:
		snprintf(out, HINT_MAX, "the firmware refused it as invalid%s",
			name->authenticated
				? ": is it the right .auth file, and is the platform in "
				  "Setup Mode?"
				: "");
		return;
	case -EROFS:
		snprintf(out, HINT_MAX, "the firmware has write-protected it");
		return;
	case -EPERM:
		snprintf(out, HINT_MAX, "the kernel does not permit it (lockdown, or not root)");
		return;
	case -EINTR:
		snprintf(out, HINT_MAX, "the firmware aborted the write");
		return;
	case -EIO:
		snprintf(out, HINT_MAX, "the firmware reported an error of its NVRAM");
		return;
	default:
		snprintf(out, HINT_MAX, "the firmware refused it: %s", strerror(-code));
	}
}

int efi_explain(const struct efi_dir *dir, const struct efi_name *name, enum efi_verb verb,
	enum efi_stage stage, int code, struct error *error)
{
	char hint[HINT_MAX];

	if (code == -ENOSPC || code == -EDQUOT)
		return efi_explain_no_room(dir, verb, name->name, error);
	if (dir->efivarfs && stage == EFI_STAGE_FIRMWARE)
		firmware_hint(name, code, hint);
	else
		file_hint(dir, code, hint);
	return error_set(error, code, "cannot %s %s: %s", efi_verb_text(verb), name->name, hint);
}
