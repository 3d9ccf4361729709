/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The monitor's state and the small verbs on it. The files of the monitor, from the ground up; none
 * calls one that comes later in this list:
 *
 *	monitor_state   the state: answer, log or count a line, end a session, finish
 *	report          what a program is told (--json)
 *	chip            the TPM: the role that talks to it, and which connection has it
 *	attest          the TPM shows its keys, and quotes
 *	seal            the TPM seals the host key; what it has answered
 *	waiting         what the console shows while there is no question
 *	spare           the session that waits for the next connection
 *	places          which connection has a place in the table of sessions
 *	attempts        who may try the code
 *	keys            Secure Boot keys: staging and writing them
 *	certificate     the host certificate: staging and showing it
 *	files           files for the OS package: staging them, and what a commit does to them
 *	review          what the operator is shown before the question
 *	write           what a commit writes, as one transaction
 *	ask             the operator's question, and what confirms it
 *	storing         from the operator's Enter to the result: sealing, writing, the TPM's old key
 *	decide          the operator's decision
 *	requests        the table of requests that a session may make
 *	monitor_loop    one turn of the loop: waits once and handles what came
 *	monitor         opens the service, runs the loop, closes it
 *
 * Only these files include this header.
 */
#pragma once

#include "console/journal.h"
#include "console/question.h"
#include "privsep/role.h"
#include "service/limits.h"
#include "service/monitor_config.h"
#include "service/provision.h"
#include "service/session_ipc.h"
#include "tpm/client.h"

/* What a session may ask for; each request names the phases in which it is permitted. */
enum session_phase {
	PHASE_STARTING = 1 << 0, /* not in its sandbox yet */
	PHASE_READY = 1 << 1,    /* its peer has sent nothing yet */
	/* v0.0.1 */
	PHASE_GUESSING = 1 << 2,      /* its peer has sent no password, or a wrong one */
	PHASE_AUTHENTICATED = 1 << 3, /* its peer's last request was authenticated */
	/* v1 */
	PHASE_OPENING = 1 << 4, /* its peer cannot test a guess: not yet, or no more */
	PHASE_QUEUED = 1 << 5,  /* waits for its attempt while another one is under way */
	PHASE_ATTEMPT = 1 << 6, /* its peer can test one guess: ends opened, or as a failure */
	PHASE_OPENED = 1 << 7,  /* its peer has shown the code */
	PHASE_WAITING = 1 << 8, /* its commit waits for the operator */
};

/* A file for the OS package that was sent. */
struct staged_file {
	struct ipc_file about;
	uint8_t *bytes; /* owned; as the variable holds it beside a clear host key */
	size_t len;
	uint8_t *encrypted; /* owned; as it holds it beside a sealed one; NULL: not needed yet */
};

/* v1: the host key is to be sealed: seal.h. */
struct staged_seal {
	bool wanted; /* asked for, and the TPM can do it */
	struct ipc_seal request;
	uint8_t file_key[TPM_SECRET_FILES_SIZE]; /* once wanted: sealed beside the host key */
};

/* v1: what the TPM has shown to this connection: attest.h. */
struct staged_attest {
	bool attested, proved;
	enum tpm_template ek;
	/* Owned: what is still to be given piece by piece, and how much of it was. */
	uint8_t *bytes;
	size_t len, given;
};

/* The certificate of the host key that `prepare` told. */
struct staged_certificate {
	struct ipc_certificate about;
	uint8_t *line; /* owned; NULL: none */
	size_t len;
};

struct monitor_session {
	struct role role; /* pid 0: this place is free */
	enum session_phase phase;
	int connection_fd; /* until it is in its sandbox and is given it; then -1 */
	int64_t started_ms;
	struct net_addr source;
	char peer[NET_ENDPOINT_TEXT_MAX]; /* source and port as text */
	unsigned frames, log_lines;
	bool silent;                     /* what it logs is known, and is not printed */
	bool words_shown;                /* the comparison words are on the console */
	bool told;                       /* its client was told key and name by `prepare` */
	bool counted;                    /* v0.0.1: in shown_v0 */
	struct api_blob blobs[EFI_SB_N]; /* owned; staged for IPC_SECURE_BOOT, or v1's commit */
	/* v1: what belongs to this connection alone. */
	uint64_t queued; /* its number among those that asked for an attempt */
	uint8_t words[CODE_SIZE];
	struct provision_entropy entropy;
	struct provision_offer offer; /* what `prepare` told, until the commit */
	struct staged_file files[HOSTFILE_FILES_MAX];
	size_t files_n;
	struct staged_certificate certificate;
	struct staged_seal seal;
	struct staged_attest attest;
	bool has_keys;                   /* the blobs are complete and checked */
	struct ipc_secure_boot findings; /* of the session, about the blobs */
};

