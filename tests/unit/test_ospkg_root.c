/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ospkg/root.h: files below a root, and a power cut at each system call of a write. The program has
 * functions of this file in place of libc's (tests/unit/meson.build).
 */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "ospkg/root.h"

/* The power is cut at the call of this number, from 1; 0: never. */
static int cut_at, calls;
/* The call of this number fails with EIO. */
static int fail_at;

int __real_renameat(int from, const char *old, int to, const char *name);
int __real_fsync(int fd);
ssize_t __real_write(int fd, const void *data, size_t len);
int __wrap_renameat(int from, const char *old, int to, const char *name);
int __wrap_fsync(int fd);
ssize_t __wrap_write(int fd, const void *data, size_t len);

static bool is_to_fail(void)
{
	calls++;
	if (calls == cut_at)
		raise(SIGKILL);
	errno = EIO;
	return calls == fail_at;
}

int __wrap_renameat(int from, const char *old, int to, const char *name)
{
	return is_to_fail() ? -1 : __real_renameat(from, old, to, name);
}

int __wrap_fsync(int fd)
{
	return is_to_fail() ? -1 : __real_fsync(fd);
}

/* Byte by byte, so that a cut leaves a part. */
ssize_t __wrap_write(int fd, const void *data, size_t len)
{
	return is_to_fail() ? -1 : __real_write(fd, data, len > 0 ? 1 : 0);
}

struct fixture {
	char path[64];
	struct ospkg_root root;
};

static void fixture_init(struct fixture *f)
{
	struct error e = ERROR_INIT;

	strcpy(f->path, "/tmp/stprov-root-XXXXXX");
	if (!mkdtemp(f->path) || ospkg_root_open(f->path, &f->root, &e) < 0)
		abort();
	calls = cut_at = fail_at = 0;
}

static void fixture_deinit(struct fixture *f)
{
	char command[128];

	ospkg_root_close(&f->root);
	snprintf(command, sizeof(command), "rm -rf %s", f->path);
	if (system(command) != 0)
		tap_fail(__FILE__, __LINE__, "%s", command);
}

#define _cleanup_fixture_ _cleanup_(fixture_deinit)

/* The content of a file; the caller frees it. NULL: there is none. */
static char *content(const struct fixture *f, const char *path)
{
	struct error e = ERROR_INIT;
	uint8_t *data = NULL;
	size_t len;

	return ospkg_root_read(&f->root, path, 4096, &data, &len, &e) == 0 ? (char *)data : NULL;
}

static int put(const struct fixture *f, const char *path, const char *text, bool *changed)
{
	struct error e = ERROR_INIT;

	return ospkg_root_put(&f->root, path, text, strlen(text), 0600, changed, &e);
}

/* A child that writes, and is killed at call @at; whether it came to its end. */
static bool put_with_cut(const struct fixture *f, int at)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		bool changed;
		calls = 0;
		cut_at = at;
		_exit(put(f, "etc/name", "new", &changed) == 0 ? 0 : 1);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		abort();
	if (WIFSIGNALED(status))
		return false;
	tap_eq_int(WEXITSTATUS(status), 0);
	return true;
}

static void a_power_cut_leaves_the_old_file_or_the_new_one(void)
{
	bool changed = false, was_old = false;
	int at = 1;

	for (bool done = false; !done; at++) {
		_cleanup_fixture_ struct fixture f;
		fixture_init(&f);
		tap_eq_int(put(&f, "etc/name", "the old one", &changed), 0);
		done = put_with_cut(&f, at);
		_cleanup_free_ char *there = content(&f, "etc/name");
		tap_ok(there != NULL);
		if (there && strcmp(there, "new") != 0) {
			tap_eq_text(there, "the old one");
			was_old = true;
		}
		/* The next one removes what was left. */
		tap_eq_int(put(&f, "etc/name", "another", &changed), 0);
		_cleanup_free_ char *now = content(&f, "etc/name");
		tap_eq_text(now, "another");
		tap_eq_int(faccessat(f.root.fd, "etc/.name.stprov-new", F_OK, 0), -1);
	}
	tap_ok(was_old);
	/* Three bytes, two fsync(2), one rename. */
	tap_eq_int(at - 1, 7);
}

static void a_write_that_fails_leaves_the_old_file_and_nothing_else(void)
{
	for (int at = 1; at <= 5; at++) {
		_cleanup_fixture_ struct fixture f;
		bool changed = false;
		fixture_init(&f);
		tap_eq_int(put(&f, "etc/name", "the old one", &changed), 0);
		calls = 0;
		fail_at = at;
		tap_eq_int(put(&f, "etc/name", "new", &changed), -EIO);
		_cleanup_free_ char *there = content(&f, "etc/name");
		tap_eq_text(there, "the old one");
		tap_eq_int(faccessat(f.root.fd, "etc/.name.stprov-new", F_OK, 0), -1);
	}
}

