/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the operator sees before the question: which client asks, what is going to be written, and
 * what that replaces. No line of it is left out.
 */
#pragma once

#include "service/monitor_state.h"

/* v0.0.1: the entropy that was received, and the host key of provision.key. */
void review_show_v0(struct monitor *monitor, const struct provision_entropy *entropy);
/* v1: everything of the commit of @session, and its comparison words. */
void review_show_v1(struct monitor *monitor, const struct monitor_session *session);
