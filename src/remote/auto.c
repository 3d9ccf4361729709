/* SPDX-License-Identifier: BSD-2-Clause */
/* `stprov remote auto`: see auto.h. */
#include "remote/auto.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "base/signals.h"
#include "config.h"
#include "console/call.h"
#include "console/mirror.h"
#include "efi/efi.h"
#include "net/allow.h"
#include "remote/auto_child.h"
#include "remote/guide.h"
#include "remote/stamped.h"

#define CTRL_C 0x03
/* Its end covers that of the row before, which may be longer by a digit. */
#define COUNT_ROW "provisioning begins by itself in %d s; any key stops it "

struct auto_options {
	struct cli_list consoles;
	int64_t count_ms;
	struct store_choice store;
	const char *trust_policy;
};

#define AT(field) offsetof(struct auto_options, field)

static const struct auto_options auto_defaults = { .count_ms = 10 * 1000 };

static const struct cli_option auto_table[] = {
	{ 0, "console", CLI_REPEATED, AT(consoles), "PATH", NULL,
		"a terminal on which it shows what happens and takes keys; repeated; without it, "
		"the one on which it was started" },
	{ 0, "count", CLI_DURATION, AT(count_ms), "TIME", "10s",
		"how long a key can stop it before it begins" },
	STORE_OPTIONS(struct auto_options, store),
	{ 'T', "trust-policy", CLI_TEXT, AT(trust_policy), "DIR", NULL,
		"trust policy, for the commands that it starts" },
	{ 0 },
};

/* What is under way, and what keys mean. */
enum stage {
	COUNTING,
	SETTING_UP,
	SERVING,
	ASKING, /* for a key */
};

struct unattended {
	struct mirror mirror;
	struct auto_child child; /* pid 0: none runs */
	enum stage stage;
	int signal_fd;
	bool key;     /* one was typed while counting or asking */
	bool stopped; /* the count */
	bool left;    /* ctrl+c, or a signal */
	bool called;
};

/* --- keys --- */

/* `stprov local console` calls: it gets a console where the service only waits. */
static void take_call(struct unattended *u, size_t console)
{
	static const char *const busy[] = {
		[COUNTING] = "provisioning begins by itself",
		[SETTING_UP] = "the network is being set up",
	};

	if (u->stage == SERVING && u->child.pid != 0 && auto_child_asks(&u->child)) {
		auto_child_type(&u->child, CALL_BYTE);
		return;
	}
	if (u->stage == SERVING || u->stage == ASKING) {
		if (!u->called && u->child.pid != 0)
			auto_child_interrupt(&u->child);
		u->called = true;
		return;
	}
	mirror_line_one(&u->mirror, console, "%s", "");
	mirror_line_one(&u->mirror, console, "stprov: busy: %s", busy[u->stage]);
}

static void take_key(struct unattended *u, size_t console, char key)
{
	if (key == CALL_BYTE) {
		take_call(u, console);
	} else if (key == '\0') {
		/* Noise of a line. */
	} else if (u->stage == ASKING && key == CTRL_C) {
		u->left = true;
	} else if (u->stage == COUNTING || u->stage == ASKING) {
		u->key = true;
	} else if (u->child.pid != 0) {
		auto_child_type(&u->child, key);
		/* It aborts, and its exit code does not say why. */
		u->left |= key == CTRL_C;
	}
}

/* --- the loop --- */

enum { AT_SIGNAL, AT_CHILD, AT_CONSOLES };

static void take_signal(struct unattended *u)
{
	/* It stays pending, and ends this program afterwards. */
	u->signal_fd = -1;
	u->left = true;
	if (u->child.pid != 0)
		auto_child_interrupt(&u->child);
}

