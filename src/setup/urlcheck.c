/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parent of the probes: see urlcheck.h. One thread, one poll(2); it takes results from the
 * probes and no byte of a server.
 */
#include "setup/urlcheck.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/secret.h"
#include "crypto/tls_web.h"
#include "hostcfg/trust_policy.h"
#include "setup/probe_ipc.h"
#include "setup/probe_role.h"

/* How much later than its own deadline a probe is ended for it. */
#define GRACE_MS 500
#define TICK_MS 1000
/* Bytes of roots in one frame. */
#define ROOTS_CHUNK (32 * 1024)

struct worker {
	struct role role; /* pid 0: this place is free */
	size_t index;     /* of its URL */
	int64_t started_ms;
	bool started; /* PROBE_START is sent */
	size_t roots_sent;
	char stage[PROBE_STAGE_MAX];
};

struct run {
	const struct role_launcher *launcher;
	const struct urlcheck *check;
	struct worker workers[URLCHECK_PROCESSES_MAX];
	size_t next; /* the first URL without a worker so far */
	size_t busy; /* workers that run */
	size_t failed;
	struct frame frame;
};

int urlcheck_read_roots(
	const char *trust_policy_dir, uint8_t **ret_roots, size_t *ret_len, struct error *error)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s/%s", trust_policy_dir, TRUST_POLICY_ROOTS) < 0) {
		path = NULL;
		return error_set_errno(error, -ENOMEM, "HTTPS roots");
	}
	int r = urlcheck_read_roots_file(path, ret_roots, ret_len, error);
	if (r == -ENOENT) {
		*ret_roots = NULL;
		*ret_len = 0;
		return 0;
	}
	return r;
}

int urlcheck_read_roots_file(
	const char *path, uint8_t **ret_roots, size_t *ret_len, struct error *error)
{
	_cleanup_free_ uint8_t *roots = NULL;
	size_t len = 0, n;

	int r = file_read(AT_FDCWD, path, TLS_WEB_ROOTS_MAX, &roots, &len, error);
	if (r < 0)
		return r;
	r = tls_web_roots_check(roots, len, &n, error);
	if (r < 0)
		return error_prefix(error, r, "%s", path);
	*ret_roots = TAKE_PTR(roots);
	*ret_len = len;
	return 0;
}

bool urlcheck_clock_is_early(int64_t clock_s, int64_t build_date_s)
{
	return clock_s < build_date_s;
}

/* -- results --------------------------------------------------------------------------------- */

static void report_result(
	struct run *run, size_t index, int64_t started_ms, const struct probe_result *probed)
{
	char url[URL_MASKED_MAX];
	struct urlcheck_result result = {
		.index = index,
		.url = url,
		.good = probed->status == 200 && probed->error.text[0] == '\0',
		.status = probed->status,
		.has_length = probed->has_length,
		.length = probed->length,
		.redirects = probed->redirects,
		.final_url = probed->final_url,
		.took_ms = clock_now_ms() - started_ms,
		.error = probed->error,
	};

	_Static_assert(sizeof(result.type) == sizeof(probed->type), "one size");
	memcpy(result.type, probed->type, sizeof(result.type));
	memcpy(result.address, probed->address, sizeof(result.address));
	url_mask(run->check->urls[index], url, sizeof(url));
	run->failed += !result.good;
	run->check->done(run->check->context, &result);
}

/* A URL that got no result of its own; @error: why. */
static void report_failure(
	struct run *run, size_t index, int64_t started_ms, const struct error *error)
{
	struct probe_result result;

	memset(&result, 0, sizeof(result));
	result.error = *error;
	report_result(run, index, started_ms, &result);
}

/* Ends the process and frees its place. */
static struct role_end end_worker(struct run *run, struct worker *worker)
{
	run->busy--;
	return role_stop(&worker->role);
}

static void end_all(struct run *run)
{
	for (size_t i = 0; i < URLCHECK_PROCESSES_MAX; i++)
		if (run->workers[i].role.pid != 0)
			end_worker(run, &run->workers[i]);
}

static void worker_timed_out(struct run *run, struct worker *worker)
{
	struct error error = ERROR_INIT;

	end_worker(run, worker);
	error_set(&error, 0, "no answer within %lld s%s%.200s%s",
		(long long)(run->check->timeout_ms / 1000), worker->stage[0] ? " (" : "",
		worker->stage, worker->stage[0] ? ")" : "");
	report_failure(run, worker->index, worker->started_ms, &error);
}

