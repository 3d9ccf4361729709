/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `remote console` knows, and what it does with the laptop's requests and its child's lines.
 * Inside `remote console` only.
 */
#pragma once

#include "driver/channel.h"
#include "driver/message.h"
#include "remote/driven_child.h"

enum driven_work {
	DRIVEN_NOTHING,
	DRIVEN_SETUP, /* static or dhcp */
	DRIVEN_RUN,
};

struct driven {
	struct channel channel;
	struct driven_child child;
	enum driven_work work;           /* of the child */
	char review[DRIVER_WORD_MAX];    /* the words of the open review; empty: there is none */
	char last_line[DRIVER_TEXT_MAX]; /* of what the child told a person */
	bool done_told;                  /* the child has reported its end itself */
	bool renew;                      /* once the child has ended: begin with another laptop */
	int signal_fd;                   /* borrowed; -1: a signal came */
	unsigned interrupts;             /* ctrl+c in a row */
	bool input_over, ending;
	int exit_code;
	struct error why;
	int64_t since_ms, retry_ms, wait_ms;
};

/* @signal_fd: of signals_open(). */
void driven_init(struct driven *driven, int signal_fd);
void driven_hello(struct driven *driven);

/* One byte of the console. */
void driven_take(struct driven *driven, uint8_t byte);

/* Whether the line has room for what the child prints: on stdout, on stderr. */
bool driven_has_room_for_objects(const struct driven *driven);
bool driven_has_room_for_lines(const struct driven *driven);
/* A stream of the child is readable. */
void driven_read_out(struct driven *driven);
void driven_read_err(struct driven *driven);
/* The child has closed its streams. */
void driven_child_ended(struct driven *driven);

/* As an abort; the first reason counts. @why: empty for CLI_EXIT_OK. */
void driven_end(struct driven *driven, int exit_code, const char *why);
