/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A socket to the kernel's rtnetlink(7): what link.h, link_wait.h, change.h and bond.h talk
 * through.
 *
 * Only `rtnetlink_new` and `rtnetlink_free` are for other folders; the rest serves link/ itself.
 * Messages are put together and taken apart with libnl; libnl's header stays out of this one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct rtnetlink;
struct nl_msg;

/*
 * Opens the socket, in the network namespace of the calling thread. No privilege is needed to
 * open it or to read; changes want CAP_NET_ADMIN. *ret: the caller frees it.
 */
int rtnetlink_new(struct rtnetlink **ret, struct error *error) MUST_CHECK;
/* NULL is fine. */
void rtnetlink_free(struct rtnetlink *rtnl);

static inline void cleanup_rtnetlink(struct rtnetlink **p)
{
	rtnetlink_free(*p);
}
#define _cleanup_rtnetlink_ _cleanup_(cleanup_rtnetlink)

/* --- for link/ alone --- */

/* A request without family header yet; the caller frees it with nlmsg_free(). NULL: no memory. */
struct nl_msg *rtnetlink_request(int type, int flags);
/*
 * Sends a request and waits for the kernel's answer. @msg is taken and freed whatever happens;
 * NULL is -ENOMEM. A negative errno with its text: the errno's, followed by
 * the kernel's own words in brackets where it has any (NLMSGERR_ATTR_MSG). The caller prefixes what
 * was tried.
 */
int rtnetlink_talk(struct rtnetlink *rtnl, struct nl_msg *msg, struct error *error) MUST_CHECK;
/*
 * Sends a dump request and gives each message of the answer to @take; a negative errno of @take
 * ends it. A dump that the kernel marks as inconsistent is asked for again: then @restart is
 * called first, so that what was taken is forgotten. @msg is taken and freed.
 */
int rtnetlink_dump(struct rtnetlink *rtnl, struct nl_msg *msg,
	int (*take)(struct nl_msg *answer, void *userdata), void (*restart)(void *userdata),
	void *userdata, struct error *error) MUST_CHECK;
