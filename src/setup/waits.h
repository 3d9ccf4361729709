/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting, with a row on a terminal that shows what for, and an end when a signal comes. */
#pragma once

#include "link/link_wait.h"
#include "packet/wait.h"
#include "setup/state.h"

/* What a wait for frames needs to follow the carriers. */
struct setup_watch {
	struct setup *setup;
	int fd; /* link_events_open() */
};

/*
 * Fills in @ret_wait (packet/wait.h) for a wait on @setup's links until @until_ms (clock_now_ms());
 * its context is @watch, which must outlive it. @what is waited for, and is shown meanwhile. After
 * 0, setup_watch_close() ends it.
 */
int setup_watch_open(struct setup_watch *watch, struct setup *setup, const char *what,
	int64_t until_ms, struct packet_wait *ret_wait, struct error *error) MUST_CHECK;
void setup_watch_close(struct setup_watch *watch);

/* links_wait() with a progress row on a terminal, and a text for -EINTR. @what: what the row says.
 * The interruption and progress of @wait are replaced. */
int setup_wait_links(struct setup *setup, const struct link_wait *wait, const char *what,
	const char *sysfs, struct links *ret_links, struct error *error) MUST_CHECK;

/* `4 s`, `500 ms`. Returns @out. */
#define SETUP_WAIT_TEXT_MAX 32
const char *setup_show_wait(int64_t wait_ms, char out[SETUP_WAIT_TEXT_MAX]);
