/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages over frames: see channel.h. */
#include "driver/channel.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/clock.h"

#define CRC_SIZE 4

void channel_init(struct channel *channel, enum driver_mark mark)
{
	memset(channel, 0, sizeof(*channel));
	channel->mark = mark;
	driver_reader_init(
		&channel->reader, mark == DRIVER_LAPTOP ? DRIVER_PLATFORM : DRIVER_LAPTOP);
}

/* What has no room is lost, as on the line itself: the peer sends again. */
static void put_line(struct channel *channel, const struct driver_frame *frame)
{
	if (channel->ready_len + DRIVER_LINE_MAX > sizeof(channel->ready))
		return;
	channel->ready_len +=
		driver_format(channel->mark, frame, channel->ready + channel->ready_len);
}

static void answer(struct channel *channel, enum driver_kind kind, uint8_t seq)
{
	const struct driver_frame frame = { .seq = seq, .kind = kind };

	put_line(channel, &frame);
}

/* -- sending --------------------------------------------------------------------------------- */

static size_t first_len(const struct channel_out *out)
{
	uint32_t len;

	assert(out->len >= sizeof(len));
	memcpy(&len, out->queue, sizeof(len));
	return len;
}

size_t channel_room(const struct channel *channel)
{
	size_t used = channel->out.len + sizeof(uint32_t);

	return used < CHANNEL_QUEUE_MAX ? CHANNEL_QUEUE_MAX - used : 0;
}

bool channel_is_idle(const struct channel *channel)
{
	return channel->out.len == 0 && channel->ready_len == 0;
}

bool channel_send(struct channel *channel, const char *text, size_t len, int64_t now_ms)
{
	struct channel_out *out = &channel->out;
	uint32_t n = (uint32_t)len;

	if (len == 0 || len > CHANNEL_MESSAGE_MAX || len > channel_room(channel))
		return false;
	if (out->len == 0)
		out->progress_ms = now_ms;
	memcpy(out->queue + out->len, &n, sizeof(n));
	memcpy(out->queue + out->len + sizeof(n), text, len);
	out->len += sizeof(n) + len;
	return true;
}

/* The frame under way: the next bytes of the first message. */
static struct driver_frame current_frame(struct channel_out *out)
{
	struct driver_frame frame = { .seq = out->seq, .kind = DRIVER_MORE };
	const uint8_t *message = out->queue + sizeof(uint32_t);
	size_t whole = first_len(out), left = whole - out->sent;

	out->part = MIN(left, (size_t)DRIVER_DATA_MAX);
	memcpy(frame.data, message + out->sent, out->part);
	frame.len = out->part;
	if (left + CRC_SIZE <= DRIVER_DATA_MAX) {
		struct bytes_writer w = bytes_writer(frame.data + left, CRC_SIZE);
		bytes_write_be32(&w, driver_crc32(message, whole));
		frame.kind = DRIVER_END;
		frame.len = left + CRC_SIZE;
	}
	return frame;
}

static int64_t timer_of(const struct channel *channel)
{
	int64_t ms = 2 * channel->round_trip_ms + 50;

	if (channel->round_trip_ms == 0)
		return CHANNEL_TIMER_MS;
	return MAX(MIN(ms, CHANNEL_TIMER_MAX_MS), CHANNEL_TIMER_MIN_MS);
}

static void send_frame(struct channel *channel, int64_t now_ms)
{
	struct channel_out *out = &channel->out;
	const struct driver_frame frame = current_frame(out);

	if (!out->waiting) {
		out->waiting = true;
		out->repeated = false;
		out->first_ms = now_ms;
		out->timer_ms = timer_of(channel);
	} else {
		out->repeated = true;
		/* What was asked for again is no sign that the line is slower. */
		if (!out->asked)
			out->timer_ms =
				MIN(out->timer_ms + out->timer_ms / 2, CHANNEL_TIMER_LIMIT_MS);
	}
	out->asked = false;
	out->due_ms = now_ms + out->timer_ms;
	put_line(channel, &frame);
}

static void drop_message(struct channel_out *out)
{
	size_t used = sizeof(uint32_t) + first_len(out);

	memmove(out->queue, out->queue + used, out->len - used);
	out->len -= used;
	out->sent = 0;
}

static void take_ack(struct channel *channel, uint8_t seq, int64_t now_ms)
{
	struct channel_out *out = &channel->out;

	if (!out->waiting || seq != out->seq)
		return;
	const struct driver_frame frame = current_frame(out);
	/* Of a repeated frame it is not known which one was acknowledged (Karn's algorithm). */
	if (!out->repeated)
		channel->round_trip_ms = MAX(now_ms - out->first_ms, 1);
	out->waiting = false;
	out->progress_ms = now_ms;
	out->seq++;
	out->sent += out->part;
	if (frame.kind == DRIVER_END)
		drop_message(out);
}

