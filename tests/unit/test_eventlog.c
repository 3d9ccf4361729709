/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * eventlog/eventlog.h: logs of OVMF with swtpm, and malformed ones (tests/fuzz/corpus/eventlog).
 */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/file.h"
#include "eventlog/eventlog.h"

static void read_log(const char *name, uint8_t **ret_data, size_t *ret_len)
{
	char path[512];
	struct error error = ERROR_INIT;

	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/eventlog/%s", getenv("STPROV_SOURCE"),
		name);
	if (file_read(AT_FDCWD, path, 1 << 20, ret_data, ret_len, &error) < 0)
		tap_fail(__FILE__, __LINE__, "%s", error.text);
}

/* How many events follow the first; negative: what ended it. */
static int count(const char *name, struct error *error)
{
	_cleanup_free_ uint8_t *data = NULL;
	struct eventlog_event event;
	struct eventlog log;
	size_t len = 0;
	int n = 0;

	read_log(name, &data, &len);
	int r = eventlog_open(data, len, &log, error);
	while (r == 0) {
		r = eventlog_next(&log, &event, error);
		n += r == 0;
	}
	return r < 0 ? r : n;
}

static void logs_are_read_to_their_last_byte(void)
{
	struct error error;

	tap_eq_int(count("log-r2a", &error), 35);
	tap_eq_int(count("log-r2c", &error), 35);
	tap_eq_int(count("log-r5a", &error), 36);
	/* Four banks: the digests of each event are of four sizes. */
	tap_eq_int(count("log-t0", &error), 35);
}

static void malformed_logs_are_refused(void)
{
	struct error error;
	struct eventlog log;

	tap_eq_int(eventlog_open("", 0, &log, &error), -EINVAL);
	tap_eq_text(error.text, "the boot log is empty");
	tap_eq_int(count("cut-header", &error), -EINVAL);
	tap_eq_text(error.text, "the boot log is truncated in its first event");
	tap_eq_int(count("cut-event", &error), -EINVAL);
	tap_eq_text(error.text, "the boot log is truncated");
	tap_eq_int(count("version-02", &error), -EINVAL);
	tap_eq_text(error.text, "the boot log does not begin with a Spec ID Event03");
}

static void every_prefix_is_refused_or_ends_between_events(void)
{
	_cleanup_free_ uint8_t *data = NULL;
	uint8_t digests[EVENTLOG_APPLICATIONS_MAX][EVENTLOG_SHA256_SIZE];
	size_t len = 0, n, whole = 0;
	struct error error;

	read_log("log-r2a", &data, &len);
	for (size_t i = 0; i < len; i++) {
		uint8_t *copy = malloc(i > 0 ? i : 1);
		memcpy(copy, data, i);
		/* -ENOENT: whole events, and no application among them yet. */
		whole += eventlog_applications(copy, i, digests, &n, &error) != -EINVAL;
		free(copy);
	}
	tap_eq_int(whole, 35);
}

static void the_applications_of_a_boot_are_found(void)
{
	_cleanup_free_ uint8_t *data = NULL;
	uint8_t digests[EVENTLOG_APPLICATIONS_MAX][EVENTLOG_SHA256_SIZE];
	struct error error;
	size_t len = 0, n = 0;

	/* With Secure Boot the stub's kernel is not started by the firmware; without it is. */
	read_log("log-r2c", &data, &len);
	tap_eq_int(eventlog_applications(data, len, digests, &n, &error), 0);
	tap_eq_int(n, 1);
	free(TAKE_PTR(data));
	read_log("log-r2a", &data, &len);
	tap_eq_int(eventlog_applications(data, len, digests, &n, &error), 0);
	tap_eq_int(n, 2);
	tap_ok(memcmp(digests[0], digests[1], EVENTLOG_SHA256_SIZE) != 0);
}

static void write_le(struct bytes_writer *w, unsigned bits, uint32_t value)
{
	for (unsigned shift = 0; shift < bits; shift += 8)
		bytes_write_u8(w, (uint8_t)(value >> shift));
}

/* A log by hand: its first event, then @n events of one SHA-256 each, all zero but the last byte.
 */
static size_t compose(uint8_t *out, size_t cap, unsigned n, uint32_t pcr, uint32_t type)
{
	static const uint8_t spec_id[] = "Spec ID Event03\0\0\0\0\0\0\2\0\2\1\0\0\0\x0b\0\x20\0";
	struct bytes_writer w = bytes_writer(out, cap);
	static const uint8_t zero[32];

	write_le(&w, 32, 0);
	write_le(&w, 32, 3);
	bytes_write(&w, zero, 20);
	write_le(&w, 32, sizeof(spec_id));
	bytes_write(&w, spec_id, sizeof(spec_id));
	for (unsigned i = 0; i < n; i++) {
		write_le(&w, 32, pcr);
		write_le(&w, 32, type);
		write_le(&w, 32, 1);
		write_le(&w, 16, 0x0b);
		bytes_write(&w, zero, 31);
		bytes_write_u8(&w, (uint8_t)i);
		write_le(&w, 32, 0);
	}
	return w.len;
}

static void other_pcrs_and_types_are_no_applications(void)
{
	uint8_t digests[EVENTLOG_APPLICATIONS_MAX][EVENTLOG_SHA256_SIZE], log[4096];
	struct error error;
	size_t n = 0, len = compose(log, sizeof(log), 2, 4, 0x80000003);

	tap_eq_int(eventlog_applications(log, len, digests, &n, &error), 0);
	tap_eq_int(n, 2);
	len = compose(log, sizeof(log), 2, 2, 0x80000003);
	tap_eq_int(eventlog_applications(log, len, digests, &n, &error), -ENOENT);
	len = compose(log, sizeof(log), 2, 4, 0x80000004);
	tap_eq_int(eventlog_applications(log, len, digests, &n, &error), -ENOENT);
	len = compose(log, sizeof(log), EVENTLOG_APPLICATIONS_MAX + 3, 4, 0x80000003);
	tap_eq_int(eventlog_applications(log, len, digests, &n, &error), 0);
	tap_eq_int(n, EVENTLOG_APPLICATIONS_MAX);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(logs_are_read_to_their_last_byte),
		TAP_TEST(malformed_logs_are_refused),
		TAP_TEST(every_prefix_is_refused_or_ends_between_events),
		TAP_TEST(the_applications_of_a_boot_are_found),
		TAP_TEST(other_pcrs_and_types_are_no_applications),
		{ 0 },
	};
	return tap_run(tests);
}
