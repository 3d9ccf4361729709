/*
 * A DHCPv4 client that asks on several links at once and takes one lease (RFC 2131 section 4.4,
 * with the times of an operator who waits). A pure state machine: (event, now) in, (frame,
 * deadline, notes) out. It neither renews nor releases: provisioning is over before.
 */
#pragma once

#include "net/dhcp_message.h"
#include "net/dhcp_packet.h"

/* From the first message to the second; doubling up to the other. */
#define NET_DHCP_RETRY_FIRST_MS 1000
#define NET_DHCP_RETRY_MAX_MS 8000
/* After the first offer, this long for those of faster links. */
#define NET_DHCP_GATHER_MS 1000
/* From the beginning to the end without a lease. */
#define NET_DHCP_LIMIT_MS (60 * 1000)
/* REQUESTs that one offer is worth. */
#define NET_DHCP_REQUESTS_MAX 2
/* Added to a retry at most, so that machines switched on together do not ask together. */
#define NET_DHCP_JITTER_MS 100

/* Servers that refused or fell silent after an offer are remembered: others are preferred. */
#define NET_DHCP_SHUNNED_MAX 8
/* Notes that wait to be fetched; later ones are lost. */
#define NET_DHCP_NOTES_MAX 32

struct net_dhcp_config {
	struct net_candidate links[NET_CANDIDATES_MAX];
	size_t n;
	/* Ends with the offers, without taking one: for who wants to know on which links a server
	 * answers (choosing a bond's members). */
	bool discover_only;
	int64_t limit_ms;   /* NET_DHCP_LIMIT_MS */
	unsigned jitter_ms; /* NET_DHCP_JITTER_MS */
	uint64_t seed;      /* random: transaction numbers and jitter come of it */
};

enum net_dhcp_state {
	NET_DHCP_SELECTING,  /* DISCOVERs are out, offers come in */
	NET_DHCP_REQUESTING, /* one offer was taken: its REQUEST is out */
	NET_DHCP_WAITING,    /* refused or declined: begins again in a moment */
	/* The ends: */
	NET_DHCP_BOUND,   /* client->link, client->lease */
	NET_DHCP_OFFERED, /* of discover_only: seen[i].offers > 0 */
	NET_DHCP_FAILED,  /* net_dhcp_client_failure() */
};

/* What happened on a link, counted. */
struct net_dhcp_seen {
	unsigned discovers, requests, declines;       /* sent */
	unsigned offers, acks, naks;                  /* heard and good */
	unsigned unusable, foreign, malformed, stray; /* heard and ignored: without a usable address
						       * or mask; for another MAC or transaction;
						       * no DHCP; of a server or at a time not asked */
};

enum net_dhcp_note_kind {
	NET_DHCP_NOTE_OFFER,     /* address, server */
	NET_DHCP_NOTE_REQUEST,   /* address, server: this offer is taken */
	NET_DHCP_NOTE_ACK,       /* address, server */
	NET_DHCP_NOTE_NAK,       /* server */
	NET_DHCP_NOTE_SILENT,    /* server: no answer to its own offer; begins again */
	NET_DHCP_NOTE_IGNORED,   /* why; once a link and kind */
	NET_DHCP_NOTE_ODD,       /* server, option: left out as malformed */
	NET_DHCP_NOTE_CARRIER,   /* has carrier now */
	NET_DHCP_NOTE_DECLINED,  /* address, server */
};

struct net_dhcp_note {
	enum net_dhcp_note_kind kind;
	size_t link;
	struct net_prefix address;
	struct net_addr server;
	const char *why; /* a constant */
	uint8_t option;
};

struct net_dhcp_timer {
	int64_t due_ms;   /* CLOCK_NEVER: none */
	int64_t delay_ms; /* after that */
};

struct net_dhcp_offer {
	bool there;
	size_t link;
	struct net_prefix address;
	struct net_addr server;
};

struct net_dhcp_client {
	struct net_dhcp_config config;
	enum net_dhcp_state state;
	size_t link;                 /* of the lease, when BOUND */
	struct net_dhcp_lease lease; /* when BOUND */
	struct net_dhcp_seen seen[NET_CANDIDATES_MAX];

	/* The machine's own. */
	int64_t started_ms, limit_ms, gather_ms;
	uint64_t random;
	uint32_t xid[NET_CANDIDATES_MAX];
	struct net_dhcp_timer timer[NET_CANDIDATES_MAX]; /* of DISCOVER; of REQUEST on its link */
	uint8_t said[NET_CANDIDATES_MAX];                /* kinds of IGNORED that were noted */
	struct net_dhcp_offer best;
	unsigned requests, setbacks;
	int64_t again_ms;
	bool decline_due;
	struct net_dhcp_offer declined;
	struct net_dhcp_offer shunned[NET_DHCP_SHUNNED_MAX];
	size_t n_shunned, n_notes;
	struct net_dhcp_note notes[NET_DHCP_NOTES_MAX];
};

/* Begins: the first DISCOVERs are due at once. */
void net_dhcp_client_init(struct net_dhcp_client *c, const struct net_dhcp_config *config,
	int64_t now_ms);

/* Events. A frame that came in on a link (packet.h); */
void net_dhcp_client_frame(struct net_dhcp_client *c, size_t link, const uint8_t *frame,
	size_t len, bool checksum_ready, int64_t now_ms);
/* a link's carrier came (a DISCOVER goes out on it at once) or went; */
void net_dhcp_client_carrier(struct net_dhcp_client *c, size_t link, bool carrier, int64_t now_ms);
/* time passed; */
void net_dhcp_client_time(struct net_dhcp_client *c, int64_t now_ms);
/* when BOUND: somebody has the address; the server is told, and it begins again. */
void net_dhcp_client_decline(struct net_dhcp_client *c, int64_t now_ms);

/* After each event: the next frame to send, until false; @ret_frame: NET_DHCP_PACKET_MAX. */
bool net_dhcp_client_send(struct net_dhcp_client *c, int64_t now_ms, size_t *ret_link,
	uint8_t *ret_frame, size_t *ret_len);
/* The next note, until false. */
bool net_dhcp_client_note(struct net_dhcp_client *c, struct net_dhcp_note *ret);
/* When net_dhcp_client_time() is to be called next; CLOCK_NEVER at an end. */
int64_t net_dhcp_client_deadline(const struct net_dhcp_client *c);
bool net_dhcp_client_over(const struct net_dhcp_client *c);

/* A line for the operator: `eth0: 10.0.2.1 offers 10.0.2.10/24`. */
#define NET_DHCP_LINE_MAX 200
void net_dhcp_note_format(const struct net_dhcp_client *c, const struct net_dhcp_note *note,
	char out[NET_DHCP_LINE_MAX]);

/*
 * When FAILED: what was sent and heard on which link, as the error's text. Returns -ETIMEDOUT.
 * `no lease in 60 s: eth0: 9 DISCOVER sent, nothing heard; eth1: ...`
 */
int net_dhcp_client_failure(const struct net_dhcp_client *c, struct error *error);
