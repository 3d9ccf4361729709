/* SPDX-License-Identifier: BSD-2-Clause */
/* The TPM's statement that the host key is sealed as it was asked for. Pure. */
#pragma once

#include "api/bodies.h"
#include "attest/round.h"

/*
 * After the commit. @public: the host key, as in authorized_keys; @seal: what was asked for;
 * @sealed: what the TPM says. @round: that of this connection, or NULL without one: the attestation
 * key is then not known, so that the statement's signature is not verified.
 * 0; -EBADMSG with a sentence; another negative errno.
 */
int attest_check_sealed(const uint8_t exporter[TLS_EXPORTER_SIZE], const char *public,
	const struct api_seal *seal, const struct api_sealed *sealed,
	const struct attest_round *round, struct error *error) MUST_CHECK;
