/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls of ssh-keygen(1). Inside `stprov local` only. */
#pragma once

#include <stddef.h>

#include "base/error.h"

/* Room for what it prints about one key or certificate. */
#define KEYGEN_OUTPUT_MAX 8192

/*
 * Runs ssh-keygen with these arguments (the first is its name; NULL ends them), and waits for it.
 * It has our terminal, and may ask for a passphrase on it. Its environment is ours without the
 * one-time password, in the language of the C locale. @out: KEYGEN_OUTPUT_MAX bytes, what it wrote
 * to stdout with a NUL, and what it wrote to stderr is dropped; NULL: both go to stderr. -ENOENT:
 * there is no such program; -EIO: it failed, by exit code or signal; -E2BIG: it printed more;
 * -EINTR: a signal came that is to end us, which the program got, too; all with their text. A
 * caller that has that signal blocked has it pending.
 */
int keygen_run(const char *const argv[], char *out, struct error *error) MUST_CHECK;
