/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What this machine will trust after a provisioning: the platform's name, and its host key in
 * known_hosts. The platform tells both, so it must not choose whose line is replaced. Inside
 * `stprov local run` only.
 */
#pragma once

#include "local/run.h"

/*
 * Checks what the platform announced, before anything is committed: the name that was expected
 * (--name), and that known_hosts has no other key under a name that the operator did not type. A
 * negative errno or KNOWN_HOSTS_E_OTHER_KEY, with its text.
 */
int trust_check(
	const struct run *run, const struct run_result *result, struct error *error) MUST_CHECK;

/*
 * Adds the host key to known_hosts. The platform has its key even if this fails, so a failure
 * prints the line to add by hand. As trust_check().
 */
int trust_put(
	const struct run *run, const struct run_result *result, struct error *error) MUST_CHECK;
