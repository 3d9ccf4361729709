/* SPDX-License-Identifier: BSD-2-Clause */
/* From -i to a connection: see reach.h. */
#include "local/reach.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "local/limits.h"
#include "local/waiting.h"
#include "opening/client.h"

/* While the platform is busy: how long this tries again, and the pause between two tries. */
#define BUSY_MS (20 * 1000)
#define BUSY_PAUSE_MS 500
/* The pause before the next try of --wait. */
#define WAIT_PAUSE_MS 1000

/* One try at all addresses. */
struct
try {
	struct opening_progress progress;
	bool told; /* an earlier try has printed its reasons */
	bool busy; /* one of the addresses is, and the error is about it */
	int fd;
	struct opening_result *opened; /* NULL: v0.0.1, which has no opening */
};

/* The remedy for a failed opening. */
static int explain_opening(int r, struct error *error)
{
	switch (r) {
	case OPENING_E_CODE:
		return error_set(error, r,
			"wrong code: type it again as the platform's console shows it; "
			"if it is right, another machine answers at this address");
	case OPENING_E_SILENT:
		return error_set(error, r,
			"the platform closed the connection without an answer: this machine's "
			"address may not be in one of its allowed networks (-a), or it speaks "
			"stprov/v0.0.1 only, as --compat does");
	case OPENING_E_CLOSED:
		return error_set(
			error, r, "the platform closed the connection: its console says why");
	case OPENING_E_OLD:
		return error_set(error, r,
			"the platform speaks stprov/v0.0.1 only, in which a short code is not "
			"safe: --compat speaks it too");
	default:
		return r;
	}
}

static int open_connection(const struct run *run, struct try *try, struct error *error)
{
	struct stream_socket raw;

	stream_socket_init(&raw, try->fd);
	int r = opening_connect(&raw.stream, &run->prover, clock_now_ms() + ANSWER_MS, try->opened,
		&try->progress, error);
	return explain_opening(r, error);
}

static int try_address(
	struct run *run, const struct net_addr *addr, struct try *try, struct error *error)
{
	run->address = *addr;
	net_endpoint_format(addr, run->target.port, run->endpoint);
	int r = waiting_connect(
		addr, run->target.port, clock_now_ms() + CONNECT_MS, &try->fd, error);
	if (r == 0 && try->opened)
		r = open_connection(run, try, error);
	if (r != 0) {
		cleanup_close(&try->fd);
		try->fd = -1;
	}
	return r;
}

/* Whether another address, or another moment, may be better. */
static bool may_pass(int r, const struct try *try)
{
	switch (r) {
	case -ECONNREFUSED:
	case -ECONNRESET:
	case -ETIMEDOUT:
	case -EHOSTUNREACH:
	case -ENETUNREACH:
	case -ENETDOWN:
	case -EADDRNOTAVAIL:
	case OPENING_E_SILENT:
	case OPENING_E_CLOSED:
		return !try->progress.tried;
	case OPENING_E_STATUS:
		return try->progress.status == OPENING_BUSY;
	default:
		return false;
	}
}

/* Each address of the name, until one is not worth another. *ret_again: a later try may be. */
static int try_addresses(struct run *run, struct try *try, bool *ret_again, struct error *error)
{
	struct net_addrs addrs = { .n = 0 };
	struct error busy = ERROR_INIT;
	int r = target_addresses(&run->target, &addrs, error);

	*ret_again = r < 0;
	try->busy = false;
	for (size_t i = 0; i < addrs.n; i++) {
		r = try_address(run, &addrs.items[i], try, error);
		*ret_again = may_pass(r, try);
		if (!*ret_again)
			return r;
		if (r == OPENING_E_STATUS) {
			try->busy = true;
			busy = *error;
		}
		if (i + 1 < addrs.n && !try->told)
			log_line("%s: %s; trying the next address of %s", run->endpoint,
				error->text, run->target.host);
	}
	if (try->busy)
		*error = busy;
	return r;
}

static int reach(struct run *run, struct try *try, struct error *error)
{
	int64_t began_ms = clock_now_ms(), wait_until_ms = began_ms + run->wait_ms;

	for (;; try->told = true) {
		bool again;
		int r = try_addresses(run, try, &again, error);
		bool busy = try->busy;
		int64_t until_ms = busy ? MAX(wait_until_ms, began_ms + BUSY_MS) : wait_until_ms;
		if (!again || clock_now_ms() >= until_ms)
			return r;
		if (!try->told)
			log_line("%s: trying again for a while", error->text);
		waiting_pause("waiting for the platform", until_ms,
			clock_now_ms() + (busy ? BUSY_PAUSE_MS : WAIT_PAUSE_MS));
	}
}

int reach_v0(struct run *run, int *ret_fd, struct error *error)
{
	struct try try = { .fd = -1 };
	int r = reach(run, &try, error);

	*ret_fd = try.fd;
	return r;
}

int reach_v1(struct run *run, int *ret_fd, struct opening_result *ret, struct error *error)
{
	struct try try = { .fd = -1, .opened = ret };
	int r = reach(run, &try, error);

	*ret_fd = try.fd;
	return r;
}
