/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A boot log that a test takes apart, alters and puts together again: SHA-256 only. Include it
 * after vectors.h, once in a program.
 */
#pragma once

#include <stdlib.h>

#include "base/text.h"
#include "crypto/kdf.h"
#include "eventlog/replay.h"

#define BOOTLOG_EVENTS 200

struct bootlog_event {
	uint32_t pcr, type;
	uint8_t digest[32];
	uint8_t data[4096];
	size_t len;
};

struct bootlog {
	uint8_t head[128]; /* the first event */
	size_t head_len;
	struct bootlog_event events[BOOTLOG_EVENTS];
	size_t n;
};

/* The bytes of a text in base64. */
__attribute__((unused)) static size_t base64_into(const char *text, uint8_t *out, size_t cap)
{
	size_t len = 0;

	tap_eq_int(text_parse_base64(text, strlen(text), out, cap, &len), 0);
	return len;
}

/* A log of the vectors; @out has EVENTLOG_MAX bytes. */
__attribute__((unused)) static size_t log_bytes(const char *name, uint8_t *out)
{
	const json_t *logs = json_object_get(json_object_get(vectors, "eventlog"), "logs");

	return base64_into(row_text(json_object_get(logs, name), "log"), out, EVENTLOG_MAX);
}

__attribute__((unused)) static void bootlog_read(
	struct bootlog *log, const uint8_t *data, size_t len)
{
	struct eventlog_event event;
	struct eventlog events;
	struct error error = ERROR_INIT;

	log->n = 0;
	tap_eq_int(eventlog_open(data, len, &events, &error), 0);
	log->head_len = bytes_position(&events.r);
	tap_ok(log->head_len <= sizeof(log->head));
	memcpy(log->head, data, log->head_len);
	while (eventlog_next(&events, &event, &error) == 0 && log->n < BOOTLOG_EVENTS) {
		struct bootlog_event *one = &log->events[log->n++];
		tap_ok(event.len <= sizeof(one->data));
		one->pcr = event.pcr;
		one->type = event.type;
		one->len = event.len;
		memcpy(one->digest, event.sha256, sizeof(one->digest));
		memcpy(one->data, event.data, event.len);
	}
}

static void bootlog_le32(struct bytes_writer *w, uint32_t value)
{
	for (unsigned shift = 0; shift < 32; shift += 8)
		bytes_write_u8(w, (uint8_t)(value >> shift));
}

/* The log's bytes; @out has EVENTLOG_MAX. */
__attribute__((unused)) static size_t bootlog_write(const struct bootlog *log, uint8_t *out)
{
	struct bytes_writer w = bytes_writer(out, EVENTLOG_MAX);

	bytes_write(&w, log->head, log->head_len);
	for (size_t i = 0; i < log->n; i++) {
		const struct bootlog_event *event = &log->events[i];
		bootlog_le32(&w, event->pcr);
		bootlog_le32(&w, event->type);
		bootlog_le32(&w, 1);
		bytes_write(&w, "\x0b", 2);
		bytes_write(&w, event->digest, sizeof(event->digest));
		bootlog_le32(&w, (uint32_t)event->len);
		bytes_write(&w, event->data, event->len);
	}
	tap_ok(bytes_writer_ok(&w));
	return w.len;
}

/* The event's digest becomes that of its data. */
__attribute__((unused)) static void bootlog_measure(struct bootlog_event *event)
{
	struct error error = ERROR_INIT;

	tap_eq_int(crypto_sha256(event->data, event->len, event->digest, &error), 0);
}

/* Room for one more event before number @at; it is all zero. */
__attribute__((unused)) static struct bootlog_event *bootlog_insert(struct bootlog *log, size_t at)
{
	tap_ok(log->n < BOOTLOG_EVENTS && at <= log->n);
	memmove(&log->events[at + 1], &log->events[at], (log->n - at) * sizeof(log->events[0]));
	log->n++;
	memset(&log->events[at], 0, sizeof(log->events[at]));
	return &log->events[at];
}

__attribute__((unused)) static void bootlog_drop(struct bootlog *log, size_t at)
{
	log->n--;
	memmove(&log->events[at], &log->events[at + 1], (log->n - at) * sizeof(log->events[0]));
}

/* The number of the event of this kind, the @nth from 0; log->n: there is none. */
__attribute__((unused)) static size_t bootlog_find(
	const struct bootlog *log, uint32_t pcr, uint32_t type, size_t nth)
{
	size_t i = 0;

	for (; i < log->n; i++)
		if (log->events[i].pcr == pcr && log->events[i].type == type && nth-- == 0)
			break;
	return i;
}

/* Makes the event a UEFI_VARIABLE_DATA: of db's GUID if @db, else of UEFI's own. */
__attribute__((unused)) static void bootlog_set_variable(struct bootlog_event *event, uint32_t type,
	const char *name, bool db, const uint8_t *data, size_t len)
{
	static const uint8_t guids[2][16] = {
		{ 0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11, 0xaa, 0x0d, 0x00, 0xe0, 0x98,
			0x03, 0x2b, 0x8c },
		{ 0xcb, 0xb2, 0x19, 0xd7, 0x3a, 0x3d, 0x96, 0x45, 0xa3, 0xbc, 0xda, 0xd0, 0x0e,
			0x67, 0x65, 0x6f },
	};
	struct bytes_writer w = bytes_writer(event->data, sizeof(event->data));

	bytes_write(&w, guids[db], 16);
	bootlog_le32(&w, (uint32_t)strlen(name));
	bootlog_le32(&w, 0);
	bootlog_le32(&w, (uint32_t)len);
	bootlog_le32(&w, 0);
	for (; *name; name++) {
		bytes_write_u8(&w, (uint8_t)*name);
		bytes_write_u8(&w, 0);
	}
	bytes_write(&w, data, len);
	tap_ok(bytes_writer_ok(&w));
	event->pcr = 7;
	event->type = type;
	event->len = w.len;
	bootlog_measure(event);
}
