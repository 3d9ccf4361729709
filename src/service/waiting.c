/* SPDX-License-Identifier: BSD-2-Clause */
/* What the console shows while the service waits: see waiting.h. */
#include "service/waiting.h"

#include <stdio.h>
#include <string.h>

#include "console/line.h"
#include "service/invite.h"

/* Without rows a line comes at the first refusal, the tenth, the hundredth, and so on. */
static bool is_power_of_ten(unsigned n)
{
	while (n >= 10 && n % 10 == 0)
		n /= 10;
	return n == 1;
}

void waiting_begin(struct monitor *monitor, const char *what)
{
	monitor->waiting.what = what;
	snprintf(monitor->waiting.row, sizeof(monitor->waiting.row), "%s", what);
	journal_wait_begin(&monitor->journal, monitor->waiting.row);
}

/* The place of an address; of those that have none: the last one, whose address is unset. */
static struct refused *find_refused(struct monitor_waiting *waiting, const struct net_addr *addr)
{
	size_t i = 0;

	while (i < REFUSED_MAX && waiting->refused[i].n > 0 &&
		!net_addr_equal(&waiting->refused[i].addr, addr))
		i++;
	if (i < REFUSED_MAX)
		waiting->refused[i].addr = *addr;
	return &waiting->refused[i];
}

/* The row is made anew by its next tick. */
static void show_count(struct monitor *monitor, const struct refused *refused)
{
	struct monitor_waiting *waiting = &monitor->waiting;
	char addr[NET_ADDR_TEXT_MAX] = "other addresses";

	if (refused->addr.family != 0)
		net_addr_format(&refused->addr, addr);
	snprintf(waiting->row, sizeof(waiting->row), "%s; refused %u times: %s",
		waiting->what ? waiting->what : "", refused->n, addr);
}

void waiting_refused(struct monitor *monitor, const struct net_addr *addr, const char *peer)
{
	struct refused *refused = find_refused(&monitor->waiting, addr);

	if (monitor_hush(monitor))
		return;
	refused->n++;
	if (refused->n == 1 || log_is_for_scripts())
		journal_line(&monitor->journal,
			"%s: refused: the address is not in an allowed network (-a)", peer);
	else if (log_has_rows())
		show_count(monitor, refused);
	else if (is_power_of_ten(refused->n))
		journal_line(&monitor->journal, "%s: refused %u times", peer, refused->n);
}

void waiting_show_words(struct monitor *monitor, bool all)
{
	char words[CODE_TEXT_MAX];

	for (int i = 0; i < SESSIONS_MAX; i++) {
		struct monitor_session *session = &monitor->sessions[i];
		if (session->role.pid == 0 || session->phase != PHASE_OPENED ||
			(session->words_shown && !all))
			continue;
		code_format(session->words, ' ', words);
		journal_line(&monitor->journal, "%s: has shown the code", session->peer);
		journal_line(&monitor->journal, "comparison words: %s", words);
		journal_line(&monitor->journal, "  type them on the laptop");
		session->words_shown = true;
	}
}

bool waiting_reads_keys(const struct monitor *monitor)
{
	/* A background process that reads is stopped by SIGTTIN. */
	return monitor->stage == STAGE_SERVING && !monitor->waiting.input_over &&
	       isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp();
}

void waiting_read_key(struct monitor *monitor)
{
	char c;

	if (!waiting_reads_keys(monitor))
		return;
	switch (line_next(STDIN_FILENO, &c)) {
	case LINE_BREAK:
		invite_show(monitor->config, &monitor->journal);
		waiting_show_words(monitor, true);
		break;
	case LINE_BYTE:
	case LINE_WAITING:
		break;
	default:
		/* ctrl+d, or the terminal is gone, which a signal reports. */
		monitor->waiting.input_over = true;
		break;
	}
}
