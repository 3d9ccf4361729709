/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `remote run` is about: entropy comes in, a commit derives the host key, a confirmation
 * stores it. First commit wins, and the key whose fingerprint was answered is the key stored.
 */
#pragma once

#include "api/bodies.h"
#include "base/secret.h"
#include "efi/efi.h"
#include "hostkey/hostkey.h"

struct provision {
	const struct efi_dir *efi; /* borrowed */
	const char *hostname;      /* borrowed; of STHostName, as read at the start */
	bool has_entropy;
	uint8_t entropy[API_ENTROPY_SIZE]; /* what was added last */
	bool committed;
	struct hostkey key; /* once committed */
};

void provision_init(struct provision *provision, const struct efi_dir *efi, const char *hostname);
void provision_deinit(struct provision *provision);

/* API_E_CONFLICT after a commit. */
int provision_add_entropy(struct provision *provision, const uint8_t entropy[API_ENTROPY_SIZE],
	struct error *error) MUST_CHECK;

/*
 * Samples the platform's entropy, derives the unique device secret and the host key, and fills in
 * the answer. API_E_CONFLICT without entropy or after another commit; API_E_FAILED with its text
 * when something could not be derived (then nothing was committed).
 */
int provision_commit(
	struct provision *provision, struct api_commit *ret, struct error *error) MUST_CHECK;

/* The same with entropy of its own: what was added by provision_add_entropy() stays. */
int provision_commit_with(struct provision *provision, const uint8_t entropy[API_ENTROPY_SIZE],
	struct api_commit *ret, struct error *error) MUST_CHECK;

/* Takes a commit back that was not stored: its key is wiped. */
void provision_withdraw(struct provision *provision);

/* Writes STHostKey and reads it back. */
int provision_store(struct provision *provision, struct error *error) MUST_CHECK;
