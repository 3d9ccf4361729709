/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of --file and --authorized-keys. Inside `stprov local` only. */
#pragma once

#include "api/bodies.h"
#include "cli/cli.h"

struct run_files {
	struct api_file items[HOSTFILE_FILES_MAX];
	char macs[HOSTFILE_FILES_MAX][HOSTFILE_MAC_MAX]; /* once they were sent */
	size_t n;
};

void run_files_deinit(struct run_files *files);

/*
 * Reads and checks them: everything that the platform would refuse, before it is called. @list: of
 * `NAME=PATH`; @authorized_keys: a path, or NULL. -EINVAL with a text that names option and file;
 * -ENOMEM.
 */
int run_files_read(const struct cli_list *list, const char *authorized_keys, struct run_files *ret,
	struct error *error) MUST_CHECK;
