/* SPDX-License-Identifier: BSD-2-Clause */
/* The file of --known-hosts: see known_hosts_file.h. */
#include "local/known_hosts_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/path.h"
#include "base/text.h"

#define NEW_MODE 0600
/* Longest part of a file's name that an error shows, which leaves space for the reason. */
#define SHOWN "%.128s"
/* Another stprov holds the lock while it writes the file. */
#define LOCK_MS (10 * 1000)
#define LOCK_PAUSE_MS 20

void known_hosts_file_deinit(struct known_hosts_file *file)
{
	free(file->target);
	cleanup_close(&file->dir_fd);
}

/* A file that does not exist yet: its directory exists, and the name is not a dangling link. */
static int resolve_new(const char *path, char **ret, struct error *error)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	_cleanup_free_ char *dir = NULL, *real = NULL;
	struct stat st;

	if (lstat(path, &st) == 0)
		return error_set(error, -ENOENT, "a dangling symbolic link");
	if (name[0] == '\0')
		return error_set(error, -EISDIR, "not the name of a file");
	dir = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	real = dir ? path_real(dir) : NULL;
	if (!real)
		return error_set_errno(error, dir ? -errno : -ENOMEM, "its directory");
	*ret = text_new("%s/%s", real, name);
	if (!*ret)
		return error_set_errno(error, -ENOMEM, "its name");
	return 0;
}

static int resolve(const char *path, char **ret, struct error *error)
{
	char *real = path_real(path);

	if (real) {
		*ret = real;
		return 0;
	}
	if (errno != ENOENT)
		return error_set_errno(error, -errno, "cannot be found");
	return resolve_new(path, ret, error);
}

static int open_dir(struct known_hosts_file *file, struct error *error)
{
	char *slash = strrchr(file->target, '/');
	_cleanup_free_ char *dir =
		strndup(file->target, MAX((size_t)(slash - file->target), (size_t)1));

	if (!dir)
		return error_set_errno(error, -ENOMEM, "its directory");
	file->name = slash + 1;
	if (file->name[0] == '\0') /* the root */
		return error_set(error, -EISDIR, "not a regular file");
	file->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return file->dir_fd < 0 ? error_set_errno(error, -errno, "its directory") : 0;
}

/* The old file: mode, owner and text. */
struct old_file {
	bool exists; /* false: the kind is that of a new file, and the text is empty */
	struct file_kind kind;
	uint8_t *text;
	size_t len;
};

static void old_file_deinit(struct old_file *old)
{
	free(old->text);
}

#define _cleanup_old_file_ _cleanup_(old_file_deinit)
#define OLD_FILE_NEW                                                                               \
	((struct old_file){ .kind = { NEW_MODE, FILE_ANY_ID, FILE_ANY_ID }, .text = NULL })

