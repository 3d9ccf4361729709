/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a fuzz target on every file of its corpus directories, and on every prefix of each, because
 * truncated input is the most frequent fault of parsers. TAP, one test for each file.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Prefixes are tried one by one up to this length, then in larger steps. */
#define PREFIX_DENSE 512

/* Exactly @size bytes of heap, so that a sanitizer sees a read past the end. */
static void run_copy(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	(void)LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static int run_file(int dir_fd, const char *name, int number)
{
	struct error error = ERROR_INIT;
	_cleanup_free_ uint8_t *data = NULL;
	size_t len;

	if (file_read(dir_fd, name, 4 << 20, &data, &len, &error) < 0) {
		printf("not ok %d - %s # %s\n", number, name, error.text);
		return 1;
	}
	for (size_t n = 0; n < len; n += n < PREFIX_DENSE ? 1 : 1 + len / PREFIX_DENSE)
		run_copy(data, n);
	run_copy(data, len);
	printf("ok %d - %s\n", number, name);
	return 0;
}

int main(int argc, char **argv)
{
	int count = 0, failures = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++) {
		DIR *dir = opendir(argv[i]);
		struct dirent *entry;
		if (!dir) {
			printf("Bail out! cannot open corpus %s\n", argv[i]);
			return 1;
		}
		while ((entry = readdir(dir)))
			if (entry->d_name[0] != '.')
				failures += run_file(dirfd(dir), entry->d_name, ++count);
		closedir(dir);
	}
	printf("1..%d\n", count);
	return failures > 0 || count == 0;
}