int64_t channel_turn(struct channel *channel, int64_t now_ms)
{
	struct channel_out *out = &channel->out;

	if (out->len == 0)
		return CLOCK_NEVER;
	/* While lines wait for the terminal, one more would only wait longer. */
	bool due = !out->waiting || out->due_ms <= now_ms;
	if (due && channel->ready_len == 0)
		send_frame(channel, now_ms);
	else if (due)
		out->due_ms = now_ms + timer_of(channel);
	return out->waiting ? MIN(out->due_ms, out->progress_ms + CHANNEL_PROGRESS_MS)
			    : now_ms + CHANNEL_TIMER_MIN_MS;
}

void channel_say(struct channel *channel, const char *text)
{
	size_t len = strlen(text);

	if (channel->ready_len + len + 5 > sizeof(channel->ready))
		return;
	channel->ready_len += (size_t)snprintf(channel->ready + channel->ready_len,
		sizeof(channel->ready) - channel->ready_len, "\r\n%s\r\n", text);
}

void channel_written(struct channel *channel, size_t len)
{
	assert(len <= channel->ready_len);
	memmove(channel->ready, channel->ready + len, channel->ready_len - len);
	channel->ready_len -= len;
}

bool channel_has_stalled(const struct channel *channel, int64_t now_ms)
{
	return channel->out.len > 0 && now_ms - channel->out.progress_ms >= CHANNEL_PROGRESS_MS;
}

/* -- receiving ------------------------------------------------------------------------------- */

static enum channel_event take_part(struct channel_in *in, const struct driver_frame *frame)
{
	if (in->complete) {
		in->complete = false;
		in->len = 0;
	}
	/* The last frame may exceed the limit by its CRC only. */
	if (in->len + frame->len > sizeof(in->text) - 1)
		return CHANNEL_BROKEN;
	memcpy(in->text + in->len, frame->data, frame->len);
	in->len += frame->len;
	if (frame->kind == DRIVER_MORE)
		return CHANNEL_NOTHING;
	in->len -= CRC_SIZE;
	struct bytes_reader r = bytes_reader(in->text + in->len, CRC_SIZE);
	if (bytes_read_be32(&r) != driver_crc32(in->text, in->len))
		return CHANNEL_BROKEN;
	if (in->len == 0 || in->len > CHANNEL_MESSAGE_MAX)
		return CHANNEL_BROKEN;
	in->text[in->len] = '\0';
	in->complete = true;
	return CHANNEL_MESSAGE;
}

/* At the next turn, before the timer. */
static void send_again(struct channel_out *out, int64_t now_ms)
{
	if (!out->waiting)
		return;
	out->asked = true;
	out->due_ms = now_ms;
}

static enum channel_event take_data(struct channel *channel, const struct driver_frame *frame)
{
	struct channel_in *in = &channel->in;

	if (frame->seq != in->expected) {
		if (in->any && frame->seq == (uint8_t)(in->expected - 1))
			answer(channel, DRIVER_ACK, frame->seq);
		return CHANNEL_NOTHING;
	}
	enum channel_event event = take_part(in, frame);
	if (event == CHANNEL_BROKEN)
		return event;
	answer(channel, DRIVER_ACK, frame->seq);
	in->expected++;
	in->any = true;
	return event;
}

enum channel_event channel_take(struct channel *channel, uint8_t byte, int64_t now_ms)
{
	struct driver_frame frame;

	switch (driver_reader_take(&channel->reader, byte, &frame)) {
	case DRIVER_NOTHING:
		return CHANNEL_NOTHING;
	case DRIVER_OUTSIDE:
		return CHANNEL_OUTSIDE;
	case DRIVER_DAMAGED:
		/* Before the first frame the line may be no frame at all: a shell would get this.
		 */
		if (channel->in.any)
			answer(channel, DRIVER_AGAIN, channel->in.expected);
		/* It may have been the acknowledgement. */
		if (channel->in.any)
			send_again(&channel->out, now_ms);
		return CHANNEL_NOTHING;
	case DRIVER_GOOD:
		break;
	}
	channel->heard_ms = now_ms;
	channel->frames++;
	switch (frame.kind) {
	case DRIVER_MORE:
	case DRIVER_END:
		return take_data(channel, &frame);
	case DRIVER_ACK:
		take_ack(channel, frame.seq, now_ms);
		break;
	case DRIVER_AGAIN:
		if (frame.seq == channel->out.seq)
			send_again(&channel->out, now_ms);
		break;
	}
	return CHANNEL_NOTHING;
}
