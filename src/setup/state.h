/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the steps of setting up the network share: the state of one run, and small verbs on it. The
 * steps are in files of their own above this one, and setup.h has their order.
 */
#pragma once

#include "base/progress.h"
#include "dhcp/client.h"
#include "efi/claim.h"
#include "link/applied.h"
#include "link/link.h"
#include "neighbour/choose.h"
#include "packet/candidate.h"
#include "privsep/role.h"
#include "setup/next.h"
#include "setup/plan.h"

struct setup {
	const struct setup_options *options;
	const struct setup_plan *plan;
	struct store store;
	struct efi_claim claim; /* of the store, for the whole run */
	bool refused;           /* another command has it: nothing was looked at */
	struct role_launcher launcher;
	struct rtnetlink *rtnl;
	int signal_fd;  /* readable: the run is to end (signals_open()) */
	bool terminal;  /* the operator can be asked */
	uint8_t *roots; /* PEM of the trust policy; owned */
	size_t roots_len;
	struct applied own; /* what stprov set since boot */

	struct links links; /* the last snapshot */
	/* The candidates, in the kernel's order; considered: those that may be chosen. */
	struct candidate all[CANDIDATES_MAX], considered[CANDIDATES_MAX];
	size_t all_n, considered_n;
	int64_t wait_end_ms;  /* when -w is over, once the links are set up; clock_now_ms() */
	struct choice choice; /* positions in considered */
	struct link link;     /* what gets the address: the link, or bond0 */
	bool bonded;
	struct dhcp_lease lease; /* dhcp */
	bool has_lease;
	struct progress progress; /* of the wait under way */
	size_t urls_missing;      /* they cannot be fetched */
	bool urls_failed;         /* the run ended with that */
	bool gateway_silent;      /* static: it was asked on the links, and did not answer */
	char replaced[SETUP_REPLACED_MAX]; /* what is stored before this run; "": nothing */

	/* For saying what state the machine is in. */
	bool touched; /* the network */
	bool writing; /* variables: what became of them is in the error's text */
};

/* A check that failed: logged and passed over (0) with -f, else @code. */
int setup_check_failed(const struct setup *setup, int code, struct error *error) MUST_CHECK;
/* The same for an address that another host has, as @error says; the error names -f. */
int setup_address_taken(const struct setup *setup, struct error *error) MUST_CHECK;
/* -EINTR with the text that an operator gets to see. */
int setup_interrupted(struct error *error);
/* Whether a signal is pending that ends the run. Does not take it. */
bool setup_is_interrupted(const struct setup *setup);

/* The candidate that represents @link. */
void setup_candidate(const struct link *link, struct candidate *ret);
/* `eth0: 52:54:00:12:34:56, igb, carrier, 1000 Mbit/s, @saw`. @state: of its carrier; the speed is
 * known only with one. @saw: empty for nothing. */
#define SETUP_LINK_TEXT_MAX 512
void setup_format_link(const struct candidate *c, const char *driver, const char *state,
	const char *saw, char out[SETUP_LINK_TEXT_MAX]);

/* Takes the snapshot again; the carrier and speed of the candidates to consider follow it. */
int setup_look_again(struct setup *setup, struct error *error) MUST_CHECK;

/* Whether the link @index is one of the chosen. */
bool setup_is_chosen(const struct setup *setup, int index);
/* The preferred one of the chosen links: a choice was made. */
const struct candidate *setup_chosen(const struct setup *setup);
