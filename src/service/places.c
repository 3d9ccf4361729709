/* SPDX-License-Identifier: BSD-2-Clause */
/* Places in the table of sessions: see places.h. */
#include "service/places.h"

#include <string.h>

#include "base/clock.h"

/* A free place, or NULL. */
static struct monitor_session *find_free_place(struct monitor *monitor)
{
	for (int i = 0; i < SESSIONS_MAX; i++)
		if (monitor->sessions[i].role.pid == 0)
			return &monitor->sessions[i];
	return NULL;
}

/*
 * A session whose attempt is under way is not a stranger: the attempt would count as failed. Nor is
 * a queued one: the queue moves on, and each session in it pays for its place with an attempt.
 */
static bool is_stranger(const struct monitor_session *session)
{
	return session->role.pid != 0 &&
	       (session->phase & (PHASE_STARTING | PHASE_READY | PHASE_GUESSING | PHASE_OPENING));
}

/*
 * One host of IPv6 has a whole /64 of addresses (RFC 4291 section 2.5.1, RFC 6177): they are one
 * source. The networks of link-local addresses are told apart by their link.
 */
static bool is_same_source(const struct net_addr *a, const struct net_addr *b)
{
	if (a->family != b->family || a->family != 6)
		return net_addr_equal(a, b);
	return a->scope == b->scope && memcmp(a->bytes, b->bytes, 8) == 0;
}

static int count_strangers(const struct monitor *monitor, const struct net_addr *source)
{
	int n = 0;

	for (int i = 0; i < SESSIONS_MAX; i++)
		n += is_stranger(&monitor->sessions[i]) &&
		     is_same_source(&monitor->sessions[i].source, source);
	return n;
}

/*
 * The stranger that gives way to a new connection, or NULL: of those whose source has the most
 * connections the oldest. So a flood from one source takes the places from itself.
 */
static struct monitor_session *find_stranger(struct monitor *monitor)
{
	struct monitor_session *found = NULL;
	int most = 0;

	for (int i = 0; i < SESSIONS_MAX; i++) {
		struct monitor_session *s = &monitor->sessions[i];
		if (!is_stranger(s))
			continue;
		int n = count_strangers(monitor, &s->source);
		if (n > most || (n == most && s->started_ms < found->started_ms)) {
			found = s;
			most = n;
		}
	}
	return found;
}

int64_t places_next_accept_ms(struct monitor *monitor)
{
	int64_t next = monitor->accept_after_ms;

	if (find_free_place(monitor))
		return next;
	const struct monitor_session *stranger = find_stranger(monitor);
	return stranger ? MAX(next, stranger->started_ms + SESSION_PLACE_MS) : CLOCK_NEVER;
}

struct monitor_session *places_take(struct monitor *monitor)
{
	struct monitor_session *place = find_free_place(monitor);

	if (place)
		return place;
	place = find_stranger(monitor);
	if (place) {
		if (!monitor_hush(monitor))
			journal_line(&monitor->journal,
				"%s: closed to make room: more than %d connections", place->peer,
				SESSIONS_MAX);
		/* A stranger has no attempt and no commit, so nothing follows from its end. */
		(void)monitor_end_session(monitor, place);
	}
	return place;
}
