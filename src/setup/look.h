/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps `look` and `ask`: which links there are, and whether they are in use. */
#pragma once

#include "setup/state.h"

/* Takes a snapshot, and finds the candidates and those to consider. */
int setup_look(struct setup *setup, struct error *error) MUST_CHECK;
/* Asks before links that have addresses which stprov did not set are reset. */
int setup_ask(struct setup *setup, struct error *error) MUST_CHECK;
