/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A conversation: bytes become links, frames, steps of time, carriers that come and go, declines.
 * Messages are given the transaction and MAC that the client waits for, or it would hear nothing.
 * Checked: it always has something to wait for, sends no flood, and ends in time with a lease that
 * passes its check, or with a text.
 */
#include <string.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "dhcp/client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZED_LINKS_MAX 4

enum {
	EVENT_TIME,    /* be16 milliseconds */
	EVENT_TIMEOUT, /* the one that is due next */
	EVENT_MESSAGE, /* link, be16 length, message from the options' type on */
	EVENT_FRAME,   /* link, be16 length, frame */
	EVENT_CARRIER, /* link, up or down */
	EVENT_DECLINE,
	EVENTS,
};

static struct dhcp_client client;
static int64_t now;

static void drain(void)
{
	static uint8_t frame[DHCP_PACKET_MAX];
	struct dhcp_note note;
	char line[DHCP_LINE_MAX];
	size_t link, len;
	unsigned n = 0;

	dhcp_client_time(&client, now);
	while (dhcp_client_send(&client, now, &link, frame, &len))
		if (link >= client.config.n || len > sizeof(frame) || ++n > FUZZED_LINKS_MAX + 1)
			abort();
	while (dhcp_client_note(&client, &note)) {
		dhcp_note_format(&client, &note, line);
		if (strlen(line) == 0)
			abort();
	}
	/* Otherwise its caller would loop without a pause. */
	if (dhcp_client_deadline(&client) <= now)
		abort();
	if (dhcp_client_over(&client) != (dhcp_client_deadline(&client) == CLOCK_NEVER))
		abort();
	if (client.state == DHCP_BOUND && dhcp_lease_check(&client.lease))
		abort();
}

static void send_message(struct bytes_reader *r)
{
	uint8_t message[DHCP_MESSAGE_MAX] = { 2, 1, 6, 0 }, frame[DHCP_PACKET_MAX];
	size_t link = bytes_read_u8(r) % client.config.n;
	size_t len = bytes_read_be16(r);
	struct bytes_writer w = bytes_writer(message + 4, 4);

	bytes_write_be32(&w, client.xid[link]);
	len = MIN(len, bytes_left(r));
	len = MIN(len, sizeof(message) - 244);
	/* yiaddr, then options. */
	memcpy(message + 16,
		client.best.there ? client.best.address.addr.bytes
				  : (const uint8_t *)"\x0a\x09\0\x32",
		4);
	memcpy(message + 28, client.config.links[link].mac, 6);
	memcpy(message + 236, "\x63\x82\x53\x63", 4);
	bytes_read(r, message + 240, len);
	len = dhcp_packet_encode(client.config.links[link].mac, message, 240 + len, frame);
	frame[37] = DHCP_CLIENT_PORT;
	dhcp_client_frame(&client, link, frame, len, false, now);
}

static void send_frame(struct bytes_reader *r)
{
	size_t link = bytes_read_u8(r) % client.config.n;
	size_t len = bytes_read_be16(r);

	len = MIN(len, bytes_left(r));
	const uint8_t *frame = bytes_view(r, len);
	if (frame)
		dhcp_client_frame(&client, link, frame, len, len % 2, now);
}

static void play_event(struct bytes_reader *r)
{
	switch (bytes_read_u8(r) % EVENTS) {
	case EVENT_TIME:
		now += bytes_read_be16(r);
		break;
	case EVENT_TIMEOUT:
		if (!dhcp_client_over(&client))
			now = dhcp_client_deadline(&client);
		break;
	case EVENT_MESSAGE:
		send_message(r);
		break;
	case EVENT_FRAME:
		send_frame(r);
		break;
	case EVENT_CARRIER: {
		size_t link = bytes_read_u8(r) % client.config.n;
		dhcp_client_carrier(&client, link, bytes_read_u8(r) & 1, now);
		break;
	}
	case EVENT_DECLINE:
		dhcp_client_decline(&client, now);
		break;
	}
}

static void begin(struct bytes_reader *r)
{
	static struct dhcp_config config;
	uint8_t what = bytes_read_u8(r);

	memset(&config, 0, sizeof(config));
	config.n = 1 + what % FUZZED_LINKS_MAX;
	config.discover_only = what & 0x80;
	config.limit_ms = DHCP_LIMIT_MS;
	config.jitter_ms = what & 0x40 ? DHCP_JITTER_MS : 0;
	for (size_t i = 0; i < config.n; i++) {
		config.links[i].carrier = what >> i & 4;
		config.links[i].speed = what & 0x20 ? (unsigned)i : 0;
		config.links[i].mac[0] = 2;
		config.links[i].mac[5] = (uint8_t)i;
		memcpy(config.links[i].name, "eth", 4);
	}
	now = 0;
	dhcp_client_init(&client, &config, now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes_reader r = bytes_reader(data, size);
	struct error error = ERROR_INIT;

	begin(&r);
	drain();
	while (bytes_reader_ok(&r) && bytes_left(&r) > 0) {
		play_event(&r);
		drain();
	}
	while (!dhcp_client_over(&client)) {
		now = dhcp_client_deadline(&client);
		drain();
	}
	if (client.state == DHCP_FAILED && dhcp_client_failure(&client, &error) == 0)
		abort();
	return 0;
}
