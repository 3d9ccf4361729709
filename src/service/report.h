/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `remote run --json` tells a program: one JSON object a line (docs/console.md). Lines that
 * the program does not take at once are kept; the monitor never waits for it. Without --json these
 * functions do nothing.
 */
#pragma once

#include "service/monitor_state.h"

/* The service is open. */
void report_listening(struct monitor *monitor);
/* This session's peer has shown the code. */
void report_opened(struct monitor *monitor, const struct monitor_session *session);
/* What the review shows. */
void report_review(struct monitor *monitor, const struct monitor_session *session);

/* The program does not read what it must know, or is gone: it would not answer the question. */
bool report_has_failed(const struct monitor *monitor);

/* For poll(2): lines are kept; and writing what can be written. */
bool report_is_behind(const struct monitor *monitor);
void report_flush(struct monitor *monitor);
/* At the end: waits for the program, @wait_ms at most. */
void report_drain(struct monitor *monitor, int64_t wait_ms);
