/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by otp.c and uds.c: the derivation R(secret, label, 1) of docs/protocol.md. */
#pragma once

#include "base/error.h"
#include "base/secret.h"

/*
 * The first @len bytes, at most SECRET_MAX, of the stream of @from. @info: `stprov:` and the
 * label. @ret may be @from.
 */
int secrets_derive(const struct secret *from, const char *info, size_t len, struct secret *ret,
	struct error *error) MUST_CHECK;
