/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the OS package's signed image says: `/etc/stprov/host.conf` and `/etc/stprov/files`
 * (man/stprov-host.1). Both are lines; empty ones, and those that begin with `#`, do not count.
 * Pure.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "hostfile/hostfile.h"
#include "store/store.h"

/* Below the root. */
#define OSPKG_CONF_PATH "etc/stprov/host.conf"
#define OSPKG_CONF_FILES_PATH "etc/stprov/files"
/* Largest of each in bytes, and the most lines with a name in the latter. */
#define OSPKG_CONF_MAX (16 * 1024)
#define OSPKG_CONF_FILES_MAX 64

/* The form in which the network's configuration is handed over. */
enum ospkg_network {
	OSPKG_NETWORK_NETWORKD,
	OSPKG_NETWORK_SCRIPT,
	OSPKG_NETWORK_NONE,
};

/* The default of each is zero. */
struct ospkg_conf {
	enum store_kind store;
	bool require_sealed;
	enum ospkg_network network;
};

/* -EINVAL, without a text, unless it is `networkd`, `script` or `none`. */
int ospkg_network_parse(const char *word, enum ospkg_network *ret) MUST_CHECK;

/*
 * Lines `KEY = VALUE`. -EINVAL with a text that names the line and the key: another form, an
 * unknown key or value, a key that comes twice.
 */
int ospkg_conf_parse(
	const void *text, size_t len, struct ospkg_conf *ret, struct error *error) MUST_CHECK;

/* A file that may be installed, and where. */
struct ospkg_conf_file {
	char name[HOSTFILE_NAME_MAX];
	bool credstore; /* in run/credstore, otherwise in run/stprov/files */
};

struct ospkg_conf_files {
	struct ospkg_conf_file items[OSPKG_CONF_FILES_MAX];
	size_t n;
};

/*
 * Lines `NAME` or `NAME credstore`. -EINVAL with a text that names the line: another form, a name
 * that is refused (hostfile_reason_against()) or comes twice, too many.
 */
int ospkg_conf_files_parse(
	const void *text, size_t len, struct ospkg_conf_files *ret, struct error *error) MUST_CHECK;
/* The line of a file; NULL if there is none, so that it may not be installed. */
const struct ospkg_conf_file *ospkg_conf_files_find(
	const struct ospkg_conf_files *files, const char *name);

/* Where a file goes, below the root: `run/stprov/files/NAME` or `run/credstore/NAME`. */
#define OSPKG_FILE_PATH_MAX 64
void ospkg_conf_file_path(const struct ospkg_conf_file *file, char out[OSPKG_FILE_PATH_MAX]);
