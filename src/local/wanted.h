/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the operator demands of a platform's TPM: the options of `local run` and `local attestation`
 * about that, and the files that they name. Inside `stprov local` only.
 */
#pragma once

#include "attest/wanted.h"
#include "cli/cli.h"

struct wanted_options {
	const char *ek, *ek_roots, *image, *defaults;
};

struct wanted {
	struct attest_wanted attest;
	struct crypto_roots *roots; /* owned; attest has it, too */
};

void wanted_deinit(struct wanted *wanted);
#define _cleanup_wanted_ _cleanup_(wanted_deinit)

/* The first of them that was given, as in `--ek`; or NULL. */
const char *wanted_first(const struct wanted_options *o);

/*
 * Reads options and files; the names in *ret are borrowed. -EINVAL: the command line is wrong;
 * another errno: a file that it names is; with a text that names the option.
 */
int wanted_read(const struct wanted_options *o, struct wanted *ret, struct error *error) MUST_CHECK;
