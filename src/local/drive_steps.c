/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps of `stprov local console`: what follows from each message. See drive.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <termios.h>

#include "base/clock.h"
#include "base/log.h"
#include "local/drive.h"
#include "net/own_addrs.h"
#include "opening/opening.h"

/* -- the network ----------------------------------------------------------------------------- */

/* The platform's addresses: a text that is not an address is left out. */
static void read_addresses(const struct driver_report *report, struct net_addrs *ret)
{
	ret->n = 0;
	for (size_t i = 0; i < report->addresses_n && ret->n < NET_LOOKUP_MAX; i++)
		if (net_addr_parse(report->addresses[i], &ret->items[ret->n]) == 0)
			ret->n++;
}

/* -a for `remote run`: this machine's own addresses towards the platform. */
static int find_allowed(
	struct drive *drive, const struct driver_report *report, struct error *error)
{
	struct net_addrs addresses;
	size_t len = 0;

	read_addresses(report, &addresses);
	drive->allow[0] = '\0';
	for (size_t i = 0; i < addresses.n; i++) {
		struct net_prefix own;
		char text[NET_PREFIX_TEXT_MAX];
		if (net_own_towards(&addresses.items[i], &own.addr) < 0)
			continue;
		own.len = (uint8_t)net_addr_bits(&own.addr);
		net_prefix_format(&own, text);
		if (strstr(drive->allow, text))
			continue;
		len += (size_t)snprintf(drive->allow + len, sizeof(drive->allow) - len, "%s%s",
			len > 0 ? "," : "", text);
	}
	if (len > 0)
		return 0;
	return error_set(error, -ENETUNREACH,
		"this machine has no route to an address of the platform (it has %s): give -a in "
		"--run",
		report->addresses_n > 0 ? report->addresses[0] : "none");
}

/* -- setup and run --------------------------------------------------------------------------- */

/* @report: with the platform's addresses. */
static void start_run(struct drive *drive, const struct driver_report *report)
{
	struct error error = ERROR_INIT;
	int r = 0;

	if (drive_words_have(&drive->start, 'a', "allow")) {
		drive->own.translated = true;
	} else {
		r = find_allowed(drive, report, &error);
		if (r == 0)
			r = drive_words_add(&drive->start, "-a", &error);
		if (r == 0)
			r = drive_words_add(&drive->start, drive->allow, &error);
	}
	if (r < 0) {
		drive_fail(drive, CLI_EXIT_FAILED, "%s", error.text);
		return;
	}
	drive_begin(drive, DRIVE_STARTING, "waiting for the platform's service", CLOCK_NEVER);
	drive->running = true;
	drive_send(drive, DRIVER_RUN, drive->start.argv, NULL);
}

static void say_status(struct drive *drive, const struct driver_report *report)
{
	if (report->provisioned == DRIVER_YES)
		drive_say(drive, "  it is provisioned: %s", report->hostname);
	if (report->provisioned == DRIVER_NO)
		drive_say(drive, "  it is not provisioned");
	if (report->setup_mode == DRIVER_YES)
		drive_say(drive, "  Secure Boot is in Setup Mode: keys can be set");
}

static void on_hello(struct drive *drive, const struct driver_report *report)
{
	drive->greeted = true;
	if (report->protocol != DRIVER_PROTOCOL) {
		drive_fail(drive, CLI_EXIT_FAILED,
			"the platform speaks another protocol on its console (%" PRId64
			"): it has stprov %s",
			report->protocol, report->version);
		return;
	}
	drive_say(drive, "the platform answers: stprov %s", report->version);
	say_status(drive, report);
	if (drive->setup.n == 0) {
		start_run(drive, report);
		return;
	}
	drive_begin(drive, DRIVE_SETTING_UP, "waiting for the platform's network", CLOCK_NEVER);
	drive->running = true;
	drive_send(drive, DRIVER_SETUP, drive->setup.argv, NULL);
}

static void on_addresses(struct drive *drive, const struct driver_report *report)
{
	drive->running = false;
	if (report->exit != 0)
		drive_fail(drive, CLI_EXIT_FAILED, "setup on the platform: %s", report->text);
	else
		start_run(drive, report);
}

/* -- the connection -------------------------------------------------------------------------- */

static int derive_code(struct drive *drive, const char *code, struct error *error)
{
	_cleanup_secret_ struct secret otp = SECRET_INIT;
	int r = secret_set(&otp, code, strlen(code));

	if (r < 0)
		return error_set(error, r, "the platform's code is too long");
	code_trim(&otp);
	return opening_prover(&otp, &drive->run->prover, error);
}

