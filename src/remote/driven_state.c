/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests of the laptop, lines of the child: see driven_state.h. */
#include "remote/driven_state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/cli.h"
#include "console/call.h"
#include "net/own_addrs.h"
#include "remote/driven_status.h"
#include "setup/command.h"
#include "version.h"

#define CTRL_C 0x03
#define INTERRUPTS 3
/* A laptop of which nothing was heard for this long is gone: it sends a frame every 20 s. */
#define GONE_MS (70 * 1000)
/* The same while nothing runs. */
#define IDLE_MS (5 * 1000)
/* While the queue has less room than this, the child's objects wait. */
#define ROOM_MIN (CHANNEL_MESSAGE_MAX + (size_t)4096)
/* While more than this is queued, its lines wait, so that they do not delay an object for long: at
 * 9600 baud this takes 9 s. */
#define LINES_MAX 4096

void driven_init(struct driven *driven, int signal_fd)
{
	memset(driven, 0, sizeof(*driven));
	driven->signal_fd = signal_fd;
	driven->child.in_fd = driven->child.out.fd = driven->child.err.fd = -1;
	driven->since_ms = clock_now_ms();
	channel_init(&driven->channel, DRIVER_PLATFORM);
}

/* -- reports --------------------------------------------------------------------------------- */

static void send_text(struct driven *driven, const char *text, size_t len)
{
	/* The child is read only while there is room, so this means that it is too long. */
	if (!driven->ending && !channel_send(&driven->channel, text, len, clock_now_ms()))
		driven_end(driven, CLI_EXIT_FAILED, "a message is too long for the console");
}

/* Owns @object, which may be NULL. */
static void send_report(struct driven *driven, struct json *object)
{
	_cleanup_json_ struct json *owned = object;
	_cleanup_free_ char *text = NULL;
	struct error error = ERROR_INIT;

	if (!owned || json_format_ascii(owned, &text, &error) < 0)
		driven_end(driven, CLI_EXIT_FAILED, "no memory for a message");
	else
		send_text(driven, text, strlen(text));
}

static struct json *new_report(enum driver_report_type type)
{
	struct json *object = NULL;
	struct error error;

	return driver_report_new(type, &object, &error) == 0 ? object : NULL;
}

static void tell_line(struct driven *driven, const char *text)
{
	struct json *object = new_report(DRIVER_TOLD);

	if (object)
		json_set_printable(object, "text", text);
	send_report(driven, object);
}

/* Those of this machine that mean something elsewhere. */
static void add_addresses(struct json *object)
{
	struct net_addr addresses[NET_OWN_ADDRS_MAX], all;
	struct json *array;
	struct error error;
	size_t n = 0;

	if (net_addr_parse("::", &all) < 0 || json_array_new(&array, &error) < 0)
		return;
	(void)!net_own_addrs(&all, addresses, &n, &error);
	for (size_t i = 0; i < n; i++) {
		char text[NET_ADDR_TEXT_MAX];
		if (addresses[i].scope != 0)
			continue;
		net_addr_format(&addresses[i], text);
		json_append_text(array, text);
	}
	json_set_child(object, "addresses", array);
}

void driven_hello(struct driven *driven)
{
	/* Where the commands look without options. */
	const struct store_choice choice = { .store = NULL };
	struct json *object = new_report(DRIVER_HELLO), *status;
	struct error error;

	if (object) {
		json_set_int(object, "protocol", DRIVER_PROTOCOL);
		json_set_text(object, "version", STPROV_VERSION);
		add_addresses(object);
		if (driven_status(&choice, &status, &error) == 0)
			json_set_child(object, "status", status);
	}
	send_report(driven, object);
}

static void tell_end(
	struct driven *driven, enum driver_report_type type, int exit_code, const char *text)
{
	struct json *object = new_report(type);

	if (object) {
		json_set_int(object, "exit", exit_code);
		json_set_printable(object, "text", exit_code == 0 ? "" : text);
		if (type == DRIVER_ADDRESSES)
			add_addresses(object);
	}
	send_report(driven, object);
}

/* -- the child ------------------------------------------------------------------------------- */

/* At the end nothing is sent any more. */
bool driven_has_room_for_objects(const struct driven *driven)
{
	return driven->ending || channel_room(&driven->channel) >= ROOM_MIN;
}

bool driven_has_room_for_lines(const struct driven *driven)
{
	return driven->ending || driven->channel.out.len < LINES_MAX;
}

static void take_line(void *context, const char *line, size_t len)
{
	struct driven *driven = context;

	if (driven->ending)
		return;
	snprintf(driven->last_line, sizeof(driven->last_line), "%s", line);
	tell_line(driven, driven->last_line);
}

/* An object of `run --json` is passed on as it is. */
static void take_object(void *context, const char *line, size_t len)
{
	struct driver_report report;
	struct driven *driven = context;
	struct error error;

	if (driven->ending)
		return;
	if (driven->work != DRIVEN_RUN || driver_report_parse(line, len, &report, &error) < 0) {
		take_line(driven, line, len);
		return;
	}
	if (report.type == DRIVER_REVIEW)
		snprintf(driven->review, sizeof(driven->review), "%s", report.words);
	if (report.type == DRIVER_DONE)
		driven->done_told = true;
	send_text(driven, line, len);
}

void driven_read_out(struct driven *driven)
{
	driven_child_read(&driven->child.out, take_object, driven);
}

void driven_read_err(struct driven *driven)
{
	driven_child_read(&driven->child.err, take_line, driven);
}

static void renew(struct driven *driven)
{
	driven->renew = false;
	driven->since_ms = clock_now_ms();
	channel_init(&driven->channel, DRIVER_PLATFORM);
	driven_hello(driven);
}

