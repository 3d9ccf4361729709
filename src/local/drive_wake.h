/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --cr: a shell on the console is woken by a carriage return, and `stprov remote console` is typed
 * at its prompt. The command is ended by another one only if its echo shows that it arrived whole.
 * Pure. Inside `stprov local console` only.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"

/* Longer lines are no prompt and no echo. */
#define DRIVE_WAKE_MAX 256
/* How often the command is typed. */
#define DRIVE_WAKE_TRIES 5
/* How often it is started by a shell that is back at its prompt afterwards. */
#define DRIVE_WAKE_STARTS 3
/* Before the first carriage return: the image's question and the guide are called without one. */
#define DRIVE_WAKE_FIRST_MS 7000
/* Between two carriage returns; for the echo; for the command to answer. */
#define DRIVE_WAKE_EACH_MS 5000
#define DRIVE_WAKE_ECHO_MS 2000

enum drive_wake_state {
	DRIVE_ASLEEP,
	DRIVE_WOKEN,   /* a carriage return was sent: a prompt is expected */
	DRIVE_TYPED,   /* the command was typed: its echo is expected */
	DRIVE_STARTED, /* and ended */
};

struct drive_wake {
	enum drive_wake_state state;
	char line[DRIVE_WAKE_MAX + 1]; /* since the last line end, without control sequences */
	size_t len;
	unsigned escape; /* bytes of a control sequence so far */
	bool asked; /* the shell asked for the cursor's position, as busybox does at a prompt */
	size_t typed_at; /* where the echo begins */
	unsigned tries, starts;
	bool refused;
	int64_t due_ms, until_ms; /* the end of the state: now, and if nothing comes */
};

void drive_wake_init(struct drive_wake *wake, int64_t now_ms);
/* A byte of the console. */
void drive_wake_take(struct drive_wake *wake, uint8_t byte, int64_t now_ms);
/*
 * What is to be written now; NULL: nothing. @ret_next_ms: when to call it again, at the latest.
 */
const char *drive_wake_turn(struct drive_wake *wake, int64_t now_ms, int64_t *ret_next_ms);

enum drive_wake_failure {
	DRIVE_WAKE_FINE,
	DRIVE_WAKE_GARBLED, /* the console garbles what is typed */
	DRIVE_WAKE_REFUSED, /* a shell got the command, and does not start it */
};

enum drive_wake_failure drive_wake_failure(const struct drive_wake *wake);
