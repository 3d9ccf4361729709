/* The monitor's state, shared by its loop (monitor.c) and its table of requests (requests.c). Not
 * for anybody else. */
#pragma once

#include "remote/journal.h"
#include "remote/monitor.h"

/* What a session may ask for; each request names the phases in which it is permitted. */
enum session_phase {
	PHASE_STARTING = 1 << 0,      /* not locked in yet */
	PHASE_OPEN = 1 << 1,          /* its peer has not shown the password, or a wrong one */
	PHASE_AUTHENTICATED = 1 << 2, /* the last request of its peer was authenticated */
};

struct monitor_session {
	struct role role; /* pid 0: this place is free */
	enum session_phase phase;
	int64_t started_ms;
	char peer[NET_ENDPOINT_TEXT_MAX];
	unsigned log_lines;
	struct api_blob blobs[IPC_BLOB_N]; /* owned; staged for IPC_SECURE_BOOT */
};

enum monitor_stage {
	STAGE_SERVING,  /* takes connections */
	STAGE_ASKING,   /* a client committed: the operator's question stands */
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
	int64_t farewell_ms;
	unsigned failed_attempts;
	bool variables_touched; /* at a client's request, before the operator was asked */
	int result;             /* of monitor_run(), from STAGE_FAREWELL on */
	struct error text;      /* beside it */
	struct frame frame;     /* the one being handled */
};

/* requests.c: carries out the session's request in monitor->frame. Negative: it broke the rules
 * (the text says how) and is to be ended. */
int monitor_handle_request(
	struct monitor *monitor, struct monitor_session *session, struct error *error) MUST_CHECK;

/* monitor.c: takes no more connections; once the last answers are out, or FAREWELL_MS later, the
 * loop ends with that result and text. */
void monitor_finish(struct monitor *monitor, int result, const struct error *error);
/* monitor.c: takes no more connections, shows what was received, and asks the operator. */
void monitor_ask_operator(struct monitor *monitor);
