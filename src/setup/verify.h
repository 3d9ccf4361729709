/* SPDX-License-Identifier: BSD-2-Clause */
/* The step `verify`: whether each OS package can be fetched (HEAD on its URL). */
#pragma once

#include "setup/state.h"

/* Reads the roots of the trust policy into @setup, before anything is changed. */
int setup_read_roots(struct setup *setup, struct error *error) MUST_CHECK;
int setup_verify(struct setup *setup, struct error *error) MUST_CHECK;
