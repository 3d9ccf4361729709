/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HEAD on a URL, from the name to the answer after the last redirect: what a probe does once it
 * is locked in. Not here: the process (probe_role.c).
 */
#pragma once

#include "crypto/tls.h"
#include "setup/probe_ipc.h"

/* Redirects that are followed. */
#define PROBE_REDIRECTS_MAX 10

struct probe {
	struct tls_context *tls; /* tls_context_new_web() */
	int64_t deadline_ms;
	/* Told before each step that may take long: `resolving NAME`. */
	void (*stage)(const char *text);
};

/* Asks. @url is foreign as far as it need not be well-formed. Fills in all of @ret. */
void probe_head(const struct probe *probe, const char *url, struct probe_result *ret);
