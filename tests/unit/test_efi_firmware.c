/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * efi/ against firmware that refuses, forgets, and write-protects: this file replaces the calls
 * with which efivarfs calls the firmware (write(2), unlinkat(2), the flags' ioctl(2), statfs), on a
 * plain directory. Time is simulated, so no test waits.
 *
 * It behaves as Linux fs/efivarfs and EDK2's variable driver do: see docs/efi-variables.md.
 */
#include "efi_test.h"

#include <linux/fs.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <time.h>

#include "efi/secureboot.h"

/* A signed update here: a time, a certificate that is its own length, and what firmware keeps. */
#define DESCRIPTOR                                                                                 \
	"SIGNED UPDATE AT"                                                                         \
	"\4\0\0\0"
#define DESCRIPTOR_SIZE 20
#define ATTRIBUTES_SIZE 4
#define APPEND_WRITE 0x40

static struct firmware {
	bool on;
	const char *fail; /* writing a variable whose file begins so ... */
	int code;         /* ... ends with this errno, */
	int times;        /* this often; -1: always */
	bool brief;       /* write(2) takes one byte less */
	bool twist;       /* the firmware stores another value */
	bool forget;      /* or none */
	bool replaces;    /* what is to be appended takes the place of what was there */
	const char *keep; /* removing a variable whose file begins so ... */
	int keep_code;    /* ... ends with this errno; 0: in nothing */
	bool locks;       /* after PK is set, unsigned changes of keys are refused */
	bool user_mode;
	bool signal; /* SIGTERM comes with each write */
	uint64_t blocks, avail;
	int flags;        /* of every file */
	bool flags_stuck; /* setting the immutable flag fails */
	int64_t waited_us;
	int writes;
	char log[256]; /* what was written, in order */
} fw;

static const char *file_of(int fd, char buf[256])
{
	char link[64];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, buf, 255);
	buf[n > 0 ? n : 0] = '\0';
	return strrchr(buf, '/') ? strrchr(buf, '/') + 1 : buf;
}

static bool is_key(const char *file)
{
	return strncmp(file, "PK-", 3) == 0 || strncmp(file, "KEK-", 4) == 0 ||
	       strncmp(file, "db", 2) == 0;
}

static int refusal(const char *file, const uint8_t *data, size_t len)
{
	bool is_signed =
		len >= 4 + DESCRIPTOR_SIZE && memcmp(data + 4, DESCRIPTOR, DESCRIPTOR_SIZE) == 0;

	if (fw.fail && fw.times != 0 && strncmp(file, fw.fail, strlen(fw.fail)) == 0) {
		fw.times -= fw.times > 0;
		return fw.code;
	}
	return is_key(file) && !is_signed ? EACCES : 0;
}

/* SetVariable(): the whole new value, without its descriptor. */
static ssize_t set_variable(int fd, const char *file, const uint8_t *data, size_t len)
{
	size_t skip = is_key(file) ? DESCRIPTOR_SIZE : 0;
	uint8_t attributes[ATTRIBUTES_SIZE];
	struct stat st;
	off_t at = ATTRIBUTES_SIZE;

	strncat(fw.log, file, strcspn(file, "-"));
	strcat(fw.log, " ");
	memcpy(attributes, data, sizeof(attributes));
	if (fw.forget)
		return (ssize_t)len;
	if ((attributes[0] & APPEND_WRITE) && !fw.replaces && fstat(fd, &st) == 0 &&
		st.st_size > at)
		at = st.st_size;
	else if (ftruncate(fd, 0) < 0)
		return -1;
	/* The attribute is of the write, not of the variable. */
	attributes[0] &= (uint8_t)~APPEND_WRITE;
	len -= ATTRIBUTES_SIZE;
	if (pwrite(fd, attributes, ATTRIBUTES_SIZE, 0) < 0 ||
		pwrite(fd, data + ATTRIBUTES_SIZE + skip, len - skip, at) < 0)
		return -1;
	if (fw.twist && pwrite(fd, "?", 1, at + (off_t)(len - skip) - 1) < 0)
		return -1;
	len += ATTRIBUTES_SIZE;
	fw.user_mode |= fw.locks && strncmp(file, "PK-", 3) == 0;
	return (ssize_t)(fw.brief ? len - 1 : len);
}

