/* Where the one-time password comes from: the option, the environment, or the terminal. */
#pragma once

#include "base/error.h"
#include "base/secret.h"

/* The environment variable that serves when the option is absent. */
#define CLI_OTP_VARIABLE "STPROV_OTP"

/*
 * Reads the one-time password and overwrites where it came from, so that it can no longer be
 * read from /proc/PID/cmdline or /proc/PID/environ (environ: as far as this process's own copy).
 *
 * @option: the value of -o, which is overwritten in place; NULL: not given, the environment is
 * asked. `-`: asks on the terminal without echo, or reads one line of stdin if that is none.
 * Empty or longer than @max bytes is -EINVAL; ctrl+c while asking is -EINTR; with their text.
 */
int cli_read_otp(char *option, size_t max, struct secret *ret, struct error *error) MUST_CHECK;
