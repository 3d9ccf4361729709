/* SPDX-License-Identifier: BSD-2-Clause */
/* A role, seen from inside: see role_child.h. */
#include "privsep/role_child.h"

#include <errno.h>
#include <string.h>

#include "base/secret.h"

void role_tell(uint8_t type, const void *payload, size_t len)
{
	struct error ignored;

	(void)!frame_send(ROLE_FRAME_FD, type, payload, len, &ignored);
}

void role_tell_text(uint8_t type, const char *text)
{
	role_tell(type, text, strlen(text));
}

static int load_and_lock(const struct role_entry *entry, struct error *error)
{
	int r = frame_receive(ROLE_FRAME_FD, entry->frame, error);

	if (r != 0)
		return -EPROTO;
	r = entry->load(entry->context, error);
	secret_wipe_bytes(entry->frame->payload, sizeof(entry->frame->payload));
	return r == 0 ? sandbox_enter(entry->sandbox, error) : r;
}

int role_enter(const struct role_entry *entry)
{
	struct error error = ERROR_INIT;

	assert(entry->frame && entry->load);
	int r = load_and_lock(entry, &error);

	if (r < 0)
		role_tell_text(entry->failed, error.text);
	else
		role_tell(entry->ready, NULL, 0);
	return r;
}
