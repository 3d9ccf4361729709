/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The connection over the network: `local run`'s own functions, in a child that holds the
 * connection and the code's keys, beside the loop that reads the console. It stops at two points
 * until the loop lets it go on. Inside `stprov local console` only.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "driver/message.h"
#include "local/run.h"

enum drive_told_type {
	DRIVE_OPENED,   /* words, client: it waits */
	DRIVE_PREPARED, /* hostname, fingerprint: it waits */
	DRIVE_ENDED,    /* exit, text of the failure */
};

/* What the child tells. */
struct drive_told {
	enum drive_told_type type;
	char words[DRIVER_WORD_MAX], client[DRIVER_WORD_MAX];
	char hostname[DRIVER_NAME_MAX], fingerprint[DRIVER_WORD_MAX];
	int exit;
	char text[ERROR_TEXT_MAX];
};

struct drive_exchange {
	pid_t pid; /* 0: there is none */
	int fd, err_fd;
	char line[DRIVER_TEXT_MAX]; /* of its stderr */
	size_t len;
};

#define DRIVE_EXCHANGE_INIT ((struct drive_exchange){ .fd = -1, .err_fd = -1 })

/*
 * Starts it. @run: complete except its watch; it stays the caller's. @command_fd: closed in the
 * child, which is to leave COMMAND alone. A negative errno with its text.
 */
int drive_exchange_start(struct drive_exchange *exchange, struct run *run, int command_fd,
	struct error *error) MUST_CHECK;

/* To be called when poll(2) calls fd readable. False: it is gone without a word. */
bool drive_exchange_read(struct drive_exchange *exchange, struct drive_told *ret);
void drive_exchange_go_on(const struct drive_exchange *exchange);

/* Gives each line of its stderr, when err_fd is readable, to @take. Closes err_fd at its end. */
void drive_exchange_read_lines(struct drive_exchange *exchange,
	void (*take)(void *context, const char *line), void *context);

/* Ends it, if it has not ended. */
void drive_exchange_end(struct drive_exchange *exchange);