static void worker_died(struct run *run, struct worker *worker)
{
	struct error error = ERROR_INIT;
	struct role_end end = end_worker(run, worker);

	role_explain_end(&end, "the probe", &error);
	report_failure(run, worker->index, worker->started_ms, &error);
}

/* -- frames ---------------------------------------------------------------------------------- */

static int worker_send_start(struct run *run, struct worker *worker, struct error *error)
{
	uint8_t payload[PROBE_PAYLOAD_MAX];
	struct probe_start start = {
		.deadline_ms = worker->started_ms + run->check->timeout_ms,
		.floor_s = run->check->build_date_s,
		.roots_len = (uint32_t)run->check->roots_len,
	};

	/* It fits: start_worker() has looked. */
	snprintf(start.url, sizeof(start.url), "%s", run->check->urls[worker->index]);
	size_t len = probe_encode_start(&start, payload);
	int r = frame_send(worker->role.frame_fd, PROBE_START, payload, len, error);
	secret_wipe_bytes(&start, sizeof(start));
	secret_wipe_bytes(payload, sizeof(payload));
	return r;
}

static bool has_to_send(const struct run *run, const struct worker *worker)
{
	return !worker->started || worker->roots_sent < run->check->roots_len;
}

/* Sends what the socket takes. A process that is gone is found when its end is received. */
static void worker_send(struct run *run, struct worker *worker)
{
	struct error ignored;
	int r = 0;

	if (!worker->started) {
		r = worker_send_start(run, worker, &ignored);
		worker->started = r == 0;
	}
	while (r == 0 && has_to_send(run, worker)) {
		const uint8_t *roots = run->check->roots;
		size_t n = MIN((size_t)ROOTS_CHUNK, run->check->roots_len - worker->roots_sent);
		r = frame_send(worker->role.frame_fd, PROBE_ROOTS, roots + worker->roots_sent, n,
			&ignored);
		if (r == 0)
			worker->roots_sent += n;
	}
}

/* A process that cannot be locked in ends the whole check. */
static int lock_failed(struct run *run, struct error *error)
{
	char text[PROBE_STAGE_MAX];

	if (!probe_decode_text(&run->frame, text))
		snprintf(text, sizeof(text), "no reason given");
	return error_set(error, -EPERM, "sandbox: %s", text);
}

static int worker_frame(struct run *run, struct worker *worker, struct error *error)
{
	struct error reason = ERROR_INIT;
	struct probe_result result;
	size_t index = worker->index;

	switch (run->frame.type) {
	case PROBE_READY:
		return 0;
	case PROBE_FAILED:
		return lock_failed(run, error);
	case PROBE_STAGE:
		if (probe_decode_text(&run->frame, worker->stage))
			return 0;
		break;
	case PROBE_RESULT:
		if (!probe_decode_result(&run->frame, &result))
			break;
		end_worker(run, worker);
		report_result(run, index, worker->started_ms, &result);
		return 0;
	}
	end_worker(run, worker);
	error_set(&reason, 0, "the probe sent a message that it may not send");
	report_failure(run, index, worker->started_ms, &reason);
	return 0;
}

static int worker_receive(struct run *run, struct worker *worker, struct error *error)
{
	struct error ignored;

	while (worker->role.pid != 0) {
		int r = frame_receive(worker->role.frame_fd, &run->frame, &ignored);
		if (r == -EAGAIN)
			return 0;
		if (r != 0) {
			worker_died(run, worker);
			return 0;
		}
		r = worker_frame(run, worker, error);
		if (r < 0)
			return r;
	}
	return 0;
}

/* -- the loop -------------------------------------------------------------------------------- */

static int start_worker(struct run *run, struct worker *worker, size_t index, struct error *error)
{
	_cleanup_url_ struct url url;
	struct error reason = ERROR_INIT;
	int64_t now = clock_now_ms();

	/* A text that is not a URL is reported without a process. */
	if (url_parse(run->check->urls[index], &url, &reason) < 0) {
		report_failure(run, index, now, &reason);
		return 0;
	}
	*worker = (struct worker){ .role = ROLE_INIT, .index = index, .started_ms = now };
	int r = role_start(run->launcher, PROBE_ROLE_NAME, NULL, 0, &worker->role, error);
	if (r < 0)
		return r;
	run->busy++;
	worker_send(run, worker);
	return 0;
}

