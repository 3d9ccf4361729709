/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A certificate of the host key that --host-ca signs with ssh-keygen(1). Inside `stprov local`
 * only.
 */
#pragma once

#include <stdbool.h>

#include "api/bodies.h"
#include "cli/cli.h"
#include "hostkey/certificate.h"

/* What is known before the platform is called. */
struct host_ca {
	const char *
		key; /* NULL: no certificate. A private key, or the public one of one in an agent */
	const char *validity;
	bool in_agent;
	char fingerprint[HOSTKEY_FINGERPRINT_MAX];
	char principals[API_PRINCIPALS_MAX]; /* with commas */
};

/*
 * Checks the options, and asks ssh-keygen whose key it is. @key: NULL if not given; @validity:
 * NULL: HOST_CA_VALIDITY; @name: of --name, the principal if no other one is given; or NULL.
 * @ret->key and
 * @ret->validity are borrowed. -EINVAL with a text that names the option; another errno of
 * keygen_run().
 */
#define HOST_CA_VALIDITY "+52w"
int host_ca_read(const char *key, const struct cli_list *principals, const char *validity,
	const char *name, struct host_ca *ret, struct error *error) MUST_CHECK;

/* A certificate that was signed, and what it says. */
struct host_ca_signed {
	struct api_certificate certificate;
	struct hostkey_certificate content;
};

/*
 * Has @public signed, for the platform that calls itself @hostname (printable), and checks what
 * came of it: by ssh-keygen, which verifies the signature, and by reading it. A negative errno with
 * its text.
 */
int host_ca_sign(const struct host_ca *ca, const char *public, const char *hostname,
	struct host_ca_signed *ret, struct error *error) MUST_CHECK;