static void on_listening(struct drive *drive, const struct driver_report *report)
{
	struct target *target = &drive->run->target;
	struct error error = ERROR_INIT;
	int r = 0;

	read_addresses(report, &target->told);
	target->port = (uint16_t)report->port;
	if (!report->code[0])
		r = error_set(&error, -EINVAL, "the platform made no code: --run must not have -o");
	else if (target->told.n == 0)
		r = error_set(&error, -EINVAL, "the platform tells no address");
	snprintf(target->host, sizeof(target->host), "%s", report->addresses[0]);
	if (r == 0)
		r = derive_code(drive, report->code, &error);
	if (r == 0)
		r = drive_exchange_start(&drive->exchange, drive->run, drive->command.fd, &error);
	/* The child has its own. */
	secret_wipe_bytes(&drive->run->prover, sizeof(drive->run->prover));
	secret_wipe_bytes(drive->report.code, sizeof(drive->report.code));
	if (r < 0) {
		drive_fail(drive, CLI_EXIT_FAILED, "%s", error.text);
		return;
	}
	drive_begin(drive, DRIVE_CONNECTING, "connecting to the platform", CLOCK_NEVER);
}

/* Both sides have told their connection. */
static void compare_opened(struct drive *drive)
{
	struct error error;

	if (drive->step != DRIVE_CONNECTING || !drive->has_opened || !drive->own.opened)
		return;
	if (drive_compare(&drive->own, &drive->opened, &error) < 0) {
		drive_fail(drive, CLI_EXIT_FAILED, "%s: another machine may be in between",
			error.text);
		return;
	}
	drive_say(drive, "both sides have the same comparison words: %s", drive->own.words);
	if (strcmp(drive->own.client, drive->opened.client) != 0)
		drive_say(drive, "  this laptop is %s, which the platform sees as %s",
			drive->own.client, drive->opened.client);
	drive_begin(drive, DRIVE_PREPARING, "waiting for the review", CLOCK_NEVER);
	drive_exchange_go_on(&drive->exchange);
}

static void on_opened(struct drive *drive, const struct driver_report *report)
{
	if (drive->has_opened) {
		drive_fail(drive, CLI_EXIT_FAILED,
			"another connection has shown the code: %s, besides %s", report->client,
			drive->opened.client);
		return;
	}
	drive->has_opened = true;
	drive->opened = *report;
	compare_opened(drive);
}

/* -- the review ------------------------------------------------------------------------------ */

static void confirm(struct drive *drive)
{
	/* On a terminal the result would be printed behind the row. */
	drive_begin(drive, DRIVE_STORING,
		isatty(STDOUT_FILENO) ? NULL : "waiting for the platform to store it", CLOCK_NEVER);
	drive_send(drive, DRIVER_CONFIRM, NULL, drive->review.words);
}

static void ask(struct drive *drive)
{
	drive_begin(drive, DRIVE_ASKING, NULL, CLOCK_NEVER);
	/* What was typed before the question does not count. */
	(void)tcflush(STDIN_FILENO, TCIFLUSH);
	drive_say(drive, "press Enter to commit changes, ctrl+c to abort");
}

static void on_review(struct drive *drive, const struct driver_report *report)
{
	struct error error;

	if (!drive->own.prepared || drive->step < DRIVE_PREPARING) {
		drive_fail(drive, CLI_EXIT_FAILED, "another client asks to commit: %s",
			report->client);
		return;
	}
	/* A second review: the host key was changed meanwhile. */
	drive->review = *report;
	if (drive_compare(&drive->own, report, &error) < 0) {
		drive_fail(drive, CLI_EXIT_FAILED, "%s", error.text);
		return;
	}
	drive_say(drive, "words, address, host name and fingerprint are the same on both sides");
	drive_say(drive, "  %s: %s", report->hostname, report->fingerprint);
	if (drive->options->yes)
		confirm(drive);
	else
		ask(drive);
}

void drive_take_answer(struct drive *drive, const char *line)
{
	if (!line)
		drive_fail(drive, CLI_EXIT_FAILED, "aborted at the end of input");
	else if (!line[0] || strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0)
		confirm(drive);
	else if (strcasecmp(line, "n") == 0 || strcasecmp(line, "no") == 0)
		drive_fail(drive, CLI_EXIT_FAILED, "aborted");
	else
		drive_say(drive, "press Enter, or type y or yes, to commit; n or no to abort");
}

