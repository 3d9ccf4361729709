/* SPDX-License-Identifier: BSD-2-Clause */
/* What a TPM is like, and the values of its PCRs: reads, changes nothing. */
#pragma once

#include "base/text.h"
#include "tpm/call.h"
#include "tpm/parent.h"
#include "tpm/policy.h"

/* Texts of a TPM, made printable, with their NUL: four and sixteen characters. */
#define TPM_MANUFACTURER_MAX (4 * TEXT_PRINTABLE_GROWTH + 1)
#define TPM_VENDOR_MAX (16 * TEXT_PRINTABLE_GROWTH + 1)
/* Both halves of the version as eight hex digits, with a dot between them. */
#define TPM_FIRMWARE_MAX 18

struct tpm_look {
	char manufacturer[TPM_MANUFACTURER_MAX]; /* `IBM` */
	char vendor[TPM_VENDOR_MAX];             /* `SW   TPM` */
	char firmware[TPM_FIRMWARE_MAX];         /* `20191023.00163636` */
	struct tpm_bank banks[TPM_BANKS_MAX];    /* those that have a PCR */
	size_t n_banks;
	bool in_lockout;
	uint32_t lockout_counter;
	bool storage_off, endorsement_off;         /* switched off by the firmware */
	bool owner_password, endorsement_password; /* there is one */
	bool parents[TPM_PARENTS];                 /* stprov's keys that are there */
};

/* 0, or a negative errno with a text. */
int tpm_look(struct tpm *tpm, struct tpm_look *ret, struct error *error) MUST_CHECK;

/* `sha256`; a hash without a name here as `0x0027`. */
#define TPM_HASH_NAME_MAX 16
void tpm_hash_name(uint16_t hash, char out[TPM_HASH_NAME_MAX]);

/*
 * The values of the PCRs in @mask, bank SHA-256. -ENOTSUP with the sentence that says what to do:
 * there is no such bank. Else a negative errno with a text.
 */
int tpm_read_pcrs(
	struct tpm *tpm, uint32_t mask, struct tpm_pcrs *ret, struct error *error) MUST_CHECK;

/*
 * Whether the firmware uses bank SHA-256: a policy over PCRs that it does not extend holds in every
 * boot. -ENOTSUP with the same sentence if not, that is if PCR 0 to 7 are all zero.
 */
int tpm_check_bank(struct tpm *tpm, struct error *error) MUST_CHECK;
