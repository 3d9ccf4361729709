/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `stprov local console`: sets up and provisions a platform through its console and the network
 * (docs/console.md). Its loop, and what it knows. Inside `stprov local console` only, except the
 * command's row.
 */
#pragma once

#include "base/progress.h"
#include "driver/channel.h"
#include "driver/message.h"
#include "local/drive_command.h"
#include "local/drive_compare.h"
#include "local/drive_exchange.h"
#include "local/drive_shown.h"
#include "local/drive_wake.h"
#include "local/drive_words.h"
#include "local/run_options.h"

extern const struct cli_command local_console_command;

struct drive_options {
	struct run_options run;
	const char *setup, *start, *leave;
	int64_t wait_ms;
	bool yes, cr;
	char **command; /* ends with NULL */
};

enum drive_step {
	DRIVE_CALLING,    /* no hello yet */
	DRIVE_SETTING_UP, /* setup was sent */
	DRIVE_STARTING,   /* run was sent */
	DRIVE_CONNECTING, /* the exchange connects; the words are not compared */
	DRIVE_PREPARING,  /* it sends and prepares; no review yet */
	DRIVE_ASKING,     /* the operator of this laptop is asked */
	DRIVE_STORING,    /* confirmed */
	DRIVE_ABORTING,   /* the platform is to abort, and to tell its end */
	DRIVE_LEAVING,    /* leave was sent */
	DRIVE_OVER,
};

/* How often a frame is sent, so that each side sees that the other is there. */
#define DRIVE_PING_MS (20 * 1000)
/* How long one side waits for the end of the other. */
#define DRIVE_OTHER_END_MS (15 * 1000)

struct drive {
	const struct drive_options *options;
	struct drive_words setup, start; /* without --setup, setup.n is 0 */
	char allow[NET_PREFIX_TEXT_MAX * NET_LOOKUP_MAX + 1];
	char leave[64]; /* --leave, without escapes; empty: none */
	struct run *run;
	struct drive_command command;
	struct drive_exchange exchange;
	struct channel channel;
	struct drive_shown shown;
	struct drive_wake wake;
	char reply[DRIVE_SHOWN_MAX + 1]; /* of a shell to the typed command: its last line */
	struct drive_own own;
	struct driver_report report; /* the last one */
	struct driver_report opened; /* the first connection that has shown the code */
	struct driver_report review; /* the open one */
	bool greeted;                /* hello came */
	bool has_opened, running;    /* the platform has a child that would have to be aborted */
	bool done, ended;            /* the platform's run; the exchange */
	bool late;                   /* it failed after it was confirmed */
	enum drive_step step;
	struct progress progress;
	int signal_fd, exit_code;
	struct error why;
	int64_t until_ms;         /* of this step; CLOCK_NEVER: no limit */
	int64_t call_ms, ping_ms; /* when the next one is due */
	int64_t retry_ms;
};

/* A line for the operator, who may see a row. */
void drive_say(struct drive *drive, const char *format, ...) PRINTF_LIKE(2, 3);
/* Begins a step with its row; NULL: none. */
void drive_begin(struct drive *drive, enum drive_step step, const char *row, int64_t until_ms);
/*
 * Ends what was begun, on both sides: nothing more is confirmed. The first reason counts. @code:
 * the exit code.
 */
void drive_fail(struct drive *drive, int code, const char *format, ...) PRINTF_LIKE(3, 4);
/* After the review was confirmed: whether both sides have ended, or need not be waited for. */
void drive_check_end(struct drive *drive);
/* As drive_fail() without a failure. */
void drive_leave(struct drive *drive);
void drive_send(struct drive *drive, enum driver_request_type type, const char *const *argv,
	const char *words);

/* Until it is over, and COMMAND has ended. A negative errno with its text. */
int drive_loop(struct drive *drive, struct error *error) MUST_CHECK;

/* -- drive_steps.c --------------------------------------------------------------------------- */

/* A message of the platform came. */
void drive_take_report(struct drive *drive, const struct driver_report *report);
/* The exchange tells something. */
void drive_take_told(struct drive *drive, const struct drive_told *told);
/* The operator's line: the question's answer. @line: NULL at the end of input. */
void drive_take_answer(struct drive *drive, const char *line);
