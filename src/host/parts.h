/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the OS package may have: the parts in the one store of host.conf, each read and checked on
 * its own, and what host.conf and `files` say of them.
 */
#pragma once

#include "host/sealed.h"
#include "ospkg/conf.h"
#include "ospkg/root.h"
#include "provisioned/provisioned.h"

/* The options of every command of `stprov host`. */
struct host_place {
	const char *root; /* borrowed */
	const char
		*efivars; /* borrowed; -E: a directory of EFI variables; NULL: as host.conf says */
	const char *tpm;  /* borrowed; --tpm; NULL: as tpm_access_path() says */
};

/* Where the parts come from and go to. */
struct host_source {
	struct ospkg_root root;
	struct ospkg_conf conf;
	struct ospkg_conf_files files;
	struct store store; /* that of host.conf; parts are never mixed from two */
	struct host_place place;
	/* Opened when a part needs it first: host_source_sealed(). Owned. */
	struct host_sealed **sealed;
};

/*
 * Opens the root, reads its configuration, opens the store. A configuration that is not there has
 * the defaults, and permits no file. A negative errno with its text.
 */
int host_source_open(
	const struct host_place *place, struct host_source *ret, struct error *error) MUST_CHECK;
void host_source_close(struct host_source *source);
#define _cleanup_source_ _cleanup_(host_source_close)

/* Whether the host key is sealed, and what was opened; valid as long as the source is open. */
const struct host_sealed *host_source_sealed(const struct host_source *source);

/*
 * How each part is. Where there is a sealed key it counts, also if it does not open, and every file
 * has to be encrypted with its key. Without one, a clear key and a plain file are broken with
 * `require = sealed`.
 */
struct host_key {
	struct provisioned_part part;
	bool sealed;
	struct provisioned_data pem; /* ends with a newline */
	char public[HOSTKEY_PUBLIC_MAX], fingerprint[HOSTKEY_FINGERPRINT_MAX];
};

/* Of the key: a certificate of another one is broken. */
struct host_certificate {
	struct provisioned_part part;
	struct provisioned_data line; /* ends with a newline */
	struct hostkey_certificate content;
};

struct host_config {
	struct provisioned_part part;
	struct provisioned_data json;
	struct hostcfg cfg;
	bool has_cfg;
};

struct host_name {
	struct provisioned_part part;
	char *text; /* owned */
};

struct host_file {
	struct provisioned_part part;
	struct provisioned_data data;
};

/* Each is to be deinited, whatever it is. */
void host_key_read(const struct host_source *source, struct host_key *ret);
void host_key_deinit(struct host_key *key);
#define _cleanup_host_key_ _cleanup_(host_key_deinit)
void host_certificate_read(
	const struct host_source *source, const struct host_key *key, struct host_certificate *ret);
void host_certificate_deinit(struct host_certificate *certificate);
#define _cleanup_host_certificate_ _cleanup_(host_certificate_deinit)
void host_config_read(const struct host_source *source, struct host_config *ret);
void host_config_deinit(struct host_config *config);
#define _cleanup_host_config_ _cleanup_(host_config_deinit)
void host_name_read(const struct host_source *source, struct host_name *ret);
void host_name_deinit(struct host_name *name);
#define _cleanup_host_name_ _cleanup_(host_name_deinit)
/* @name: hostfile_reason_against() has nothing against it. */
void host_file_read(const struct host_source *source, const char *name, struct host_file *ret);
void host_file_deinit(struct host_file *file);
#define _cleanup_host_file_ _cleanup_(host_file_deinit)
