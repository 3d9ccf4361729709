/* SPDX-License-Identifier: BSD-2-Clause */
/* The order of the steps: see setup.h. */
#include "setup/setup.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/signals.h"
#include "setup/apply.h"
#include "setup/choose.h"
#include "setup/claim.h"
#include "setup/describe.h"
#include "setup/look.h"
#include "setup/persist.h"
#include "setup/verify.h"

static int open_store(struct setup *setup, struct error *error)
{
	const char *what = setup->plan->dhcp ? "stprov remote dhcp is running"
					     : "stprov remote static is running";

	return setup_open_store(
		&setup->options->store, what, &setup->store, &setup->claim, &setup->refused, error);
}

static int open_all(struct setup *setup, struct error *error)
{
	struct error text;

	int r = signals_open(&setup->signal_fd, error);
	if (r == 0)
		r = open_store(setup, error);
	if (r == 0)
		r = setup_read_roots(setup, error);
	if (r == 0)
		r = role_launcher_init(&setup->launcher, error);
	if (r == 0)
		r = rtnetlink_new(&setup->rtnl, error);
	if (r < 0)
		return r;
	setup_read_replaced(&setup->store.dir, setup->replaced);
	if (applied_read(APPLIED_DIR_DEFAULT, &setup->own, &text) < 0) {
		log_line("warning: %s; it is not used", text.text);
		setup->own.n = 0;
	}
	return 0;
}

static int run_in_order(const struct setup_ops *ops, struct setup *setup, struct error *error)
{
	int (*const steps[])(struct setup * setup, struct error * error) = { ops->open, ops->look,
		ops->ask, ops->choose, ops->apply, ops->verify, ops->persist };

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		/* Steps that wait look themselves; this is for what came while one did not. */
		if (setup_is_interrupted(setup))
			return setup_interrupted(error);
		int r = steps[i](setup, error);
		if (r < 0)
			return r;
	}
	return 0;
}

int setup_run_steps(const struct setup_ops *ops, struct setup *setup, struct error *error)
{
	int r = run_in_order(ops, setup, error);

	if (r < 0 && !setup->refused)
		ops->describe(setup);
	return r;
}

void setup_init(
	struct setup *setup, const struct setup_options *options, const struct setup_plan *plan)
{
	memset(setup, 0, sizeof(*setup));
	setup->options = options;
	setup->plan = plan;
	setup->store = STORE_INIT;
	setup->claim = EFI_CLAIM_INIT;
	setup->launcher = ROLE_LAUNCHER_INIT;
	setup->signal_fd = -1;
}

void setup_deinit(struct setup *setup)
{
	links_deinit(&setup->links);
	rtnetlink_free(setup->rtnl);
	role_launcher_deinit(&setup->launcher);
	efi_unclaim(&setup->claim);
	store_close(&setup->store);
	cleanup_close(&setup->signal_fd);
	free(setup->roots);
}

int setup_run(const struct setup_options *options, const struct setup_plan *plan,
	struct setup_end *ret_end, struct error *error)
{
	static const struct setup_ops ops = {
		.open = open_all,
		.look = setup_look,
		.ask = setup_ask,
		.choose = setup_choose,
		.apply = setup_apply,
		.verify = setup_verify,
		.persist = setup_persist,
		.describe = setup_describe,
	};
	struct setup *setup = malloc(sizeof(*setup));

	*ret_end = (struct setup_end){ .touched = false };
	if (!setup)
		return error_set_errno(error, -ENOMEM, "network");
	setup_init(setup, options, plan);
	setup->terminal = isatty(STDIN_FILENO);
	for (size_t i = 0; i < plan->notes_n; i++)
		log_line("%s", plan->notes[i].text);
	int r = setup_run_steps(&ops, setup, error);
	ret_end->touched = setup->touched;
	ret_end->urls_failed = setup->urls_failed;
	setup_deinit(setup);
	free(setup);
	return r;
}
