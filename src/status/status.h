/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `stprov remote status`: all that is looked at, as one value. Gathering it (look.c) never
 * ends early; telling it, in words (text.c) or as JSON (json.c), decides nothing.
 */
#pragma once

#include <stdio.h>

#include "cli/cli.h"
#include "crypto/certname.h"
#include "crypto/kdf.h"
#include "efi/secureboot.h"
#include "efi/siglist.h"
#include "efi/usage.h"
#include "link/gateway.h"
#include "link/link.h"
#include "machine/machine.h"
#include "provisioned/provisioned.h"
#include "status/tpm.h"
#include "store/store.h"

extern const struct cli_command remote_status_command;

/* One of SetupMode and SecureBoot. */
struct status_flag {
	bool known;
	bool value;
	struct error error; /* why it is not known */
};

struct status_certificate {
	char owner[EFI_GUID_TEXT_MAX];
	/* Printable; empty if it is not a certificate, and the error says why. */
	char subject[CRYPTO_CERT_NAME_MAX];
	char sha256[2 * CRYPTO_SHA256_SIZE + 1]; /* of its bytes */
};

/* One of the Secure Boot variables. */
struct status_keys {
	const struct efi_name *name;
	enum provisioned_state state;            /* broken: what was found before that is below */
	struct error error;                      /* why, unless it is good */
	struct status_certificate *certificates; /* owned */
	size_t certificates_n;
	size_t hashes, others; /* others: of types that are neither certificate nor hash */
};

#define STATUS_KEYS EFI_SB_N

struct status {
	const char *efivars; /* borrowed */
	struct store store;  /* dir.fd -1: it could not be opened, and the error says why */
	struct error store_error;
	const struct efi_dir *firmware; /* of the store; NULL: it could not be opened */
	struct error firmware_error;
	struct provisioned provisioned;
	/* With another store than EFI variables: what NVRAM holds, where stboot looks. */
	struct provisioned nvram;
	struct machine machine;
	struct status_tpm tpm;
	struct status_flag setup_mode, secure_boot;
	struct status_keys keys[STATUS_KEYS]; /* in the order of trust */
	bool has_usage;
	struct efi_usage usage;
	struct error usage_error;
	struct links links; /* all but the loopback are shown */
	struct link_addrs addrs;
	struct gateway_route gateways[GATEWAYS_MAX];
	size_t gateways_n;
	struct error network_error; /* empty: all of it could be read */
	int64_t now_s;              /* the machine's clock */
};

/* @choice: its texts are borrowed. @tpm: of tpm_access_path(). NULL without memory. */
struct status *status_new(const struct store_choice *choice, const char *tpm);
void status_free(struct status **status);
#define _cleanup_status_ _cleanup_(status_free)

/*
 * As provisioned_verdict(); in another store than EFI variables a host configuration that stboot
 * does not find in NVRAM counts as absent.
 */
enum provisioned_state status_verdict(const struct status *status, struct error *ret_why);

/* Whether the clock says a time before this program was built, which is wrong. */
bool status_clock_is_early(const struct status *status);

/* Printable ASCII, at most COLUMNS_WIDTH characters a line. */
void status_print(FILE *out, const struct status *status);
/*
 * The part of it about @p; what is absent is shown if @absent_too. @tpm: what it says of the sealed
 * key; NULL: it was not asked.
 */
void status_print_provisioned(
	FILE *out, const struct provisioned *p, const struct status_tpm *tpm, bool absent_too);

/* One object in ASCII on one line, without newline; the caller frees it. Keys: the manual page. */
int status_format_json(
	const struct status *status, char **ret_text, struct error *error) MUST_CHECK;
