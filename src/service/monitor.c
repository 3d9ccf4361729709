/* SPDX-License-Identifier: BSD-2-Clause */
/* The monitor: see monitor.h. Opens the service, runs the loop, closes it. */
#include "service/monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include "base/log.h"
#include "base/clock.h"
#include "base/signals.h"
#include "net/tcp.h"
#include "service/invite.h"
#include "service/monitor_loop.h"
#include "service/report.h"
#include "service/session.h"
#include "service/spare.h"
#include "service/waiting.h"

/*
 * Connections that the kernel keeps until they are accepted. Many: if refused ones filled the
 * queue, the legitimate client's first packet would be dropped, and the next one comes a second
 * later.
 */
#define LISTEN_BACKLOG 1024

static int start_role(struct monitor *monitor, struct role *ret, struct error *error)
{
	return role_start(&monitor->launcher, SESSION_ROLE_NAME, NULL, 0, ret, error);
}

static const struct monitor_roles processes = { .start = start_role, .stop = role_stop };

/*
 * As many descriptors as a full service has open beside these: each session's frame socket and
 * connection, the spare's frame socket, the listening socket, the TPM and the frame socket of the
 * role that talks to it, and what writing a variable opens (the lock, the file and its temporary
 * one, a directory).
 */
#define SERVICE_FDS (2 * SESSIONS_MAX + 9)

static int take_descriptors(int fd, int fds[SERVICE_FDS], struct error *error)
{
	for (int i = 0; i < SERVICE_FDS; i++) {
		fds[i] = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (fds[i] < 0)
			return error_set_errno(error, -errno,
				"too few file descriptors for %d connections (see ulimit -n)",
				SESSIONS_MAX);
	}
	return 0;
}

/* With the descriptors of a full service taken, so that a low limit is found now. */
static int try_sandbox(struct monitor *monitor, struct error *error)
{
	int fds[SERVICE_FDS];

	for (int i = 0; i < SERVICE_FDS; i++)
		fds[i] = -1;
	int r = take_descriptors(monitor->launcher.null_fd, fds, error);
	if (r == 0)
		r = spare_try(monitor, error);
	for (int i = 0; i < SERVICE_FDS; i++)
		cleanup_close(&fds[i]);
	return r;
}

static int open_service(struct monitor *monitor, struct error *error)
{
	const struct monitor_config *config = monitor->config;
	char endpoint[NET_ENDPOINT_TEXT_MAX];
	uint16_t port;

	net_endpoint_format(&config->address, config->port, endpoint);
	int r = net_listen(
		&config->address, config->port, LISTEN_BACKLOG, &monitor->listen_fd, &port, error);
	if (r < 0)
		return error_prefix(error, r, "listen on %s", endpoint);
	journal_line(&monitor->journal, "listening on %s", endpoint);
	if (config->compat && log_is_for_scripts())
		journal_line(&monitor->journal, "starting server on %s", endpoint);
	invite_show(config, &monitor->journal);
	report_listening(monitor);
	waiting_begin(monitor, "waiting for the laptop");
	return 0;
}

static int serve_clients(struct monitor *monitor, struct error *error)
{
	int r = role_launcher_init(&monitor->launcher, error);

	if (r == 0)
		r = signals_open(&monitor->signal_fd, error);
	if (r == 0)
		r = loop_take_reserve(monitor, error);
	if (r == 0)
		r = try_sandbox(monitor, error);
	if (r == 0)
		r = open_service(monitor, error);
	while (r == 0 && monitor->stage != STAGE_OVER)
		r = loop_turn(monitor, CLOCK_NEVER, error);
	if (r < 0)
		return r;
	*error = monitor->text;
	return monitor->result;
}

int monitor_run(const struct monitor_config *config, struct error *error)
{
	struct monitor *monitor = calloc(1, sizeof(*monitor));

	if (!monitor)
		return error_set_errno(error, -ENOMEM, "monitor");
	monitor_init(monitor, config, &processes);
	monitor->keeps_spare = true;
	int r = serve_clients(monitor, error);
	int interrupted = monitor->interrupted;
	report_drain(monitor, interrupted ? JOURNAL_HURRY_MS : JOURNAL_DRAIN_MS);
	monitor_deinit(monitor);
	free(monitor);
	/* It stays blocked and pending for the caller. */
	if (interrupted)
		raise(interrupted);
	return r;
}
