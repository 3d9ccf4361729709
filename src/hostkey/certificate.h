/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A host certificate of OpenSSH for an Ed25519 key, as a line (openssh-portable PROTOCOL.certkeys):
 * `ssh-ed25519-cert-v01@openssh.com BASE64 COMMENT`. Pure. Its signature is not verified here: the
 * clients do that, who know the CA.
 */
#pragma once

#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "hostkey/hostkey.h"

/* Longest line; longest key ID and list of principals, in bytes. */
#define HOSTKEY_CERTIFICATE_MAX 4096
#define HOSTKEY_CERTIFICATE_TEXT_MAX 1024
/* The public key of a CA, with its NUL: of RSA with 16384 bits. */
#define HOSTKEY_CERTIFICATE_CA_MAX 3072

struct hostkey_certificate {
	char public[HOSTKEY_PUBLIC_MAX];     /* the certified key, as in struct hostkey */
	char ca[HOSTKEY_CERTIFICATE_CA_MAX]; /* its public key, of any type: `TYPE BASE64` */
	char ca_fingerprint[HOSTKEY_FINGERPRINT_MAX];
	uint64_t serial;
	/* Seconds since 1970, from and before; before UINT64_MAX: for ever. */
	uint64_t valid_after, valid_before;
	/* Printable. The principals have commas between them. */
	char key_id[HOSTKEY_CERTIFICATE_TEXT_MAX];
	char principals[HOSTKEY_CERTIFICATE_TEXT_MAX];
};

/*
 * Reads a line, with or without its newline. -EINVAL with a text: another form or size, not of a
 * host, for a host of any name (no principals), with critical options (of which OpenSSH knows none
 * for hosts), with a text that is not printable ASCII, or a principal with a comma.
 */
int hostkey_certificate_read(const void *line, size_t len, struct hostkey_certificate *ret,
	struct error *error) MUST_CHECK;

/* When it ends, as clock_format_utc(); `never` from the year 10000 on. */
void hostkey_certificate_format_end(uint64_t valid_before, char out[CLOCK_TEXT_MAX]);
