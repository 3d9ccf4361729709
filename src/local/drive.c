/* SPDX-License-Identifier: BSD-2-Clause */
/* `stprov local console`: its loop. See drive.h. */
#include "local/drive.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/output.h"
#include "base/signals.h"
#include "console/call.h"
#include "console/line.h"

static const uint8_t call = CALL_BYTE;
#define CALL_MS 3000
/* For the platform's end, and for the acknowledgement of `leave`. */
#define ABORT_MS (10 * 1000)
#define LEAVE_MS (5 * 1000)

/* -- verbs ----------------------------------------------------------------------------------- */

void drive_say(struct drive *drive, const char *format, ...)
{
	char text[LOG_LINE_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	log_progress_wipe(&drive->progress);
	log_line("%s", text);
}

void drive_begin(struct drive *drive, enum drive_step step, const char *row, int64_t until_ms)
{
	log_progress_wipe(&drive->progress);
	drive->step = step;
	drive->until_ms = until_ms;
	drive->progress = PROGRESS_INIT;
	/* Without rows none would become due, again and again. */
	if (row && log_has_rows())
		progress_begin(&drive->progress, row, until_ms, clock_now_ms());
}

void drive_send(struct drive *drive, enum driver_request_type type, const char *const *argv,
	const char *words)
{
	_cleanup_free_ char *text = NULL;
	struct error error;
	int64_t now = clock_now_ms();

	drive->ping_ms = now + DRIVE_PING_MS;
	if (driver_request_format(type, argv, words, &text, &error) < 0 ||
		!channel_send(&drive->channel, text, strlen(text), now))
		drive_fail(drive, CLI_EXIT_FAILED, "a message to the platform: %s",
			text ? "it is too long" : error.text);
}

void drive_leave(struct drive *drive)
{
	if (drive->step >= DRIVE_LEAVING)
		return;
	if (!drive->greeted || drive->command.fd < 0) {
		drive_begin(drive, DRIVE_OVER, NULL, CLOCK_NEVER);
		return;
	}
	drive_begin(drive, DRIVE_LEAVING, "leaving the console", clock_now_ms() + LEAVE_MS);
	drive_send(drive, DRIVER_LEAVE, NULL, NULL);
}

/* The connection's end makes the platform withdraw its question at once. */
static void abort_platform(struct drive *drive)
{
	drive_exchange_end(&drive->exchange);
	if (!drive->running || drive->command.fd < 0) {
		drive_leave(drive);
		return;
	}
	drive_begin(drive, DRIVE_ABORTING, "aborting on the platform", clock_now_ms() + ABORT_MS);
	drive_send(drive, DRIVER_ABORT, NULL, NULL);
}

void drive_fail(struct drive *drive, int code, const char *format, ...)
{
	char text[ERROR_TEXT_MAX];
	va_list args;

	if (drive->step >= DRIVE_ABORTING)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (!drive->why.text[0])
		memcpy(drive->why.text, text, sizeof(text));
	if (drive->step == DRIVE_STORING && !drive->late) {
		/* Too late to abort: the connection will tell whether it is stored. */
		drive->late = true;
		drive->until_ms = clock_now_ms() + DRIVE_OTHER_END_MS;
		drive_say(
			drive, "%s; it was confirmed, so the connection's end is waited for", text);
		drive_check_end(drive);
		return;
	}
	drive->exit_code = code;
	if (drive->late)
		drive_say(drive, "it was confirmed: the platform's status tells what is stored");
	abort_platform(drive);
}

/* -- COMMAND --------------------------------------------------------------------------------- */

static void show(struct drive *drive, const char *line)
{
	if (line)
		drive_say(drive, "  console: %s", line);
}

static void take_message(struct drive *drive)
{
	const struct channel_in *in = &drive->channel.in;
	struct error error = ERROR_INIT;

	if (driver_report_parse(in->text, in->len, &drive->report, &error) < 0)
		drive_fail(drive, CLI_EXIT_FAILED, "%s", error.text);
	else
		drive_take_report(drive, &drive->report);
}

static void take_byte(struct drive *drive, uint8_t byte)
{
	int64_t now = clock_now_ms();
	unsigned frames = drive->channel.frames;
	const char *line;

	enum channel_event event = channel_take(&drive->channel, byte, now);
	/* A line with a colon is a frame only if its end proves it. */
	if (drive->step == DRIVE_CALLING)
		drive_wake_take(&drive->wake, byte, now);
	line = drive_shown_take(&drive->shown, byte, drive->channel.frames != frames, now);
	show(drive, line);
	/* The shell's word about the command. */
	if (line && drive->wake.state == DRIVE_STARTED)
		snprintf(drive->reply, sizeof(drive->reply), "%s", line);
	switch (event) {
	case CHANNEL_NOTHING:
	case CHANNEL_OUTSIDE:
		break;
	case CHANNEL_MESSAGE:
		take_message(drive);
		break;
	case CHANNEL_BROKEN:
		drive_fail(drive, CLI_EXIT_FAILED,
			"the platform does not keep to the console's protocol");
		break;
	}
}

/* The line is gone. */
static void command_ended(struct drive *drive)
{
	const char *last = drive_shown_last(&drive->shown);
	bool left = drive->step == DRIVE_LEAVING;
	char how[64] = "it closed its terminal";

	if (drive_command_end(&drive->command, NULL))
		drive_command_format(&drive->command, how);
	if (left) {
		drive_begin(drive, DRIVE_OVER, NULL, CLOCK_NEVER);
		return;
	}
	if (drive->step == DRIVE_ABORTING)
		drive_begin(drive, DRIVE_OVER, NULL, CLOCK_NEVER);
	drive_fail(drive, CLI_EXIT_FAILED, "%s ended early (%s)%s%s", drive->options->command[0],
		how, last ? "; its last line: " : "", last ? last : "");
}

static void read_command(struct drive *drive)
{
	uint8_t bytes[1024];
	ssize_t n = read(drive->command.fd, bytes, sizeof(bytes));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	for (ssize_t i = 0; i < n; i++)
		take_byte(drive, bytes[i]);
	if (n <= 0)
		command_ended(drive);
}

static void write_command(struct drive *drive)
{
	struct channel *channel = &drive->channel;

	if (channel->ready_len == 0 || drive->command.fd < 0)
		return;
	ssize_t n = write(drive->command.fd, channel->ready, channel->ready_len);
	if (n > 0)
		channel_written(channel, (size_t)n);
}

/* Until hello comes. Returns when to call again. */
static int64_t call_platform(struct drive *drive, int64_t now)
{
	int64_t next = CLOCK_NEVER;
	const char *text = NULL;

	/* A half typed command would be ended by it. */
	if (drive->call_ms <= now && drive->wake.state != DRIVE_TYPED) {
		(void)!write(drive->command.fd, &call, 1);
		drive->call_ms = now + CALL_MS;
	}
	if (drive->options->cr)
		text = drive_wake_turn(&drive->wake, now, &next);
	if (text)
		(void)!write(drive->command.fd, text, strlen(text));
	switch (drive_wake_failure(&drive->wake)) {
	case DRIVE_WAKE_FINE:
		break;
	case DRIVE_WAKE_GARBLED:
		drive_fail(drive, CLI_EXIT_FAILED,
			"the console garbles what is typed: stprov cannot be started there");
		break;
	case DRIVE_WAKE_REFUSED:
		drive_fail(drive, CLI_EXIT_FAILED,
			"the shell on the console does not start stprov%s%s",
			drive->reply[0] ? "; it says: " : "", drive->reply);
		break;
	}
	return MIN(next, MAX(drive->call_ms, now + 1));
}

/* What is due at this time; returns when to look again. */
static int64_t do_due(struct drive *drive)
{
	int64_t now = clock_now_ms(), next;

	next = CLOCK_NEVER;
	/* Later a line without an end is a frame that comes slowly. */
	if (!drive->greeted)
		show(drive, drive_shown_pause(&drive->shown, now, &next));
	if (drive->step == DRIVE_CALLING) {
		int64_t call_next = call_platform(drive, now);
		return MIN(next, call_next);
	}
	if (drive->ping_ms <= now && channel_is_idle(&drive->channel))
		drive_send(drive, DRIVER_PING, NULL, NULL);
	next = MIN(next, MAX(drive->ping_ms, now + 1000));
	int64_t line_next = channel_turn(&drive->channel, now);
	return MIN(next, line_next);
}

/* -- the loop -------------------------------------------------------------------------------- */

static void check_time(struct drive *drive)
{
	int64_t now = clock_now_ms();
	const char *last;

	if (drive->step != DRIVE_LEAVING && channel_has_stalled(&drive->channel, now)) {
		/* Nothing gets through: neither an abort nor a leave. */
		drive->running = false;
		drive_fail(drive, CLI_EXIT_FAILED, "the platform answers no more on its console");
		drive_begin(drive, DRIVE_OVER, NULL, CLOCK_NEVER);
	}
	if (drive->until_ms > now)
		return;
	switch (drive->step) {
	case DRIVE_CALLING:
		last = drive_shown_last(&drive->shown);
		drive_fail(drive, CLI_EXIT_FAILED,
			"no stprov answers on the console within --wait-console%s%s",
			last ? "; its last line: " : ", and it shows nothing", last ? last : "");
		break;
	case DRIVE_STORING:
		drive_fail(drive, CLI_EXIT_FAILED,
			drive->ended ? "the platform does not tell its end"
				     : "the connection does not end");
		break;
	default:
		drive_begin(drive, drive->step == DRIVE_ABORTING ? DRIVE_LEAVING : DRIVE_OVER, NULL,
			now + LEAVE_MS);
		break;
	}
}

static void take_signal(struct drive *drive)
{
	if (signals_take(drive->signal_fd) == 0)
		return;
	if (drive->step >= DRIVE_ABORTING)
		drive_begin(drive, DRIVE_OVER, NULL, CLOCK_NEVER);
	drive_fail(drive, CLI_EXIT_FAILED, "interrupted");
}

static void take_key(struct drive *drive, char line[16], size_t *len)
{
	char c;

	switch (line_next(STDIN_FILENO, &c)) {
	case LINE_WAITING:
		return;
	case LINE_BYTE:
		if (*len < 15)
			line[(*len)++] = c;
		return;
	case LINE_BREAK:
		line[*len] = '\0';
		*len = 0;
		drive_take_answer(drive, line);
		return;
	default:
		drive_take_answer(drive, NULL);
	}
}

static void take_line(void *context, const char *line)
{
	drive_say(context, "%s", line);
}

static void read_exchange(struct drive *drive)
{
	struct drive_told told;

	if (drive_exchange_read(&drive->exchange, &told)) {
		drive_take_told(drive, &told);
		return;
	}
	/* After its last word. */
	cleanup_close(&drive->exchange.fd);
	drive->exchange.fd = -1;
	if (!drive->ended)
		drive_fail(drive, CLI_EXIT_FAILED, "the connection's process was ended");
}

enum {
	AT_SIGNAL,
	AT_COMMAND,
	AT_EXCHANGE,
	AT_LINES,
	AT_KEYS,
	AT_N,
};

static int turn(struct drive *drive, char answer[16], size_t *len, struct error *error)
{
	struct pollfd fds[AT_N] = {
		[AT_SIGNAL] = { .fd = drive->signal_fd, .events = POLLIN },
		[AT_COMMAND] = { .fd = drive->command.fd, .events = POLLIN },
		[AT_EXCHANGE] = { .fd = drive->exchange.fd, .events = POLLIN },
		[AT_LINES] = { .fd = drive->exchange.err_fd, .events = POLLIN },
		[AT_KEYS] = { .fd = drive->step == DRIVE_ASKING ? STDIN_FILENO : -1,
			.events = POLLIN },
	};
	/* MIN() would do it twice. */
	int64_t next = do_due(drive);

	next = MIN(next, drive->until_ms);
	write_command(drive);
	if (drive->channel.ready_len > 0)
		fds[AT_COMMAND].events |= POLLOUT;
	next = MIN(next, progress_next_ms(&drive->progress, clock_now_ms()));
	if (poll(fds, ARRAY_SIZE(fds), clock_until(next)) < 0)
		return errno == EINTR ? 0 : error_set_errno(error, -errno, "poll");
	if (fds[AT_SIGNAL].revents)
		take_signal(drive);
	/* Its lines before its end. */
	if (fds[AT_LINES].revents)
		drive_exchange_read_lines(&drive->exchange, take_line, drive);
	else if (fds[AT_EXCHANGE].revents && drive->exchange.fd >= 0)
		read_exchange(drive);
	if (fds[AT_COMMAND].revents & (POLLIN | POLLHUP | POLLERR) && drive->command.fd >= 0)
		read_command(drive);
	if (fds[AT_KEYS].revents && drive->step == DRIVE_ASKING)
		take_key(drive, answer, len);
	check_time(drive);
	if (drive->step == DRIVE_LEAVING && channel_is_idle(&drive->channel))
		drive_begin(drive, DRIVE_OVER, NULL, CLOCK_NEVER);
	log_progress(&drive->progress);
	return 0;
}

int drive_loop(struct drive *drive, struct error *error)
{
	char answer[16];
	size_t len = 0;
	int r = 0;

	channel_init(&drive->channel, DRIVER_LAPTOP);
	drive_wake_init(&drive->wake, clock_now_ms());
	drive->exit_code = CLI_EXIT_FAILED;
	drive_begin(drive, DRIVE_CALLING, "waiting for the platform's console",
		clock_now_ms() + drive->options->wait_ms);
	while (r == 0 && drive->step != DRIVE_OVER)
		r = turn(drive, answer, &len, error);
	log_progress_wipe(&drive->progress);
	drive_exchange_end(&drive->exchange);
	if (drive->command.fd >= 0)
		(void)drive_command_end(&drive->command, drive->leave[0] ? drive->leave : NULL);
	return r;
}
