/* SPDX-License-Identifier: BSD-2-Clause */
/* Packet sockets: see packet.h. */
#include "packet/packet.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "packet/frame.h"
#include "packet/packet_filter.h"

static uint16_t frame_type(enum packet_kind kind)
{
	switch (kind) {
	case PACKET_ARP:
		return FRAME_ARP;
	case PACKET_ND:
		return FRAME_IPV6;
	case PACKET_ECHO:
		return ETH_P_ALL;
	case PACKET_DHCP:
		break;
	}
	return FRAME_IPV4;
}

static int attach(int fd, struct packet_filter *filter, struct error *error)
{
	struct sock_fprog program = { .len = (unsigned short)filter->n, .filter = filter->code };
	int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0)
		return error_set_errno(error, -errno, "SO_ATTACH_FILTER");
	if (setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &on, sizeof(on)) < 0)
		return error_set_errno(error, -errno, "SO_LOCK_FILTER");
	/* Whether a checksum is there to be checked comes beside each frame. */
	if (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) < 0)
		return error_set_errno(error, -errno, "PACKET_AUXDATA");
	return 0;
}

/*
 * Groups that a link without the IPv6 address does not listen to by itself: answers to who has no
 * address go to all nodes, ff02::1; questions for @address to its solicited-node group.
 */
static int join_group(enum packet_kind kind, int fd, int index, const struct net_addr *address,
	struct error *error)
{
	struct packet_mreq join = { .mr_ifindex = index,
		.mr_type = PACKET_MR_MULTICAST,
		.mr_alen = NET_MAC_LEN,
		.mr_address = { 0x33, 0x33, 0, 0, 0, 1 } };

	if (kind == PACKET_ECHO) {
		join.mr_address[2] = 0xff;
		memcpy(join.mr_address + 3, address->bytes + 13, 3);
	}

	if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &join, sizeof(join)) < 0)
		return error_set_errno(error, -errno, "PACKET_ADD_MEMBERSHIP");
	return 0;
}

static int open_filtered(enum packet_kind kind, const struct candidate *link,
	const struct net_addr *address, struct packet_filter *filter, int *ret_fd,
	struct error *error)
{
	struct sockaddr_ll here = { .sll_family = AF_PACKET,
		.sll_ifindex = link->index,
		.sll_protocol = htons(frame_type(kind)) };
	/* Protocol 0: nothing arrives before it is bound. */
	_cleanup_close_ int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return error_set_errno(error, -errno, "packet socket");
	int r = attach(fd, filter, error);
	if (r == 0 && kind != PACKET_DHCP && address->family == 6)
		r = join_group(kind, fd, link->index, address, error);
	if (r < 0)
		return r;
	if (bind(fd, (struct sockaddr *)&here, sizeof(here)) < 0)
		return error_set_errno(error, -errno, "bind packet socket");
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int packet_open(enum packet_kind kind, const struct candidate *link, const struct net_addr *address,
	int *ret_fd, struct error *error)
{
	struct packet_filter filter;

	if (!packet_filter_make(kind, link, address, &filter))
		return error_set(error, -EINVAL, "%s: no address to listen for", link->name);
	int r = open_filtered(kind, link, address, &filter, ret_fd, error);
	return r < 0 ? error_prefix(error, r, "%s", link->name) : 0;
}

int packet_open_ask(const struct candidate *link, const struct net_addr *address, int *ret_fd,
	struct error *error)
{
	enum packet_kind kind = address->family == 6 ? PACKET_ND : PACKET_ARP;

	return packet_open(kind, link, address, ret_fd, error);
}

int packet_send(int fd, const void *frame, size_t len)
{
	ssize_t n;

	do
		n = send(fd, frame, len, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static bool checksum_is_ready(struct msghdr *message)
{
	struct tpacket_auxdata aux;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
		if (c->cmsg_level == SOL_PACKET && c->cmsg_type == PACKET_AUXDATA &&
			c->cmsg_len >= CMSG_LEN(sizeof(aux))) {
			memcpy(&aux, CMSG_DATA(c), sizeof(aux));
			return !(aux.tp_status & TP_STATUS_CSUMNOTREADY);
		}
	return true;
}

int packet_receive(int fd, struct packet *ret)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} control;
	struct iovec data = { .iov_base = ret->data, .iov_len = sizeof(ret->data) };
	struct msghdr message = { .msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes) };
	ssize_t n;

	do
		n = recvmsg(fd, &message, 0);
	while (n < 0 && errno == EINTR);
	/* The kernel says once that the link went down; it may come up again. */
	if (n < 0)
		return errno == ENETDOWN ? -EAGAIN : -errno;
	if (message.msg_flags & MSG_TRUNC)
		return -EAGAIN;
	ret->len = (size_t)n;
	ret->checksum_ready = checksum_is_ready(&message);
	return 0;
}
