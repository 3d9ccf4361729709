/* SPDX-License-Identifier: BSD-2-Clause */
/* setup/setup.h: the order of the steps, and what follows when one of them does not end well. */
#include "tap.h"

#include <errno.h>
#include <sys/eventfd.h>

#include "setup/describe.h"
#include "setup/next.h"
#include "setup/setup.h"
#include "stderr_capture.h"

enum { OPEN, LOOK, ASK, CHOOSE, APPLY, VERIFY, PERSIST, STEPS };

/* The steps by their letters: open, look, ask, choose, apply, verify, persist. */
static const char letters[] = "OLACYVP";

static struct {
	char done[16]; /* letters of the steps that began; D: described */
	int fails;     /* this one fails; -1: none */
	int signal;    /* during this one a signal comes; -1: none */
	bool waits;    /* and the step sees it itself, as those that wait do */
	int signal_fd;
	bool check_failed; /* what fails is a check, which -f passes over */
} world;

static void note_done(char letter)
{
	size_t n = strlen(world.done);

	if (n + 1 < sizeof(world.done))
		world.done[n] = letter;
}

static int do_step(int step, struct setup *setup, struct error *error)
{
	note_done(letters[step]);
	setup->touched = setup->touched || step == CHOOSE;
	setup->writing = setup->writing || step == PERSIST;
	if (step == OPEN)
		setup->signal_fd = world.signal_fd;
	if (step == world.signal) {
		(void)!eventfd_write(world.signal_fd, 1);
		return world.waits ? setup_interrupted(error) : 0;
	}
	if (step != world.fails)
		return 0;
	(void)error_set(error, 0, "step %c failed", letters[step]);
	return world.check_failed ? setup_check_failed(setup, -ENOENT, error) : -EIO;
}

#define STEP(name, number)                                                                         \
	static int name(struct setup *setup, struct error *error)                                  \
	{                                                                                          \
		return do_step(number, setup, error);                                              \
	}

STEP(step_open, OPEN)
STEP(step_look, LOOK)
STEP(step_ask, ASK)
STEP(step_choose, CHOOSE)
STEP(step_apply, APPLY)
STEP(step_verify, VERIFY)
STEP(step_persist, PERSIST)

static void step_describe(struct setup *setup)
{
	note_done('D');
}

static const struct setup_ops ops = {
	.open = step_open,
	.look = step_look,
	.ask = step_ask,
	.choose = step_choose,
	.apply = step_apply,
	.verify = step_verify,
	.persist = step_persist,
	.describe = step_describe,
};

static void world_init(void)
{
	memset(&world, 0, sizeof(world));
	world.fails = world.signal = -1;
	world.signal_fd = eventfd(0, EFD_CLOEXEC);
}

/* What was done, as letters. */
static const char *run(bool force, int *ret_code, struct error *error)
{
	static const struct setup_options options = { .ip = NULL };
	const struct setup_plan plan = { .force = force };
	static struct setup setup;

	setup_init(&setup, &options, &plan);
	*error = ERROR_INIT;
	*ret_code = setup_run_steps(&ops, &setup, error);
	/* It closes the descriptor, as it does with the real one. */
	if (setup.signal_fd < 0)
		close(world.signal_fd);
	setup_deinit(&setup);
	return world.done;
}

static void the_steps_are_done_in_their_order(void)
{
	struct error error;
	int code;

	world_init();
	tap_eq_text(run(false, &code, &error), letters);
	tap_eq_int(code, 0);
}

static void a_step_that_fails_is_the_last_and_is_described(void)
{
	char want[16], text[32];
	struct error error;
	int code;

	for (int step = OPEN; step < STEPS; step++) {
		world_init();
		world.fails = step;
		snprintf(want, sizeof(want), "%.*sD", step + 1, letters);
		snprintf(text, sizeof(text), "step %c failed", letters[step]);
		/* -f is for checks; a failing change ends the run with it too. */
		tap_eq_text(run(step % 2 == 0, &code, &error), want);
		tap_eq_int(code, -EIO);
		tap_eq_text(error.text, text);
	}
}

static void a_signal_during_a_step_ends_the_run_after_it(void)
{
	char want[16];
	struct error error;
	int code;

	/* Of the last one nothing is left to be ended: it is done. */
	for (int step = OPEN; step < PERSIST; step++)
		for (int waits = 0; waits <= 1; waits++) {
			world_init();
			world.signal = step;
			world.waits = waits;
			snprintf(want, sizeof(want), "%.*sD", step + 1, letters);
			tap_eq_text(run(true, &code, &error), want);
			tap_eq_int(code, -EINTR);
			tap_eq_text(error.text, "interrupted");
		}
	world_init();
	world.signal = PERSIST;
	tap_eq_text(run(false, &code, &error), letters);
	tap_eq_int(code, 0);
}

static void a_check_that_fails_ends_the_run_unless_forced(void)
{
	struct stderr_capture capture;
	struct error error;
	int code;

	world_init();
	world.fails = VERIFY;
	world.check_failed = true;
	tap_eq_text(run(false, &code, &error), "OLACYVD");
	tap_eq_int(code, -ENOENT);
	world_init();
	world.fails = VERIFY;
	world.check_failed = true;
	stderr_capture_begin(&capture);
	const char *done = run(true, &code, &error);
	tap_eq_text(stderr_capture_end(&capture), "force flag: ignoring: step V failed\n");
	tap_eq_text(done, letters);
	tap_eq_int(code, 0);
}

