/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Setting up the network, in steps (docs/architecture.md has a picture): look, ask, choose, apply,
 * verify, persist. This is their order; each prints what it saw and decided.
 */
#pragma once

#include "setup/state.h"

/* How a run ended. */
struct setup_end {
	bool touched;     /* the network was changed */
	bool urls_failed; /* it failed because OS package URLs cannot be fetched */
};

/* The steps. Each returns 0, or a negative errno with a text, which ends the run. */
struct setup_ops {
	/* What can be found wrong before anything is looked at: variables, roots, tools. */
	int (*open)(struct setup *setup, struct error *error);
	int (*look)(struct setup *setup, struct error *error);
	int (*ask)(struct setup *setup, struct error *error);
	/* From here on links change. */
	int (*choose)(struct setup *setup, struct error *error);
	int (*apply)(struct setup *setup, struct error *error);
	int (*verify)(struct setup *setup, struct error *error);
	/* From here on variables change. */
	int (*persist)(struct setup *setup, struct error *error);
	/* After a step failed, unless another command has the store: says what state the machine is
	   in. */
	void (*describe)(struct setup *setup);
};

/*
 * Does the steps @ops in their order, until one fails or a signal is pending before one (-EINTR);
 * then describes. @setup: from setup_init(); the steps fill it in.
 */
int setup_run_steps(
	const struct setup_ops *ops, struct setup *setup, struct error *error) MUST_CHECK;

/* A state before the first step. The caller deinits it; it borrows @options and @plan. */
void setup_init(
	struct setup *setup, const struct setup_options *options, const struct setup_plan *plan);
void setup_deinit(struct setup *setup);

/*
 * Does all of it. 0, or a negative errno with one line; what state the network is in was logged.
 * @ret_end is set in any case.
 */
int setup_run(const struct setup_options *options, const struct setup_plan *plan,
	struct setup_end *ret_end, struct error *error) MUST_CHECK;