enum monitor_stage {
	STAGE_SERVING,  /* accepts connections */
	STAGE_ASKING,   /* a client commits: the operator's question is open */
	STAGE_STORING,  /* after Enter: the TPM is at work, before or after what is written */
	STAGE_FAREWELL, /* the result is known: the last answers go out */
	STAGE_OVER,
};

struct monitor;

/* Starting and ending the process of a session; the tests have others without a process. */
struct monitor_roles {
	/* As role_start(). */
	int (*start)(struct monitor *monitor, struct role *ret, struct error *error);
	/* As role_stop(). */
	struct role_end (*stop)(struct role *role);
};

/* What a commit does to a file for the OS package, or to what goes with the host key: files.h. */
enum file_change { FILE_WRITTEN, FILE_REMOVED, FILE_KEPT };

struct planned_file {
	char variable[EFI_FILE_NAME_MAX];
	struct efi_name efi; /* points into this */
	enum file_change change;
	const struct staged_file *staged; /* NULL: removed, kept, or not a file */
	const uint8_t *bytes;             /* what is written, borrowed from the session */
	size_t len;
	bool present, encrypted; /* of what is there */
	size_t old_len;          /* bytes of the file, or of a variable that is not one */
};

/* Those that are there, two that go with the host key, and new ones. */
#define PLANNED_MAX (EFI_LIST_MAX + 2 + HOSTFILE_FILES_MAX)

struct files_state {
	struct planned_file items[PLANNED_MAX];
	size_t n, result_n, result_len; /* result: files after the commit, and their bytes */
	bool keep;
	bool had_sealed;                  /* there is a STHostKeySealed */
	uint8_t hash[CRYPTO_SHA256_SIZE]; /* of all that is there */
};

/* Addresses whose refused connections are counted one by one. */
#define REFUSED_MAX 8

struct refused {
	struct net_addr addr; /* unset: of all addresses that have no place of their own */
	unsigned n;
};

/* What the console shows meanwhile: waiting.h. */
struct monitor_waiting {
	const char *what;
	char row[2 * PROGRESS_COLUMNS]; /* the row shows as much of it as fits */
	struct refused refused[REFUSED_MAX + 1];
	bool input_over; /* nothing more comes from stdin */
};

/* Lines of --json that are still to be written: report.h. At most this many bytes. */
#define REPORT_KEPT_MAX ((size_t)32 * 1024)

struct monitor_report {
	char kept[REPORT_KEPT_MAX];
	size_t len;
	bool failed;
	int64_t retry_ms; /* when to write again after there was no room, as clock_now_ms() */
};

/* What the role that talks to the TPM does. */
enum seal_step {
	SEAL_CLOSED, /* there is no such role */
	SEAL_OPEN,   /* it waits */
	/* For a request of a session, which waits. */
	SEAL_LOOKING,
	SEAL_ATTESTING,
	SEAL_PROVING,
	/* For a commit. */
	SEAL_SEALING,
	SEAL_KEEPING,
	SEAL_DROPPING,
	SEAL_FORGETTING,
};

/* The TPM: seal.h. */
struct monitor_seal {
	enum seal_step step;
	int fd; /* of the TPM; -1: none */
	struct tpm_client client;
	struct monitor_session *user; /* whose connection has it; NULL: none */
	bool attests;                 /* SEAL_LOOKING is for attest, not for seal */
	struct tpm_look look;         /* the last one for attest */
	struct ipc_seal request;      /* for which SEAL_LOOKING is */
	bool abandoned;               /* that connection ended while it was sealing */
	bool here[TPM_PARENTS],
		elsewhere[TPM_PARENTS]; /* parents that this and another store name */
	struct tpm_sealed_key key;
	char text[TPM_SEALED_TEXT_MAX + 1]; /* STHostKeySealed */
	size_t len;                         /* 0: nothing was sealed */
};

/* From Enter to the result: storing.h. */
struct monitor_storing {
	struct monitor_session *session; /* v1: whose commit it is; NULL: v0.0.1, or it is gone */
	bool v1, written;
	struct error why; /* nothing could be written */
};

