/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Places in the table of sessions, and who gives way when all are taken. A peer that has shown
 * neither code nor password and has no attempt under way is a stranger; only strangers give way.
 */
#pragma once

#include "service/monitor_state.h"

/*
 * When the next connection can be accepted, as clock_now_ms(): now, if there is a place; else once
 * a stranger has had SESSION_PLACE_MS, in which a client that knows the password is through. Until
 * then connections wait in the kernel's queue, first come first served: idle ones do not keep the
 * legitimate client out, and a flood delays it, but does not take the place that it got.
 */
int64_t places_next_accept_ms(struct monitor *monitor);

/* A free place, made free by ending a stranger if need be; NULL if there is none. */
struct monitor_session *places_take(struct monitor *monitor);