void driven_child_ended(struct driven *driven)
{
	int exit_code = driven_child_reap(&driven->child);
	enum driven_work work = driven->work;

	driven->work = DRIVEN_NOTHING;
	driven->review[0] = '\0';
	if (driven->ending)
		return;
	if (driven->renew)
		renew(driven);
	else if (work == DRIVEN_SETUP)
		tell_end(driven, DRIVER_ADDRESSES, exit_code, driven->last_line);
	else if (!driven->done_told)
		tell_end(driven, DRIVER_DONE, exit_code, driven->last_line);
}

void driven_end(struct driven *driven, int exit_code, const char *why)
{
	if (driven->ending)
		return;
	driven->ending = true;
	driven->exit_code = exit_code;
	(void)error_set(&driven->why, 0, "%s", why);
	driven_child_interrupt(&driven->child);
}

/* -- requests -------------------------------------------------------------------------------- */

static void start(struct driven *driven, enum driven_work work, const char *const *words)
{
	enum driver_report_type end = work == DRIVEN_SETUP ? DRIVER_ADDRESSES : DRIVER_DONE;
	struct error error;

	driven->last_line[0] = driven->review[0] = '\0';
	driven->done_told = false;
	if (driven_child_start(&driven->child, words, work == DRIVEN_RUN, &error) < 0)
		tell_end(driven, end, CLI_EXIT_FAILED, error.text);
	else
		driven->work = work;
}

/* Only what sets up the network: another command of `stprov remote` is not what was asked for. */
static void start_setup(struct driven *driven, const struct driver_request *request)
{
	static const struct cli_command *const table[] = {
		&setup_static_command,
		&setup_dhcp_command,
		NULL,
	};
	const char *words[DRIVER_ARGV_MAX + 1];
	const struct cli_command *command;
	struct error error;

	if (cli_command_find(table, request->argv[0], &command, &error) < 0) {
		tell_end(driven, DRIVER_ADDRESSES, CLI_EXIT_USAGE, error.text);
		return;
	}
	memcpy(words, request->argv, sizeof(words));
	words[0] = command->name;
	start(driven, DRIVEN_SETUP, words);
}

static void start_run(struct driven *driven, const struct driver_request *request)
{
	const char *words[DRIVER_ARGV_MAX + 3] = { "run", "--json" };

	memcpy(words + 2, request->argv, sizeof(request->argv));
	start(driven, DRIVEN_RUN, words);
}

/* `remote run` compares the words once more. */
static void confirm(struct driven *driven, const char *words)
{
	if (!driven->review[0] || strcmp(driven->review, words) != 0) {
		tell_line(driven, "not confirmed: these are not the words of an open review");
		return;
	}
	driven->review[0] = '\0';
	(void)!dprintf(driven->child.in_fd, "%s\n", words);
}

static void handle(struct driven *driven, const struct driver_request *request)
{
	switch (request->type) {
	case DRIVER_SETUP:
	case DRIVER_RUN:
		if (driven->child.pid != 0)
			tell_line(driven, "busy: a command is under way");
		else if (request->type == DRIVER_SETUP)
			start_setup(driven, request);
		else
			start_run(driven, request);
		break;
	case DRIVER_CONFIRM:
		confirm(driven, request->words);
		break;
	case DRIVER_ABORT:
		driven_child_interrupt(&driven->child);
		break;
	case DRIVER_PING:
		break;
	case DRIVER_LEAVE:
		driven_end(driven, CLI_EXIT_OK, "");
		break;
	}
}

static void take_message(struct driven *driven)
{
	_cleanup_driver_request_ struct driver_request request = DRIVER_REQUEST_INIT;
	struct error error;

	if (driver_request_parse(
		    driven->channel.in.text, driven->channel.in.len, &request, &error) < 0)
		tell_line(driven, error.text);
	else
		handle(driven, &request);
}

/* -- the line -------------------------------------------------------------------------------- */

/* A laptop asks for `hello`: another one than before, if that one is gone. @quiet: else nothing. */
static void take_call(struct driven *driven, bool quiet)
{
	int64_t silent_ms = clock_now_ms() - MAX(driven->channel.heard_ms, driven->since_ms);
	bool gone = silent_ms > (driven->child.pid == 0 ? IDLE_MS : GONE_MS);

	if (gone && driven->child.pid != 0) {
		driven->renew = true;
		driven_child_interrupt(&driven->child);
	} else if (gone) {
		renew(driven);
	} else if (driven->channel.in.any && !quiet) {
		channel_say(&driven->channel, "stprov: busy: a laptop drives this console");
	}
}

static void take_outside(struct driven *driven, uint8_t byte)
{
	driven->interrupts = byte == CTRL_C ? driven->interrupts + 1 : 0;
	if (driven->interrupts == INTERRUPTS)
		driven_end(driven, CLI_EXIT_FAILED, "interrupted");
	/* Of a laptop with --cr, which takes this for a shell; a line may also double one. */
	if (byte == CALL_BYTE || byte == '\r')
		take_call(driven, byte == '\r');
}

void driven_take(struct driven *driven, uint8_t byte)
{
	if (driven->ending)
		return;
	switch (channel_take(&driven->channel, byte, clock_now_ms())) {
	case CHANNEL_NOTHING:
		/* A frame lies between. */
		driven->interrupts = 0;
		break;
	case CHANNEL_OUTSIDE:
		take_outside(driven, byte);
		break;
	case CHANNEL_MESSAGE:
		take_message(driven);
		break;
	case CHANNEL_BROKEN:
		driven_end(driven, CLI_EXIT_FAILED, "the laptop does not keep to the protocol");
		break;
	}
}
