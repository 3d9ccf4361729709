/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Either side of the console's line protocol. The first byte chooses it; the rest are the bytes of
 * the line, with two exceptions: 0xfe is a second of time that passes, and the bytes from 0xff to
 * the next newline are a message of the peer, in frames that are right.
 */
#include <stdlib.h>
#include <string.h>

#include "driver/channel.h"
#include "driver/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct channel channel, peer;

static bool take(uint8_t byte, int64_t now_ms)
{
	struct error error;

	enum channel_event event = channel_take(&channel, byte, now_ms);
	if (event == CHANNEL_MESSAGE && channel.mark == DRIVER_PLATFORM) {
		_cleanup_driver_request_ struct driver_request request = DRIVER_REQUEST_INIT;
		if (driver_request_parse(channel.in.text, channel.in.len, &request, &error) == 0)
			assert(!request.argv[request.argc]);
	} else if (event == CHANNEL_MESSAGE) {
		struct driver_report report;
		if (driver_report_parse(channel.in.text, channel.in.len, &report, &error) == 0)
			for (const char *p = report.text; *p; p++)
				assert(*p >= ' ' && *p <= '~');
	}
	if (event == CHANNEL_MESSAGE && !channel_send(&channel, "answer", 6, now_ms))
		return false;
	assert(channel.ready_len <= sizeof(channel.ready));
	return event != CHANNEL_BROKEN;
}

/* The peer's frames, with its numbers as they are for this side. */
static bool take_message(const uint8_t *text, size_t len, int64_t now_ms)
{
	bool good = true;

	channel_init(&peer, channel.mark == DRIVER_PLATFORM ? DRIVER_LAPTOP : DRIVER_PLATFORM);
	peer.out.seq = channel.in.expected;
	if (!channel_send(&peer, (const char *)text, len, now_ms))
		return true;
	while (good && !channel_is_idle(&peer)) {
		(void)channel_turn(&peer, now_ms);
		for (size_t i = 0; good && i < peer.ready_len; i++)
			good = take((uint8_t)peer.ready[i], now_ms);
		channel_written(&peer, peer.ready_len);
		if (!channel.in.any || channel.in.expected != (uint8_t)(peer.out.seq + 1))
			break;
		/* Acknowledged. */
		struct driver_frame ack = { .seq = peer.out.seq, .kind = DRIVER_ACK };
		char line[DRIVER_LINE_MAX];
		size_t n = driver_format(channel.mark, &ack, line);
		for (size_t i = 0; i < n; i++)
			(void)channel_take(&peer, (uint8_t)line[i], now_ms);
		channel_written(&channel, channel.ready_len);
	}
	return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t now_ms = 1000;
	bool good = size > 0;

	channel_init(&channel, size > 0 && data[0] == 'p' ? DRIVER_PLATFORM : DRIVER_LAPTOP);
	for (size_t i = 1; good && i < size; i++) {
		if (data[i] == 0xfe) {
			now_ms += 1000;
			(void)channel_turn(&channel, now_ms);
			channel_written(&channel, channel.ready_len / 2);
		} else if (data[i] == 0xff) {
			const uint8_t *text = data + i + 1;
			const uint8_t *end = memchr(text, '\n', size - i - 1);
			size_t len = end ? (size_t)(end - text) : size - i - 1;
			good = take_message(text, len, now_ms);
			i += len;
		} else {
			good = take(data[i], now_ms);
		}
	}
	return 0;
}