ssize_t write(int fd, const void *buf, size_t len)
{
	char path[256];
	const char *file = file_of(fd, path);

	if (!fw.on || strncmp(path, "/tmp/stprov-efi-", 16) != 0)
		return syscall(SYS_write, fd, buf, len);
	fw.writes++;
	if (fw.signal)
		raise(SIGTERM);
	errno = refusal(file, buf, len);
	return errno ? -1 : set_variable(fd, file, buf, len);
}

int unlinkat(int dir_fd, const char *file, int flags)
{
	struct stat st;

	/* Firmware in User Mode does not remove keys; removing a missing one succeeds. */
	if (fw.on && fw.user_mode && is_key(file) && fstatat(dir_fd, file, &st, 0) == 0 &&
		st.st_size > 0) {
		errno = EINVAL;
		return -1;
	}
	if (fw.on && fw.keep && strncmp(file, fw.keep, strlen(fw.keep)) == 0) {
		errno = fw.keep_code;
		return errno ? -1 : 0;
	}
	return (int)syscall(SYS_unlinkat, dir_fd, file, flags);
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	int *flags;

	va_start(args, request);
	flags = va_arg(args, int *);
	va_end(args);
	if (!fw.on)
		return (int)syscall(SYS_ioctl, fd, request, flags);
	if (request == FS_IOC_GETFLAGS)
		*flags = fw.flags;
	else if (fw.flags_stuck && (*flags & FS_IMMUTABLE_FL))
		errno = EIO;
	else
		fw.flags = *flags;
	return fw.flags_stuck && request == FS_IOC_SETFLAGS && *flags ? -1 : 0;
}

int fstatvfs(int fd, struct statvfs *st)
{
	(void)fd;
	*st = (struct statvfs){ .f_bsize = 1,
		.f_frsize = 1,
		.f_blocks = fw.blocks,
		.f_bfree = fw.avail + 5120,
		.f_bavail = fw.avail };
	return 0;
}

int usleep(useconds_t us)
{
	fw.waited_us += us;
	return 0;
}

int clock_gettime(clockid_t clock, struct timespec *ts)
{
	long r = syscall(SYS_clock_gettime, clock, ts);

	ts->tv_sec += (time_t)(fw.waited_us / 1000000);
	return (int)r;
}

static void firmware_init(struct play *p)
{
	fw = (struct firmware){ .times = -1 };
	play_init(p);
	p->dir.efivarfs = true;
	fw.on = true;
}

static void firmware_deinit(struct play *p)
{
	fw.on = false;
	play_deinit(p);
}

/* The state before the test. */
static void preset(const struct play *p, const char *file, const void *data, size_t len)
{
	fw.on = false;
	put(p, file, data, len);
	fw.on = true;
}

#define _cleanup_firmware_ _cleanup_(firmware_deinit)

static const struct efi_secureboot_keys keys = {
	.blobs[EFI_SB_PK] = { (const uint8_t *)DESCRIPTOR "pk", 22 },
	.blobs[EFI_SB_KEK] = { (const uint8_t *)DESCRIPTOR "kek", 23 },
	.blobs[EFI_SB_DB] = { (const uint8_t *)DESCRIPTOR "db", 22 },
	.blobs[EFI_SB_DBX] = { (const uint8_t *)DESCRIPTOR "dbx", 23 },
};

static void each_variable_is_one_write_in_the_order_of_trust(void)
{
	_cleanup_firmware_ struct play p;
	struct error error = ERROR_INIT;

	firmware_init(&p);
	tap_eq_int(efi_secureboot_write(&p.dir, &keys, &error), 0);
	tap_eq_text(fw.log, "PK KEK db dbx ");
	tap_eq_int(fw.writes, 4);
	tap_file(&p, GLOBAL("KEK"), "\x27\0\0\0kek", 7);
}

/* dbx alone, appended to what was there. */
static int append(struct play *p, struct error *error)
{
	_cleanup_efi_txn_ struct efi_txn txn;

	efi_txn_init(&txn, &p->dir);
	int r = efi_txn_add_update(&txn, &efi_dbx, DESCRIPTOR "new", 23, true, error);
	return r < 0 ? r : efi_txn_commit(&txn, error);
}

static void what_is_signed_for_appending_is_appended(void)
{
	_cleanup_firmware_ struct play p;
	struct error error = ERROR_INIT;

	firmware_init(&p);
	tap_eq_int(append(&p, &error), 0);
	tap_file(&p, SECURITY("dbx"), "\x27\0\0\0new", 7);
	tap_eq_int(append(&p, &error), 0);
	tap_file(&p, SECURITY("dbx"), "\x27\0\0\0newnew", 10);
}

