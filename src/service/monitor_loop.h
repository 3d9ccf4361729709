/* SPDX-License-Identifier: BSD-2-Clause */
/* One turn of the monitor's loop: waits once and handles what came. One thread, one poll(2). */
#pragma once

#include "service/monitor_state.h"

/* Opens the descriptor that is kept for turning a client away when none is left. */
int loop_take_reserve(struct monitor *monitor, struct error *error) MUST_CHECK;

/* A connection was accepted: starts its session, or logs why not. @fd: taken. */
void loop_start_session(
	struct monitor *monitor, int fd, const struct net_addr *source, const char *peer);

/*
 * Waits until something happens, something is due, or @until_ms, and handles it. Negative: poll(2)
 * failed. The loop is over at STAGE_OVER.
 */
int loop_turn(struct monitor *monitor, int64_t until_ms, struct error *error) MUST_CHECK;
