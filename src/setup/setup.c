/* SPDX-License-Identifier: BSD-2-Clause */
/* Setting up the network: the sequence of the steps. See setup.h. */
#include "setup/setup.h"

#include <errno.h>
#include <poll.h>

#include "base/log.h"
#include "base/signals.h"

int setup_check_failed(const struct setup *setup, int code, struct error *error)
{
	if (!setup->plan->force)
		return code;
	log_line("force flag: ignoring: %s", error->text);
	return 0;
}

int setup_interrupted(struct error *error)
{
	return error_set(error, -EINTR, "interrupted");
}

/* What can be found wrong before anything is touched: the variables, the roots, the tools. */
static int open_all(struct setup *setup, struct error *error)
{
	struct error text;

	int r = signals_open(&setup->signal_fd, error);
	if (r == 0)
		r = efi_open(setup->options->efivars, &setup->efi, error);
	if (r == 0)
		r = setup_read_roots(setup, error);
	if (r == 0)
		r = role_launcher_init(&setup->launcher, error);
	if (r == 0)
		r = rtnetlink_new(&setup->rtnl, error);
	if (r < 0)
		return r;
	if (applied_read(APPLIED_DIR_DEFAULT, &setup->own, &text) < 0) {
		log_line("warning: %s; it is not used", text.text);
		setup->own.n = 0;
	}
	return 0;
}

static bool is_interrupted(const struct setup *setup)
{
	struct pollfd fd = { .fd = setup->signal_fd, .events = POLLIN };

	return poll(&fd, 1, 0) > 0;
}

static int run_steps(struct setup *setup, struct error *error)
{
	static int (*const steps[])(struct setup * setup, struct error * error) = { open_all,
		setup_look, setup_ask, setup_choose, setup_apply, setup_verify, setup_persist };

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		/* Steps that wait look themselves; this is for what came while one did not. */
		if (is_interrupted(setup))
			return setup_interrupted(error);
		int r = steps[i](setup, error);
		if (r < 0)
			return r;
	}
	return 0;
}

int setup_run(
	const struct setup_options *options, const struct setup_plan *plan, struct error *error)
{
	struct setup *setup = calloc(1, sizeof(*setup));

	if (!setup)
		return error_set_errno(error, -ENOMEM, "network");
	setup->options = options;
	setup->plan = plan;
	setup->efi = EFI_DIR_INIT;
	setup->launcher = ROLE_LAUNCHER_INIT;
	setup->signal_fd = -1;
	setup->terminal = isatty(STDIN_FILENO);
	for (size_t i = 0; i < plan->notes_n; i++)
		log_line("%s", plan->notes[i].text);
	int r = run_steps(setup, error);
	if (r < 0)
		setup_describe(setup);
	links_deinit(&setup->links);
	rtnetlink_free(setup->rtnl);
	role_launcher_deinit(&setup->launcher);
	efi_close(&setup->efi);
	cleanup_close(&setup->signal_fd);
	free(setup->roots);
	free(setup);
	return r;
}
