/* SPDX-License-Identifier: BSD-2-Clause */
/* A gateway that answers on several links: see confirm.h. */
#include "setup/confirm.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "neighbour/echo.h"

/* A probe for the host's address and its repetition are answered by then. */
#define FREE_MS (EVIDENCE_INTERVAL_MS + 50)

bool setup_is_ambiguous(const struct evidence *evidence)
{
	const uint8_t *first = NULL;

	for (size_t i = 0; i < evidence->n; i++) {
		const struct evidence_link *seen = &evidence->seen[i];
		if (seen->answered && first && !net_mac_equal(first, seen->mac))
			return true;
		if (seen->answered && !first)
			first = seen->mac;
	}
	return false;
}

static bool is_own_mac(const struct setup *setup, const uint8_t *mac)
{
	for (size_t i = 0; i < setup->all_n; i++)
		if (net_mac_equal(setup->all[i].mac, mac))
			return true;
	return false;
}

/*
 * The echo is sent in the name of the host's address, so no other host may have it on that link.
 * With -f it is taken anyway. @ret_taken: CANDIDATES_MAX; @ret_who: one that has it.
 */
static int find_taken(struct setup *setup, const struct evidence *evidence, bool *ret_taken,
	uint8_t ret_who[NET_MAC_LEN], struct error *error)
{
	_cleanup_free_ struct evidence *owners = calloc(1, sizeof(*owners));
	struct packet_wait wait = PACKET_WAIT_INIT;
	struct candidate asked[CANDIDATES_MAX];
	size_t at[CANDIDATES_MAX], n = 0;

	if (!owners)
		return error_set_errno(error, -ENOMEM, "links");
	for (size_t i = 0; i < evidence->n; i++) {
		ret_taken[i] = false;
		if (!evidence->seen[i].answered)
			continue;
		at[n] = i;
		asked[n] = setup->considered[i];
		asked[n++].carrier = true;
	}
	if (setup->plan->force)
		return 0;
	wait.interrupt_fd = setup->signal_fd;
	int64_t now_ms = clock_now_ms();
	evidence_init(
		owners, &setup->plan->host.addr, asked, n, now_ms + FREE_MS, CLOCK_NEVER, now_ms);
	int r = evidence_run(owners, &wait, error);
	for (size_t i = 0; r == 0 && i < n; i++) {
		if (!owners->seen[i].answered || is_own_mac(setup, owners->seen[i].mac))
			continue;
		ret_taken[at[i]] = true;
		memcpy(ret_who, owners->seen[i].mac, NET_MAC_LEN);
	}
	return r;
}

static int run_echo(struct setup *setup, const struct evidence *evidence, const bool *taken,
	struct echo *echo, struct error *error)
{
	struct packet_wait wait = PACKET_WAIT_INIT;
	uint64_t number;
	int r = random_bytes(&number, sizeof(number), error);

	if (r < 0)
		return r;
	wait.interrupt_fd = setup->signal_fd;
	echo_init(echo, &setup->plan->host.addr, &setup->plan->gateway, setup->considered,
		setup->considered_n, number, clock_now_ms());
	for (size_t i = 0; i < evidence->n; i++)
		if (evidence->seen[i].answered && !taken[i])
			echo_ask(echo, i, evidence->seen[i].mac);
	return echo->n_asked > 0 ? echo_run(echo, &wait, error) : 0;
}

/* What became of it: the links with the echo are those with evidence. */
static int take_answers(struct setup *setup, const struct echo *echo, const uint8_t *taken_by,
	bool *ret_confirmed, struct error *error)
{
	char host[NET_ADDR_TEXT_MAX], mac[NET_MAC_TEXT_MAX];

	if (echo->n_answered == 0 && taken_by) {
		net_addr_format(&setup->plan->host.addr, host);
		net_mac_format(taken_by, mac);
		(void)error_set(error, 0, "%s is taken by %s", host, mac);
		return setup_address_taken(setup, error);
	}
	if (echo->n_answered == 0)
		return 0;
	for (size_t i = 0; i < setup->considered_n; i++)
		setup->considered[i].evidence = echo->seen[i].answered;
	*ret_confirmed = true;
	return 0;
}

int setup_confirm(struct setup *setup, const struct evidence *evidence, bool *ret_confirmed,
	struct error *error)
{
	static const uint8_t none[NET_MAC_LEN];
	uint8_t who[NET_MAC_LEN] = { 0 };
	bool taken[CANDIDATES_MAX];

	if (evidence->n_answered == 0 || evidence->n == 1 ||
		(evidence->n_answered > 1 && !setup_is_ambiguous(evidence)) ||
		setup->plan->host.addr.family != setup->plan->gateway.family)
		return 0;
	_cleanup_free_ struct echo *echo = calloc(1, sizeof(*echo));
	if (!echo)
		return error_set_errno(error, -ENOMEM, "links");
	int r = find_taken(setup, evidence, taken, who, error);
	if (r == 0)
		r = run_echo(setup, evidence, taken, echo, error);
	if (r == -EINTR)
		return setup_interrupted(error);
	if (r < 0)
		return r;
	return take_answers(
		setup, echo, net_mac_equal(who, none) ? NULL : who, ret_confirmed, error);
}
