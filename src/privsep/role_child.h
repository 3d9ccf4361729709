/* SPDX-License-Identifier: BSD-2-Clause */
/* A role, seen from inside: what every role does before its own work, and how it reports. */
#pragma once

#include "base/error.h"
#include "privsep/frame.h"
#include "privsep/role.h"
#include "privsep/sandbox.h"

/*
 * Sends a frame that has no answer. A failure is ignored: when the parent is gone, this process is
 * ended with it.
 */
void role_tell(uint8_t type, const void *payload, size_t len);
/* The same with a text, without its NUL. */
void role_tell_text(uint8_t type, const char *text);

struct role_entry {
	enum sandbox_role sandbox;
	uint8_t ready, failed; /* frame types: in the sandbox; or not, with the reason as text */
	struct frame *frame;   /* borrowed; receives the start frame, and is wiped */
	/*
	 * Loads all that the role needs, by the start frame in @frame, before the sandbox closes.
	 * A negative errno with its text.
	 */
	int (*load)(void *context, struct error *error);
	void *context;
};

/*
 * Receives the start frame, loads, enters the sandbox, and tells the parent how that went: no
 * foreign byte may be read before this returned 0. Negative: the parent was told; the role must
 * end.
 */
int role_enter(const struct role_entry *entry) MUST_CHECK;
