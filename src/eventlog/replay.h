/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a boot log explains: the log replayed to PCR values of bank SHA-256, and these compared with
 * values that a TPM quoted (TCG PC Client Platform Firmware Profile 1.05, chapter 10). Pure, apart
 * from hashing. All of it is for the side that judges a platform: the log is what the platform
 * says, and only the comparison with a quote makes it more than that.
 */
#pragma once

#include <stdbool.h>

#include "eventlog/eventlog.h"

/* PCR 0 to 15: those that are quoted. Later ones belong to a running system. */
#define EVENTLOG_PCRS 16

/* What the events of a log give. */
struct eventlog_replay {
	size_t events;   /* without the first, which lists the algorithms */
	uint16_t logged; /* bit n: an event extends PCR n */
	uint8_t values[EVENTLOG_PCRS][EVENTLOG_SHA256_SIZE];
};

/*
 * Replays all events, to the log's last byte. EV_NO_ACTION extends nothing; of them, a
 * StartupLocality of PCR 0 (section 10.4.5.3) sets the last byte of PCR 0's first value, if it
 * comes before PCR 0 is extended.
 * -EINVAL with a text for a malformed log, for an event that extends a PCR that no TPM has, and for
 * a log without SHA-256 (-ENOENT then, with a text that says what to do). -EIO if hashing fails.
 */
int eventlog_replay(
	const void *data, size_t len, struct eventlog_replay *ret, struct error *error) MUST_CHECK;

/* The same PCRs as sets; bit n is PCR n. Each PCR is in at most one of them. */
struct eventlog_agreement {
	uint16_t explained; /* the log extends it, to the quoted value */
	/* Not to the quoted value: the log extends it to another, or is one of PCR 0 to 7, which
	 * firmware must log, is not zero, and is not in the log. */
	uint16_t differing;
	uint16_t unlogged; /* of PCR 8 to 15: not zero, and not in the log, as PCR 10 of Linux' IMA
			    */
	/* PCR 0 to 7 are all zero: firmware does not extend this bank, so its values say nothing.
	 */
	bool unused;
};

/* Compares with the quoted values of PCR 0 to 15. */
void eventlog_compare(const struct eventlog_replay *replay,
	const uint8_t quoted[EVENTLOG_PCRS][EVENTLOG_SHA256_SIZE], struct eventlog_agreement *ret);

/* What TPM2_PCR_Extend does: the hash of the old value and the digest. -EIO with a text. */
int eventlog_extend(uint8_t io_value[EVENTLOG_SHA256_SIZE],
	const uint8_t digest[EVENTLOG_SHA256_SIZE], struct error *error) MUST_CHECK;

/* Bytes of the longest text of eventlog_pcrs_format(), with its NUL. */
#define EVENTLOG_PCRS_TEXT_MAX 64

/* A set of PCRs in words: `PCR 0-7, 9 and 11`; of an empty one `no PCR`. */
void eventlog_pcrs_format(uint16_t pcrs, char out[EVENTLOG_PCRS_TEXT_MAX]);

/*
 * Whether firmware started the application of this Authenticode SHA-256 (pe/pe.h): PCR 4 has an
 * EV_EFI_BOOT_SERVICES_APPLICATION of that digest. It says something about the platform only if
 * PCR 4 is explained. What stboot starts by kexec is not in the log.
 * 0; EVENTLOG_E_END: it did not; -EINVAL with a text for a malformed log.
 */
int eventlog_find_application(const void *data, size_t len,
	const uint8_t digest[EVENTLOG_SHA256_SIZE], struct error *error) MUST_CHECK;

/*
 * The name of an event's type, as section 10.4.1 has it: `EV_SEPARATOR`; NULL for a type that it
 * does not have.
 */
const char *eventlog_type_name(uint32_t type);
