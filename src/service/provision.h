/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `remote run` does for a client: it takes entropy, derives the host key at a commit, and
 * stores the key once the operator confirms. The first commit wins, and the key whose fingerprint
 * was sent is the key that is stored.
 */
#pragma once

#include "api/bodies.h"
#include "base/secret.h"
#include "efi/efi.h"
#include "hostkey/hostkey.h"

/* What a client added. */
struct provision_entropy {
	bool given;
	uint8_t bytes[API_ENTROPY_SIZE]; /* the last one */
};

struct provision {
	const struct efi_dir *efi; /* borrowed */
	const char *hostname;      /* borrowed; of STHostName, as read at the start */
	bool committed;
	struct hostkey key; /* once committed */
};

void provision_init(struct provision *provision, const struct efi_dir *efi, const char *hostname);
void provision_deinit(struct provision *provision);

/* 0, or API_E_CONFLICT with its text after a commit. */
int provision_check_open(const struct provision *provision, struct error *error) MUST_CHECK;

/*
 * Samples the platform's entropy, derives the unique device secret and the host key, and fills in
 * the answer. API_E_CONFLICT without entropy or after another commit; API_E_FAILED with its text
 * when something could not be derived (then nothing was committed).
 */
int provision_commit(struct provision *provision, const struct provision_entropy *entropy,
	struct api_commit *ret, struct error *error) MUST_CHECK;

/* Undoes a commit that was not stored: its key is wiped. */
void provision_withdraw(struct provision *provision);

/* Writes STHostKey and reads it back. */
int provision_store(struct provision *provision, struct error *error) MUST_CHECK;