/* What is described, by what the run had done. */
static void what_a_run_changed_is_described(void)
{
	static const struct {
		bool touched, writing;
		const char *has, *has_not;
	} rows[] = {
		{ false, false, "nothing was changed\n", "were not written" },
		{ true, false, "host name and host configuration were not written\n",
			"nothing was changed" },
		/* The error's text says what became of the variables. */
		{ true, true, "the network was changed; its state is now:\n", "written" },
	};
	static const struct setup_options options = { .ip = NULL };
	static const struct setup_plan plan = { .force = false };
	static struct setup setup;
	struct stderr_capture capture;
	struct error error;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		setup_init(&setup, &options, &plan);
		tap_eq_int(rtnetlink_new(&setup.rtnl, &error), 0);
		setup.touched = rows[i].touched;
		setup.writing = rows[i].writing;
		stderr_capture_begin(&capture);
		setup_describe(&setup);
		const char *text = stderr_capture_end(&capture);
		tap_ok(strstr(text, rows[i].has) != NULL);
		tap_ok(strstr(text, rows[i].has_not) == NULL);
		setup_deinit(&setup);
	}
}

static void the_next_command_lets_in_the_network_that_was_set_up(void)
{
	static const struct {
		const char *host, *allowed, *next, *efivars, *store;
	} rows[] = {
		{ "10.0.2.10/24", "127.0.0.1/32", "stprov remote run -a 10.0.2.0/24" },
		{ "10.0.2.10/24", "127.0.0.0/8,::1", "stprov remote run -a 10.0.2.0/24" },
		/* It has room for no laptop. */
		{ "10.0.2.10/32", "127.0.0.1/32", "stprov remote run -a 0.0.0.0/0" },
		{ "2001:db8::10/64", "127.0.0.1/32", "stprov remote run -i :: -a 2001:db8::/64" },
		/* What was compiled in holds. */
		{ "10.0.2.10/24", "192.0.2.0/24", "stprov remote run" },
		{ "10.0.2.10/24", "127.0.0.1/32,192.0.2.0/24", "stprov remote run" },
		{ "2001:db8::10/64", "2001:db8::/32", "stprov remote run -i ::" },
		{ "10.0.2.10/24", "127.0.0.1/32", "stprov remote run -a 10.0.2.0/24 -E ./vars",
			"./vars" },
		{ "10.0.2.10/24", "0.0.0.0/0", "stprov remote run", "my vars" },
		{ "10.0.2.10/24", "0.0.0.0/0", "stprov remote run -S label", NULL, "label" },
		{ "10.0.2.10/24", "0.0.0.0/0", "stprov remote run", NULL, "efi" },
	};
	char next[SETUP_NEXT_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct store_choice store = { rows[i].store, rows[i].efivars };
		struct net_prefix host;
		tap_eq_int(net_prefix_parse(rows[i].host, &host), 0);
		setup_next_command(&host, rows[i].allowed, &store, next);
		tap_eq_text(next, rows[i].next);
	}
}

/* Puts a variable into the plain directory @path. */
static void put_variable(const char *path, const struct efi_name *name, const char *data)
{
	_cleanup_efi_ struct efi_dir dir = EFI_DIR_INIT;
	_cleanup_efi_txn_ struct efi_txn txn;
	struct error error;

	tap_eq_int(efi_open(path, &dir, &error), 0);
	efi_txn_init(&txn, &dir);
	tap_eq_int(efi_txn_add(&txn, name, data, strlen(data), &error), 0);
	tap_eq_int(efi_txn_commit(&txn, &error), 0);
}

static void what_is_replaced_is_named_with_its_mode(void)
{
	static const struct {
		const char *name, *config, *replaced;
	} rows[] = {
		{ NULL, NULL, "" },
		{ "web01.example.net", "{\"network_mode\":\"static\"}",
			"web01.example.net (static)" },
		{ "web01.example.net", "{\"network_mode\":\"dhcp\"}", "web01.example.net (dhcp)" },
		{ "web01.example.net", NULL, "web01.example.net (no host configuration)" },
		{ "web01.example.net", "{", "web01.example.net (a broken host configuration)" },
		{ NULL, "{\"network_mode\":\"static\"}", "no host name (static)" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char path[] = "/tmp/test-setup-XXXXXX", replaced[SETUP_REPLACED_MAX], rm[64];
		_cleanup_efi_ struct efi_dir dir = EFI_DIR_INIT;
		struct error error;
		tap_ok(mkdtemp(path) != NULL);
		if (rows[i].name)
			put_variable(path, &efi_host_name, rows[i].name);
		if (rows[i].config)
			put_variable(path, &efi_host_config, rows[i].config);
		tap_eq_int(efi_open(path, &dir, &error), 0);
		setup_read_replaced(&dir, replaced);
		tap_eq_text(replaced, rows[i].replaced);
		snprintf(rm, sizeof(rm), "rm -r %s", path);
		tap_eq_int(system(rm), 0);
	}
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(the_steps_are_done_in_their_order),
		TAP_TEST(a_step_that_fails_is_the_last_and_is_described),
		TAP_TEST(a_signal_during_a_step_ends_the_run_after_it),
		TAP_TEST(a_check_that_fails_ends_the_run_unless_forced),
		TAP_TEST(what_a_run_changed_is_described),
		TAP_TEST(the_next_command_lets_in_the_network_that_was_set_up),
		TAP_TEST(what_is_replaced_is_named_with_its_mode),
		{ 0 },
	};
	return tap_run(tests);
}