static void what_the_firmware_keeps_of_an_update_is_compared(void)
{
	_cleanup_firmware_ struct play p;
	struct error error = ERROR_INIT;

	firmware_init(&p);
	fw.twist = true;
	tap_eq_int(efi_secureboot_write(&p.dir, &keys, &error), -EIO);
	tap_eq_text(error.text, "cannot write PK: what was read back differs; "
				"put back as before: PK");
	tap_eq_int(append(&p, &error), -EIO);
	fw.twist = false;
	/* An append of what was there already, and one that replaced it. */
	preset(&p, SECURITY("dbx"), "\x27\0\0\0old", 7);
	fw.forget = true;
	tap_eq_int(append(&p, &error), 0);
	tap_file(&p, SECURITY("dbx"), "\x27\0\0\0old", 7);
	fw.forget = false;
	fw.replaces = true;
	tap_eq_int(append(&p, &error), -EIO);
	tap_has(error.text, "cannot write dbx: what was read back differs");
}

static void an_update_without_a_value_is_not_written(void)
{
	_cleanup_firmware_ struct play p;
	_cleanup_efi_txn_ struct efi_txn txn;
	struct error error = ERROR_INIT;

	firmware_init(&p);
	efi_txn_init(&txn, &p.dir);
	tap_eq_int(efi_txn_add_update(&txn, &efi_dbx, DESCRIPTOR, 20, false, &error), -EINVAL);
	tap_eq_text(error.text, "cannot write dbx: a signed update without a value");
	tap_eq_int(efi_txn_add_update(&txn, &efi_dbx, DESCRIPTOR, 19, false, &error), -EINVAL);
	tap_eq_int(txn.n, 0);
}

static void a_wrong_chain_is_named_and_undone(void)
{
	_cleanup_firmware_ struct play p;
	struct error error = ERROR_INIT;

	firmware_init(&p);
	fw.fail = "KEK-";
	fw.code = EACCES;
	tap_eq_int(efi_secureboot_write(&p.dir, &keys, &error), -EACCES);
	tap_eq_text(error.text, "cannot write KEK: the firmware did not accept the signature: "
				"KEK must be signed with the key of PK; put back as before: PK");
	tap_eq_int(count_files(&p), 0);
}

static void what_the_firmware_does_not_give_back_is_said(void)
{
	_cleanup_firmware_ struct play p;
	struct error error = ERROR_INIT;

	firmware_init(&p);
	fw.fail = "db-";
	fw.code = EACCES;
	fw.locks = true;
	tap_eq_int(efi_secureboot_write(&p.dir, &keys, &error), -EACCES);
	tap_eq_text(error.text,
		"cannot write db: the firmware did not accept the signature: db and dbx must be "
		"signed with the key of KEK; NOT put back: KEK, PK (Invalid argument): clear the "
		"Secure Boot keys in the firmware's menu");
	tap_file(&p, GLOBAL("PK"), "\x27\0\0\0pk", 6);
	tap_no_file(&p, SECURITY("db"));
}

static void one_that_is_lost_does_not_stop_the_others(void)
{
	_cleanup_firmware_ struct play p;
	_cleanup_efi_txn_ struct efi_txn txn;
	struct error error = ERROR_INIT;

	firmware_init(&p);
	preset(&p, STBOOT("STHostName"), "\x07\0\0\0old", 7);
	fw.locks = true;
	fw.fail = "STHostConfig";
	fw.code = EINVAL;
	efi_txn_init(&txn, &p.dir);
	tap_eq_int(efi_txn_add(&txn, &efi_host_name, "new", 3, &error), 0);
	tap_eq_int(efi_txn_add(&txn, &efi_pk, DESCRIPTOR "pk", 22, &error), 0);
	tap_eq_int(efi_txn_add(&txn, &efi_host_config, "{}", 2, &error), 0);
	tap_eq_int(efi_txn_commit(&txn, &error), -EINVAL);
	tap_eq_text(error.text, "cannot write STHostConfig: the firmware refused it as invalid; "
				"put back as before: "
				"STHostName; NOT put back: PK (Invalid argument): clear the Secure "
				"Boot keys in the "
				"firmware's menu");
	tap_file(&p, STBOOT("STHostName"), "\x07\0\0\0old", 7);
	tap_no_file(&p, STBOOT("STHostConfig"));
}

