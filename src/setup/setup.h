/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Setting up the network, in steps (docs/architecture.md has a picture): look, ask, choose, reset,
 * apply, verify, persist. Each step prints what it saw and decided. Shared by the setup_*.c
 * files; others use setup_run().
 */
#pragma once

#include "base/progress.h"
#include "dhcp/client.h"
#include "efi/efi.h"
#include "link/applied.h"
#include "link/link_wait.h"
#include "neighbour/choose.h"
#include "packet/candidate.h"
#include "privsep/role.h"
#include "setup/plan.h"

/* RFC 5227's probe for a static IPv4 address, and IPv6's duplicate detection, at most. */
#define SETUP_DAD_MS 5000
/* For an LACP partner to be heard, beyond carrier. */
#define SETUP_PARTNER_MS 3000
/* For a bond to have carrier once its members have. */
#define SETUP_BOND_UP_MS 5000

struct setup {
	const struct setup_options *options;
	const struct setup_plan *plan;
	struct efi_dir efi;
	struct role_launcher launcher;
	struct rtnetlink *rtnl;
	int signal_fd;
	bool terminal;  /* the operator can be asked */
	uint8_t *roots; /* PEM of the trust policy; owned */
	size_t roots_len;
	struct applied own; /* what stprov set since boot */

	struct links links; /* the last snapshot */
	/* The candidates, in the kernel's order; considered: those that may be chosen. */
	struct candidate all[CANDIDATES_MAX], considered[CANDIDATES_MAX];
	size_t all_n, considered_n;
	int64_t wait_end_ms;  /* when -w is over, once the links are set up */
	struct choice choice; /* positions in considered */
	struct link link;     /* what gets the address: the link, or bond0 */
	bool bonded;
	struct dhcp_lease lease; /* dhcp */
	bool has_lease;
	struct progress progress; /* of the wait under way */

	/* For saying what state the machine is in. */
	bool touched; /* the network */
	bool writing; /* variables: what became of them is in the error's text */
};

/* Does all of it. 0, or a negative errno with one line; what state the network is in was logged. */
int setup_run(const struct setup_options *options, const struct setup_plan *plan,
	struct error *error) MUST_CHECK;

/* A check that failed: logged and passed over with -f, else @code. */
int setup_check_failed(const struct setup *setup, int code, struct error *error) MUST_CHECK;
/* -EINTR with the text that an operator gets to see. */
int setup_interrupted(struct error *error);

/* setup_look.c: the candidate that stands for a link. */
void setup_candidate(const struct link *link, struct candidate *ret);
/* `eth0: 52:54:00:12:34:56, igb, carrier, 1000 Mbit/s, @saw`. @state: of its carrier; the speed is
 * known only with one. @saw: empty for nothing. */
#define SETUP_LINK_TEXT_MAX 512
void setup_format_link(const struct candidate *c, const char *driver, const char *state,
	const char *saw, char out[SETUP_LINK_TEXT_MAX]);
/* Takes a snapshot, and finds the candidates and those to consider. */
int setup_look(struct setup *setup, struct error *error) MUST_CHECK;
/* Takes it again; the candidates' carrier and speed follow it. */
int setup_look_again(struct setup *setup, struct error *error) MUST_CHECK;
/* Asks before links that are in use by somebody else are reset. */
int setup_ask(struct setup *setup, struct error *error) MUST_CHECK;

/* setup_choose.c: removes an old bond, sets the considered links up, waits, asks, and decides;
 * with DHCP on one link also gets the lease. */
int setup_choose(struct setup *setup, struct error *error) MUST_CHECK;
/* Gets a lease on what was made of the choice (a bond). */
int setup_get_lease(struct setup *setup, const struct link *link, struct error *error) MUST_CHECK;
/* links_wait() with a row that says so on a terminal, and a text for -EINTR. @what is waited
 * for; what @wait has for interruption and progress is replaced. */
int setup_wait_links(struct setup *setup, const struct link_wait *wait, const char *what,
	const char *sysfs, struct links *ret_links, struct error *error) MUST_CHECK;

/* setup_apply.c: resets the candidates; address, routes, resolv.conf. */
int setup_apply(struct setup *setup, struct error *error) MUST_CHECK;
/* Logs what was changed and what the links are like now, after a failure. */
void setup_describe(struct setup *setup);

/* setup_finish.c: HEAD on the URLs; the variables. */
int setup_read_roots(struct setup *setup, struct error *error) MUST_CHECK;
int setup_verify(struct setup *setup, struct error *error) MUST_CHECK;
int setup_persist(struct setup *setup, struct error *error) MUST_CHECK;
