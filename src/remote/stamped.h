/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The defaults on the boot medium (medium/medium.h) as defaults of the commands' options: checked
 * by the options' own rules, which are also those of scripts/stamp.
 */
#pragma once

#include <stdio.h>

#include "medium/medium.h"
#include "net/hostname.h"

/* Where it is read. */
struct stamped {
	struct medium medium; /* empty if there is none, or if it is not used */
	bool there;           /* one of the two files */
	bool roots;           /* HTTPS roots, too */
	struct error problem; /* why none of it is used; empty: it is used */
};

/*
 * Whether each value is one that its option takes: 0, or -EINVAL with a text that names line and
 * key. Pure.
 */
int stamped_check(const struct medium *medium, struct error *error) MUST_CHECK;

/*
 * Reads the files below @root (AT_FDCWD: of this machine, at MEDIUM_DIR) and checks them. Each
 * directory and file has to be root's, with no other who can write it, and is no symbolic link.
 */
void stamped_read(int root_fd, struct stamped *ret);

/* Before any command, and once in this process: reads the files of this machine, which become outer
 * defaults. */
void stamped_load(void);
const struct stamped *stamped_loaded(void);

/* Logs, once, which defaults there are, or why they are not used; nothing if there are none. */
void stamped_log(void);
/* The same with the values, as the last part of a help text. */
void stamped_print(FILE *out);
/* One file's, as rows: KEY and value, without passwords. */
void stamped_print_values(FILE *out, const struct medium *medium);

/* The host name that it has, which is not empty; false: none. */
bool stamped_propose_host(char host[NET_HOSTNAME_MAX]);
