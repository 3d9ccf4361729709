/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for links, all together, by rtnetlink's events instead of polling.
 *
 * An event is only a doorbell: it says that something changed; the snapshot that is taken after
 * it says what. So lost events (ENOBUFS) need no care of their own, and none can be missed: the
 * subscription is made before the first snapshot.
 */
#pragma once

#include "link/link.h"

/* What rings. */
#define LINK_EVENTS_LINKS 1U
#define LINK_EVENTS_ADDRS 2U

/*
 * A descriptor that becomes readable (poll(2)) when links or addresses change, for a caller with
 * a loop of its own: create it, read a snapshot, then poll; when it is readable, drain it and read
 * a snapshot again. *ret_fd: the caller closes it.
 */
int link_events_open(unsigned what, int *ret_fd, struct error *error) MUST_CHECK;
/* Takes all events that are there. Whether there was any (lost ones count). Never blocks. */
bool link_events_drain(int fd);
/*
 * Waits for events, at most @timeout_ms, and takes them: 0, whether there were any or not; -EINTR
 * if @interrupt_fd (-1: none) became readable; another negative errno. It may be 0 early.
 */
int link_events_wait(int fd, int interrupt_fd, int timeout_ms) MUST_CHECK;

struct link_wait {
	const uint32_t *indexes; /* the links that are waited for */
	size_t n;
	int64_t deadline_ms; /* clock_now_ms() */
	int interrupt_fd;    /* readable (a signalfd, not read here): the wait ends; -1: none */
	/*
	 * Whether enough is there to stop early; called after each change. NULL: when each of the
	 * links is ready (link_is_ready). Links that are gone are not waited for.
	 */
	bool (*enough)(const struct link_wait *wait, const struct links *links);
	/*
	 * For a countdown: called at the start, after each change and whenever a second of
	 * the time left has passed. NULL: not called.
	 */
	void (*progress)(const struct link_wait *wait, const struct links *links, int64_t left_ms);
	void *userdata;
};

/*
 * Waits until there is enough or the deadline passes; both are 0, and the snapshot tells which.
 * -EINTR (without text) if the interrupt descriptor became readable: no snapshot then.
 * @sysfs: as for links_read, for the snapshot returned; those in between have no details.
 * The links must have been set up before (link_set_up), else they get no carrier.
 */
int links_wait(struct rtnetlink *rtnl, const struct link_wait *wait, const char *sysfs,
	struct links *ret_links, struct error *error) MUST_CHECK;
