/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What base/, efi/ and local/ ask of the kernel, where the result does not show it: that bytes are
 * on the disk before they have their name, that a new file is new, and how random bytes are asked
 * for. The linker puts the functions below in place of libc's (ld(1), --wrap).
 */
#include "efi_test.h"

#include <sys/random.h>

#include "base/random.h"
#include "efi/store.h"
#include "local/known_hosts_file.h"

#define NAME STBOOT("STHostName")
#define TEMP ".stprov-new-" NAME
#define KEY "AAAAC3NzaC1lZDI1NTE5AAAAIGxpbmVzIG9mIHRoaXMgdGVzdCBhcmUgbm8ga2V5cyEh"

/* What a wrapped function saw since the test began. */
static struct {
	char order[32];   /* f, d: a file or directory was synced; r: renamed; u: unlinked */
	ino_t synced;     /* the file that was synced last */
	ino_t renamed;    /* the one that got its name last */
	int error;        /* of the next fsync(2) of the kind @fails; 0: it succeeds */
	char fails;       /* f or d */
	bool plants;      /* after unlinkat(2) another process takes the name: */
	bool plants_link; /* with a symbolic link, not a file */
	bool races;       /* a link takes the place of what is about to be written */
	unsigned flags;   /* of all getrandom(2) */
	int n_random;
} seen;

static void note(char what)
{
	size_t len = strlen(seen.order);

	if (len + 1 < sizeof(seen.order))
		seen.order[len] = what;
}

int __wrap_fsync(int fd);
int __real_fsync(int fd);
int __wrap_fsync(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		abort();
	char kind = S_ISDIR(st.st_mode) ? 'd' : 'f';
	note(kind);
	if (kind == 'f')
		seen.synced = st.st_ino;
	if (seen.error && seen.fails == kind) {
		errno = seen.error;
		return -1;
	}
	return __real_fsync(fd);
}

int __wrap_renameat(int old_fd, const char *old, int new_fd, const char *new);
int __real_renameat(int old_fd, const char *old, int new_fd, const char *new);
int __wrap_renameat(int old_fd, const char *old, int new_fd, const char *new)
{
	struct stat st;

	if (fstatat(old_fd, old, &st, AT_SYMLINK_NOFOLLOW) < 0)
		abort();
	note('r');
	seen.renamed = st.st_ino;
	return __real_renameat(old_fd, old, new_fd, new);
}

int __wrap_unlinkat(int fd, const char *name, int flags);
int __real_unlinkat(int fd, const char *name, int flags);
int __wrap_unlinkat(int fd, const char *name, int flags)
{
	int r = __real_unlinkat(fd, name, flags);
	int saved = errno;

	if (seen.plants && (seen.plants_link ? symlinkat("victim", fd, name)
					     : linkat(fd, "victim", fd, name, 0)) < 0)
		abort();
	if (r == 0)
		note('u');
	errno = saved;
	return r;
}

/* Before a file is opened for writing. */
static int open_late(int (*real)(int fd, const char *name, int flags, ...), int fd,
	const char *name, int flags, va_list args)
{
	unsigned mode = flags & O_CREAT ? va_arg(args, unsigned) : 0;

	if (seen.races && (flags & O_ACCMODE) == O_WRONLY) {
		(void)!__real_unlinkat(fd, name, 0);
		if (symlinkat("victim", fd, name) < 0)
			abort();
	}
	return real(fd, name, flags, mode);
}

/* Which of the two it is depends on the size of off_t. */
int __wrap_openat(int fd, const char *name, int flags, ...);
int __real_openat(int fd, const char *name, int flags, ...);
int __wrap_openat(int fd, const char *name, int flags, ...)
{
	va_list args;

	va_start(args, flags);
	int r = open_late(__real_openat, fd, name, flags, args);
	va_end(args);
	return r;
}

