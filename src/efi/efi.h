/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EFI variables: files `Name-guid` of four attribute bytes (little endian) and data, on efivarfs
 * (Linux Documentation/filesystems/efivarfs.rst) or in a plain directory for trying stprov out. The
 * directory of another store (store/) has the same variables as files `Name` of data alone.
 *
 * Writing is safe in all: the immutable flag is cleared and set again even after an error, the
 * value is written with one write(2) (efivarfs) or a renamed temporary file (plain directory),
 * and read back. Several variables are written in one transaction: struct efi_txn.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* Exists on every machine that booted by UEFI; and its directory of variables. */
#define EFI_FIRMWARE_PATH "/sys/firmware/efi"
#define EFI_VARS_PATH "/sys/firmware/efi/efivars"

/* Largest variable that stprov reads or writes, in bytes without attributes. */
#define EFI_DATA_MAX (64 * 1024)

/* Attributes (UEFI 2.10 section 8.2.1). */
#define EFI_NON_VOLATILE 0x01U
#define EFI_BOOTSERVICE_ACCESS 0x02U
#define EFI_RUNTIME_ACCESS 0x04U
#define EFI_TIME_BASED_AUTHENTICATED_WRITE_ACCESS 0x20U
/* Of a write, not of a variable: the value is appended to what is there. */
#define EFI_APPEND_WRITE 0x40U
#define EFI_ATTRIBUTES_PLAIN (EFI_NON_VOLATILE | EFI_BOOTSERVICE_ACCESS | EFI_RUNTIME_ACCESS)
#define EFI_ATTRIBUTES_AUTHENTICATED                                                               \
	(EFI_ATTRIBUTES_PLAIN | EFI_TIME_BASED_AUTHENTICATED_WRITE_ACCESS)

#define EFI_GUID_STBOOT "f401f2c1-b005-4be0-8cee-f2e5945bcbe7"
/* stprov's own, for what stboot does not read. */
#define EFI_GUID_STPROV "a7e48388-fd46-4138-b562-0b2195634fa0"
#define EFI_GUID_GLOBAL "8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define EFI_GUID_SECURITY "d719b2cb-3d3a-4596-a3bc-dad00e67656f"

/* Which variable: a row of the table below. */
struct efi_name {
	const char *name; /* ASCII */
	const char *guid; /* lower case, with dashes */
	uint32_t attributes;
	/* Written as a signed update, of which firmware keeps the lists without the descriptor. */
	bool authenticated;
};

extern const struct efi_name efi_host_config, efi_host_name, efi_host_key;
extern const struct efi_name efi_host_certificate, efi_host_key_sealed;
extern const struct efi_name efi_pk, efi_kek, efi_db, efi_dbx;
extern const struct efi_name efi_setup_mode_name, efi_secure_boot_name, efi_os_indications;

/* `Name-guid` and its NUL: the longest is that of a file for an OS package (hostfile/). */
#define EFI_FILE_NAME_MAX 96

/* A directory of variables. */
struct efi_dir {
	int fd;
	bool efivarfs; /* by fstatfs(2): the kernel's efivarfs; otherwise a plain directory */
	bool bare;     /* files are named without GUID and hold no attributes */
	char path[256];
};

/* The file of a variable. */
void efi_file_name(
	const struct efi_dir *dir, const struct efi_name *name, char out[EFI_FILE_NAME_MAX]);

#define EFI_DIR_INIT ((struct efi_dir){ .fd = -1 })

/* Positive results. */
enum {
	EFI_E_ABSENT = 1, /* there is no such variable; with a text */
};

/*
 * Opens a directory of variables. -ENOENT and other errors with a text that names the remedy: on
 * the default path, that the machine did not boot by UEFI, that the kernel has no EFI runtime
 * services (efi=noruntime), or the mount command for efivarfs.
 */
int efi_open(const char *path, struct efi_dir *ret, struct error *error) MUST_CHECK;
void efi_close(struct efi_dir *dir);
#define _cleanup_efi_ _cleanup_(efi_close)

/*
 * The data of a variable without its attributes; the caller frees @ret_data (a NUL follows that
 * @ret_len does not count). EFI_E_ABSENT if there is none; -EINVAL if it is shorter than its
 * attributes; -EFBIG beyond EFI_DATA_MAX.
 */
int efi_read(const struct efi_dir *dir, const struct efi_name *name, uint8_t **ret_data,
	size_t *ret_len, struct error *error) MUST_CHECK;

