/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which link or links to use, and why, from what was asked for and what was seen. Pure: no
 * look at the machine, no question on the wire.
 */
#pragma once

#include "packet/candidate.h"

enum choose_mode {
	CHOOSE_ANY,        /* nothing named */
	CHOOSE_NAMED,      /* -I, -b: by name */
	CHOOSE_MAC,        /* -m */
	CHOOSE_AUTODETECT, /* -A */
	CHOOSE_BOND_AUTO,  /* -B */
};

struct choose_options {
	enum choose_mode mode;
	bool bond;                /* of NAMED: -b, so one link is a bond, too */
	const char *const *names; /* of NAMED; borrowed; one without bond */
	size_t n_names;
	uint8_t mac[NET_MAC_LEN];
	const char *asked;    /* who was looked for there: `10.0.2.1` */
	const char *evidence; /* what was seen there, for the reason: `10.0.2.1 answers` */
};

#define CHOICE_REASON_MAX 256

struct choice {
	size_t n;                     /* at least 1; exactly 1 without bond */
	size_t links[CANDIDATES_MAX]; /* positions in the candidates, the first one preferred */
	bool bond;
	/* What was asked for was not seen anywhere, and a guess was made instead: warn. */
	bool fallback;
	/* `eth1: 10.0.2.1 answers there; the fastest of 2 (10000 Mbit/s)`; printable. */
	char reason[CHOICE_REASON_MAX];
};

/* Positive results of choose_links(). */
enum {
	CHOOSE_E_UNKNOWN = 1, /* no link has that name or MAC; the text lists what there is */
	CHOOSE_E_AMBIGUOUS,   /* several links have that MAC, or a name came twice */
	CHOOSE_E_NONE,        /* no link at all, or none with carrier; the text lists them */
};

/*
 * Decides. @links in kernel order, at most CANDIDATES_MAX.
 *
 * Named links are used even without carrier (the reason mentions it). Otherwise links
 * with evidence, fastest first, then in the kernel's order: the first one, or with BOND_AUTO all
 * of them. Without any evidence the first one with carrier, as a fallback and without bond.
 */
int choose_links(const struct choose_options *options, const struct candidate *links, size_t n,
	struct choice *ret, struct error *error) MUST_CHECK;
