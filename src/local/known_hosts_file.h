/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file of --known-hosts: looked at before the platform is called, since what is provisioned
 * then should not be lost for a file that cannot be written; changed after it. What becomes of the
 * text is hostkey/known_hosts.h's affair.
 */
#pragma once

#include "hostkey/known_hosts.h"

struct known_hosts_file {
	const char *path; /* as it was given; borrowed */
	char *target;     /* with symbolic links followed: what is replaced */
	const char *name; /* in the directory; within target */
	int dir_fd;
};

#define KNOWN_HOSTS_FILE_INIT ((struct known_hosts_file){ .dir_fd = -1 })

void known_hosts_file_deinit(struct known_hosts_file *file);
#define _cleanup_known_hosts_file_ _cleanup_(known_hosts_file_deinit)

/*
 * Finds out whether the file can be read, and replaced or made. A symbolic link is followed, and
 * stays. The directory must be there. A negative errno with its text.
 */
int known_hosts_file_open(
	const char *path, struct known_hosts_file *ret, struct error *error) MUST_CHECK;

/*
 * Puts the key in under the names, and says on stderr what it does; before it takes out an older
 * key, that one's fingerprint. The file is replaced as a whole, with its mode and owner; a new one
 * is 0600. Waits for another stprov that is at it, 10 seconds at most.
 * @fingerprint: of @public. A negative errno with its text; the file is then as it was.
 */
int known_hosts_file_put(const struct known_hosts_file *file, const char *const *names,
	size_t names_n, const char *public, const char *fingerprint,
	struct error *error) MUST_CHECK;
