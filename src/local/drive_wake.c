/* SPDX-License-Identifier: BSD-2-Clause */
/* A shell is woken: see drive_wake.h. */
#include "local/drive_wake.h"

#include <string.h>

#define COMMAND "stprov remote console"
/* Erases the line. */
#define CTRL_U 0x15
/* The longest control sequence that is dropped as one. */
#define ESCAPE_MAX 16
/* After the last byte of a prompt. */
#define QUIET_MS 200
#define STARTED_QUIET_MS 1000

static const char carriage_return[] = { '\r', '\0' };
static const char erase[] = { CTRL_U, '\0' };

void drive_wake_init(struct drive_wake *wake, int64_t now_ms)
{
	int64_t first_ms = now_ms + DRIVE_WAKE_FIRST_MS;

	*wake = (struct drive_wake){ .due_ms = first_ms, .until_ms = first_ms };
}

/* ESC [ 6 n: the cursor's position is asked for. False: @byte is text. */
static bool take_escape(struct drive_wake *wake, uint8_t byte)
{
	if (byte == 0x1b) {
		wake->escape = 1;
		return true;
	}
	if (wake->escape == 0)
		return false;
	wake->escape++;
	if (wake->escape == 3)
		wake->asked = byte == '6';
	if (wake->escape == 4)
		wake->asked &= byte == 'n';
	bool open = wake->escape == 2 ? byte == '[' : byte < 0x40;
	if (!open || wake->escape == ESCAPE_MAX)
		wake->escape = 0;
	return true;
}

static bool is_prompt(const struct drive_wake *wake)
{
	size_t n = wake->len;

	return wake->asked ||
	       (n >= 2 && wake->line[n - 1] == ' ' && strchr("#$", wake->line[n - 2]));
}

static bool is_echoed(const struct drive_wake *wake)
{
	size_t n = wake->len - MIN(wake->typed_at, wake->len);

	return n == strlen(COMMAND) && memcmp(wake->line + wake->typed_at, COMMAND, n) == 0;
}

void drive_wake_take(struct drive_wake *wake, uint8_t byte, int64_t now_ms)
{
	if (take_escape(wake, byte)) {
		wake->due_ms = wake->asked && wake->state == DRIVE_WOKEN ? now_ms : wake->due_ms;
		return;
	}
	if (byte == '\n' || byte == '\r') {
		wake->len = 0;
		wake->asked = false;
		wake->due_ms = wake->until_ms;
		return;
	}
	if (byte < 0x20 || wake->len == DRIVE_WAKE_MAX)
		return;
	wake->line[wake->len++] = (char)byte;
	/* What follows shows that it was a text that only begins like them. */
	wake->due_ms = wake->until_ms;
	if (wake->state == DRIVE_WOKEN && is_prompt(wake))
		wake->due_ms = MIN(now_ms + QUIET_MS, wake->until_ms);
	if (wake->state == DRIVE_TYPED && is_echoed(wake))
		wake->due_ms = now_ms;
	/* It was not started. */
	if (wake->state == DRIVE_STARTED && is_prompt(wake))
		wake->due_ms = MIN(now_ms + STARTED_QUIET_MS, wake->until_ms);
}

static const char *wait_for(
	struct drive_wake *wake, enum drive_wake_state state, int64_t until_ms, const char *text)
{
	wake->state = state;
	wake->due_ms = wake->until_ms = until_ms;
	return text;
}

/* What the state that is over leads to. */
static const char *do_due(struct drive_wake *wake, int64_t now_ms)
{
	switch (wake->state) {
	case DRIVE_ASLEEP:
	case DRIVE_STARTED:
		wake->asked = false;
		return wait_for(wake, DRIVE_WOKEN, now_ms + DRIVE_WAKE_EACH_MS, carriage_return);
	case DRIVE_WOKEN:
		if (!is_prompt(wake))
			return wait_for(wake, DRIVE_ASLEEP, now_ms, NULL);
		if (wake->starts == DRIVE_WAKE_STARTS) {
			wake->refused = true;
			return NULL;
		}
		wake->typed_at = wake->len;
		return wait_for(wake, DRIVE_TYPED, now_ms + DRIVE_WAKE_ECHO_MS, COMMAND);
	case DRIVE_TYPED:
		if (is_echoed(wake)) {
			wake->starts++;
			return wait_for(
				wake, DRIVE_STARTED, now_ms + DRIVE_WAKE_EACH_MS, carriage_return);
		}
		wake->tries++;
		return wait_for(wake, DRIVE_ASLEEP, now_ms + QUIET_MS, erase);
	}
	return NULL;
}

const char *drive_wake_turn(struct drive_wake *wake, int64_t now_ms, int64_t *ret_next_ms)
{
	const char *text = NULL;

	while (!text && wake->due_ms <= now_ms && drive_wake_failure(wake) == DRIVE_WAKE_FINE)
		text = do_due(wake, now_ms);
	*ret_next_ms = wake->due_ms;
	return text;
}

enum drive_wake_failure drive_wake_failure(const struct drive_wake *wake)
{
	if (wake->tries == DRIVE_WAKE_TRIES)
		return DRIVE_WAKE_GARBLED;
	return wake->refused ? DRIVE_WAKE_REFUSED : DRIVE_WAKE_FINE;
}
