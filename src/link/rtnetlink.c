/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rtnetlink socket: see rtnetlink.h.
 *
 * libnl's own object caches are not used for reading: what stprov asks for (a bond member's own
 * MAC, the LACP partner, who made an address) is not in libnl-route 3.7's objects, and a message
 * that a newer kernel extended must not make a link invisible.
 */
#include "link/rtnetlink.h"

#include <errno.h>
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/handlers.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/text.h"

/* A kernel's message of a dump is at most 32 KiB. */
#define RECEIVE_BYTES 65536
/* So often a dump may be inconsistent, because something changed meanwhile, before we give up. */
#define DUMP_TRIES 20
/* The kernel's words about an error: longer ones are cut. */
#define KERNEL_TEXT_MAX 120

struct rtnetlink {
	struct nl_sock *sock;
};

/* What comes back for one request. */
struct answer {
	uint32_t seq;
	bool done, interrupted;
	int code; /* 0 or a negative errno */
	char text[KERNEL_TEXT_MAX];
	int (*take)(struct nl_msg *answer, void *userdata);
	void *userdata;
};

static int errno_of_nl(int nl)
{
	static const struct {
		int nl, code;
	} codes[] = { { NLE_NOMEM, -ENOMEM }, { NLE_PERM, -EPERM }, { NLE_NOACCESS, -EACCES },
		{ NLE_INTR, -EINTR }, { NLE_AF_NOSUPPORT, -EAFNOSUPPORT },
		{ NLE_MSGSIZE, -EMSGSIZE }, { NLE_INVAL, -EINVAL },
		{ NLE_PROTO_MISMATCH, -EPROTONOSUPPORT } };

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (codes[i].nl == abs(nl))
			return codes[i].code;
	return -EIO;
}

int rtnetlink_new(struct rtnetlink **ret, struct error *error)
{
	_cleanup_rtnetlink_ struct rtnetlink *rtnl = calloc(1, sizeof(*rtnl));
	const int yes = 1;

	if (rtnl)
		rtnl->sock = nl_socket_alloc();
	if (!rtnl || !rtnl->sock)
		return error_set_errno(error, -ENOMEM, "rtnetlink");
	int r = nl_connect(rtnl->sock, NETLINK_ROUTE);
	if (r == 0)
		r = nl_socket_set_msg_buf_size(rtnl->sock, RECEIVE_BYTES);
	if (r < 0)
		return error_set(error, errno_of_nl(r), "rtnetlink: %s", nl_geterror(r));
	/* The kernel's own words about errors, without our request before them; old ones have none.
	 */
	int fd = nl_socket_get_fd(rtnl->sock);
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &yes, sizeof(yes));
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &yes, sizeof(yes));
	*ret = TAKE_PTR(rtnl);
	return 0;
}

void rtnetlink_free(struct rtnetlink *rtnl)
{
	if (rtnl && rtnl->sock)
		nl_socket_free(rtnl->sock);
	free(rtnl);
}

struct nl_msg *rtnetlink_request(int type, int flags)
{
	return nlmsg_alloc_simple(type, NLM_F_REQUEST | flags);
}

/* What is left of an earlier request that failed halfway. */
static int on_sequence(struct nl_msg *msg, void *arg)
{
	const struct answer *a = arg;

	return nlmsg_hdr(msg)->nlmsg_seq == a->seq ? NL_OK : NL_SKIP;
}

static int on_message(struct nl_msg *msg, void *arg)
{
	struct answer *a = arg;

	/* After a failure the rest is still read, so that nothing stays in the socket. */
	if (a->take && a->code == 0)
		a->code = a->take(msg, a->userdata);
	return NL_OK;
}

static int on_interrupted(struct nl_msg *msg, void *arg)
{
	struct answer *a = arg;

	a->interrupted = true;
	return NL_OK;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct answer *a = arg;

	a->done = true;
	return NL_STOP;
}

