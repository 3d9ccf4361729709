/* SPDX-License-Identifier: BSD-2-Clause */
/* What fills a directory of variables: see usage.h. */
#include "efi/usage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "efi/dir.h"

/* A kernel crash saved by efi-pstore: files dump-type0-PART-COUNT-TIME-C-GUID. */
#define DUMP_PREFIX "dump-type0-"

/* Inserts it into the list of the largest, if it belongs there; after equal ones. */
static void rank(struct efi_usage *usage, const char *name, uint64_t bytes)
{
	size_t at = usage->largest_n;

	while (at > 0 && usage->largest[at - 1].bytes < bytes)
		at--;
	if (at == EFI_USAGE_LARGEST)
		return;
	if (usage->largest_n < EFI_USAGE_LARGEST)
		usage->largest_n++;
	memmove(&usage->largest[at + 1], &usage->largest[at],
		(usage->largest_n - 1 - at) * sizeof(usage->largest[0]));
	usage->largest[at].bytes = bytes;
	snprintf(usage->largest[at].name, sizeof(usage->largest[at].name), "%s", name);
}

static void count(const struct efi_dir *dir, struct efi_usage *usage, const char *name)
{
	struct stat st;

	if (fstatat(dir->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return;
	/* efivarfs: a file that was created but never written is not a variable. */
	if (dir->efivarfs && st.st_size == 0)
		return;
	usage->variables++;
	usage->variables_bytes += (uint64_t)st.st_size;
	rank(usage, name, (uint64_t)st.st_size);
	if (strncmp(name, DUMP_PREFIX, strlen(DUMP_PREFIX)) == 0) {
		usage->dumps++;
		usage->dumps_bytes += (uint64_t)st.st_size;
	}
}

static int list(const struct efi_dir *dir, struct efi_usage *usage, struct error *error)
{
	int fd = openat(dir->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!stream) {
		int r = -errno;
		cleanup_close(&fd);
		return error_set_errno(error, r, "cannot list %s", dir->path);
	}
	for (errno = 0; (entry = readdir(stream)); errno = 0)
		count(dir, usage, entry->d_name);
	int r = -errno;
	closedir(stream);
	return r < 0 ? error_set_errno(error, r, "cannot list %s", dir->path) : 0;
}

int efi_usage_read(const struct efi_dir *dir, struct efi_usage *ret, struct error *error)
{
	struct efi_usage usage = { .variables = 0 };
	struct efi_room room;

	int r = efi_dir_room(dir, &room, error);
	if (r == 0)
		r = list(dir, &usage, error);
	if (r < 0)
		return r;
	usage.read_only = room.read_only;
	usage.room_known = room.known;
	usage.total_bytes = room.total;
	usage.free_bytes = room.bytes;
	*ret = usage;
	return 0;
}
