/* SPDX-License-Identifier: BSD-2-Clause */
/* `stprov remote console`: see driven.h. */
#include "remote/driven.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/output.h"
#include "base/secret.h"
#include "base/signals.h"
#include "remote/driven_state.h"
#include "remote/driven_terminal.h"

struct console_options {
	int64_t wait_ms;
};

static const struct console_options console_defaults = { .wait_ms = 10 * 60 * 1000 };

static const struct cli_option console_table[] = {
	{ 'w', "wait", CLI_DURATION, offsetof(struct console_options, wait_ms), "TIME", "10m",
		"leave, and abort what was started, when nothing comes from the laptop for this "
		"long" },
	{ 0 },
};

/* For a person who sees this, and before a program's first frame. */
static void greet(void)
{
	log_line("for `stprov local console` on the laptop; press ctrl+c three times to leave");
}

static void take_input(struct driven *driven)
{
	uint8_t bytes[256];
	ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	for (ssize_t i = 0; i < n; i++)
		driven_take(driven, bytes[i]);
	if (n > 0)
		return;
	driven->input_over = true;
	driven_end(driven, CLI_EXIT_FAILED, "the console was closed");
}

static void write_ready(struct driven *driven)
{
	struct channel *channel = &driven->channel;
	struct output output;

	if (channel->ready_len == 0 || clock_now_ms() < driven->retry_ms)
		return;
	output_open(STDOUT_FILENO, &output);
	ssize_t n = output_write(&output, channel->ready, channel->ready_len);
	output_close(&output);
	if (n > 0)
		channel_written(channel, (size_t)n);
	if (n == 0)
		driven->retry_ms = clock_now_ms() + OUTPUT_PAUSE_MS;
	if (n < 0) {
		channel_written(channel, channel->ready_len);
		driven_end(driven, CLI_EXIT_FAILED, "the console cannot be written");
	}
}

/* When the laptop counts as gone. */
static int64_t silent_until(const struct driven *driven)
{
	return MAX(driven->channel.heard_ms, driven->since_ms) + driven->wait_ms;
}

static void check_line(struct driven *driven)
{
	int64_t now = clock_now_ms();

	if (channel_has_stalled(&driven->channel, now))
		driven_end(driven, CLI_EXIT_FAILED,
			driven->channel.heard_ms == 0 ? "no laptop answers"
						      : "the laptop answers no more");
	else if (silent_until(driven) <= now)
		driven_end(driven, CLI_EXIT_FAILED, "the laptop is silent");
}

enum {
	AT_SIGNAL,
	AT_INPUT,
	AT_OUT,
	AT_ERR,
	AT_OUTPUT,
	AT_N,
};

static int64_t prepare_poll(struct driven *driven, struct pollfd fds[AT_N])
{
	/* A child waits while the line is behind. */
	bool objects = driven->child.pid != 0 && driven_has_room_for_objects(driven);
	bool lines = driven->child.pid != 0 && driven_has_room_for_lines(driven);
	int64_t next = channel_turn(&driven->channel, clock_now_ms());

	write_ready(driven);
	fds[AT_SIGNAL] = (struct pollfd){ .fd = driven->signal_fd, .events = POLLIN };
	fds[AT_INPUT] =
		(struct pollfd){ .fd = driven->input_over ? -1 : STDIN_FILENO, .events = POLLIN };
	fds[AT_OUT] =
		(struct pollfd){ .fd = objects ? driven->child.out.fd : -1, .events = POLLIN };
	fds[AT_ERR] = (struct pollfd){ .fd = lines ? driven->child.err.fd : -1, .events = POLLIN };
	bool paused = driven->retry_ms > clock_now_ms();
	bool behind = driven->channel.ready_len > 0;
	fds[AT_OUTPUT] =
		(struct pollfd){ .fd = behind && !paused ? STDOUT_FILENO : -1, .events = POLLOUT };
	if (behind && paused)
		next = MIN(next, driven->retry_ms);
	return driven->ending ? next : MIN(next, silent_until(driven));
}

static int turn(struct driven *driven, struct error *error)
{
	struct pollfd fds[AT_N];
	int64_t next = prepare_poll(driven, fds);

	if (poll(fds, ARRAY_SIZE(fds), clock_until(next)) < 0)
		return errno == EINTR ? 0 : error_set_errno(error, -errno, "poll");
	if (fds[AT_SIGNAL].revents) {
		driven_end(driven, CLI_EXIT_FAILED, "interrupted");
		/* It stays pending, and ends this program afterwards. */
		driven->signal_fd = -1;
	}
	if (fds[AT_INPUT].revents)
		take_input(driven);
	/* What was printed before an object comes before it. */
	if (fds[AT_ERR].revents)
		driven_read_err(driven);
	else if (fds[AT_OUT].revents)
		driven_read_out(driven);
	if (driven_child_is_over(&driven->child))
		driven_child_ended(driven);
	check_line(driven);
	return 0;
}

/* Until the laptop has left, and what it started has ended. */
static int serve(struct driven *driven, struct error *error)
{
	int r = 0;

	driven_hello(driven);
	while (r == 0 && (!driven->ending || driven->child.pid != 0))
		r = turn(driven, error);
	/* The acknowledgement of the last frame. */
	driven->retry_ms = 0;
	write_ready(driven);
	return r;
}

static int run_remote_console(void *options, struct error *error)
{
	_cleanup_close_ int signal_fd = -1;
	const struct console_options *o = options;
	struct driven_terminal terminal = { .raw = false };
	struct driven *driven = calloc(1, sizeof(*driven));
	int exit_code = CLI_EXIT_FAILED;

	if (!driven) {
		(void)error_set(error, 0, "no memory");
		return exit_code;
	}
	/* What it tells of this machine is read beside the host key. */
	secret_protect_process();
	greet();
	int r = signals_open(&signal_fd, error);
	if (r == 0)
		r = driven_terminal_open(&terminal, error);
	driven_init(driven, signal_fd);
	driven->wait_ms = o->wait_ms;
	if (r == 0)
		r = serve(driven, error);
	driven_terminal_close(&terminal);
	if (r == 0) {
		exit_code = driven->exit_code;
		*error = driven->why;
		if (exit_code == CLI_EXIT_OK)
			log_line("the laptop has left");
	}
	free(driven);
	return exit_code;
}

const struct cli_command remote_console_command = {
	.name = "console",
	/* `c` has always been clear. */
	.prefix_min = 2,
	.summary = "the laptop does both, through this console",
	.usage = "[options]",
	.help = "Lets `stprov local console` on the laptop set up this platform and provision it, "
		"through the terminal on which it runs: nothing has to be typed here. A program "
		"that can write to the terminal can do what an operator there can do.",
	.options = console_table,
	.defaults = &console_defaults,
	.size = sizeof(console_defaults),
	.run = run_remote_console,
};