/* The end of a dump may bring an errno. */
static int on_finish(struct nl_msg *msg, void *arg)
{
	const struct nlmsghdr *hdr = nlmsg_hdr(msg);
	struct answer *a = arg;
	int code = 0;

	if (nlmsg_datalen(hdr) >= (int)sizeof(code))
		memcpy(&code, nlmsg_data(hdr), sizeof(code));
	if (code < 0 && a->code == 0)
		a->code = code;
	a->done = true;
	return NL_STOP;
}

/* The text after the error's fixed part (NETLINK_EXT_ACK). */
static void take_kernel_text(struct answer *a, const struct nlmsghdr *hdr)
{
	if (!(hdr->nlmsg_flags & NLM_F_ACK_TLVS) || !(hdr->nlmsg_flags & NLM_F_CAPPED))
		return;
	struct nlattr *attr = nlmsg_find_attr(
		(struct nlmsghdr *)(uintptr_t)hdr, (int)sizeof(struct nlmsgerr), NLMSGERR_ATTR_MSG);
	if (attr && nla_len(attr) > 0)
		text_printable(nla_data(attr), strnlen(nla_data(attr), (size_t)nla_len(attr)),
			a->text, sizeof(a->text));
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *e, void *arg)
{
	const struct nlmsghdr *hdr = (const void *)((const char *)e - NLMSG_HDRLEN);
	struct answer *a = arg;

	/* libnl calls this before it looks at the sequence number. */
	if (hdr->nlmsg_seq != a->seq)
		return NL_SKIP;
	a->code = e->error < 0 ? e->error : -EIO;
	take_kernel_text(a, hdr);
	a->done = true;
	return NL_STOP;
}

static int receive(struct nl_sock *sock, struct answer *a)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int r = cb ? 0 : -NLE_NOMEM;

	if (cb) {
		nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, on_sequence, a);
		nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_message, a);
		nl_cb_set(cb, NL_CB_DUMP_INTR, NL_CB_CUSTOM, on_interrupted, a);
		nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, a);
		nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, a);
		nl_cb_err(cb, NL_CB_CUSTOM, on_error, a);
	}
	/* When it is done, the result is the answer's, and libnl repeats it in its own numbers. */
	while (r >= 0 && !a->done)
		r = nl_recvmsgs(sock, cb);
	nl_cb_put(cb);
	return a->done ? a->code : errno_of_nl(r);
}

/* Sends @msg, which is freed, and receives. */
static int exchange_messages(
	struct rtnetlink *rtnl, struct nl_msg *msg, struct answer *a, struct error *error)
{
	if (!msg)
		return error_set_errno(error, -ENOMEM, "rtnetlink");
	nl_complete_msg(rtnl->sock, msg);
	a->seq = nlmsg_hdr(msg)->nlmsg_seq;
	int r = nl_send(rtnl->sock, msg);
	nlmsg_free(msg);
	r = r < 0 ? errno_of_nl(r) : receive(rtnl->sock, a);
	if (r < 0)
		return error_set(error, r, a->text[0] ? "%s (%s)" : "%s", strerror(-r), a->text);
	return 0;
}

int rtnetlink_talk(struct rtnetlink *rtnl, struct nl_msg *msg, struct error *error)
{
	struct answer a = { .seq = 0 };

	return exchange_messages(rtnl, msg, &a, error);
}

static struct nl_msg *copy_request(const struct nl_msg *msg)
{
	return nlmsg_convert(nlmsg_hdr((struct nl_msg *)(uintptr_t)msg));
}

int rtnetlink_dump(struct rtnetlink *rtnl, struct nl_msg *msg,
	int (*take)(struct nl_msg *answer, void *userdata), void (*restart)(void *userdata),
	void *userdata, struct error *error)
{
	int r = -ENOMEM;

	if (!msg)
		return error_set_errno(error, r, "rtnetlink");
	nlmsg_hdr(msg)->nlmsg_flags |= NLM_F_DUMP;
	for (int tries = 0; tries < DUMP_TRIES; tries++) {
		struct answer a = { .take = take, .userdata = userdata };
		r = exchange_messages(rtnl, copy_request(msg), &a, error);
		if (r < 0 || !a.interrupted)
			break;
		restart(userdata);
		r = error_set(error, -EAGAIN, "rtnetlink: the network keeps changing");
	}
	nlmsg_free(msg);
	return r;
}
