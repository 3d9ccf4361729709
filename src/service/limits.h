/* SPDX-License-Identifier: BSD-2-Clause */
/* Bounds of `remote run`, in one place (docs/protocol.md names them). */
#pragma once

/* Connections served at the same time. */
#define SESSIONS_MAX 8
/* A connection keeps its place this long, even if others wait for one. */
#define SESSION_PLACE_MS 100
/* From accept to the end of the first request, and for each request after an answer. */
#define SESSION_REQUEST_MS (15 * 1000)
/* The same for a client of v1 that has shown the code: its operator types the words meanwhile. */
#define OPENED_REQUEST_MS (10 * 60 * 1000)
/* From message 4 of v1's opening to message 5; others wait for their attempt meanwhile. */
#define ATTEMPT_MS (10 * 1000)
/* How much later than its own deadline a session without authentication is ended for it. */
#define SESSION_GRACE_MS 1000
/* The longest life of an authenticated session of v0.0.1. */
#define SESSION_LIFE_MS (5 * 60 * 1000)
/*
 * From the opening of a session of v1 to its commit; tests have one whose end they can wait for.
 */
#ifndef OPENED_LIFE_MS
#define OPENED_LIFE_MS (30 * 60 * 1000)
#endif
/*
 * Frames that one session may send: more than the largest number of HTTP requests makes. An attest
 * makes up to ten.
 */
#define SESSION_FRAMES_MAX 1024
/* Lines that one session may have logged. */
#define SESSION_LOG_LINES_MAX 100
/* Bytes of such a line that are shown: too few to paint the console with. */
#define SESSION_LOG_BYTES_MAX 200
/* Lines about other clients that are printed while a question is open; more would push it off. */
#define QUESTION_LINES_MAX 4
/* Columns of the console that a row takes at most. */
#define CONSOLE_COLUMNS 79
/* Failed attempts in all, of either protocol; then the service ends. */
#define FAILED_ATTEMPTS_MAX 10
/*
 * Connections that have shown the code, in all. Each has comparison words of its own: an
 * attacker in the middle who knows the code would connect until they match the laptop's.
 */
#define OPENINGS_MAX 100
/* After the host key is stored, this long for answers that are still on their way. */
#define FAREWELL_MS 2000
/* A line reports clocks that differ by more than this, in seconds. */
#define CLOCK_DIFFERENCE_S (24 * 3600)