/* -- the end --------------------------------------------------------------------------------- */

void drive_check_end(struct drive *drive)
{
	if (drive->step != DRIVE_STORING)
		return;
	if (drive->ended && (drive->done || drive->late))
		drive_leave(drive);
	else if (drive->done || drive->ended)
		drive->until_ms = clock_now_ms() + DRIVE_OTHER_END_MS;
}

static void on_done(struct drive *drive, const struct driver_report *report)
{
	drive->running = false;
	drive->done = true;
	if (drive->step == DRIVE_ABORTING)
		drive_leave(drive);
	else if (report->exit != 0 || drive->step != DRIVE_STORING)
		drive_fail(drive, CLI_EXIT_FAILED, "the platform: %s",
			report->text[0] ? report->text : "remote run has ended");
	drive_check_end(drive);
}

static void on_ended(struct drive *drive, const struct drive_told *told)
{
	drive->ended = true;
	/* After a failure that is known, its own is a consequence. */
	if (drive->step >= DRIVE_ABORTING)
		return;
	if (told->exit != CLI_EXIT_OK) {
		drive_fail(drive, told->exit, "%s", told->text);
		return;
	}
	drive->exit_code = CLI_EXIT_OK;
	drive_check_end(drive);
}

/* -- what came ------------------------------------------------------------------------------- */

void drive_take_told(struct drive *drive, const struct drive_told *told)
{
	struct drive_own *own = &drive->own;

	switch (told->type) {
	case DRIVE_OPENED:
		own->opened = true;
		memcpy(own->words, told->words, sizeof(own->words));
		memcpy(own->client, told->client, sizeof(own->client));
		compare_opened(drive);
		break;
	case DRIVE_PREPARED:
		own->prepared = true;
		memcpy(own->hostname, told->hostname, sizeof(own->hostname));
		memcpy(own->fingerprint, told->fingerprint, sizeof(own->fingerprint));
		if (drive->step == DRIVE_PREPARING)
			drive_exchange_go_on(&drive->exchange);
		break;
	case DRIVE_ENDED:
		on_ended(drive, told);
		break;
	}
}

/* In each step: what a platform that keeps to the protocol may report. */
static bool is_expected(enum drive_step step, enum driver_report_type type)
{
	switch (type) {
	case DRIVER_HELLO:
		return step == DRIVE_CALLING;
	case DRIVER_ADDRESSES:
		return step == DRIVE_SETTING_UP;
	case DRIVER_LISTENING:
		return step == DRIVE_STARTING;
	case DRIVER_OPENED:
	case DRIVER_REVIEW:
		return step >= DRIVE_CONNECTING && step <= DRIVE_STORING;
	case DRIVER_DONE:
		return step >= DRIVE_STARTING;
	default:
		return true;
	}
}

void drive_take_report(struct drive *drive, const struct driver_report *report)
{
	/* Of another laptop's session, or late. */
	if (drive->step == DRIVE_CALLING && report->type != DRIVER_HELLO)
		return;
	if (drive->step >= DRIVE_ABORTING && report->type != DRIVER_DONE &&
		report->type != DRIVER_ADDRESSES && report->type != DRIVER_TOLD)
		return;
	if (drive->step == DRIVE_ABORTING && report->type == DRIVER_ADDRESSES) {
		drive->running = false;
		drive_leave(drive);
		return;
	}
	if (!is_expected(drive->step, report->type)) {
		drive_fail(drive, CLI_EXIT_FAILED,
			report->type == DRIVER_HELLO
				? "the platform has begun again: another laptop may drive it"
				: "the platform reports what was not asked for");
		return;
	}
	switch (report->type) {
	case DRIVER_HELLO:
		on_hello(drive, report);
		break;
	case DRIVER_TOLD:
		drive_say(drive, "  platform: %s", report->text);
		break;
	case DRIVER_ADDRESSES:
		on_addresses(drive, report);
		break;
	case DRIVER_LISTENING:
		on_listening(drive, report);
		break;
	case DRIVER_OPENED:
		on_opened(drive, report);
		break;
	case DRIVER_REVIEW:
		on_review(drive, report);
		break;
	case DRIVER_DONE:
		on_done(drive, report);
		break;
	case DRIVER_OTHER:
		break;
	}
}
