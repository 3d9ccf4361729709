/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TPM shows its keys to a laptop, and quotes what was measured at this boot. Nothing is written
 * and nothing is kept; the laptop judges. The handlers are like those of requests.h.
 */
#pragma once

#include "service/monitor_state.h"

/* Begins anew; its answer comes when the TPM has shown its keys. */
int attest_on_attest(struct monitor *monitor, struct monitor_session *session, struct error *error);
/* The next piece of what that answer has named: certificates and the boot log. */
int attest_on_more(struct monitor *monitor, struct monitor_session *session, struct error *error);
/* Its answer comes when the TPM has quoted. */
int attest_on_prove(struct monitor *monitor, struct monitor_session *session, struct error *error);

/*
 * Takes the role's answer to what was asked for here, of step SEAL_LOOKING to SEAL_PROVING, with
 * its result @r and, if that is negative, its text.
 */
void attest_take(struct monitor *monitor, enum seal_step step, int r, struct error *text);
