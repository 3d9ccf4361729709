/* SPDX-License-Identifier: BSD-2-Clause */
/* The bodies of attest and attest-prove (docs/protocol.md), of the client's side. */
#pragma once

#include "api/attest.h"

/*
 * The answer to attest. -EINVAL with its text; nothing is then left to free. Texts are as they
 * came: the caller makes them printable.
 */
int api_attest_decode(
	const void *json, size_t len, struct api_attest *ret, struct error *error) MUST_CHECK;

/* Certificate, parts of the chain and log, which are one after the other in bytes. Borrowed. */
const uint8_t *api_attest_certificate(const struct api_attest *answer);
const uint8_t *api_attest_chain(const struct api_attest *answer, size_t index);
const uint8_t *api_attest_log(const struct api_attest *answer);

/* @ret_json: the caller frees it. */
int api_prove_encode(
	const struct api_prove *request, char **ret_json, struct error *error) MUST_CHECK;
/* The answer to attest-prove. */
int api_proof_decode(
	const void *json, size_t len, struct api_proof *ret, struct error *error) MUST_CHECK;
