/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside status/ only: the parts of the object of `remote status -j`. */
#pragma once

#include "json/json.h"
#include "status/status.h"

/* Adds what was provisioned, and whether that is all; -ENOMEM with its text. */
int status_json_provisioned(
	struct json *root, const struct status *s, struct error *error) MUST_CHECK;