/* One wait. 1: the child has closed its terminal. A negative errno with its text. */
static int turn(struct unattended *u, int64_t until_ms, struct error *error)
{
	struct pollfd fds[AT_CONSOLES + MIRROR_MAX] = {
		[AT_SIGNAL] = { .fd = u->signal_fd, .events = POLLIN },
		[AT_CHILD] = { .fd = u->child.pid != 0 ? u->child.fd : -1, .events = POLLIN },
	};
	int64_t next = mirror_prepare(&u->mirror, fds + AT_CONSOLES);
	char bytes[1024];

	if (poll(fds, ARRAY_SIZE(fds), clock_until(MIN(next, until_ms))) < 0)
		return errno == EINTR ? 0 : error_set_errno(error, -errno, "poll");
	if (fds[AT_SIGNAL].revents)
		take_signal(u);
	for (size_t i = 0; i < u->mirror.n; i++) {
		size_t n = fds[AT_CONSOLES + i].revents
				   ? mirror_read(&u->mirror, i, bytes, sizeof(bytes))
				   : 0;
		for (size_t k = 0; k < n; k++)
			take_key(u, i, bytes[k]);
	}
	if (!fds[AT_CHILD].revents)
		return 0;
	ssize_t n = auto_child_read(&u->child, bytes, sizeof(bytes));
	if (n > 0)
		mirror_put(&u->mirror, bytes, (size_t)n);
	return n < 0 ? 1 : 0;
}

/* Any key stops it. */
static int count_down(struct unattended *u, int64_t count_ms, struct error *error)
{
	int64_t end_ms = clock_now_ms() + count_ms;
	int shown = INT_MAX, r = 0;

	u->stage = COUNTING;
	while (r == 0 && !u->key && !u->left) {
		int64_t left_ms = end_ms - clock_now_ms();
		if (left_ms <= 0)
			break;
		int left = (int)((left_ms + 999) / 1000);
		if (left < shown)
			mirror_row(&u->mirror, COUNT_ROW, left);
		shown = MIN(left, shown);
		r = turn(u, end_ms - (int64_t)(left - 1) * 1000, error);
	}
	u->stopped = u->key;
	mirror_line(&u->mirror, "%s", "");
	return r;
}

static void show_command(struct unattended *u, const struct guide_command *command)
{
	_cleanup_free_ char *text = guide_format_command(command);

	for (char *rest = text, *row; rest && (row = strsep(&rest, "\n"));)
		if (*row)
			mirror_line(&u->mirror, "%s", row);
}

/* Runs a command to its end. Its exit code, or a negative errno with its text. */
static int carry_out(struct unattended *u, enum stage stage, const struct guide_command *command,
	struct error *error)
{
	u->stage = stage;
	show_command(u, command);
	int r = auto_child_start(&u->child, command->words, error);
	if (r < 0)
		return r;
	while (r == 0)
		r = turn(u, CLOCK_NEVER, error);
	if (r < 0)
		auto_child_interrupt(&u->child);
	int exit_code = auto_child_reap(&u->child);
	return r < 0 ? r : exit_code;
}

/* Waits for a key; false: it is not wanted any more. */
static bool ask_for_key(struct unattended *u, const char *what)
{
	struct error ignored;
	int r = 0;

	if (u->left || u->called)
		return false;
	u->stage = ASKING;
	u->key = false;
	mirror_line(&u->mirror, "press a key %s; ctrl+c for the prompt", what);
	while (r == 0 && !u->key && !u->left && !u->called)
		r = turn(u, CLOCK_NEVER, &ignored);
	return r == 0 && u->key && !u->left && !u->called;
}

/* --- what is done --- */

/* A name that no other machine has, where the medium has none. */
static void choose_host(const struct unattended *u, struct guide_answers *answers)
{
	char source[GUIDE_SOURCE_MAX];

	if (cli_outer_value("host") || cli_outer_value("full-host"))
		return;
	if (!guide_propose_host(false, u->signal_fd, answers->host, source))
		answers->host[0] = '\0';
}

/* A default that lets in this machine alone is of no use: then the network set up just now. */
static void choose_networks(struct guide_answers *answers)
{
	struct net_prefix network;

	if (!net_allow_is_loopback_only(cli_outer_or("allow", STPROV_DEFAULT_ALLOWED_NETWORKS)) ||
		!guide_own_network(&network))
		return;
	network = net_allow_for(&network);
	net_prefix_format(&network, answers->allow);
}

