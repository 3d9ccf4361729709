/* SPDX-License-Identifier: BSD-2-Clause */
/* A part as JSON: see part_json.h. */
#include "provisioned/part_json.h"

static const char *const state_names[] = {
	[PROVISIONED_ABSENT] = "absent",
	[PROVISIONED_BROKEN] = "broken",
	[PROVISIONED_UNREADABLE] = "unreadable",
	[PROVISIONED_GOOD] = "good",
};

int provisioned_part_json(enum provisioned_state state, const struct error *why, struct json **ret,
	struct error *error)
{
	bool is_error = state != PROVISIONED_GOOD && state != PROVISIONED_ABSENT;
	int r = json_object_new(ret, error);

	if (r < 0)
		return r;
	json_set_text(*ret, "state", state_names[state]);
	json_set_printable(*ret, "error", is_error ? why->text : NULL);
	return 0;
}
