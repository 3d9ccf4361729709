/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The monitor's state, shared by its loop (monitor.c), its table of requests (requests.c), who
 * may try the code (attempts.c) and the operator's decision (decide.c). Not for anybody else.
 */
#pragma once

#include "console/journal.h"
#include "service/monitor.h"

/* What a session may ask for; each request names the phases in which it is permitted. */
enum session_phase {
	PHASE_STARTING = 1 << 0, /* not locked in yet */
	PHASE_READY = 1 << 1,    /* its peer has said nothing yet */
	/* v0.0.1 */
	PHASE_GUESSING = 1 << 2,      /* its peer has not shown the password, or a wrong one */
	PHASE_AUTHENTICATED = 1 << 3, /* its peer's last request was authenticated */
	/* v1 */
	PHASE_OPENING = 1 << 4, /* its peer can test nothing yet, or no more */
	PHASE_QUEUED = 1 << 5,  /* asked for an attempt while another was under way */
	PHASE_ATTEMPT = 1 << 6, /* its peer can test one guess: it ends opened, or as a failure */
	PHASE_OPENED = 1 << 7,  /* its peer has shown the code */
	PHASE_WAITING = 1 << 8, /* its commit waits for the operator */
};

struct monitor_session {
	struct role role; /* pid 0: this place is free */
	enum session_phase phase;
	int64_t started_ms;
	struct net_addr source;
	char peer[NET_ENDPOINT_TEXT_MAX]; /* source and port as text */
	unsigned frames, log_lines;
	struct api_blob blobs[IPC_BLOB_N]; /* owned; staged for IPC_SECURE_BOOT, or v1's commit */
	/* v1: what belongs to this connection alone. */
	uint64_t queued; /* its number among those that asked for an attempt */
	uint8_t words[CODE_SIZE];
	bool has_entropy;
	struct api_add_data data;
	bool has_keys; /* the blobs are complete and checked */
	bool menu;     /* with the keys: the firmware is to show its menu */
};

enum monitor_stage {
	STAGE_SERVING,  /* takes connections */
	STAGE_ASKING,   /* a client commits: the operator's question stands */
	STAGE_FAREWELL, /* the result stands: last answers go out */
	STAGE_OVER,
};

struct monitor {
	const struct monitor_config *config;
	struct role_launcher launcher;
	int listen_fd, signal_fd;
	int64_t accept_after_ms; /* after a failed accept: not before */
	struct monitor_session sessions[SESSIONS_MAX];
	struct provision provision;
	struct journal journal;
	struct console console;
	enum monitor_stage stage;
	bool asked; /* the question stands on the console; before, what it is about is on its way */
	int64_t farewell_ms;
	unsigned failed_attempts, openings; /* v1: connections that have shown the code */
	uint64_t queued;                    /* how many were ever queued */
	struct monitor_session *asking;     /* v1: whose commit the question is about; else NULL */
	struct api_commit commit;           /* what it is answered when it is done */
	bool withdrawn;          /* a question was: the next one asks for more than Enter */
	unsigned shown, unshown; /* while it stands: lines about others that were, and were not */
	bool variables_touched;  /* at a client's request, before the operator was asked */
	bool interrupted;        /* a signal ended it */
	int result;              /* of monitor_run(), from STAGE_FAREWELL on */
	struct error text;       /* beside it */
	struct frame frame;      /* the one being handled */
};

/*
 * requests.c: carries out the session's request in monitor->frame. Negative: it broke the rules
 * (the text says how) and is to be ended.
 */
int monitor_handle_request(
	struct monitor *monitor, struct monitor_session *session, struct error *error) MUST_CHECK;
/* requests.c: sends IPC_ANSWER. Fails when the session does not take it: broken or gone. */
int monitor_answer(struct monitor_session *session, int result, const struct error *text,
	struct error *error) MUST_CHECK;
/* requests.c: whether Secure Boot keys may be written now; 0 or API_E_ with its text. */
int monitor_check_setup_mode(
	struct monitor *monitor, const struct monitor_session *session, struct error *text);

/*
 * requests.c: asks for the firmware's menu, and says so; a warning if that fails. v0.0.1 does so
 * whether or not the keys were taken: the operator will want it most when they were not.
 */
void monitor_request_menu(struct monitor *monitor);

/* monitor.c: takes no more connections; once the last answers are out, or FAREWELL_MS later, the
 * loop ends with that result and text. */
void monitor_finish(struct monitor *monitor, int result, const struct error *error);
void monitor_stop_listening(struct monitor *monitor);
/*
 * monitor.c: whether a line is to be kept from the console, since a question stands there; it is
 * then counted. What strangers can cause, and what a session says itself, is not shown at all; of
 * what those who have shown the code do, a few lines are.
 */
bool monitor_hush(struct monitor *monitor);
bool monitor_hush_client(struct monitor *monitor);
/* monitor.c: ends a session, and what it left unfinished. */
void monitor_end_session(struct monitor *monitor, struct monitor_session *session);

/*
 * attempts.c: one attempt at the code at a time, and FAILED_ATTEMPTS_MAX that fail. The handlers of
 * the opening's requests are like those in requests.c.
 */
int attempts_on_hello(
	struct monitor *monitor, struct monitor_session *session, struct error *error);
int attempts_on_attempt(
	struct monitor *monitor, struct monitor_session *session, struct error *error);
int attempts_on_opened(
	struct monitor *monitor, struct monitor_session *session, struct error *error);
int attempts_on_not_opened(
	struct monitor *monitor, struct monitor_session *session, struct error *error);
/* Counts and shows a failed attempt of either protocol; the last one ends the service. */
void attempts_failed(struct monitor *monitor, const char *peer, const char *what);
/* Ends the service if the last attempt has failed and no question stands. */
void attempts_check_limit(struct monitor *monitor);
/* A session is gone, in whatever phase it was. */
void attempts_session_ended(struct monitor *monitor, const char *peer, enum session_phase phase);

/*
 * decide.c: asks the operator. v0.0.1's client has its answer already, and the port closes; v1's
 * gets it after the decision.
 */
void decide_ask_v0(struct monitor *monitor);
int decide_on_commit_v1(
	struct monitor *monitor, struct monitor_session *session, struct error *error);
/* The question's client is gone before the decision: nothing is written, and others may come. */
void decide_client_left(struct monitor *monitor);
/* Puts the question, once all that it is about stands on the console. */
void decide_put_question(struct monitor *monitor);
/* What the console or a signal says. */
void decide_take_answer(struct monitor *monitor);
void decide_abort(struct monitor *monitor, const char *why);
