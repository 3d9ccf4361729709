/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The events of PCR 7 in a boot log, and UEFI_VARIABLE_DATA, of which they are digests. Pure apart
 * from hashing; views into the log.
 */
#pragma once

#include "pcr7/pcr7.h"

/* The variables that firmware measures first, in this order. */
enum pcr7_variable {
	PCR7_SECURE_BOOT,
	PCR7_PK,
	PCR7_KEK,
	PCR7_DB,
	PCR7_DBX,
	PCR7_VARIABLES,
};

struct pcr7_part {
	const uint8_t *data;
	size_t len;
};

enum pcr7_kind {
	PCR7_VARIABLE, /* one of the five */
	PCR7_SEPARATOR,
	PCR7_AUTHORITY, /* an entry of db, EFI_SIGNATURE_DATA, that vouched for a program */
	PCR7_OTHER,     /* another variable, or an authority that is not of db */
};

struct pcr7_event {
	enum pcr7_kind kind;
	const uint8_t *digest;
	struct pcr7_part data; /* of the variable */
};

/* Events of PCR 7 in one log, at most. */
#define PCR7_EVENTS_MAX 128

/* What was measured into PCR 7, and what else of the log the prediction needs. */
struct pcr7_measured {
	struct pcr7_event events[PCR7_EVENTS_MAX];
	size_t n;
	struct pcr7_part variables[PCR7_VARIABLES];
	/*
	 * Empty, or the first thing of Setup Mode that is not as EDK II does it: another variable,
	 * another order. Where keys change, what such firmware measures next cannot be known;
	 * where they do not, it measures the same again.
	 */
	struct error irregular;
	bool option_rom; /* PCR 2: firmware started a driver of an option ROM */
	/* The last authority was measured while option ROMs were started, so it is one's. */
	bool last_is_option_rom;
};

/*
 * Reads the five variables, the separator and the authorities, each digest that of its data.
 * -EINVAL with a text if one of the variables or the separator is missing or twice, if PCR 7 has
 * an event of another type, or if the log is malformed; -EIO.
 */
int pcr7_measured_read(
	const void *log, size_t len, struct pcr7_measured *ret, struct error *error) MUST_CHECK;

/* The digest of a variable's UEFI_VARIABLE_DATA with these data. -EIO with a text. */
int pcr7_variable_digest(enum pcr7_variable which, const struct pcr7_part *data,
	uint8_t out[PCR7_SIZE], struct error *error) MUST_CHECK;

/* The digest of the separator that follows the variables: of four zero bytes. -EIO. */
int pcr7_separator_digest(uint8_t out[PCR7_SIZE], struct error *error) MUST_CHECK;
