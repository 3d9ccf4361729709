/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The firmware's log of what it measured into the TPM, in the crypto-agile format (TCG PC Client
 * Platform Firmware Profile 1.05, chapter 10), as Linux shows it below securityfs. Pure and
 * bounded: views into the caller's bytes, no file, no TPM. A log proves nothing until it is
 * compared with a quote.
 */
#pragma once

#include <stdbool.h>

#include "base/bytes.h"
#include "base/error.h"

/* Where Linux shows it (Documentation/security/tpm/tpm_event_log.rst). */
#define EVENTLOG_PATH "/sys/kernel/security/tpm0/binary_bios_measurements"

/* The longest log that is looked at, in bytes; servers have tens of KiB. */
#define EVENTLOG_MAX (256 * 1024)
/* Digest algorithms of one log at most. */
#define EVENTLOG_ALGORITHMS_MAX 8
#define EVENTLOG_SHA256_SIZE 32

/* Types of events that stprov knows (section 10.4.1). */
#define EVENTLOG_EV_NO_ACTION 0x00000003u
#define EVENTLOG_EV_SEPARATOR 0x00000004u
#define EVENTLOG_EV_EFI_VARIABLE_DRIVER_CONFIG 0x80000001u
#define EVENTLOG_EV_EFI_BOOT_SERVICES_APPLICATION 0x80000003u
#define EVENTLOG_EV_EFI_BOOT_SERVICES_DRIVER 0x80000004u
#define EVENTLOG_EV_EFI_RUNTIME_SERVICES_DRIVER 0x80000005u
#define EVENTLOG_EV_EFI_VARIABLE_AUTHORITY 0x800000e0u

/* The PCR into which boot applications are measured. */
#define EVENTLOG_PCR_BOOT_APPLICATION 4

struct eventlog {
	struct bytes_reader r;
	struct {
		uint16_t id; /* TPM_ALG_ID */
		uint16_t size;
	} algorithms[EVENTLOG_ALGORITHMS_MAX];
	size_t n;
};

/* One event. Views. */
struct eventlog_event {
	uint32_t pcr, type;
	const uint8_t *sha256; /* EVENTLOG_SHA256_SIZE bytes; NULL: the log has no such bank */
	const uint8_t *data;
	size_t len;
};

/* Positive result of eventlog_next(). */
enum {
	EVENTLOG_E_END = 1, /* the log is over, to its last byte */
};

/*
 * Reads the first event, `Spec ID Event03`, which lists the algorithms. -EINVAL with a text if
 * there is none (an empty log, or a TPM 1.2's), or it is malformed. @data is borrowed.
 */
int eventlog_open(
	const void *data, size_t len, struct eventlog *ret, struct error *error) MUST_CHECK;

/* The next event; EVENTLOG_E_END; -EINVAL with a text if it is malformed or truncated. */
int eventlog_next(struct eventlog *log, struct eventlog_event *ret, struct error *error) MUST_CHECK;

/* Whether each event of the log has a SHA-256. */
bool eventlog_has_sha256(const struct eventlog *log);

/* Boot applications that eventlog_applications() gives at most. */
#define EVENTLOG_APPLICATIONS_MAX 16

/*
 * The SHA-256 (Authenticode) of each boot application that the firmware started, in their order:
 * the image that runs is among them, and what it was started by or started itself (a stub starts
 * its kernel, a loader the next one). Beyond EVENTLOG_APPLICATIONS_MAX they are left out. -EINVAL
 * for a malformed log, -ENOENT if it has no such event or no such bank; with a text.
 */
int eventlog_applications(const void *data, size_t len,
	uint8_t ret[EVENTLOG_APPLICATIONS_MAX][EVENTLOG_SHA256_SIZE], size_t *ret_n,
	struct error *error) MUST_CHECK;