int __wrap_openat64(int fd, const char *name, int flags, ...);
int __real_openat64(int fd, const char *name, int flags, ...);
int __wrap_openat64(int fd, const char *name, int flags, ...)
{
	va_list args;

	va_start(args, flags);
	int r = open_late(__real_openat64, fd, name, flags, args);
	va_end(args);
	return r;
}

/* Interrupted at first, and then one byte at a time. */
ssize_t __wrap_getrandom(void *buf, size_t len, unsigned flags);
ssize_t __wrap_getrandom(void *buf, size_t len, unsigned flags)
{
	seen.flags |= flags;
	if (seen.error) {
		errno = seen.error;
		return -1;
	}
	if (seen.n_random++ == 0) {
		errno = EINTR;
		return -1;
	}
	if (len > 0)
		*(uint8_t *)buf = (uint8_t)seen.n_random;
	return len > 0;
}

static void begin(struct play *p)
{
	play_init(p);
	memset(&seen, 0, sizeof(seen));
}

/* -- on the disk ----------------------------------------------------------------------------- */

static int write_variable(struct play *p, struct error *error)
{
	const struct efi_raw raw = { (uint8_t *)(uintptr_t) "\x07\0\0\0new", 7 };

	return efi_store_write(&p->dir, &efi_host_name, &raw, error);
}

static void a_file_is_synced_before_it_is_renamed(void)
{
	_cleanup_play_ struct play p;
	struct error error = ERROR_INIT;

	begin(&p);
	tap_eq_int(file_replace(p.dir.fd, "file", "new", 3, 0600, &error), 0);
	tap_eq_text(seen.order, "fr");
	tap_eq_int(seen.synced, seen.renamed);
	tap_file(&p, "file", "new", 3);
}

static void a_variable_is_synced_and_then_its_directory(void)
{
	_cleanup_play_ struct play p;
	struct error error = ERROR_INIT;

	begin(&p);
	tap_eq_int(write_variable(&p, &error), 0);
	tap_eq_text(seen.order, "frd");
	tap_eq_int(seen.synced, seen.renamed);
	seen.order[0] = seen.order[1] = seen.order[2] = '\0';
	tap_eq_int(efi_store_delete(&p.dir, &efi_host_name, &error), 0);
	tap_eq_text(seen.order, "ud");
}

static void known_hosts_is_synced_and_then_its_directory(void)
{
	_cleanup_play_ struct play p;
	_cleanup_known_hosts_file_ struct known_hosts_file file = KNOWN_HOSTS_FILE_INIT;
	static const struct known_hosts_entry entry = { .names = { "example.org" },
		.names_n = 1,
		.public = "ssh-ed25519 " KEY,
		.fingerprint = "SHA256:x" };
	struct error error = ERROR_INIT;
	char path[128];

	begin(&p);
	snprintf(path, sizeof(path), "%s/known_hosts", p.path);
	tap_eq_int(known_hosts_file_open(path, &file, &error), 0);
	memset(&seen, 0, sizeof(seen));
	tap_eq_int(known_hosts_file_put(&file, &entry, &error), 0);
	tap_eq_text(seen.order, "frd");
	tap_eq_int(seen.synced, seen.renamed);
}

static void what_cannot_be_synced_is_not_renamed(void)
{
	_cleanup_play_ struct play p;
	struct error error = ERROR_INIT;

	begin(&p);
	put(&p, "file", "old", 3);
	seen.error = EIO;
	seen.fails = 'f';
	tap_eq_int(file_replace(p.dir.fd, "file", "new", 3, 0600, &error), -EIO);
	tap_file(&p, "file", "old", 3);
	tap_eq_int(write_variable(&p, &error), -EIO);
	tap_eq_int(count_files(&p), 1);
	tap_ok(!strchr(seen.order, 'r'));
}

static void a_directory_that_cannot_be_synced_is_an_error_where_it_should_be_possible(void)
{
	_cleanup_play_ struct play p;
	struct error error = ERROR_INIT;

	begin(&p);
	seen.fails = 'd';
	seen.error = EIO;
	tap_eq_int(write_variable(&p, &error), -EIO);
	tap_eq_int(efi_store_delete(&p.dir, &efi_host_name, &error), -EIO);
	seen.error = EINVAL;
	tap_eq_int(write_variable(&p, &error), 0);
	tap_eq_int(efi_store_delete(&p.dir, &efi_host_name, &error), 0);
}