struct monitor {
	const struct monitor_config *config;
	const struct monitor_roles *roles;
	struct role_launcher launcher;
	int listen_fd, signal_fd;
	int reserve_fd;          /* given up for a moment, to accept and turn away without others */
	int64_t accept_after_ms; /* after a failed accept: not before */
	int64_t frames_after_ms; /* after a frame was not received for lack of memory: not before */
	struct monitor_session sessions[SESSIONS_MAX];
	bool keeps_spare;
	struct role spare;      /* pid 0: there is none */
	bool spare_ready;       /* it is in its sandbox */
	int64_t spare_after_ms; /* after one failed: the next one not before */
	struct provision provision;
	struct files_state files;
	struct monitor_seal seal;
	struct monitor_storing storing;
	struct provision_entropy entropy; /* v0.0.1: of all connections; see monitor_entropy() */
	struct journal journal;
	struct monitor_waiting waiting;
	struct monitor_report report;
	struct console console;
	enum monitor_stage stage;
	bool asked; /* the question is on the console; before, the review is still being printed */
	int64_t farewell_ms;
	unsigned failed_attempts, openings; /* v1: connections that have shown the code */
	unsigned shown_v0;                  /* v0.0.1: connections that have shown the password */
	uint64_t queued;                    /* how many were ever queued */
	struct monitor_session *asking;     /* v1: whose commit the question is about; else NULL */
	struct api_commit commit;           /* the answer to that commit once it is stored */
	bool withdrawn;                     /* a question was: the next one needs more than Enter */
	unsigned shown, unshown; /* lines about other clients while the question is open */
	bool variables_touched;  /* at a client's request, before the operator was asked */
	int interrupted;         /* the signal that ended it; 0: none */
	int result;              /* of monitor_run(), from STAGE_FAREWELL on */
	struct error text;       /* beside it */
	struct frame frame;      /* the one being handled */
};

/* @config and @roles are borrowed. */
void monitor_init(struct monitor *monitor, const struct monitor_config *config,
	const struct monitor_roles *roles);
/* Ends all sessions, closes the descriptors, wipes everything. */
void monitor_deinit(struct monitor *monitor);

/*
 * Accepts no more connections. Once the last answers are out, or FAREWELL_MS later, the loop ends
 * with this result and text.
 */
void monitor_finish(struct monitor *monitor, int result, const struct error *error);
void monitor_stop_listening(struct monitor *monitor);

/*
 * Whether a line must not be printed because a question is open; it is then counted. monitor_hush()
 * is for what strangers can cause and what a session logs: none of it is printed.
 * monitor_hush_client() is for what clients do that have shown the code: the first
 * QUESTION_LINES_MAX lines are printed.
 */
bool monitor_hush(struct monitor *monitor);
bool monitor_hush_client(struct monitor *monitor);
/* One of the two, by what the session's peer has shown: for what happens to a session. */
bool monitor_hush_session(struct monitor *monitor, const struct monitor_session *session);

/* Sends IPC_ANSWER. Fails when the session does not take it: broken or gone. */
int monitor_answer(struct monitor_session *session, int result, const struct error *text,
	struct error *error) MUST_CHECK;

/*
 * Gives a session that is in its sandbox its connection, and the time by which its first request,
 * or the opening, has to be in.
 */
int monitor_give_connection(struct monitor_session *session, struct error *error) MUST_CHECK;

/*
 * Where the entropy for a session's commit is kept: in v1 each connection has its own; in v0.0.1,
 * which may use a connection for each request, what was added last counts.
 */
struct provision_entropy *monitor_entropy(struct monitor *monitor, struct monitor_session *session);

/* The session in this phase that was queued first; NULL if there is none. */
struct monitor_session *monitor_find_phase(struct monitor *monitor, enum session_phase phase);
/* Whether all attempts have failed: nothing is given to anyone any more. */
bool monitor_is_closed(const struct monitor *monitor);

/* Frees what is left of attest's answer. It can be asked for anew. */
void monitor_drop_attest(struct monitor_session *session);

/* The certificate that was staged is of no use: its key is gone. */
void monitor_drop_certificate(struct monitor_session *session);

/* What a session left unfinished when it ended. */
struct session_end {
	char peer[NET_ENDPOINT_TEXT_MAX];
	enum session_phase phase;
	bool asking;  /* the open question was about its commit */
	bool storing; /* its commit was being stored */
};

/* Ends the role that talks to the TPM, if there is one. */
void monitor_close_tpm(struct monitor *monitor);

/*
 * Ends a session and frees its place. What follows from its end is the caller's: see
 * end_session() in monitor_loop.c.
 */
struct session_end monitor_end_session(struct monitor *monitor, struct monitor_session *session);
