/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one-time password and the values derived from it: the password of HTTP's Basic
 * authentication and the seed of the TLS key (docs/protocol.md, "From the one-time password").
 */
#pragma once

#include "base/error.h"
#include "base/secret.h"
#include "crypto/ed25519.h"

/* Longest one-time password in bytes. */
#define OTP_MAX 256
/* Length of the Basic authentication password: hex of 32 bytes. */
#define OTP_BASIC_PASSWORD_LEN 64
/* The user name of Basic authentication in protocol v0.0.1. */
#define OTP_BASIC_USER "example-user"

/*
 * @password: UTF-8 bytes as typed, 0 to OTP_MAX. @ret_basic: the lower-case hex text without a
 * NUL; @ret_seed: 32 bytes. The caller wipes both.
 */
int otp_derive(const struct secret *password, struct secret *ret_basic, struct secret *ret_seed,
	struct error *error) MUST_CHECK;