static int start_workers(struct run *run, struct error *error)
{
	for (size_t i = 0; i < URLCHECK_PROCESSES_MAX; i++)
		while (run->workers[i].role.pid == 0 && run->next < run->check->n) {
			int r = start_worker(run, &run->workers[i], run->next++, error);
			if (r < 0)
				return r;
		}
	return 0;
}

static int64_t worker_end_ms(const struct run *run, const struct worker *worker)
{
	return worker->started_ms + run->check->timeout_ms + GRACE_MS;
}

/* Returns when to tick again. */
static int64_t tick_urls(const struct run *run)
{
	int64_t end_ms = 0;

	if (!run->check->tick)
		return CLOCK_NEVER;
	for (size_t i = 0; i < URLCHECK_PROCESSES_MAX; i++)
		if (run->workers[i].role.pid != 0)
			end_ms = MAX(end_ms, run->workers[i].started_ms + run->check->timeout_ms);
	run->check->tick(run->check->context, end_ms);
	return clock_now_ms() + TICK_MS;
}

/* Fills in a place of poll(2) for each worker's and one for the descriptor that stops it. */
static int64_t prepare_poll(const struct run *run, struct pollfd *polls)
{
	int64_t deadline_ms = CLOCK_NEVER;

	polls[URLCHECK_PROCESSES_MAX] =
		(struct pollfd){ .fd = run->check->stop_fd, .events = POLLIN };
	for (size_t i = 0; i < URLCHECK_PROCESSES_MAX; i++) {
		const struct worker *worker = &run->workers[i];
		polls[i] = (struct pollfd){ .fd = -1 };
		if (worker->role.pid == 0)
			continue;
		polls[i].fd = worker->role.frame_fd;
		polls[i].events = (short)(POLLIN | (has_to_send(run, worker) ? POLLOUT : 0));
		deadline_ms = MIN(deadline_ms, worker_end_ms(run, worker));
	}
	return deadline_ms;
}

static int serve_workers(struct run *run, const struct pollfd *polls, struct error *error)
{
	for (size_t i = 0; i < URLCHECK_PROCESSES_MAX; i++) {
		struct worker *worker = &run->workers[i];
		if (worker->role.pid == 0)
			continue;
		if (polls[i].revents & POLLOUT)
			worker_send(run, worker);
		int r = polls[i].revents & ~POLLOUT ? worker_receive(run, worker, error) : 0;
		if (r < 0)
			return r;
		if (worker->role.pid != 0 && clock_until(worker_end_ms(run, worker)) == 0)
			worker_timed_out(run, worker);
	}
	return 0;
}

static int run_probes(struct run *run, struct error *error)
{
	struct pollfd polls[URLCHECK_PROCESSES_MAX + 1];

	for (;;) {
		int r = start_workers(run, error);
		if (r < 0 || run->busy == 0)
			return r;
		int64_t deadline_ms = MIN(prepare_poll(run, polls), tick_urls(run));
		if (poll(polls, ARRAY_SIZE(polls), clock_until(deadline_ms)) < 0) {
			if (errno == EINTR)
				continue;
			return error_set_errno(error, -errno, "poll");
		}
		if (polls[URLCHECK_PROCESSES_MAX].revents)
			return error_set(error, -EINTR, "interrupted");
		r = serve_workers(run, polls, error);
		if (r < 0)
			return r;
	}
}

int urlcheck_run(const struct role_launcher *launcher, const struct urlcheck *check,
	size_t *ret_failed, struct error *error)
{
	_cleanup_free_ struct run *run = calloc(1, sizeof(*run));

	if (!run)
		return error_set_errno(error, -ENOMEM, "OS package URLs");
	if (check->roots_len > TLS_WEB_ROOTS_MAX)
		return error_set(
			error, -EFBIG, "HTTPS roots: larger than %d bytes", TLS_WEB_ROOTS_MAX);
	run->launcher = launcher;
	run->check = check;
	for (size_t i = 0; i < URLCHECK_PROCESSES_MAX; i++)
		run->workers[i].role = ROLE_INIT;
	int r = run_probes(run, error);
	end_all(run);
	if (r < 0)
		return r;
	*ret_failed = run->failed;
	return 0;
}
