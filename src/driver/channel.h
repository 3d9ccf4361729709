/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages over frames, on either side: one frame at a time is sent, and again until it is
 * acknowledged (stop and wait). A state machine without I/O; the caller gives bytes and times.
 *
 * The first frame in each direction has the number 00. The next one is taken and acknowledged,
 * the last one is acknowledged again, others are dropped. A damaged line is answered with the
 * number that is expected, so that its sender need not wait for its timer.
 */
#pragma once

#include "driver/frame.h"

/* A message, and all messages that wait to be sent. */
#define CHANNEL_MESSAGE_MAX (64 * 1024)
#define CHANNEL_QUEUE_MAX (128 * 1024)

/* Until the first round trip was measured. */
#define CHANNEL_TIMER_MS 1000
#define CHANNEL_TIMER_MIN_MS 150
#define CHANNEL_TIMER_MAX_MS 2000
/* Of a frame that was repeated often. */
#define CHANNEL_TIMER_LIMIT_MS 5000
/* Without an acknowledgement for this long the line is given up. */
#define CHANNEL_PROGRESS_MS (60 * 1000)

/* Lines that are ready to be written: a frame, and answers to the peer's. */
#define CHANNEL_OUT_MAX ((size_t)8 * DRIVER_LINE_MAX)

enum channel_event {
	CHANNEL_NOTHING,
	CHANNEL_MESSAGE, /* in->text, in->len; valid until the next byte is taken */
	CHANNEL_OUTSIDE, /* the byte belongs to no frame */
	CHANNEL_BROKEN,  /* the peer breaks the protocol: the channel is of no use any more */
};

/* A message that comes in. */
struct channel_in {
	char text[CHANNEL_MESSAGE_MAX + DRIVER_DATA_MAX + 1]; /* with a NUL */
	size_t len;
	bool complete;    /* it was given to the caller */
	uint8_t expected; /* the number of the next frame */
	bool any;         /* a frame was taken: the one before @expected may come again */
};

struct channel_out {
	/* Messages, each as its length (4 bytes in this machine's order) and its bytes. */
	uint8_t queue[CHANNEL_QUEUE_MAX];
	size_t len;
	size_t sent;  /* bytes of the first message that were acknowledged */
	uint8_t seq;  /* of the next frame, or of the one under way */
	bool waiting; /* a frame is under way */
	size_t part;  /* its bytes of the message */
	bool repeated;
	bool asked; /* the peer wants it again, before the timer */
	int64_t first_ms, due_ms, timer_ms;
	int64_t progress_ms; /* the last acknowledgement, or when there was nothing to send */
};

struct channel {
	enum driver_mark mark; /* of what is sent */
	struct driver_reader reader;
	struct channel_in in;
	struct channel_out out;
	int64_t round_trip_ms; /* 0: not measured */
	int64_t heard_ms;      /* when the last good frame came; 0: none */
	unsigned frames;       /* good ones */
	char ready[CHANNEL_OUT_MAX];
	size_t ready_len;
};

/* @mark: of what this side sends. */
void channel_init(struct channel *channel, enum driver_mark mark);

/* Takes one byte from the line. */
enum channel_event channel_take(struct channel *channel, uint8_t byte, int64_t now_ms);

/* Queues a message. False: it is empty or too long, or the queue has no room for it. */
bool channel_send(struct channel *channel, const char *text, size_t len, int64_t now_ms) MUST_CHECK;
/* Bytes that the queue has room for. */
size_t channel_room(const struct channel *channel);
/* Everything that was queued was acknowledged. */
bool channel_is_idle(const struct channel *channel);

/*
 * Makes what is due ready to be written: channel->ready, of which channel_written() takes off what
 * was. Returns when to call it next; CLOCK_NEVER: when something was taken or queued.
 */
int64_t channel_turn(struct channel *channel, int64_t now_ms);
/* A line for a person, without its end, outside of frames; if there is room for it. */
void channel_say(struct channel *channel, const char *text);
void channel_written(struct channel *channel, size_t len);
/* Whether the peer has acknowledged nothing for too long. */
bool channel_has_stalled(const struct channel *channel, int64_t now_ms);
