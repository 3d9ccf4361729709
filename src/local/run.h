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
#include "local/attestation.h"
#include "local/compare.h"
#include "local/files.h"
#include "local/host_ca.h"
#include "local/known_hosts_file.h"
#include "local/target.h"
#include "secrets/code.h"

extern const struct cli_command local_run_command;

struct run_result;

/*
 * Decides in place of an operator at the terminal (`local console`). Each function returns 0 to go
 * on; otherwise what ends the run, with its text.
 */
struct run_watch {
	/*
	 * The platform knows the code, and nothing else was sent yet. @words: of this connection;
	 * @ours: this machine's end of it; @fd: the connection, on which nothing is expected.
	 */
	int (*opened)(
		void *context, const char *words, const char *ours, int fd, struct error *error);
	/* What a commit will store. */
	int (*prepared)(void *context, const struct run_result *result, struct error *error);
	void *context;
};

/* Before. */
struct run {
	struct target target;
	/* Of the connection, or of the last try: which of the target's addresses. */
	struct net_addr address;
	char endpoint[NET_ENDPOINT_TEXT_MAX];
	int64_t wait_ms; /* how long to try again if no platform answers */
	bool has_keys;
	struct api_secure_boot keys;
	struct run_files files;
	bool keep_files;
	struct attestation attestation; /* and how the host key is to be sealed */
	struct host_ca ca;
	bool compat, json;
	enum compare_source compare;
	const struct run_watch *watch;        /* with COMPARE_CONSOLE */
	const char *name;                     /* what the platform is to call itself; NULL: any */
	bool replace;                         /* every other key in known_hosts */
	const struct known_hosts_file *hosts; /* NULL: no --known-hosts */
	struct spake2plus_prover prover;      /* v1: from the code */
	struct secret password, seed; /* v0.0.1: of Basic authentication; of the expected key */
};

/* Wipes it. */
void run_deinit(struct run *run);

/* Results: printable, even if the platform sent other bytes. */
struct run_result {
	char publickey[HOSTKEY_PUBLIC_MAX];
	char fingerprint[HOSTKEY_FINGERPRINT_MAX];
	char hostname[API_TEXT_MAX * TEXT_PRINTABLE_GROWTH];
	char ip[NET_ADDR_TEXT_MAX];
	/* v1; empty: the platform does not tell. @macs: with a space between two. */
	char serial[API_TEXT_MAX * TEXT_PRINTABLE_GROWTH],
		uuid[API_TEXT_MAX * TEXT_PRINTABLE_GROWTH];
	char macs[API_TEXT_MAX * TEXT_PRINTABLE_GROWTH];
	bool sealed; /* the host key is, as run->attestation.order has it */
	bool has_certificate;
	struct host_ca_signed certificate;
	char words[CODE_TEXT_MAX];   /* comparison words; empty in v0.0.1 */
	struct api_staged variables; /* the Secure Boot variables that were sent */
};

/*
 * Calls the platform and provisions it: entropy, keys, commit. In v1 the words are compared first,
 * and it waits for the operator. 0; a
 * negative errno or a positive result of whatever failed, with its text.
 */
int exchange_run(struct run *run, struct run_result *ret, struct error *error) MUST_CHECK;

/* The platform's answer, made printable; -EPROTO or -EINVAL if it is inconsistent. */
int result_take(const struct run *run, const struct api_commit *commit, struct run_result *ret,
	struct error *error) MUST_CHECK;

/* `2026-11-26T18:04:05Z` (RFC 3339), of this machine's clock. */
#define RESULT_TIME_MAX sizeof("2026-11-26T18:04:05Z")
void result_format_time(char out[RESULT_TIME_MAX]);

/* Prints it on stdout: key=value lines, or one JSON object. A negative errno with its text. */
int result_print_lines(
	const struct run *run, const struct run_result *result, struct error *error) MUST_CHECK;
int result_print_json(
	const struct run *run, const struct run_result *result, struct error *error) MUST_CHECK;