static void an_equal_file_is_not_touched(void)
{
	_cleanup_fixture_ struct fixture f;
	struct stat before, after;
	bool changed = false;

	fixture_init(&f);
	tap_eq_int(put(&f, "a/b/c", "x", &changed), 0);
	tap_ok(changed);
	tap_eq_int(fstatat(f.root.fd, "a/b/c", &before, 0), 0);
	tap_eq_int(put(&f, "a/b/c", "x", &changed), 0);
	tap_ok(!changed);
	tap_eq_int(fstatat(f.root.fd, "a/b/c", &after, 0), 0);
	tap_eq_int(after.st_ino, before.st_ino);
	tap_eq_int(put(&f, "a/b/c", "y", &changed), 0);
	tap_ok(changed);
	tap_eq_int(fchmodat(f.root.fd, "a/b/c", 0644, 0), 0);
	tap_eq_int(put(&f, "a/b/c", "y", &changed), 0);
	tap_ok(changed);
}

static void a_path_without_its_file_or_directory_is_absent(void)
{
	_cleanup_fixture_ struct fixture f;
	struct error e = ERROR_INIT;
	uint8_t *data = NULL;
	bool changed = true;
	size_t len = 7;

	fixture_init(&f);
	tap_eq_int(ospkg_root_read(&f.root, "a/b", 10, &data, &len, &e), OSPKG_E_ABSENT);
	tap_eq_int(ospkg_root_read(&f.root, "b", 10, &data, &len, &e), OSPKG_E_ABSENT);
	tap_eq_int(ospkg_root_remove(&f.root, "a/b", &changed, &e), 0);
	tap_ok(!changed);
	tap_eq_int(ospkg_root_remove_matching(&f.root, "a/b", NULL, &len, &e), 0);
	tap_eq_int(len, 0);
}

static void links_and_other_things_are_not_followed(void)
{
	_cleanup_fixture_ struct fixture f;
	struct error e = ERROR_INIT;
	uint8_t *data = NULL;
	bool changed;
	size_t len;

	fixture_init(&f);
	tap_eq_int(symlinkat("/tmp", f.root.fd, "dir"), 0);
	tap_eq_int(symlinkat("/etc/passwd", f.root.fd, "link"), 0);
	tap_eq_int(mkfifoat(f.root.fd, "fifo", 0600), 0);
	tap_ok(ospkg_root_read(&f.root, "dir/x", 10, &data, &len, &e) < 0);
	tap_ok(strstr(e.text, "dir/x: a symbolic link") != NULL);
	tap_ok(put(&f, "dir/x", "x", &changed) < 0);
	tap_eq_int(ospkg_root_read(&f.root, "link", 10, &data, &len, &e), -ELOOP);
	tap_eq_int(put(&f, "link", "x", &changed), -EEXIST);
	tap_eq_int(ospkg_root_read(&f.root, "fifo", 10, &data, &len, &e), -EISDIR);
	tap_eq_int(put(&f, "fifo", "x", &changed), -EEXIST);
	tap_eq_int(faccessat(f.root.fd, "link", F_OK, AT_SYMLINK_NOFOLLOW), 0);
}

static void a_second_process_does_not_write_to_the_same_root(void)
{
	_cleanup_fixture_ struct fixture f;
	_cleanup_ospkg_root_ struct ospkg_root other = OSPKG_ROOT_INIT;
	struct error e = ERROR_INIT;

	fixture_init(&f);
	tap_eq_int(ospkg_root_lock(&f.root, &e), 0);
	tap_eq_int(ospkg_root_open(f.path, &other, &e), 0);
	tap_eq_int(ospkg_root_lock(&other, &e), -EBUSY);
	tap_ok(strstr(e.text, "another stprov host apply is writing to /tmp/") != NULL);
	ospkg_root_close(&f.root);
	tap_eq_int(ospkg_root_lock(&other, &e), 0);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(a_power_cut_leaves_the_old_file_or_the_new_one),
		TAP_TEST(a_write_that_fails_leaves_the_old_file_and_nothing_else),
		TAP_TEST(an_equal_file_is_not_touched),
		TAP_TEST(a_path_without_its_file_or_directory_is_absent),
		TAP_TEST(links_and_other_things_are_not_followed),
		TAP_TEST(a_second_process_does_not_write_to_the_same_root),
		{ 0 },
	};

	return tap_run(tests);
}