static int set_up_network(struct unattended *u, struct guide_answers *answers, struct error *error)
{
	struct guide_command command;
	int r;

	choose_host(u, answers);
	do {
		guide_network_command(answers, &command);
		r = carry_out(u, SETTING_UP, &command, error);
	} while (r > 0 && ask_for_key(u, "to try again"));
	secret_wipe_bytes(&command, sizeof(command));
	return r;
}

/* A code that was guessed at ten times is not followed by another one unless a person is there. */
static int serve(struct unattended *u, struct guide_answers *answers, struct error *error)
{
	struct guide_command command;
	int r;

	choose_networks(answers);
	do {
		guide_run_command(answers, &command);
		r = carry_out(u, SERVING, &command, error);
	} while (r > 0 && ask_for_key(u, "for a new code"));
	return r;
}

/* A provisioned machine is left alone: it may have booted the medium once more. */
static bool is_provisioned(const struct store_choice *choice)
{
	_cleanup_store_ struct store store = STORE_INIT;
	struct error ignored;
	uint8_t *key = NULL;
	size_t len = 0;

	if (store_open(choice, STORE_READ, &store, &ignored) < 0 || store.empty)
		return false;
	int r = efi_read(&store.dir, &efi_host_key, &key, &len, &ignored);
	if (key)
		secret_wipe_bytes(key, len);
	free(key);
	return r != EFI_E_ABSENT;
}

static int provision(struct unattended *u, const struct auto_options *o, struct error *error)
{
	struct guide_answers *answers = calloc(1, sizeof(*answers));
	int r;

	if (!answers)
		return error_set_errno(error, -ENOMEM, "answers");
	answers->dhcp = true;
	answers->store = o->store;
	answers->trust_policy = o->trust_policy;
	mirror_line(&u->mirror, "%s", "");
	mirror_line(&u->mirror, "stprov: auto = yes, from " MEDIUM_ORIGIN);
	r = count_down(u, o->count_ms, error);
	if (r == 0 && !u->stopped && !u->left)
		r = set_up_network(u, answers, error);
	if (r == 0 && !u->stopped && !u->left)
		r = serve(u, answers, error);
	free(answers);
	if (u->called)
		mirror_line(&u->mirror, "stprov: a laptop calls and gets a console");
	else if (r != 0 || u->stopped || u->left)
		mirror_line(&u->mirror, "stprov: nothing more is done by itself");
	return r;
}

static int run_auto(void *options, struct error *error)
{
	struct auto_options *o = options;
	char own[] = "/dev/tty", *const terminals[] = { own };
	struct unattended *u;
	enum store_kind kind;

	if (store_choice_check(&o->store, &kind, error) < 0)
		return CLI_EXIT_USAGE;
	if (!medium_is_auto(&stamped_loaded()->medium)) {
		(void)error_set(error, 0, "the boot medium has no defaults with auto = yes");
		return CLI_EXIT_FAILED;
	}
	if (is_provisioned(&o->store)) {
		(void)error_set(error, 0, "this machine has a host key already");
		return CLI_EXIT_FAILED;
	}
	u = calloc(1, sizeof(*u));
	if (!u) {
		(void)error_set_errno(error, -ENOMEM, "consoles");
		return CLI_EXIT_FAILED;
	}
	_cleanup_close_ int signal_fd = -1;
	int r = signals_open(&signal_fd, error);
	u->signal_fd = signal_fd;
	if (r == 0)
		r = mirror_open(&u->mirror, o->consoles.n > 0 ? o->consoles.items : terminals,
			MAX(o->consoles.n, (size_t)1), error);
	if (r == 0)
		r = provision(u, o, error);
	if (r > 0)
		(void)error_set(error, 0, "not provisioned");
	mirror_close(&u->mirror);
	free(u);
	return r == 0 ? CLI_EXIT_OK : CLI_EXIT_FAILED;
}

const struct cli_command remote_auto_command = {
	.name = "auto",
	.summary = "start by itself, as the boot medium says",
	.usage = "[options]",
	.help = "Where the boot medium's defaults say auto = yes: counts ten seconds, in which "
		"any key stops it, then runs `stprov remote dhcp` and `stprov remote run`. The "
		"provisioning image starts it on all consoles.",
	.options = auto_table,
	.defaults = &auto_defaults,
	.size = sizeof(auto_defaults),
	.run = run_auto,
};
