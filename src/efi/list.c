/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists variables whose names begin alike: see list.h. */
#include "efi/list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

bool efi_list_match(
	const char *file, const char *guid, const char *prefix, char ret_name[EFI_FILE_NAME_MAX])
{
	size_t name_len = strlen(file);

	if (name_len >= EFI_FILE_NAME_MAX)
		return false;
	if (guid) {
		size_t ending = strlen(guid) + 1;
		if (name_len < ending || file[name_len - ending] != '-' ||
			strcmp(file + name_len - ending + 1, guid) != 0)
			return false;
		name_len -= ending;
	}
	if (name_len < strlen(prefix) || memcmp(file, prefix, strlen(prefix)) != 0)
		return false;
	memcpy(ret_name, file, name_len);
	ret_name[name_len] = '\0';
	return true;
}

static bool is_variable(const struct efi_dir *dir, const char *file)
{
	struct stat st;

	return fstatat(dir->fd, file, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	       !(dir->efivarfs && st.st_size == 0);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

int efi_list_read(const struct efi_dir *dir, const char *guid, const char *prefix,
	struct efi_list *ret, struct error *error)
{
	int fd = openat(dir->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	char name[EFI_FILE_NAME_MAX];
	struct dirent *entry;
	int r;

	ret->n = 0;
	ret->more = false;
	if (!stream) {
		r = -errno;
		cleanup_close(&fd);
		return error_set_errno(error, r, "cannot list %s", dir->path);
	}
	for (errno = 0; (entry = readdir(stream)); errno = 0) {
		if (!efi_list_match(entry->d_name, dir->bare ? NULL : guid, prefix, name) ||
			!is_variable(dir, entry->d_name))
			continue;
		if (ret->n == EFI_LIST_MAX) {
			ret->more = true;
			break;
		}
		memcpy(ret->names[ret->n++], name, sizeof(name));
	}
	r = entry ? 0 : -errno;
	closedir(stream);
	qsort(ret->names, ret->n, sizeof(ret->names[0]), compare_names);
	return r < 0 ? error_set_errno(error, r, "cannot list %s", dir->path) : 0;
}
