/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hostfile_decode(), the data of STFile-NAME; hostfile_reason_against() and efi_list_match(), the
 * names of files.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hostfile/hostfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool cond)
{
	if (!cond)
		abort();
}

static void check_data(const uint8_t *data, size_t size)
{
	struct error e = ERROR_INIT;
	enum hostfile_format format = HOSTFILE_PLAIN;
	const uint8_t *file = NULL;
	size_t len = 0;
	int r = hostfile_decode(data, size, &format, &file, &len, &e);

	if (r < 0) {
		must(!file && e.text[0] != '\0');
		return;
	}
	must(file == data + 1 && len == size - 1 && len > 0);
	must(format == HOSTFILE_ENCRYPTED || len <= HOSTFILE_DATA_MAX);
}

/* A good name gives a variable that is listed by that name. */
static void check_name(const char *name, size_t len)
{
	const struct efi_dir dir = EFI_DIR_INIT, bare = { .fd = -1, .bare = true };
	struct hostfile_variable variable;
	char file[EFI_FILE_NAME_MAX], listed[EFI_FILE_NAME_MAX];

	if (hostfile_reason_against(name, len))
		return;
	must(strlen(name) == len && !strchr(name, '/') && name[0] != '.');
	hostfile_variable(name, &variable);
	efi_file_name(&dir, &variable.efi, file);
	must(efi_list_match(file, EFI_GUID_STPROV, HOSTFILE_PREFIX, listed));
	must(strcmp(hostfile_name_of(listed), name) == 0);
	efi_file_name(&bare, &variable.efi, file);
	must(efi_list_match(file, NULL, HOSTFILE_PREFIX, listed));
	must(strcmp(hostfile_name_of(listed), name) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	char listed[EFI_FILE_NAME_MAX];

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	check_data(data, size);
	check_name(text, size);
	if (efi_list_match(text, EFI_GUID_STPROV, HOSTFILE_PREFIX, listed))
		must(strlen(hostfile_name_of(listed)) < EFI_FILE_NAME_MAX);
	free(text);
	return 0;
}
