/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `stprov host status`: where each part was found. All that was found is one value; status_text.c
 * and status_json.c tell it and decide nothing.
 */
#pragma once

#include <stdio.h>

#include "cli/cli.h"
#include "host/parts.h"

extern const struct cli_command host_status_command;

/* One of the variables STFile-*, or of the lines of `files`. */
struct host_status_file {
	char name[EFI_FILE_NAME_MAX]; /* NAME; any bytes */
	struct provisioned_part part;
	size_t len;                     /* of the file, if it is good */
	char path[OSPKG_FILE_PATH_MAX]; /* where `apply` puts it, below the root; empty: nowhere */
};

#define HOST_STATUS_FILES_MAX (EFI_LIST_MAX + OSPKG_CONF_FILES_MAX)

struct host_status {
	enum store_kind store;
	bool efivarfs;
	char path[sizeof(((struct efi_dir *)0)->path)];
	struct host_key key;
	struct host_certificate certificate;
	struct host_name name;
	struct host_config config;
	struct host_status_file files[HOST_STATUS_FILES_MAX];
	size_t files_n;
	struct error files_error; /* empty: all were listed */
};

/*
 * All there: PROVISIONED_GOOD. Otherwise the worst state of a part, where what is known to be
 * missing or broken counts for more than what cannot be read.
 */
enum provisioned_state host_status_verdict(const struct host_status *status);

/* Printable ASCII, at most COLUMNS_WIDTH characters a line. */
void host_status_print(FILE *out, const struct host_status *status);
/* One object in ASCII on one line, without newline; the caller frees it. Keys: the manual page. */
int host_status_format_json(
	const struct host_status *status, char **ret_text, struct error *error) MUST_CHECK;