/*
 * Takes a variable away from other users: its file gets the mode 0600, and the immutable flag is
 * cleared for that and set again. (In efivarfs the mode is the mount's, not the firmware's: it is
 * 0644 again after the next mount.) Nothing is changed where group and others have no permission.
 * 0; EFI_E_ABSENT, without a text; a negative errno with a text that names the remedy.
 */
int efi_make_private(
	const struct efi_dir *dir, const struct efi_name *name, struct error *error) MUST_CHECK;

/*
 * Several writes and removals in one transaction. Use: efi_txn_init, efi_txn_add or
 * efi_txn_add_removal for each, efi_txn_commit. The data is borrowed until the commit returns.
 */
#define EFI_TXN_MAX 64

/* A whole file: attributes and data. No bytes: the variable does not exist. */
struct efi_raw {
	uint8_t *bytes;
	size_t len;
};

struct efi_txn_item {
	const struct efi_name *name;
	const void *data; /* NULL: to be removed */
	size_t len;
	bool append; /* to what is there; a signed update alone */
	const struct efi_dir *dir;
	/* Filled in by the commit, held by the transaction. */
	struct efi_raw raw; /* what is to be there */
	struct efi_raw old; /* what was there before, for putting back */
};

struct efi_txn {
	const struct efi_dir *dir; /* of what is added next */
	struct efi_txn_item items[EFI_TXN_MAX];
	size_t n;
};

void efi_txn_init(struct efi_txn *txn, const struct efi_dir *dir);
/*
 * What is added from now on is in @dir, which may be the same. A transaction has at most
 * EFI_TXN_DIRS of them; it locks all of them, and puts back in all of them.
 */
#define EFI_TXN_DIRS 2
void efi_txn_use(struct efi_txn *txn, const struct efi_dir *dir);
/* Frees and wipes what the transaction holds. */
void efi_txn_deinit(struct efi_txn *txn);
#define _cleanup_efi_txn_ _cleanup_(efi_txn_deinit)

/*
 * @len: 1 to EFI_DATA_MAX, or -EINVAL (empty data would delete the variable), -EFBIG. More than
 * EFI_TXN_MAX items is a programming error (-E2BIG).
 */
int efi_txn_add(struct efi_txn *txn, const struct efi_name *name, const void *data, size_t len,
	struct error *error) MUST_CHECK;

/*
 * The same for a signed update (EFI_VARIABLE_AUTHENTICATION_2 and the value, UEFI 2.10 section
 * 8.2.2), whose form the caller has checked; -EINVAL if its descriptor is longer than @len.
 * @append: it is signed for EFI_VARIABLE_APPEND_WRITE; where there is no such variable, appending
 * makes it.
 */
int efi_txn_add_update(struct efi_txn *txn, const struct efi_name *name, const void *data,
	size_t len, bool append, struct error *error) MUST_CHECK;

/*
 * The variable is to be gone afterwards; it may be gone already. What NVRAM held stays readable in
 * the flash until the firmware reuses the place, and so do blocks of a disk.
 */
int efi_txn_add_removal(
	struct efi_txn *txn, const struct efi_name *name, struct error *error) MUST_CHECK;

/*
 * Only checks that the directory can be written to and that all of them fit (where the file system
 * says how much room there is). -ENOSPC with the numbers; nothing is changed, and the transaction
 * can still be committed.
 */
int efi_txn_try(struct efi_txn *txn, struct error *error) MUST_CHECK;

/*
 * Checks that the directory can be written to and that all of them fit (where the file system
 * says how much room there is), remembers the old values, writes or removes in the order of the
 * adds and reads each back: equal; of signed ones in efivarfs the value without the descriptor is
 * equal, or what was appended comes after what was there; or gone. If one fails, it
 * and those before it are put back as they were as far as the firmware allows, last first; the
 * text then says what failed, what was put back and what could not be. Errors are sentences an
 * operator can act on: EROFS (how to remount), ENOSPC (what fills the NVRAM: dump-type0-* files),
 * EPERM, EINVAL (firmware refused), EACCES (signature not accepted); -EBUSY if another stprov is
 * writing there and does not end within seconds.
 *
 * Signals that end a program are blocked until the end, so that ctrl-C does not interrupt it. If
 * the immutable flag cannot be set again after a good write, the commit still succeeds: the value
 * is right, and the kernel sets the flag again at the next mount.
 */
int efi_txn_commit(struct efi_txn *txn, struct error *error) MUST_CHECK;

/* One variable: a transaction of one. */
int efi_write(const struct efi_dir *dir, const struct efi_name *name, const void *data, size_t len,
	struct error *error) MUST_CHECK;
