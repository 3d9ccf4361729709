/* SPDX-License-Identifier: BSD-2-Clause */
/* The spare session: see spare.h. */
#include "service/spare.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/stream.h"

/* How long the first session may take to enter its sandbox. */
#define TRIAL_MS 5000
/* After a spare could not be started, or ended, the next one is started this much later. */
#define PAUSE_MS 1000

static int send_start(const struct monitor *monitor, const struct role *role, struct error *error)
{
	const struct monitor_config *config = monitor->config;
	struct ipc_start start = { .verifier = config->verifier, .compat = config->compat };
	uint8_t payload[IPC_SMALL_MAX];

	if (config->compat)
		memcpy(start.seed, config->seed.bytes, sizeof(start.seed));
	size_t len = session_ipc_encode_start(&start, payload);
	int r = frame_send(role->frame_fd, IPC_START, payload, len, error);
	secret_wipe_bytes(payload, sizeof(payload));
	secret_wipe_bytes(&start, sizeof(start));
	return r;
}

int spare_start_session(struct monitor *monitor, struct role *ret, struct error *error)
{
	struct role role = ROLE_INIT;
	int r = monitor->roles->start(monitor, &role, error);

	if (r == 0)
		r = send_start(monitor, &role, error);
	if (r < 0 && role.pid != 0)
		(void)monitor->roles->stop(&role);
	if (r == 0)
		*ret = role;
	return r;
}

static struct role_end drop_spare(struct monitor *monitor)
{
	struct role_end end = monitor->roles->stop(&monitor->spare);

	monitor->spare_ready = false;
	monitor->spare_after_ms = clock_now_ms() + PAUSE_MS;
	return end;
}

int spare_try(struct monitor *monitor, struct error *error)
{
	int r = spare_start_session(monitor, &monitor->spare, error);

	if (r < 0)
		return r;
	r = stream_wait(monitor->spare.frame_fd, POLLIN, clock_now_ms() + TRIAL_MS, error);
	if (r == 0)
		r = frame_receive(monitor->spare.frame_fd, &monitor->frame, error);
	if (r == 0 && monitor->frame.type == IPC_READY) {
		monitor->spare_ready = true;
		return 0;
	}
	struct role_end end = drop_spare(monitor);
	if (r == 0)
		return error_set(error, -EPERM, "sandbox: %.*s", (int)monitor->frame.len,
			(const char *)monitor->frame.payload);
	if (role_ended_badly(&end))
		role_explain_end(&end, "the first session", error);
	return error_prefix(error, -EPERM, "sandbox");
}

int64_t spare_keep(struct monitor *monitor)
{
	struct error ignored;

	if (!monitor->keeps_spare || monitor->listen_fd < 0 || monitor->spare.pid != 0)
		return CLOCK_NEVER;
	if (monitor->spare_after_ms > clock_now_ms())
		return monitor->spare_after_ms;
	if (spare_start_session(monitor, &monitor->spare, &ignored) == 0)
		return CLOCK_NEVER;
	monitor->spare_after_ms = clock_now_ms() + PAUSE_MS;
	return monitor->spare_after_ms;
}

void spare_serve(struct monitor *monitor)
{
	struct error ignored;
	int r = frame_receive(monitor->spare.frame_fd, &monitor->frame, &ignored);

	if (r == -EAGAIN || r == -ENOMEM || r == -ENOBUFS)
		return;
	if (r == 0 && monitor->frame.type == IPC_READY && !monitor->spare_ready)
		monitor->spare_ready = true;
	else
		(void)drop_spare(monitor);
}

bool spare_take(struct monitor *monitor, struct monitor_session *session)
{
	if (monitor->spare.pid == 0)
		return false;
	session->role = monitor->spare;
	session->phase = monitor->spare_ready ? PHASE_READY : PHASE_STARTING;
	monitor->spare = ROLE_INIT;
	monitor->spare_ready = false;
	return true;
}
