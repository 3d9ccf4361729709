/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the DHCP role and its parent say to each other: the frames' types and payloads. The parent
 * holds a lease from the role to every rule that dhcp/message.c held the server's to.
 */
#pragma once

#include "dhcp/client.h"
#include "privsep/frame.h"

enum dhcp_ipc_type {
	/* From the parent. */
	DHCP_IPC_START = 1,   /* struct dhcp_config; once, first */
	DHCP_IPC_CARRIER = 2, /* link, 1 or 0: a carrier came or went */
	DHCP_IPC_DECLINE = 3, /* empty: another host has the address of the lease; begin again */

	/* From the role. */
	DHCP_IPC_READY = 16,  /* empty: locked in */
	DHCP_IPC_BROKEN = 17, /* text: could not be locked in, or broke; the role ends */
	DHCP_IPC_LINE = 18,   /* text for the operator */
	DHCP_IPC_LEASE = 19,  /* link, struct dhcp_lease; then it waits for DECLINE */
	DHCP_IPC_OFFERED =
		20,           /* links with offers: discover_only, the role ends; or before LEASE */
	DHCP_IPC_FAILED = 21, /* text: no lease; the role ends */
	DHCP_IPC_SEND = 22,   /* link, a frame to send there: dhcp_packet_check() */
};

/* Room for every payload. */
#define DHCP_IPC_PAYLOAD_MAX 4096

/* Encoding into @out, DHCP_IPC_PAYLOAD_MAX bytes; returns the length. */
size_t dhcp_ipc_encode_start(const struct dhcp_config *config, uint8_t *out);
size_t dhcp_ipc_encode_carrier(size_t link, bool carrier, uint8_t *out);
size_t dhcp_ipc_encode_lease(size_t link, const struct dhcp_lease *lease, uint8_t *out);
size_t dhcp_ipc_encode_send(size_t link, const uint8_t *frame, size_t len, uint8_t *out);
size_t dhcp_ipc_encode_offered(const bool *offered, size_t n, uint8_t *out);

/* False if the frame is not exactly one of its kind, for @n links. */
bool dhcp_ipc_decode_start(const struct frame *frame, struct dhcp_config *ret);
bool dhcp_ipc_decode_carrier(
	const struct frame *frame, size_t n, size_t *ret_link, bool *ret_carrier);
bool dhcp_ipc_decode_lease(
	const struct frame *frame, size_t n, size_t *ret_link, struct dhcp_lease *ret);
/* *ret_frame is a view. */
bool dhcp_ipc_decode_send(const struct frame *frame, size_t n, size_t *ret_link,
	const uint8_t **ret_frame, size_t *ret_len);
bool dhcp_ipc_decode_offered(const struct frame *frame, size_t n, bool *ret_offered);
/* A text of LINE, FAILED or BROKEN, made printable. */
bool dhcp_ipc_decode_text(const struct frame *frame, char *out, size_t cap);
