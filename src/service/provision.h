/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `remote run` does for a client: it takes entropy, derives the host key at a commit, and
 * stores the key once the operator confirms. The first commit wins, and the key whose fingerprint
 * was sent is the key that is stored.
 */
#pragma once

#include "api/bodies.h"
#include "base/secret.h"
#include "crypto/kdf.h"
#include "efi/efi.h"
#include "hostkey/hostkey.h"
#include "net/hostname.h"

/* What a client added. */
struct provision_entropy {
	bool given;
	uint8_t bytes[API_ENTROPY_SIZE]; /* the last one */
};

/* What a review names, and what must be unchanged when the operator confirms it. */
struct provision_facts {
	char hostname[NET_HOSTNAME_MAX]; /* of STHostName */
	bool has_key;                    /* there is a STHostKey, which is going to be replaced */
	bool unreadable;                 /* it is, and cannot be read */
	uint8_t key_hash[CRYPTO_SHA256_SIZE];          /* of it */
	char key_fingerprint[HOSTKEY_FINGERPRINT_MAX]; /* empty: it is not a host key */
};

/* A host key that was derived for one client, and what that client is told. */
struct provision_offer {
	bool made;
	struct hostkey key;
	struct secret material; /* of which the key is made: uds_ssh() */
	struct api_commit answer;
};

void provision_offer_deinit(struct provision_offer *offer);

/* Reads STHostName: 0 and a text that the caller frees; EFI_E_ABSENT or a negative errno else. */
typedef int (*provision_read_hostname)(const struct efi_dir *efi, char **ret, struct error *error);

struct provision {
	const struct efi_dir *efi;             /* borrowed */
	provision_read_hostname read_hostname; /* NULL: the host name never changes */
	struct provision_facts facts;          /* of the last provision_look() that succeeded */
	bool committed;
	struct hostkey key;     /* once committed */
	struct secret material; /* of it, for sealing */
};

/* @hostname: STHostName as read at the start; copied. */
void provision_init(struct provision *provision, const struct efi_dir *efi, const char *hostname,
	provision_read_hostname read_hostname);
void provision_deinit(struct provision *provision);

/*
 * Reads the host name and the present host key again. @ret_changed: whether they differ from the
 * facts before, which are then replaced. A negative errno with its text: there is no host name, or
 * it cannot be read. A host key that cannot be read counts as
 * unchanged: the write fails then.
 */
int provision_look(struct provision *provision, bool *ret_changed, struct error *error) MUST_CHECK;

/* 0, or API_E_CONFLICT with its text after a commit. */
int provision_check_open(const struct provision *provision, struct error *error) MUST_CHECK;

/*
 * Samples the platform's entropy, derives the unique device secret and the host key, and fills in
 * the answer for the host name of the facts. Nothing is committed. API_E_CONFLICT without entropy
 * or after another commit; API_E_FAILED with its text when something could not be derived.
 */
int provision_make_offer(const struct provision *provision, const struct provision_entropy *entropy,
	struct provision_offer *ret, struct error *error) MUST_CHECK;

/*
 * Commits what was offered, whose key it takes over. API_E_CONFLICT with its text after another
 * commit, or if the host name is no longer the offered one; the offer is then unchanged.
 */
int provision_commit(
	struct provision *provision, struct provision_offer *offer, struct error *error) MUST_CHECK;

/* Undoes a commit that was not stored: its key is wiped. */
void provision_withdraw(struct provision *provision);
