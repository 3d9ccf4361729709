/* SPDX-License-Identifier: BSD-2-Clause */
/* The one payload of the label role: see label_role.h. */
#include <string.h>

#include "base/text.h"
#include "store/label_role.h"

static void put_text(const char *text, uint8_t out[LABEL_TEXT_MAX])
{
	size_t len = strnlen(text, LABEL_TEXT_MAX - 1);

	memset(out, 0, LABEL_TEXT_MAX);
	memcpy(out, text, len);
}

static bool get_text(const uint8_t in[LABEL_TEXT_MAX], char ret[LABEL_TEXT_MAX])
{
	const uint8_t *end = memchr(in, '\0', LABEL_TEXT_MAX);

	if (!end)
		return false;
	for (const uint8_t *rest = end; rest < in + LABEL_TEXT_MAX; rest++)
		if (*rest != '\0')
			return false;
	text_printable((const char *)in, (size_t)(end - in), ret, LABEL_TEXT_MAX);
	return true;
}

void label_encode_found(const struct label_found *found, uint8_t out[LABEL_FOUND_SIZE])
{
	put_text(found->type, out);
	put_text(found->label, out + LABEL_TEXT_MAX);
	out[2 * LABEL_TEXT_MAX] = found->unclean;
}

bool label_decode_found(const struct frame *frame, struct label_found *ret)
{
	struct label_found found;
	const uint8_t *in = frame->payload;

	if (frame->type != LABEL_FOUND || frame->len != LABEL_FOUND_SIZE ||
		in[2 * LABEL_TEXT_MAX] > 1 || !get_text(in, found.type) ||
		!get_text(in + LABEL_TEXT_MAX, found.label))
		return false;
	found.unclean = in[2 * LABEL_TEXT_MAX] == 1;
	*ret = found;
	return true;
}
