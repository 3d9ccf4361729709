/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The monitor: the privileged side of `remote run`. It accepts connections, starts a sandboxed
 * session for each, and carries out the few requests that sessions may make. It parses no byte
 * that came from the network (docs/privsep.md).
 */
#pragma once

#include "service/monitor_config.h"

/*
 * Serves until the host key is stored, the operator aborts, or attempts are used up. Events are
 * logged as they happen. 0: stored; -ECANCELED: aborted; other negative errnos: what
 * failed; each with its text. After an interruption its signal stays blocked and pending
 * for the caller, as setup_run() leaves it.
 */
int monitor_run(const struct monitor_config *config, struct error *error) MUST_CHECK;
