/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `stprov defaults`: the values that were compiled in, checked by the rules of the options that
 * they are defaults of. The build runs it, so that no program with a bad default is handed over.
 */
#pragma once

#include "base/error.h"
#include "base/macros.h"

/* The Makefile's DEFAULT_... variables; lists are separated by commas. */
struct defaults {
	const char *template_url, *domain, *user, *password, *dns, *allowed_networks;
	const char *bonding_mode;
};

/* -EINVAL with a line that names the variable, its value (no password) and the rule. Pure. */
int defaults_check(const struct defaults *defaults, struct error *error) MUST_CHECK;

/*
 * Prints them, without passwords. Exit code 0; 1 with one line if one of them is not valid. With
 * arguments, FILE and perhaps ROOTS: the same for what is to be put onto a boot medium
 * (medium/medium.h).
 */
int defaults_main(int argc, char **argv);

/* `stprov help defaults`, with the words after it, of which it accepts none. */
int defaults_help(int argc, char **argv);
