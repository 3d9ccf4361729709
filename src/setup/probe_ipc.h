/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What urlcheck.c and a probe say to each other: the frames' types and payloads.
 *
 * The parent sends PROBE_START and as many PROBE_ROOTS as it takes, then only listens. What comes
 * back is of fixed form, and texts that are not printable ASCII are refused: a probe has read
 * what a server sent, and may have been taken over.
 */
#pragma once

#include <stdbool.h>

#include "hostcfg/url.h"
#include "net/addr.h"
#include "privsep/frame.h"

enum probe_type {
	/* From the parent. */
	PROBE_START = 1, /* struct probe_start; once, first */
	PROBE_ROOTS = 2, /* the next bytes of the roots */

	/* From the probe. */
	PROBE_READY = 16,  /* empty: locked in */
	PROBE_FAILED = 17, /* text: could not be locked in; it ends */
	PROBE_STAGE = 18,  /* text: what it is doing, for the error if its time runs out */
	PROBE_RESULT = 19, /* struct probe_result; once, last */
};

/* Longest media type that is reported, and longest PROBE_STAGE, with their NUL. */
#define PROBE_TYPE_MAX 128
#define PROBE_STAGE_MAX 384

struct probe_start {
	int64_t deadline_ms; /* clock_now_ms() by which all is done */
	int64_t floor_s;     /* the least that the platform's clock can truly be */
	uint32_t roots_len;
	char url[URL_MAX]; /* with its password: wipe it */
};

struct probe_result {
	int status; /* of the last answer; 0: none */
	bool has_length;
	uint64_t length;
	unsigned redirects;
	char type[PROBE_TYPE_MAX];
	char address[NET_ENDPOINT_TEXT_MAX];
	char final_url[URL_TEXT_MAX]; /* empty without redirects */
	struct error error;           /* empty: the status is 200 */
};

/* Room for either payload. */
#define PROBE_PAYLOAD_MAX (URL_TEXT_MAX + URL_MAX + 2048)

/* Encoding into @out, PROBE_PAYLOAD_MAX bytes; returns the length. */
size_t probe_encode_start(const struct probe_start *start, uint8_t *out);
size_t probe_encode_result(const struct probe_result *result, uint8_t *out);

/* False if the payload is not exactly one of its kind. */
bool probe_decode_start(const struct frame *frame, struct probe_start *ret);
bool probe_decode_result(const struct frame *frame, struct probe_result *ret);
/* A text of PROBE_STAGE or PROBE_FAILED. */
bool probe_decode_text(const struct frame *frame, char out[PROBE_STAGE_MAX]);
