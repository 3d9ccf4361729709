/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A DHCPv4 client that asks on several links at once and takes one lease (RFC 2131 section 4.4,
 * with the times of an operator who waits). A pure state machine: (event, now) in, (frame,
 * deadline, notes) out. It neither renews nor releases: provisioning is over before.
 */
#pragma once

#include "dhcp/message.h"
#include "dhcp/packet.h"

/* From the first message to the second; doubling up to the other. */
#define DHCP_RETRY_FIRST_MS 1000
#define DHCP_RETRY_MAX_MS 8000
/* After the first offer, this long for those of faster links. */
#define DHCP_GATHER_MS 1000
/* The same after one that leads nowhere: a link-local address, or no router, as a BMC's own USB
 * network card offers at once. */
#define DHCP_GATHER_POOR_MS 4000
/* From the beginning to the end without a lease. */
#define DHCP_LIMIT_MS (60 * 1000)
/* REQUESTs that one offer is worth. */
#define DHCP_REQUESTS_MAX 2
/* Added to a retry at most, so that machines switched on together do not ask together. */
#define DHCP_JITTER_MS 100

/* Servers that refused or fell silent after an offer are remembered: others are preferred. */
#define DHCP_SHUNNED_MAX 8
/* Notes that wait to be fetched; later ones are lost. */
#define DHCP_NOTES_MAX 32

struct dhcp_config {
	struct candidate links[CANDIDATES_MAX];
	size_t n;
	/* Ends with the offers, without taking one: for who wants to know on which links a server
	 * answers (choosing a bond's members). */
	bool discover_only;
	int64_t limit_ms;   /* DHCP_LIMIT_MS */
	unsigned jitter_ms; /* DHCP_JITTER_MS */
	uint64_t seed;      /* random: transaction numbers and jitter come of it */
};

enum dhcp_state {
	DHCP_SELECTING,  /* DISCOVERs are out, offers come in */
	DHCP_REQUESTING, /* one offer was taken: its REQUEST is out */
	DHCP_WAITING,    /* refused or declined: begins again in a moment */
	/* The ends: */
	DHCP_BOUND,   /* client->link, client->lease */
	DHCP_OFFERED, /* of discover_only: seen[i].offers > 0 */
	DHCP_FAILED,  /* dhcp_client_failure() */
};

/* What happened on a link, counted. */
struct dhcp_seen {
	unsigned discovers, requests, declines; /* sent */
	unsigned offers, acks, naks;            /* heard and good */
	unsigned poor;                          /* of the offers: that lead nowhere */
	unsigned unusable, foreign, malformed,
		stray; /* heard and ignored: without a usable address
			* or mask; for another MAC or transaction;
			* no DHCP; of a server or at a time not asked */
};

enum dhcp_note_kind {
	DHCP_NOTE_OFFER,    /* address, server; why: what is poor about it, or NULL */
	DHCP_NOTE_REQUEST,  /* address, server: this offer is taken */
	DHCP_NOTE_ACK,      /* address, server */
	DHCP_NOTE_NAK,      /* server */
	DHCP_NOTE_SILENT,   /* server: no answer to its own offer; begins again */
	DHCP_NOTE_IGNORED,  /* why; once a link and kind */
	DHCP_NOTE_ODD,      /* server, option: left out as malformed */
	DHCP_NOTE_ENTRY,    /* server, option: entries of it left out */
	DHCP_NOTE_NO_MASK,  /* address, server: it has no subnet mask */
	DHCP_NOTE_CARRIER,  /* has carrier now */
	DHCP_NOTE_DECLINED, /* address, server */
};

struct dhcp_note {
	enum dhcp_note_kind kind;
	size_t link;
	struct net_prefix address;
	struct net_addr server;
	const char *why; /* a constant */
	uint8_t option;
};

struct dhcp_timer {
	int64_t due_ms;   /* CLOCK_NEVER: none */
	int64_t delay_ms; /* after that */
};

struct dhcp_offer {
	bool there;
	bool no_mask, poor; /* others are preferred */
	size_t link;
	struct net_prefix address;
	struct net_addr server;
};

struct dhcp_client {
	struct dhcp_config config;
	enum dhcp_state state;
	size_t link;             /* of the lease, when BOUND */
	struct dhcp_lease lease; /* when BOUND */
	struct dhcp_seen seen[CANDIDATES_MAX];

	/* The machine's own. */
	int64_t started_ms, limit_ms, gather_ms;
	uint64_t random;
	uint32_t xid[CANDIDATES_MAX];
	struct dhcp_timer timer[CANDIDATES_MAX]; /* of DISCOVER; of REQUEST on its link */
	uint8_t said[CANDIDATES_MAX];            /* kinds of IGNORED that were noted */
	struct dhcp_offer best;
	unsigned requests, setbacks;
	int64_t again_ms;
	bool decline_due;
	struct dhcp_offer declined;
	struct dhcp_offer shunned[DHCP_SHUNNED_MAX];
	size_t n_shunned, n_notes;
	struct dhcp_note notes[DHCP_NOTES_MAX];
};

/* Begins: the first DISCOVERs are due at once. */
void dhcp_client_init(struct dhcp_client *c, const struct dhcp_config *config, int64_t now_ms);

/* Events. A frame that came in on a link (packet.h); */
void dhcp_client_frame(struct dhcp_client *c, size_t link, const uint8_t *frame, size_t len,
	bool checksum_ready, int64_t now_ms);
/* a link's carrier came (a DISCOVER goes out on it at once) or went; */
void dhcp_client_carrier(struct dhcp_client *c, size_t link, bool carrier, int64_t now_ms);
/* time passed; */
void dhcp_client_time(struct dhcp_client *c, int64_t now_ms);
/* When BOUND: another host has the address; the server is told, and the client begins again. */
void dhcp_client_decline(struct dhcp_client *c, int64_t now_ms);

/* After each event: the next frame to send, until false; @ret_frame: DHCP_PACKET_MAX. */
bool dhcp_client_send(struct dhcp_client *c, int64_t now_ms, size_t *ret_link, uint8_t *ret_frame,
	size_t *ret_len);
/* The next note, until false. */
bool dhcp_client_note(struct dhcp_client *c, struct dhcp_note *ret);
/* When dhcp_client_time() is to be called next; CLOCK_NEVER at an end. */
int64_t dhcp_client_deadline(const struct dhcp_client *c);
bool dhcp_client_over(const struct dhcp_client *c);
/* Whether a server on this link offered something; where there are offers that lead somewhere,
 * those alone count. */
bool dhcp_client_will_do(const struct dhcp_client *c, size_t link);

/* A line for the operator: `eth0: 10.0.2.1 offers 10.0.2.10/24`. */
#define DHCP_LINE_MAX 200
void dhcp_note_format(
	const struct dhcp_client *c, const struct dhcp_note *note, char out[DHCP_LINE_MAX]);

/*
 * When FAILED: what was sent and heard on which link, as the error's text. Returns -ETIMEDOUT.
 * `no lease in 60 s: eth0: 9 DISCOVER sent, nothing heard; eth1: ...`
 */
int dhcp_client_failure(const struct dhcp_client *c, struct error *error);
