/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stprov stored of this platform, read again and checked: host name, host configuration, host
 * key. For showing it; the private key is gone again when this returns.
 */
#pragma once

#include "efi/efi.h"
#include "hostcfg/words.h"
#include "hostkey/hostkey.h"

/* Positive results of provisioned_hostname(), beside EFI_E_ABSENT. */
enum {
	PROVISIONED_E_BAD = 16, /* there is something, and it is not a host name */
};

/*
 * STHostName as text (NET_HOSTNAME_STORED). The caller frees it.
 * EFI_E_ABSENT, PROVISIONED_E_BAD, or a negative errno; with a text.
 */
int provisioned_hostname(const struct efi_dir *efi, char **ret, struct error *error) MUST_CHECK;

enum provisioned_state {
	PROVISIONED_ABSENT,
	PROVISIONED_BROKEN,     /* it is there, and cannot be used */
	PROVISIONED_UNREADABLE, /* it cannot be read, so it is not known what it is */
	PROVISIONED_GOOD,
};

/* What follows for a variable from how reading it ended: efi_read() and what took it apart. */
enum provisioned_state provisioned_state_of(int r);

struct provisioned_part {
	enum provisioned_state state;
	struct error error; /* why, unless it is good */
};

struct provisioned {
	struct provisioned_part name, config, key;
	char *hostname;     /* owned; NULL unless it is good */
	struct hostcfg cfg; /* with its passwords; as it is, also if stboot would refuse it */
	bool has_cfg;       /* it could be decoded */
	char public[HOSTKEY_PUBLIC_MAX];
	char fingerprint[HOSTKEY_FINGERPRINT_MAX];
};

/*
 * Reads all three, whatever becomes of one. @ret is then to be deinited. The configuration is
 * good if stboot would take it: hostcfg_decode() and hostcfg_check().
 */
void provisioned_read(const struct efi_dir *efi, struct provisioned *ret);
/* What is known without a directory to look into: nothing, because of @error. */
void provisioned_unknown(const struct error *error, struct provisioned *ret);
void provisioned_deinit(struct provisioned *p);
#define _cleanup_provisioned_ _cleanup_(provisioned_deinit)

/* All warnings about the configuration, as hostcfg_warnings(); returns their number. */
#define PROVISIONED_WARNINGS_MAX (HOSTCFG_WARNINGS_MAX + 1)
size_t provisioned_warnings(
	const struct provisioned *p, struct error ret[PROVISIONED_WARNINGS_MAX]);

/*
 * Of all three together: the worst state, and in @ret_why one sentence about each that is not
 * good. What is known to be missing or broken counts for more than what cannot be read.
 */
enum provisioned_state provisioned_verdict(const struct provisioned *p, struct error *ret_why);