/* @old: OLD_FILE_NEW. */
static int read_old(const struct known_hosts_file *file, struct old_file *old, struct error *error)
{
	struct stat st;

	if (fstatat(file->dir_fd, file->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : error_set_errno(error, -errno, "its state");
	if (!S_ISREG(st.st_mode))
		return error_set(error, -ENOTSUP, "not a regular file");
	old->exists = true;
	old->kind = (struct file_kind){ st.st_mode & 07777, st.st_uid, st.st_gid };
	return file_read(file->dir_fd, file->name, KNOWN_HOSTS_MAX, &old->text, &old->len, error);
}

/* Renaming would ignore the write protection of a file, but the protection is intended. */
static int check_writable(const struct known_hosts_file *file, struct error *error)
{
	_cleanup_close_ int fd = openat(file->dir_fd, file->name,
		O_WRONLY | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	return fd < 0 ? error_set_errno(error, -errno, "cannot be written") : 0;
}

static int check(const struct known_hosts_file *file, struct error *error)
{
	_cleanup_old_file_ struct old_file old = OLD_FILE_NEW;

	int r = read_old(file, &old, error);
	if (r == 0 && old.exists)
		r = check_writable(file, error);
	if (r == 0)
		r = file_check_replace_as(file->dir_fd, file->name, &old.kind, error);
	return r;
}

int known_hosts_file_open(const char *path, struct known_hosts_file *ret, struct error *error)
{
	_cleanup_known_hosts_file_ struct known_hosts_file file = KNOWN_HOSTS_FILE_INIT;

	file.path = path;
	int r = resolve(path, &file.target, error);
	if (r == 0)
		r = open_dir(&file, error);
	if (r == 0)
		r = check(&file, error);
	if (r < 0)
		return error_prefix(error, r, SHOWN, path);
	*ret = file;
	TAKE_PTR(file.target);
	TAKE_FD(file.dir_fd);
	return 0;
}

/*
 * Two stprov at the same time must not lose each other's line. The lock is on the directory,
 * because the file is replaced.
 */
static int lock_dir(const struct known_hosts_file *file, struct lock *ret, struct error *error)
{
	int64_t until_ms = clock_now_ms() + LOCK_MS;
	int r;

	while ((r = lock_try(file->dir_fd, ret)) == -EAGAIN) {
		if (clock_now_ms() >= until_ms)
			return error_set(error, -EBUSY, "another process has locked its directory");
		poll(NULL, 0, LOCK_PAUSE_MS);
	}
	return r < 0 ? error_set_errno(error, r, "its directory") : 0;
}

/* `a`, `b` or `a and b`. */
static void list_names(const char *const *names, size_t n, unsigned which, char *out, size_t cap)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < n; i++)
		if ((which & 1U << i) && len < cap)
			len += (size_t)snprintf(
				out + len, cap - len, "%s%s", len > 0 ? " and " : "", names[i]);
}

/* Of a line with another key. */
#define SHOWN_LINE_MAX 800
#define LISTED_MAX (KNOWN_HOSTS_NAMES_MAX * (KNOWN_HOSTS_NAME_MAX + 8))

static void say_old(const struct known_hosts_file *file, const struct known_hosts *hosts,
	const struct known_hosts_entry *entry)
{
	char listed[LISTED_MAX];

	for (size_t i = 0; i < MIN(hosts->old_n, (size_t)KNOWN_HOSTS_OLD_MAX); i++) {
		const struct known_hosts_old *old = &hosts->old[i];
		list_names(entry->names, entry->names_n, old->names, listed, sizeof(listed));
		log_line("warning: %s: line %zu has another key for %s", file->path, old->line,
			listed);
		log_line("  old: %s", old->fingerprint);
		log_line("  new: %s", entry->fingerprint);
	}
	if (hosts->old_n > KNOWN_HOSTS_OLD_MAX)
		log_line("warning: %s: %zu more %s another key", file->path,
			hosts->old_n - KNOWN_HOSTS_OLD_MAX,
			text_plural(hosts->old_n - KNOWN_HOSTS_OLD_MAX, "line has", "lines have"));
	if (hosts->old_n > 0)
		log_line("%s: replacing the old key", file->path);
}

/* The lines with another key, and the new one. */
static int refuse_other_key(const struct known_hosts_file *file, const struct known_hosts *hosts,
	const struct known_hosts_entry *entry, struct error *error)
{
	char listed[LISTED_MAX];
	_cleanup_free_ char *line = known_hosts_format(
		entry->names, entry->names_n, (1U << entry->names_n) - 1, entry->public);

	for (size_t i = 0; i < MIN(hosts->old_n, (size_t)KNOWN_HOSTS_OLD_MAX); i++) {
		const struct known_hosts_old *old = &hosts->old[i];
		log_line("%s, line %zu:", file->path, old->line);
		log_line("  %.*s", (int)MIN(old->len, (size_t)SHOWN_LINE_MAX), old->text);
	}
	log_line("the line for this platform would be:");
	log_line("  %.*s", line ? (int)strcspn(line, "\n") : 0, line ? line : "");
	list_names(entry->names, entry->names_n, hosts->old[0].names, listed, sizeof(listed));
	return error_set(error, KNOWN_HOSTS_E_OTHER_KEY,
		"it has another key for %s, a name that you did not type: --replace replaces it",
		listed);
}

static void say_done(const struct known_hosts_file *file, const struct known_hosts *hosts,
	const struct known_hosts_entry *entry)
{
	char listed[LISTED_MAX];

	list_names(entry->names, entry->names_n, hosts->added, listed, sizeof(listed));
	if (hosts->added != 0)
		log_line("%s: added the key for %s", file->path, listed);
	else
		log_line("%s: %s the key", file->path, hosts->changed ? "has" : "already has");
}

/* What the file would be; @old: OLD_FILE_NEW, filled in. */
static int edit_text(const struct known_hosts_file *file, const struct known_hosts_entry *entry,
	struct old_file *old, struct known_hosts *ret, struct error *error)
{
	int r = read_old(file, old, error);

	if (r == 0)
		r = known_hosts_put(old->text, old->len, entry->names, entry->names_n,
			entry->replace, entry->public, ret, error);
	return r == KNOWN_HOSTS_E_OTHER_KEY ? refuse_other_key(file, ret, entry, error) : r;
}

static int put_locked(const struct known_hosts_file *file, const struct known_hosts_entry *entry,
	struct error *error)
{
	_cleanup_known_hosts_ struct known_hosts hosts = { .text = NULL };
	_cleanup_old_file_ struct old_file old = OLD_FILE_NEW;

	int r = edit_text(file, entry, &old, &hosts, error);
	if (r == 0 && hosts.changed) {
		say_old(file, &hosts, entry);
		r = file_replace_as(
			file->dir_fd, file->name, hosts.text, hosts.len, &old.kind, error);
	}
	if (r == 0 && hosts.changed && fsync(file->dir_fd) < 0 && errno != EINVAL)
		r = error_set_errno(error, -errno, "its directory");
	if (r == 0)
		say_done(file, &hosts, entry);
	return r;
}

int known_hosts_file_try(const struct known_hosts_file *file, const struct known_hosts_entry *entry,
	struct error *error)
{
	_cleanup_known_hosts_ struct known_hosts hosts = { .text = NULL };
	_cleanup_old_file_ struct old_file old = OLD_FILE_NEW;
	int r = edit_text(file, entry, &old, &hosts, error);

	return r == 0 ? 0 : error_prefix(error, r, SHOWN, file->path);
}

int known_hosts_file_put(const struct known_hosts_file *file, const struct known_hosts_entry *entry,
	struct error *error)
{
	_cleanup_lock_ struct lock lock = LOCK_INIT;
	int r = lock_dir(file, &lock, error);

	if (r == 0)
		r = put_locked(file, entry, error);
	return r == 0 ? 0 : error_prefix(error, r, SHOWN, file->path);
}
