/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting for links: see link_wait.h. */
#include "link/link_wait.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/clock.h"

/* Events taken in one go: a machine that never stops must not hold us here. */
#define DRAIN_MAX 100000
#define SECOND_MS 1000

int link_events_open(unsigned what, int *ret_fd, struct error *error)
{
	struct sockaddr_nl local = { .nl_family = AF_NETLINK };

	if (what & LINK_EVENTS_LINKS)
		local.nl_groups |= RTMGRP_LINK;
	if (what & LINK_EVENTS_ADDRS)
		local.nl_groups |= RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
	_cleanup_close_ int fd =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&local, sizeof(local)) < 0)
		return error_set_errno(error, -errno, "subscribe to rtnetlink's events");
	*ret_fd = TAKE_FD(fd);
	return 0;
}

bool link_events_drain(int fd)
{
	bool any = false;
	char byte;

	/* What does not fit into the byte is thrown away; ENOBUFS says that events were lost. */
	for (int i = 0; i < DRAIN_MAX; i++) {
		if (recv(fd, &byte, sizeof(byte), MSG_DONTWAIT) >= 0 || errno == ENOBUFS)
			any = true;
		else if (errno != EINTR)
			break;
	}
	return any;
}

/* Until an event or @timeout_ms: 0; -EINTR by the interrupt descriptor. */
int link_events_wait(int fd, int interrupt_fd, int timeout_ms)
{
	struct pollfd fds[] = { { .fd = interrupt_fd, .events = POLLIN },
		{ .fd = fd, .events = POLLIN } };

	/* Cut short by a signal, it is as if nothing had happened: the caller looks again. */
	if (poll(fds, ARRAY_SIZE(fds), timeout_ms) < 0 && errno != EINTR)
		return -errno;
	if (fds[0].revents != 0)
		return -EINTR;
	if (fds[1].revents != 0)
		link_events_drain(fd);
	return 0;
}

static bool all_ready(const struct link_wait *wait, const struct links *links)
{
	for (size_t i = 0; i < wait->n; i++) {
		const struct link *link = links_by_index(links, wait->indexes[i]);
		if (link && !link_is_ready(link))
			return false;
	}
	return true;
}

/* One look: 1 if the wait is over. */
static int look_at_links(struct rtnetlink *rtnl, const struct link_wait *wait, int64_t *ret_left,
	struct error *error)
{
	_cleanup_links_ struct links links = LINKS_INIT;

	int r = links_read(rtnl, NULL, &links, error);
	if (r < 0)
		return r;
	int64_t left = MAX((int64_t)0, wait->deadline_ms - clock_now_ms());
	if (wait->progress)
		wait->progress(wait, &links, left);
	*ret_left = left;
	return left == 0 || (wait->enough ? wait->enough : all_ready)(wait, &links);
}

int links_wait(struct rtnetlink *rtnl, const struct link_wait *wait, const char *sysfs,
	struct links *ret_links, struct error *error)
{
	_cleanup_close_ int monitor = -1;
	int64_t left = 0;

	int r = link_events_open(LINK_EVENTS_LINKS, &monitor, error);
	while (r == 0) {
		r = look_at_links(rtnl, wait, &left, error);
		if (r != 0)
			break;
		/* To the next full second of the time left, for the countdown. */
		r = link_events_wait(
			monitor, wait->interrupt_fd, (int)((left - 1) % SECOND_MS) + 1);
		if (r < 0 && r != -EINTR)
			error_set_errno(error, r, "wait for links");
	}
	return r < 0 ? r : links_read(rtnl, sysfs, ret_links, error);
}
