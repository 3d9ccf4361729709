/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of --file and --authorized-keys: see files.h. */
#include "local/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "hostkey/authorized_keys.h"

/* How much of a path an error shows. */
#define SHOWN_MAX 128

void run_files_deinit(struct run_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		api_file_deinit(&files->items[i]);
	files->n = 0;
}

/* `--file NAME=PATH: WHY`; everything about a file is an error of the command line. */
static int refuse(const char *option, const char *value, const char *why, struct error *error)
{
	char shown[SHOWN_MAX];

	text_printable(value, strlen(value), shown, sizeof(shown));
	return error_set(error, -EINVAL, "%s %s: %s", option, value[0] ? shown : "\"\"", why);
}

/* A FIFO without a writer must not make it wait. */
static int open_file(const char *option, const char *path, int *ret_fd, struct error *error)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return refuse(option, path, strerror(errno), error);
	if (!S_ISREG(st.st_mode))
		return refuse(option, path,
			S_ISDIR(st.st_mode) ? "it is a directory" : "it is not a regular file",
			error);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static int read_data(
	const char *option, const char *path, struct api_file *file, struct error *error)
{
	_cleanup_close_ int fd = -1;
	struct error why;
	int r = open_file(option, path, &fd, error);

	if (r < 0)
		return r;
	r = file_read_fd(fd, path, HOSTFILE_DATA_MAX, &file->data, &file->len, &why);
	if (r == -EFBIG)
		return refuse(option, path, "it is larger than 4096 bytes", error);
	if (r < 0)
		return refuse(option, path, strerror(-r), error);
	return file->len > 0 ? 0 : refuse(option, path, "it is empty", error);
}

static int check_name(const struct run_files *files, const char *option, const char *value,
	const char *name, size_t len, struct error *error)
{
	const char *why = hostfile_reason_against(name, len);
	char text[SHOWN_MAX];

	if (why) {
		snprintf(text, sizeof(text), "not a name for a file: %s", why);
		return refuse(option, value, text, error);
	}
	for (size_t i = 0; i < files->n; i++)
		if (strlen(files->items[i].name) == len &&
			memcmp(files->items[i].name, name, len) == 0)
			return refuse(option, value, "the name was given already", error);
	if (files->n == HOSTFILE_FILES_MAX)
		return refuse(option, value, "more than 16 files", error);
	return 0;
}

static int check_total(
	const struct run_files *files, const char *option, const char *value, struct error *error)
{
	size_t total = 0;

	for (size_t i = 0; i < files->n; i++)
		total += files->items[i].len;
	return total <= HOSTFILE_TOTAL_MAX
		       ? 0
		       : refuse(option, value, "the files have more than 32768 bytes together",
				 error);
}

/* Also under its own name it must be what sshd reads. */
static int check_content(
	const struct api_file *file, const char *option, const char *value, struct error *error)
{
	struct authorized_keys keys;
	struct error why;

	if (strcmp(file->name, HOSTFILE_ROOT_KEYS) != 0 ||
		authorized_keys_read(file->data, file->len, &keys, &why) == 0)
		return 0;
	return refuse(option, value, why.text, error);
}

/* @value: of the option, for errors. */
static int add_file(struct run_files *files, const char *option, const char *value,
	const char *name, size_t name_len, const char *path, struct error *error)
{
	struct api_file *file = &files->items[files->n];
	int r = check_name(files, option, value, name, name_len, error);

	if (r < 0)
		return r;
	memcpy(file->name, name, name_len);
	files->n++;
	r = read_data(option, path, file, error);
	if (r == 0)
		r = check_content(file, option, value, error);
	return r == 0 ? check_total(files, option, value, error) : r;
}

int run_files_read(const struct cli_list *list, const char *authorized_keys, struct run_files *ret,
	struct error *error)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < list->n; i++) {
		const char *value = list->items[i], *equals = strchr(value, '=');
		r = equals && equals[1] ? add_file(ret, "--file", value, value,
						  (size_t)(equals - value), equals + 1, error)
					: refuse("--file", value, "it is not NAME=PATH", error);
	}
	if (r == 0 && authorized_keys)
		r = add_file(ret, "--authorized-keys", authorized_keys, HOSTFILE_ROOT_KEYS,
			strlen(HOSTFILE_ROOT_KEYS), authorized_keys, error);
	return r;
}
