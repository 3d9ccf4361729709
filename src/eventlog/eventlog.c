/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The firmware's boot log: see eventlog.h. What follows what, numbers in little endian:
 *
 *	TCG_PCR_EVENT    pcr32 type32 SHA-1[20] size32 data: only the first, whose data is
 *	                 TCG_EfiSpecIdEvent
 *	TCG_PCR_EVENT2   pcr32 type32 count32, count times { algorithm16 digest }, size32 data
 */
#include "eventlog/eventlog.h"

#include <errno.h>
#include <string.h>

#define SHA1_SIZE 20
#define SIGNATURE "Spec ID Event03"
/* platformClass32, specVersionMinor, specVersionMajor, specErrata, uintnSize. */
#define SPEC_ID_FIXED 8

/* TPM_ALG_SHA256 (TCG Algorithm Registry). */
#define ALGORITHM_SHA256 0x000b
/* SHA-512's; no registered algorithm has more. */
#define DIGEST_MAX 64

static int malformed(struct error *error, const char *what)
{
	return error_set(error, -EINVAL, "the boot log %s", what);
}

/*
 * TCG_EfiSpecIdEvent, which has @len bytes: the signature, fixed fields, the algorithms, the
 * vendor's bytes.
 */
static bool read_spec_id(struct eventlog *log, size_t len)
{
	struct bytes_reader *r = &log->r;
	size_t begin = bytes_position(r);
	const uint8_t *signature = bytes_view(r, sizeof(SIGNATURE));

	if (!signature || memcmp(signature, SIGNATURE, sizeof(SIGNATURE)) != 0)
		return false;
	bytes_view(r, SPEC_ID_FIXED);
	uint32_t n = bytes_read_le32(r);
	if (n < 1 || n > EVENTLOG_ALGORITHMS_MAX)
		return false;
	for (log->n = 0; log->n < n; log->n++) {
		log->algorithms[log->n].id = bytes_read_le16(r);
		log->algorithms[log->n].size = bytes_read_le16(r);
		if (log->algorithms[log->n].size < 1 || log->algorithms[log->n].size > DIGEST_MAX)
			return false;
		if (log->algorithms[log->n].id == ALGORITHM_SHA256 &&
			log->algorithms[log->n].size != EVENTLOG_SHA256_SIZE)
			return false;
		for (size_t i = 0; i < log->n; i++)
			if (log->algorithms[i].id == log->algorithms[log->n].id)
				return false;
	}
	bytes_view(r, bytes_read_u8(r));
	return bytes_reader_ok(r) && bytes_position(r) - begin == len;
}

int eventlog_open(const void *data, size_t len, struct eventlog *ret, struct error *error)
{
	struct eventlog log = { .r = bytes_reader(data, len) };

	if (len == 0)
		return malformed(error, "is empty");
	if (len > EVENTLOG_MAX)
		return malformed(error, "is too long");
	uint32_t pcr = bytes_read_le32(&log.r), type = bytes_read_le32(&log.r);
	bytes_view(&log.r, SHA1_SIZE);
	uint32_t size = bytes_read_le32(&log.r);
	if (!bytes_reader_ok(&log.r) || size > bytes_left(&log.r))
		return malformed(error, "is truncated in its first event");
	if (pcr != 0 || type != EVENTLOG_EV_NO_ACTION || !read_spec_id(&log, size))
		return malformed(error, "does not begin with a Spec ID Event03");
	*ret = log;
	return 0;
}

/* The index of an algorithm; log->n if the log's first event did not list it. */
static size_t find_algorithm(const struct eventlog *log, uint16_t id)
{
	size_t i = 0;

	while (i < log->n && log->algorithms[i].id != id)
		i++;
	return i;
}

/* One digest of each algorithm, in any order; that of SHA-256 is kept. */
static int read_digests(struct eventlog *log, struct eventlog_event *event, struct error *error)
{
	bool seen[EVENTLOG_ALGORITHMS_MAX] = { false };

	for (size_t i = 0; i < log->n; i++) {
		uint16_t id = bytes_read_le16(&log->r);
		size_t which = find_algorithm(log, id);
		if (!bytes_reader_ok(&log->r))
			return malformed(error, "is truncated");
		if (which == log->n)
			return malformed(
				error, "has a digest of an algorithm that it does not list");
		if (seen[which])
			return malformed(error, "has an event with two digests of one algorithm");
		seen[which] = true;
		/* The first event cannot list SHA-256 with another size. */
		if (id == ALGORITHM_SHA256)
			event->sha256 = bytes_view(&log->r, EVENTLOG_SHA256_SIZE);
		else
			bytes_view(&log->r, log->algorithms[which].size);
	}
	return 0;
}

bool eventlog_has_sha256(const struct eventlog *log)
{
	return find_algorithm(log, ALGORITHM_SHA256) < log->n;
}

int eventlog_next(struct eventlog *log, struct eventlog_event *ret, struct error *error)
{
	struct eventlog_event event = { .sha256 = NULL };
	int r;

	if (bytes_reader_done(&log->r))
		return EVENTLOG_E_END;
	event.pcr = bytes_read_le32(&log->r);
	event.type = bytes_read_le32(&log->r);
	uint32_t n = bytes_read_le32(&log->r);
	if (bytes_reader_ok(&log->r) && n != log->n)
		return malformed(error, "has an event with another number of digests");
	r = read_digests(log, &event, error);
	if (r < 0)
		return r;
	event.len = bytes_read_le32(&log->r);
	event.data = bytes_view(&log->r, event.len);
	if (!bytes_reader_ok(&log->r))
		return malformed(error, "is truncated");
	*ret = event;
	return 0;
}

int eventlog_applications(const void *data, size_t len,
	uint8_t ret[EVENTLOG_APPLICATIONS_MAX][EVENTLOG_SHA256_SIZE], size_t *ret_n,
	struct error *error)
{
	struct eventlog_event event;
	struct eventlog log;
	size_t n = 0;
	int r = eventlog_open(data, len, &log, error);

	while (r == 0) {
		r = eventlog_next(&log, &event, error);
		if (r == 0 && event.type == EVENTLOG_EV_EFI_BOOT_SERVICES_APPLICATION &&
			event.pcr == EVENTLOG_PCR_BOOT_APPLICATION && event.sha256 &&
			n < EVENTLOG_APPLICATIONS_MAX)
			memcpy(ret[n++], event.sha256, EVENTLOG_SHA256_SIZE);
	}
	if (r < 0)
		return r;
	if (n == 0)
		return error_set(
			error, -ENOENT, "the boot log names no application by its SHA-256");
	*ret_n = n;
	return 0;
}
