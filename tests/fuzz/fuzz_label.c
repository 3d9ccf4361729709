/* SPDX-License-Identifier: BSD-2-Clause */
/* The frame of the label role: the first byte is the type. */
#include <stdlib.h>
#include <string.h>

#include "store/label_role.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char text[LABEL_TEXT_MAX])
{
	if (!memchr(text, '\0', LABEL_TEXT_MAX))
		abort();
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct frame frame;
	struct label_found found, again;
	uint8_t out[LABEL_FOUND_SIZE];

	if (size == 0 || size - 1 > FRAME_PAYLOAD_MAX)
		return 0;
	frame.type = data[0];
	frame.len = size - 1;
	memcpy(frame.payload, data + 1, frame.len);
	if (!label_decode_found(&frame, &found))
		return 0;
	check_text(found.type);
	check_text(found.label);
	label_encode_found(&found, out);
	memcpy(frame.payload, out, sizeof(out));
	if (!label_decode_found(&frame, &again) || again.unclean != found.unclean)
		abort();
	/* What was escaped has a backslash, and that is escaped again. */
	if (!strchr(found.type, '\\') && strcmp(again.type, found.type) != 0)
		abort();
	return 0;
}
