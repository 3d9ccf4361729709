/* SPDX-License-Identifier: BSD-2-Clause */
/* What `remote run` serves: address, code, and where variables are written. */
#pragma once

#include "base/secret.h"
#include "crypto/spake2plus.h"
#include "efi/efi.h"
#include "net/allow.h"
#include "service/provision.h"

struct monitor_config {
	struct net_addr address;
	uint16_t port;
	struct net_allow allow;
	const struct efi_dir *efi;             /* borrowed; the store */
	const struct efi_dir *firmware;        /* borrowed; Secure Boot; NULL: none */
	const char *no_firmware;               /* borrowed; why there is none */
	const char *tpm;                       /* borrowed; path; NULL: it is not to be used */
	const struct efi_dir *other_store;     /* borrowed; TPM keys that it names stay; NULL */
	const char *key_note;                  /* borrowed; for the review; NULL: none */
	const char *boot_log;                  /* borrowed; EVENTLOG_PATH */
	bool require_seal;                     /* no clear host key is stored */
	const char *hostname;                  /* borrowed; of STHostName */
	provision_read_hostname read_hostname; /* reads it again; NULL: it never changes */
	struct spake2plus_verifier verifier;   /* of the code */
	const char *code; /* borrowed; one that was made here and is to be shown; else NULL */
	const char *seal; /* borrowed; for the command on the laptop, `tpm`; NULL: its default */
	unsigned bits;    /* of the code or password, by estimate */
	bool compat;      /* v0.0.1 is served too, with what follows */
	struct secret credentials; /* `user:password` that every request must bring */
	struct secret seed;        /* of the TLS key */
	int report_fd;             /* for the lines of --json, borrowed; 0: none */
};
