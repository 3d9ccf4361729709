/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the operator demands of an attestation, from options and files. Pure: the files were read
 * before.
 */
#pragma once

#include "crypto/chain.h"
#include "tpm/types.h"

/* Endorsement keys of --ek. */
#define ATTEST_PINS_MAX 4096
/* The longest list of them, in bytes. */
#define ATTEST_PINS_TEXT_MAX (1024 * 1024)

struct attest_pins {
	size_t n; /* 0: not given */
	uint8_t (*sha256)[TPM_HASH_SIZE];
};

void attest_pins_deinit(struct attest_pins *pins);

/*
 * Adds the endorsement keys of a text: one SHA-256 in hex a line; empty lines and what follows `#`
 * are ignored. -EINVAL with a text that names the line, also if there is none; -ENOMEM.
 */
int attest_pins_read(
	const char *text, size_t len, struct attest_pins *pins, struct error *error) MUST_CHECK;

struct attest_wanted {
	struct attest_pins pins;
	const struct crypto_roots *roots; /* NULL: no --ek-roots. Borrowed, as the names */
	const char *roots_name;
	const char *image_name;       /* NULL: no --image */
	uint8_t image[TPM_HASH_SIZE]; /* its Authenticode SHA-256 */
	/* The one that it has once it is signed: an unsigned build is what was signed. */
	uint8_t image_when_signed[TPM_HASH_SIZE];
	const char *defaults_name;    /* NULL: no --defaults */
	uint8_t pcr12[TPM_HASH_SIZE]; /* what they give */
};