/* -- new files ------------------------------------------------------------------------------- */

static void what_another_process_put_at_the_temporary_name_is_not_written_to(void)
{
	for (int link = 0; link < 2; link++) {
		_cleanup_play_ struct play p;
		struct error error = ERROR_INIT;
		begin(&p);
		put(&p, "victim", "keep", 4);
		seen.plants = true;
		seen.plants_link = link;
		tap_eq_int(file_replace(p.dir.fd, "file", "new", 3, 0600, &error), -EEXIST);
		seen.plants = false;
		tap_file(&p, "victim", "keep", 4);
		tap_eq_int(faccessat(p.dir.fd, "file", F_OK, AT_SYMLINK_NOFOLLOW), -1);
	}
}

static void nor_is_what_it_put_at_that_of_a_variable(void)
{
	for (int link = 0; link < 2; link++) {
		_cleanup_play_ struct play p;
		struct error error = ERROR_INIT;
		begin(&p);
		put(&p, "victim", "keep", 4);
		tap_eq_int(link ? symlinkat("victim", p.dir.fd, TEMP)
				: linkat(p.dir.fd, "victim", p.dir.fd, TEMP, 0),
			0);
		tap_eq_int(write_variable(&p, &error), -EEXIST);
		tap_file(&p, "victim", "keep", 4);
		tap_eq_int(faccessat(p.dir.fd, NAME, F_OK, AT_SYMLINK_NOFOLLOW), -1);
	}
}

/* In efivarfs, where there is no temporary name. */
static void nor_is_a_link_that_came_between_the_look_and_the_write(void)
{
	for (int is_new = 0; is_new < 2; is_new++) {
		_cleanup_play_ struct play p;
		struct error error = ERROR_INIT;
		begin(&p);
		p.dir.efivarfs = true;
		put(&p, "victim", "keep", 4);
		if (!is_new)
			put(&p, NAME, "\x07\0\0\0old", 7);
		seen.races = true;
		tap_eq_int(write_variable(&p, &error), is_new ? -EEXIST : -ELOOP);
		tap_file(&p, "victim", "keep", 4);
	}
}

/* -- random bytes ---------------------------------------------------------------------------- */

/* Blocking until the generator is initialised: GRND_NONBLOCK would not, GRND_RANDOM is another. */
static void random_bytes_are_asked_for_without_flags_until_all_are_there(void)
{
	static const uint8_t want[] = { 2, 3, 4, 5 };
	struct error error = ERROR_INIT;
	uint8_t bytes[sizeof(want)] = { 0 };

	memset(&seen, 0, sizeof(seen));
	tap_eq_int(random_bytes(bytes, sizeof(bytes), &error), 0);
	tap_eq_bytes(bytes, sizeof(bytes), want, sizeof(want));
	tap_eq_int(seen.flags, 0);
	seen.error = ENOSYS;
	tap_eq_int(random_bytes(bytes, sizeof(bytes), &error), -ENOSYS);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(a_file_is_synced_before_it_is_renamed),
		TAP_TEST(a_variable_is_synced_and_then_its_directory),
		TAP_TEST(known_hosts_is_synced_and_then_its_directory),
		TAP_TEST(what_cannot_be_synced_is_not_renamed),
		TAP_TEST(a_directory_that_cannot_be_synced_is_an_error_where_it_should_be_possible),
		TAP_TEST(what_another_process_put_at_the_temporary_name_is_not_written_to),
		TAP_TEST(nor_is_what_it_put_at_that_of_a_variable),
		TAP_TEST(nor_is_a_link_that_came_between_the_look_and_the_write),
		TAP_TEST(random_bytes_are_asked_for_without_flags_until_all_are_there),
		{ 0 },
	};
	return tap_run(tests);
}
