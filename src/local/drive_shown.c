/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of the console: see drive_shown.h. */
#include "local/drive_shown.h"

#include <string.h>

#include "base/clock.h"

/* Of a frame, its CRC apart. */
#define FRAME_MIN 11

/* The calls, as a terminal with echo shows them (CALL_BYTE): no text of the console. */
static void drop_calls(char *line)
{
	char *call;

	while ((call = strstr(line, "^T")))
		memmove(call, call + 2, strlen(call + 2) + 1);
}

static const char *end_line(struct drive_shown *shown)
{
	char *kept = shown->last[shown->lines % DRIVE_LAST_LINES];

	shown->line[shown->len] = '\0';
	shown->len = shown->mark = 0;
	drop_calls(shown->line);
	/* Blanks only. */
	if (strspn(shown->line, " ") == strlen(shown->line))
		return NULL;
	memcpy(kept, shown->line, sizeof(shown->line));
	shown->lines = MIN(shown->lines + 1, 1U << 30);
	if (shown->lines == DRIVE_SHOWN_LINES)
		return "(what else the console shows is left out)";
	return shown->lines < DRIVE_SHOWN_LINES ? kept : NULL;
}

/* What is left of a frame on a bad line is not a text for an operator. */
static bool is_damaged_frame(const struct drive_shown *shown)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
	size_t len = shown->len - shown->mark;

	return shown->mark > 0 && len >= FRAME_MIN &&
	       strspn(shown->line + shown->mark, digits) >= len;
}

/* Control sequences are dropped whole. False: the byte belongs to one. */
static bool is_text(struct drive_shown *shown, uint8_t byte)
{
	enum drive_escape was = shown->escape;

	if (byte == 0x1b) {
		shown->escape = DRIVE_ESCAPE;
		return false;
	}
	switch (was) {
	case DRIVE_TEXT:
		return byte >= 0x20 && byte != 0x7f;
	case DRIVE_ESCAPE:
		shown->escape = DRIVE_TEXT;
		if (byte == '[')
			shown->escape = DRIVE_SEQUENCE;
		else if (byte == '(' || byte == ')')
			shown->escape = DRIVE_CHARSET;
		else if (byte == ']')
			shown->escape = DRIVE_STRING;
		break;
	case DRIVE_SEQUENCE:
		if (byte >= 0x40)
			shown->escape = DRIVE_TEXT;
		break;
	case DRIVE_CHARSET:
		shown->escape = DRIVE_TEXT;
		break;
	case DRIVE_STRING:
		if (byte == 0x07)
			shown->escape = DRIVE_TEXT;
		break;
	}
	return false;
}

const char *drive_shown_take(struct drive_shown *shown, uint8_t byte, bool is_frame, int64_t now_ms)
{
	if (byte == '\n' || byte == '\r') {
		/* No sequence has one: one that is not ended hides no second line. */
		shown->escape = DRIVE_TEXT;
		shown->line[shown->len] = '\0';
		if (is_frame || is_damaged_frame(shown))
			shown->len = shown->mark > 0 ? shown->mark - 1 : 0;
		return end_line(shown);
	}
	shown->since_ms = now_ms;
	if (!is_text(shown, byte))
		return NULL;
	shown->line[shown->len++] = (char)(byte < 0x7f ? byte : '?');
	if (byte == ':')
		shown->mark = shown->len;
	return shown->len == DRIVE_SHOWN_MAX ? end_line(shown) : NULL;
}

const char *drive_shown_pause(struct drive_shown *shown, int64_t now_ms, int64_t *ret_next_ms)
{
	*ret_next_ms = shown->len > 0 ? shown->since_ms + DRIVE_SHOWN_PAUSE_MS : CLOCK_NEVER;
	if (shown->len == 0 || *ret_next_ms > now_ms)
		return NULL;
	*ret_next_ms = CLOCK_NEVER;
	return end_line(shown);
}

const char *drive_shown_last(struct drive_shown *shown)
{
	if (shown->len > 0)
		(void)end_line(shown);
	if (shown->lines == 0)
		return NULL;
	return shown->last[(shown->lines - 1) % DRIVE_LAST_LINES];
}
