/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the one-time password comes from: the option, the environment, or the terminal. */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "base/secret.h"

/* The environment variable that is used if the option is absent. */
#define CLI_OTP_VARIABLE "STPROV_OTP"

/* Whether the option or the variable is given. */
bool cli_otp_given(const char *option);

/*
 * Copies the one-time password from the option or the environment and overwrites it there, so that
 * it can no longer be read from /proc/PID/cmdline or /proc/PID/environ. To be called right after
 * the options are parsed, before anything that takes time.
 *
 * @option: the value of -o, which is overwritten in place; NULL: not given, the environment is
 * used. *ret_ask: it is `-`, and the caller calls cli_ask_otp(). -EINVAL with its text if it is
 * not given, empty, or longer than @max bytes.
 */
int cli_take_otp(char *option, size_t max, struct secret *ret, bool *ret_ask,
	struct error *error) MUST_CHECK;

/*
 * Asks for it on the terminal without echo, or reads one line of stdin if that is not a terminal.
 * -EINVAL as above; -EINTR after ctrl+c, with its text.
 */
int cli_ask_otp(size_t max, struct secret *ret, struct error *error) MUST_CHECK;

/*
 * Asks on the terminal whether a password that looks mistyped is meant so: an empty line keeps
 * @otp, and another one replaces it. Does nothing if stdin is not a terminal. As cli_ask_otp().
 */
int cli_ask_otp_again(size_t max, struct secret *otp, struct error *error) MUST_CHECK;
