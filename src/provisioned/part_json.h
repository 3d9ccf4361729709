/* SPDX-License-Identifier: BSD-2-Clause */
/* A part as JSON, as `remote status` and `host status` show it. */
#pragma once

#include "json/json.h"
#include "provisioned/provisioned.h"

/*
 * An object with `state` (absent, broken, unreadable, good) and `error`, which is null where the
 * part is good or absent; the caller adds to it.
 */
int provisioned_part_json(enum provisioned_state state, const struct error *why, struct json **ret,
	struct error *error) MUST_CHECK;
