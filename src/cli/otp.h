/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the one-time password comes from: the option, the environment, or the terminal. */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "base/secret.h"

/* The environment variable that serves when the option is absent. */
#define CLI_OTP_VARIABLE "STPROV_OTP"

/* Whether there is one: the option's value, or the variable. */
bool cli_otp_given(const char *option);

/*
 * Takes the one-time password from where it was given and overwrites it there, so that it can no
 * longer be read from /proc/PID/cmdline or /proc/PID/environ. To be called right after the
 * options were parsed; what takes time comes later.
 *
 * @option: the value of -o, which is overwritten in place; NULL: not given, the environment is
 * asked. *ret_ask: it is `-`, and cli_ask_otp() is to be called. Not given at all, empty, or
 * longer than @max bytes is -EINVAL with its text.
 */
int cli_take_otp(char *option, size_t max, struct secret *ret, bool *ret_ask,
	struct error *error) MUST_CHECK;

/*
 * Asks for it on the terminal without echo, or reads one line of stdin if that is no terminal.
 * -EINVAL as above; -EINTR after ctrl+c, with its text.
 */
int cli_ask_otp(size_t max, struct secret *ret, struct error *error) MUST_CHECK;
