/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside `stprov local run`: what is known before the platform is called, and what is known after
 * it. Only files of this command include this header.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "api/bodies.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"
#include "cli/cli.h"
#include "crypto/spake2plus.h"
#include "hostkey/hostkey.h"
#include "net/addr.h"
#include "secrets/code.h"

extern const struct cli_command local_run_command;

/* Before. */
struct run {
	struct net_addr address;
	uint16_t port;
	char endpoint[NET_ENDPOINT_TEXT_MAX];
	bool has_keys;
	struct api_secure_boot keys;
	bool compat;
	struct spake2plus_prover prover; /* v1: from the code */
	struct secret password, seed;    /* v0.0.1: of Basic authentication; of the expected key */
};

/* Wipes it. */
void run_deinit(struct run *run);

/* Results: printable, even if the platform sent other bytes. */
struct run_result {
	char publickey[HOSTKEY_PUBLIC_MAX];
	char fingerprint[HOSTKEY_FINGERPRINT_MAX];
	char hostname[API_TEXT_MAX * TEXT_PRINTABLE_GROWTH];
	char ip[NET_ADDR_TEXT_MAX];
	char words[CODE_TEXT_MAX];   /* comparison words; empty in v0.0.1 */
	struct api_staged variables; /* the Secure Boot variables that were sent */
};

/*
 * Calls the platform and provisions it: entropy, keys, commit. In v1 waits for the operator. 0; a
 * negative errno or a positive result of whatever failed, with its text.
 */
int exchange_run(const struct run *run, struct run_result *ret, struct error *error) MUST_CHECK;

/* The platform's answer, made printable; -EPROTO or -EINVAL if it is inconsistent. */
int result_take(const struct run *run, const struct api_commit *commit, struct run_result *ret,
	struct error *error) MUST_CHECK;

/* Prints it on stdout: key=value lines, or one JSON object. A negative errno with its text. */
int result_print_lines(const struct run_result *result, struct error *error) MUST_CHECK;
int result_print_json(const struct run_result *result, struct error *error) MUST_CHECK;
