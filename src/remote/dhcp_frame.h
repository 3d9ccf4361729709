/*
 * What the DHCP role and its parent say to each other: the frames' types and payloads. The parent
 * holds a lease from the role to every rule that dhcp_message.c held the server's to.
 */
#pragma once

#include "net/dhcp_client.h"
#include "privsep/frame.h"

enum dhcp_frame {
	/* From the parent. */
	DHCP_FRAME_START = 1,   /* struct net_dhcp_config; once, first */
	DHCP_FRAME_CARRIER = 2, /* link, 1 or 0: a carrier came or went */
	DHCP_FRAME_DECLINE = 3, /* empty: somebody has the address of the lease; begin again */

	/* From the role. */
	DHCP_FRAME_READY = 16,   /* empty: locked in */
	DHCP_FRAME_BROKEN = 17,  /* text: could not be locked in, or broke; the role ends */
	DHCP_FRAME_LINE = 18,    /* text for the operator */
	DHCP_FRAME_LEASE = 19,   /* link, struct net_dhcp_lease; then it waits for DECLINE */
	DHCP_FRAME_OFFERED = 20, /* links with offers (discover_only); the role ends */
	DHCP_FRAME_FAILED = 21,  /* text: no lease; the role ends */
};

/* Room for every payload. */
#define DHCP_FRAME_PAYLOAD_MAX 4096

/* Encoding into @out, DHCP_FRAME_PAYLOAD_MAX bytes; returns the length. */
size_t dhcp_frame_encode_start(const struct net_dhcp_config *config, uint8_t *out);
size_t dhcp_frame_encode_carrier(size_t link, bool carrier, uint8_t *out);
size_t dhcp_frame_encode_lease(size_t link, const struct net_dhcp_lease *lease, uint8_t *out);
size_t dhcp_frame_encode_offered(const bool *offered, size_t n, uint8_t *out);

/* False if the frame is not exactly one of its kind, for @n links. */
bool dhcp_frame_decode_start(const struct frame *frame, struct net_dhcp_config *ret);
bool dhcp_frame_decode_carrier(const struct frame *frame, size_t n, size_t *ret_link,
	bool *ret_carrier);
bool dhcp_frame_decode_lease(const struct frame *frame, size_t n, size_t *ret_link,
	struct net_dhcp_lease *ret);
bool dhcp_frame_decode_offered(const struct frame *frame, size_t n, bool *ret_offered);
/* A text of LINE, FAILED or BROKEN, made printable. */
bool dhcp_frame_decode_text(const struct frame *frame, char *out, size_t cap);
