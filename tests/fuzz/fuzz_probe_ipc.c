/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames between a probe and its parent: the first byte is the type. */
#include <stdlib.h>
#include <string.h>

#include "setup/probe_ipc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct frame frame;
	static struct probe_result result;
	static struct probe_start start;
	uint8_t out[PROBE_PAYLOAD_MAX];
	char text[PROBE_STAGE_MAX];

	if (size == 0 || size - 1 > FRAME_PAYLOAD_MAX)
		return 0;
	frame.type = data[0];
	frame.len = size - 1;
	memcpy(frame.payload, data + 1, frame.len);
	if (probe_decode_text(&frame, text))
		check_text(text);
	if (probe_decode_start(&frame, &start) && probe_encode_start(&start, out) != frame.len)
		abort();
	if (!probe_decode_result(&frame, &result))
		return 0;
	check_text(result.type);
	check_text(result.address);
	check_text(result.final_url);
	check_text(result.error.text);
	if (probe_encode_result(&result, out) != frame.len)
		abort();
	return 0;
}
