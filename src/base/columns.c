/* SPDX-License-Identifier: BSD-2-Clause */
/* A label and its value in two columns: see columns.h. */
#include "base/columns.h"

#include <stdarg.h>
#include <string.h>

#include "base/terminal.h"
#include "base/text.h"

static void columns_break(struct columns *c)
{
	fprintf(c->out, "\n%*s", COLUMNS_VALUE, "");
	c->column = COLUMNS_VALUE;
	c->has_words = false;
}

struct columns columns_begin(FILE *out, const char *label)
{
	struct columns c = { .out = out, .width = COLUMNS_WIDTH, .column = COLUMNS_VALUE };
	size_t terminal = terminal_columns(fileno(out));

	if (terminal > 0)
		c.width = MIN(MAX(terminal, (size_t)COLUMNS_WIDTH_MIN), c.width);
	fprintf(out, "%-*s", COLUMNS_VALUE, label);
	if (strlen(label) >= COLUMNS_VALUE)
		columns_break(&c);
	return c;
}

void columns_word(struct columns *c, const char *word, size_t len)
{
	size_t gap = c->has_words ? 1 : 0;

	if (c->has_words && c->column + gap + len > c->width) {
		columns_break(c);
		gap = 0;
	}
	c->column += (size_t)fprintf(c->out, "%*s", (int)gap, "");
	for (size_t n; len > 0; word += n, len -= n) {
		if (c->column == c->width)
			columns_break(c);
		n = MIN(len, c->width - c->column);
		c->column += (size_t)fprintf(c->out, "%.*s", (int)n, word);
	}
	c->has_words = true;
}

void columns_end(struct columns *c)
{
	fputc('\n', c->out);
}

void columns_text(FILE *out, const char *label, const char *text)
{
	struct columns c = columns_begin(out, label);

	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		size_t len = strcspn(text, " ");
		columns_word(&c, text, len);
		text += len;
	}
	columns_end(&c);
}

void columns_format(FILE *out, const char *label, const char *format, ...)
{
	char text[COLUMNS_FORMAT_MAX], shown[sizeof(text) * TEXT_PRINTABLE_GROWTH];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	text_printable_again(text, strlen(text), shown, sizeof(shown));
	columns_text(out, label, shown);
}
