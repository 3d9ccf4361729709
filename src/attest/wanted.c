/* SPDX-License-Identifier: BSD-2-Clause */
/* What is demanded of an attestation: see wanted.h. */
#include "attest/wanted.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

void attest_pins_deinit(struct attest_pins *pins)
{
	free(pins->sha256);
	*pins = (struct attest_pins){ .n = 0 };
}

/* A line without its comment and without blanks around it: true if something is left. */
static bool trim(const char *line, size_t len, char out[2 * TPM_HASH_SIZE + 2])
{
	const char *comment = memchr(line, '#', len);

	if (comment)
		len = (size_t)(comment - line);
	while (len > 0 && strchr(" \t\r", line[0]))
		line++, len--;
	while (len > 0 && strchr(" \t\r", line[len - 1]))
		len--;
	/* One that is too long is no hash either. */
	len = MIN(len, (size_t)2 * TPM_HASH_SIZE + 1);
	memcpy(out, line, len);
	out[len] = '\0';
	return len > 0;
}

static int add(struct attest_pins *pins, const char *hex, size_t number, struct error *error)
{
	uint8_t sha256[TPM_HASH_SIZE];

	if (text_parse_hex(hex, sha256, sizeof(sha256)) < 0)
		return error_set(
			error, -EINVAL, "line %zu is not a SHA-256 of 64 hex digits", number);
	if (pins->n == ATTEST_PINS_MAX)
		return error_set(error, -EINVAL, "there are more than %d", ATTEST_PINS_MAX);
	void *more = realloc(pins->sha256, (pins->n + 1) * sizeof(*pins->sha256));
	if (!more)
		return error_set_errno(error, -ENOMEM, "endorsement keys");
	pins->sha256 = more;
	memcpy(pins->sha256[pins->n++], sha256, sizeof(sha256));
	return 0;
}

int attest_pins_read(const char *text, size_t len, struct attest_pins *pins, struct error *error)
{
	const size_t before = pins->n;
	char hex[2 * TPM_HASH_SIZE + 2];

	for (size_t number = 1; len > 0; number++) {
		const char *end = memchr(text, '\n', len);
		size_t line = end ? (size_t)(end - text) : len;
		int r = trim(text, line, hex) ? add(pins, hex, number, error) : 0;
		if (r < 0)
			return r;
		line += end != NULL;
		text += line;
		len -= line;
	}
	return pins->n > before ? 0 : error_set(error, -EINVAL, "no SHA-256 is in it");
}