static void errors_are_sentences(void)
{
	static const struct {
		int code;
		const char *text;
	} rows[] = {
		{ EINVAL, "the firmware refused it as invalid" },
		{ EACCES, "the firmware did not accept it (security violation)" },
		{ EROFS, "the firmware has write-protected it" },
		{ EPERM, "the kernel does not permit it (lockdown, or not root)" },
		{ EIO, "the firmware reported an error of its NVRAM" },
		{ EINTR, "the firmware aborted the write" },
		{ ENOSPC, "no room in NVRAM: delete variables that are not needed, and reboot so "
			  "that the firmware frees their space" },
		{ ENOSYS, "the firmware refused it: Function not implemented" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_firmware_ struct play p;
		struct error error = ERROR_INIT;
		char want[ERROR_TEXT_MAX];
		firmware_init(&p);
		fw.fail = "STHostKey";
		fw.code = rows[i].code;
		snprintf(want, sizeof(want), "cannot write STHostKey: %s; nothing was changed",
			rows[i].text);
		tap_eq_int(efi_write(&p.dir, &efi_host_key, "PEM", 3, &error), -rows[i].code);
		tap_eq_text(error.text, want);
		/* Not even the empty file of a variable that was never set. */
		tap_eq_int(count_files(&p), 0);
	}
}

static void an_interrupted_write_is_tried_again(void)
{
	_cleanup_firmware_ struct play p;
	struct error error = ERROR_INIT;

	firmware_init(&p);
	fw.fail = "STHostKey";
	fw.code = EINTR;
	fw.times = 3;
	tap_eq_int(efi_write(&p.dir, &efi_host_key, "PEM", 3, &error), 0);
	tap_eq_int(fw.writes, 4);
}

static void firmware_that_stores_something_else_is_found_out(void)
{
	_cleanup_firmware_ struct play p;
	struct error error = ERROR_INIT;

	firmware_init(&p);
	fw.twist = true;
	tap_eq_int(efi_write(&p.dir, &efi_host_key, "PEM", 3, &error), -EIO);
	tap_eq_text(error.text, "cannot write STHostKey: what was read back differs; "
				"put back as before: STHostKey");
	tap_eq_int(count_files(&p), 0);
	fw.twist = false;
	fw.forget = true;
	tap_eq_int(efi_write(&p.dir, &efi_pk, DESCRIPTOR "pk", 22, &error), -EIO);
	tap_has(error.text,
		"cannot write PK: it is not there after the write; nothing was changed");
	fw.forget = false;
	fw.brief = true;
	tap_eq_int(efi_write(&p.dir, &efi_host_key, "PEM", 3, &error), -EIO);
	tap_eq_int(unlinkat(p.dir.fd, GLOBAL("PK"), 0), 0);
	tap_eq_int(count_files(&p), 0);
}

static void the_immutable_flag_is_back_whatever_happened(void)
{
	_cleanup_firmware_ struct play p;
	struct error error = ERROR_INIT;

	firmware_init(&p);
	preset(&p, STBOOT("STHostName"), "\x07\0\0\0old", 7);
	fw.flags = FS_IMMUTABLE_FL;
	fw.fail = "STHostName";
	fw.code = EINVAL;
	tap_eq_int(efi_write(&p.dir, &efi_host_name, "new", 3, &error), -EINVAL);
	tap_eq_int(fw.flags, FS_IMMUTABLE_FL);
	fw.flags_stuck = true;
	tap_eq_int(efi_write(&p.dir, &efi_host_name, "new", 3, &error), -EINVAL);
	tap_has(error.text, "(its immutable flag stays cleared); nothing was changed");
	/* A written value is more important than the flag. */
	fw.fail = NULL;
	fw.flags = FS_IMMUTABLE_FL;
	tap_eq_int(efi_write(&p.dir, &efi_host_name, "new", 3, &error), 0);
	tap_file(&p, STBOOT("STHostName"), "\x07\0\0\0new", 7);
}

static void nvram_that_is_too_full_is_not_begun_with(void)
{
	_cleanup_firmware_ struct play p;
	struct error error = ERROR_INIT;
	/* Name in UTF-16 with its end, header, attributes, data. */
	const unsigned need = 2 * 11 + 60 + 4 + 3;

	firmware_init(&p);
	fw.blocks = 65536;
	fw.avail = need - 1;
	tap_eq_int(efi_write(&p.dir, &efi_host_name, "new", 3, &error), -ENOSPC);
	tap_has(error.text, "cannot write STHostName (89 bytes, 88 free): no "
			    "room in NVRAM: delete variables");
	tap_eq_int(fw.writes, 0);
	fw.avail = need;
	tap_eq_int(efi_write(&p.dir, &efi_host_name, "new", 3, &error), 0);
}

static volatile sig_atomic_t writes_at_signal;

static void on_signal(int number)
{
	(void)number;
	if (writes_at_signal == 0)
		writes_at_signal = fw.writes;
}

static void a_signal_waits_for_the_end_of_the_decision(void)
{
	_cleanup_firmware_ struct play p;
	struct error error = ERROR_INIT;

	firmware_init(&p);
	signal(SIGTERM, on_signal);
	fw.signal = true;
	tap_eq_int(efi_secureboot_write(&p.dir, &keys, &error), 0);
	signal(SIGTERM, SIG_DFL);
	tap_eq_int(writes_at_signal, 4);
}

static int remove_name_and_key(const struct play *p, struct error *error)
{
	_cleanup_efi_txn_ struct efi_txn txn;

	preset(p, STBOOT("STHostKey"), "\x07\0\0\0PEM", 7);
	preset(p, STBOOT("STHostName"), "\x07\0\0\0old", 7);
	efi_txn_init(&txn, &p->dir);
	tap_eq_int(efi_txn_add_removal(&txn, &efi_host_key, error), 0);
	tap_eq_int(efi_txn_add_removal(&txn, &efi_host_name, error), 0);
	return efi_txn_commit(&txn, error);
}

static void a_removal_that_is_refused_undoes_the_others(void)
{
	_cleanup_firmware_ struct play p;
	struct error error = ERROR_INIT;

	firmware_init(&p);
	fw.keep = "STHostName";
	fw.keep_code = EINVAL;
	tap_eq_int(remove_name_and_key(&p, &error), -EINVAL);
	tap_eq_text(error.text, "cannot remove STHostName: the firmware refused it as invalid; "
				"put back as before: STHostKey");
	tap_file(&p, STBOOT("STHostKey"), "\x07\0\0\0PEM", 7);
	tap_file(&p, STBOOT("STHostName"), "\x07\0\0\0old", 7);
}

static void the_immutable_flag_is_back_when_a_removal_is_refused(void)
{
	_cleanup_firmware_ struct play p;
	_cleanup_efi_txn_ struct efi_txn txn;
	struct error error = ERROR_INIT;

	firmware_init(&p);
	preset(&p, STBOOT("STHostName"), "\x07\0\0\0old", 7);
	fw.flags = FS_IMMUTABLE_FL;
	fw.keep = "STHostName";
	fw.keep_code = EACCES;
	efi_txn_init(&txn, &p.dir);
	tap_eq_int(efi_txn_add_removal(&txn, &efi_host_name, &error), 0);
	tap_eq_int(efi_txn_commit(&txn, &error), -EACCES);
	tap_eq_text(error.text,
		"cannot remove STHostName: the firmware did not accept it (security "
		"violation); nothing was changed");
	tap_eq_int(fw.flags, FS_IMMUTABLE_FL);
}

static void firmware_that_keeps_what_it_said_it_removed_is_found_out(void)
{
	_cleanup_firmware_ struct play p;
	struct error error = ERROR_INIT;

	firmware_init(&p);
	fw.keep = "STHostName";
	tap_eq_int(remove_name_and_key(&p, &error), -EIO);
	tap_eq_text(error.text, "cannot remove STHostName: it is still there afterwards; "
				"put back as before: STHostKey");
	fw.keep = NULL;
	tap_eq_int(remove_name_and_key(&p, &error), 0);
	tap_eq_int(count_files(&p), 0);
}

static void a_removed_variable_that_cannot_come_back_is_said(void)
{
	_cleanup_firmware_ struct play p;
	struct error error = ERROR_INIT;

	firmware_init(&p);
	fw.keep = "STHostName";
	fw.keep_code = EIO;
	fw.fail = "STHostKey";
	fw.code = ENOSPC;
	tap_eq_int(remove_name_and_key(&p, &error), -EIO);
	tap_eq_text(error.text, "cannot remove STHostName: the firmware reported an error of its "
				"NVRAM; NOT put back: STHostKey (No space left on device)");
}

static void a_full_nvram_is_no_reason_to_keep_a_variable(void)
{
	_cleanup_firmware_ struct play p;
	struct error error = ERROR_INIT;

	firmware_init(&p);
	fw.blocks = 65536;
	fw.avail = 0;
	tap_eq_int(remove_name_and_key(&p, &error), 0);
	tap_eq_int(count_files(&p), 0);
}

static void the_longest_text_still_says_how_it_ended(void)
{
	_cleanup_firmware_ struct play p;
	struct error error = ERROR_INIT;

	firmware_init(&p);
	fw.fail = "dbx-";
	fw.code = ENOSPC;
	fw.locks = true;
	preset(&p, "dump-type0-1-1-1700000000-C-cfc8fc79-be2e-4ddc-97f0-9f98bfe298a0", "12345", 5);
	preset(&p, "dump-type0-2-1-1700000000-C-cfc8fc79-be2e-4ddc-97f0-9f98bfe298a0", "12345", 5);
	tap_eq_int(efi_secureboot_write(&p.dir, &keys, &error), -ENOSPC);
	tap_has(error.text, "2 crash dumps");
	tap_has(error.text, "; NOT put back: db, KEK, PK (Invalid argument): clear the Secure Boot "
			    "keys in the firmware's menu");
	tap_ok(strlen(error.text) < ERROR_TEXT_MAX - 30);
}

static void a_long_reason_is_cut_before_the_end_of_the_story(void)
{
	_cleanup_firmware_ struct play p;
	_cleanup_efi_txn_ struct efi_txn txn;
	struct error error = ERROR_INIT;

	firmware_init(&p);
	p.dir.efivarfs = false;
	memset(p.dir.path, 'd', sizeof(p.dir.path) - 1);
	fw.fail = ".stprov-new-STHostKey";
	fw.code = EACCES;
	efi_txn_init(&txn, &p.dir);
	tap_eq_int(efi_txn_add(&txn, &efi_host_name, "new", 3, &error), 0);
	tap_eq_int(efi_txn_add(&txn, &efi_host_key, "PEM", 3, &error), 0);
	tap_eq_int(efi_txn_commit(&txn, &error), -EACCES);
	tap_has(error.text, "cannot write STHostKey: not permitted in ddd");
	tap_has(error.text, "ddd; put back as before: STHostName");
	tap_ok(strlen(error.text) < ERROR_TEXT_MAX - 30);
	tap_eq_int(count_files(&p), 0);
}

static void a_lock_is_waited_for_but_not_for_ever(void)
{
	_cleanup_firmware_ struct play p;
	_cleanup_close_ int fd = -1;
	struct error error = ERROR_INIT;

	firmware_init(&p);
	fd = open(p.path, O_RDONLY | O_DIRECTORY);
	tap_eq_int(flock(fd, LOCK_EX), 0);
	tap_eq_int(efi_write(&p.dir, &efi_host_name, "new", 3, &error), -EBUSY);
	tap_has(error.text, "another stprov is writing to /tmp/stprov-efi-");
	tap_ok(fw.waited_us >= 4000000 && fw.waited_us <= 7000000);
	tap_eq_int(fw.writes, 0);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(each_variable_is_one_write_in_the_order_of_trust),
		TAP_TEST(what_is_signed_for_appending_is_appended),
		TAP_TEST(what_the_firmware_keeps_of_an_update_is_compared),
		TAP_TEST(an_update_without_a_value_is_not_written),
		TAP_TEST(a_wrong_chain_is_named_and_undone),
		TAP_TEST(what_the_firmware_does_not_give_back_is_said),
		TAP_TEST(one_that_is_lost_does_not_stop_the_others),
		TAP_TEST(errors_are_sentences),
		TAP_TEST(an_interrupted_write_is_tried_again),
		TAP_TEST(firmware_that_stores_something_else_is_found_out),
		TAP_TEST(the_immutable_flag_is_back_whatever_happened),
		TAP_TEST(nvram_that_is_too_full_is_not_begun_with),
		TAP_TEST(a_signal_waits_for_the_end_of_the_decision),
		TAP_TEST(a_removal_that_is_refused_undoes_the_others),
		TAP_TEST(the_immutable_flag_is_back_when_a_removal_is_refused),
		TAP_TEST(firmware_that_keeps_what_it_said_it_removed_is_found_out),
		TAP_TEST(a_removed_variable_that_cannot_come_back_is_said),
		TAP_TEST(a_full_nvram_is_no_reason_to_keep_a_variable),
		TAP_TEST(the_longest_text_still_says_how_it_ended),
		TAP_TEST(a_long_reason_is_cut_before_the_end_of_the_story),
		TAP_TEST(a_lock_is_waited_for_but_not_for_ever),
		{ 0 },
	};

	return tap_run(tests);
}
