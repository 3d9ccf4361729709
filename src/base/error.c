/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of an error: see error.h. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void mark_if_cut(char *text, int wanted)
{
	if (wanted >= ERROR_TEXT_MAX)
		memcpy(text + ERROR_TEXT_MAX - 4, "...", 4);
}

int error_set(struct error *error, int code, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int wanted = vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	mark_if_cut(error->text, wanted);
	return code;
}

int error_set_errno(struct error *error, int code, const char *format, ...)
{
	char head[ERROR_TEXT_MAX];
	va_list args;
	va_start(args, format);
	vsnprintf(head, sizeof(head), format, args);
	va_end(args);
	return error_set(error, code, "%s: %s", head, strerror(-code));
}

int error_prefix(struct error *error, int code, const char *format, ...)
{
	char head[ERROR_TEXT_MAX];
	struct error old = *error;
	va_list args;
	va_start(args, format);
	vsnprintf(head, sizeof(head), format, args);
	va_end(args);
	return error_set(error, code, "%s: %s", head, old.text);
}
