/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file of --known-hosts. It is checked before the connection to the platform, so that the
 * result of a provisioning is not lost because the file cannot be written, and changed afterwards.
 * hostkey/known_hosts.h changes the text.
 */
#pragma once

#include "hostkey/known_hosts.h"

struct known_hosts_file {
	const char *path; /* as given; borrowed */
	char *target;     /* with symbolic links followed: the file to replace */
	const char *name; /* in the directory; within target */
	int dir_fd;
};

#define KNOWN_HOSTS_FILE_INIT ((struct known_hosts_file){ .dir_fd = -1 })

void known_hosts_file_deinit(struct known_hosts_file *file);
#define _cleanup_known_hosts_file_ _cleanup_(known_hosts_file_deinit)

/*
 * Checks that the file can be read, and replaced or created. A symbolic link is followed and kept.
 * The directory must exist. A negative errno with its text.
 */
int known_hosts_file_open(
	const char *path, struct known_hosts_file *ret, struct error *error) MUST_CHECK;

/* A host key, and under which names it is to be there. */
struct known_hosts_entry {
	const char *names[KNOWN_HOSTS_NAMES_MAX]; /* borrowed */
	size_t names_n;
	unsigned replace; /* which of them may lose another key: known_hosts_put() */
	const char *public, *fingerprint;
};

/*
 * Whether it could be added now. KNOWN_HOSTS_E_OTHER_KEY with its text: a name that may not lose
 * another key has one; both lines were printed on stderr. A negative errno with its text.
 */
int known_hosts_file_try(const struct known_hosts_file *file, const struct known_hosts_entry *entry,
	struct error *error) MUST_CHECK;

/*
 * Adds the key under the names, and reports it on stderr; before it removes an older key, it prints
 * that key's fingerprint. The file is replaced atomically, with its mode and owner; a new one has
 * mode 0600. Waits at most 10 seconds for another stprov that has the lock.
 * KNOWN_HOSTS_E_OTHER_KEY as above, or a negative errno, with its text; the file is then unchanged.
 */
int known_hosts_file_put(const struct known_hosts_file *file, const struct known_hosts_entry *entry,
	struct error *error) MUST_CHECK;
