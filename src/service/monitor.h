/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The monitor: the privileged side of `remote run`. It accepts connections, starts a sandboxed
 * session for each, and carries out the few requests that sessions may make. It parses no byte
 * that came from the network (docs/privsep.md).
 */
#pragma once

#include "console/question.h"
#include "efi/efi.h"
#include "net/allow.h"
#include "privsep/role.h"
#include "service/limits.h"
#include "service/provision.h"
#include "service/session_ipc.h"

struct monitor_config {
	struct net_addr address;
	uint16_t port;
	struct net_allow allow;
	const struct efi_dir *efi;           /* borrowed */
	const char *hostname;                /* borrowed; of STHostName */
	struct spake2plus_verifier verifier; /* of the code */
	const char *code; /* borrowed; one that was made here and is to be shown; else NULL */
	unsigned bits;    /* of the code or password, by estimate */
	bool compat;      /* v0.0.1 is served too, with what follows */
	struct secret credentials; /* `user:password` that every request must bring */
	struct secret seed;        /* of the TLS key */
};

/*
 * Serves until the host key is stored, the operator aborts, or attempts are used up. Events are
 * logged as they happen. 0: stored; -ECANCELED: aborted; other negative errnos: what
 * failed; each with its text. After an interruption SIGINT stays blocked and pending
 * for the caller, as setup_run() leaves it.
 */
int monitor_run(const struct monitor_config *config, struct error *error) MUST_CHECK;
