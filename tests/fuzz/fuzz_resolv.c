/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * resolv.conf: stprov only writes it. Checked: for any list of servers, each line of the text names
 * one of them and nothing else.
 */
#include <string.h>

#include "net/resolv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LINE_BEGIN "nameserver "

/* Returns the next line and advances; NULL after the last. */
static char *next_line(char **cursor)
{
	char *line = *cursor, *end = strchr(line, '\n');

	if (!end)
		return NULL;
	*end = '\0';
	*cursor = end + 1;
	return line;
}

static void check_text(char *text, const struct net_addr *servers, size_t n)
{
	size_t seen = 0;

	for (char *line = next_line(&text); line; line = next_line(&text)) {
		struct net_addr addr;
		if (line[0] == '#')
			continue;
		if (strncmp(line, LINE_BEGIN, strlen(LINE_BEGIN)) != 0 || seen == n ||
			net_addr_parse(line + strlen(LINE_BEGIN), &addr) < 0 ||
			!net_addr_equal(&addr, &servers[seen++]))
			abort();
	}
	if (seen != n || *text)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct net_addr servers[NET_RESOLV_SERVERS_MAX + 4];
	char text[NET_RESOLV_TEXT_MAX];
	size_t n = 0;

	for (; n < ARRAY_SIZE(servers) && size >= 17; n++, data += 17, size -= 17) {
		memset(&servers[n], 0, sizeof(servers[n]));
		servers[n].family = data[0] & 1 ? 4 : 6;
		memcpy(servers[n].bytes, data + 1, data[0] & 1 ? 4 : 16);
		/* A mapped address would have become IPv4 when it was parsed. */
		if (servers[n].family == 6)
			servers[n].bytes[0] |= 0x20;
	}
	int r = net_resolv_format(servers, n, text);
	if ((r < 0) != (n > NET_RESOLV_SERVERS_MAX))
		abort();
	if (r == 0)
		check_text(text, servers, n);
	return 0;
}
