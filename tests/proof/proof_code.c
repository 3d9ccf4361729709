/* SPDX-License-Identifier: BSD-2-Clause */
/* Any characters, taken for a password or a code. */
#include "any.h"
#include "base/random.h"
#include "secrets/code.h"

int random_bytes(void *buf, size_t len, struct error *error)
{
	Frama_C_make_unknown(buf, len);
	return Frama_C_interval(-200, 0);
}

static struct secret any_password(void)
{
	struct secret password;

	Frama_C_make_unknown((char *)&password, sizeof(password));
	password.len = any_len();
	return password;
}

int main(void)
{
	uint8_t bytes[CODE_SIZE];
	char text[CODE_TEXT_MAX];
	struct secret password = any_password();
	struct error error;
	bool ours;

	if (code_make(text, &error) < 0)
		return 1;
	Frama_C_make_unknown((char *)bytes, sizeof(bytes));
	code_trim(&password);
	password = any_password();
	code_normalise(&password);
	password = any_password();
	ours = code_is_words(bytes, password.bytes, password.len);
	if (code_looks_mistyped(&password))
		ours = false;
	return code_strength(&password) > 0 && ours;
}
