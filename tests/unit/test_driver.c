/* SPDX-License-Identifier: BSD-2-Clause */
/* driver/: frames, messages over a simulated line that loses, doubles and changes characters. */
#include <stdlib.h>

#include "base/clock.h"
#include "driver/channel.h"
#include "driver/message.h"
#include "tap.h"

/* -- frames ---------------------------------------------------------------------------------- */

static void crc_is_that_of_zlib(void)
{
	tap_eq_int(driver_crc32("123456789", 9), 0xCBF43926);
	tap_eq_int(driver_crc32("", 0), 0);
}

static enum driver_event take_line(
	struct driver_reader *reader, const char *line, size_t len, struct driver_frame *ret)
{
	enum driver_event event = DRIVER_NOTHING;

	for (size_t i = 0; i < len && event == DRIVER_NOTHING; i++)
		event = driver_reader_take(reader, (uint8_t)line[i], ret);
	return event;
}

static void frame_is_one_printable_line_and_is_read_again(void)
{
	const struct driver_frame frame = {
		.seq = 0xa7, .kind = DRIVER_MORE, .data = "any data", .len = 8
	};
	struct driver_frame back;
	struct driver_reader reader;
	char line[DRIVER_LINE_MAX + 1];
	size_t len = driver_format(DRIVER_PLATFORM, &frame, line);

	line[len] = '\0';
	tap_ok(strncmp(line, ":A7mYW55IGRhdGE=", 16) == 0);
	tap_eq_text(line + len - 2, "\r\n");
	driver_reader_init(&reader, DRIVER_PLATFORM);
	tap_eq_int(take_line(&reader, line, len, &back), DRIVER_GOOD);
	tap_eq_int(back.seq, 0xa7);
	tap_eq_int(back.kind, DRIVER_MORE);
	tap_eq_bytes(back.data, back.len, "any data", 8);
}

static void longest_frame_fits_a_terminal_of_80_columns(void)
{
	struct driver_frame frame = { .kind = DRIVER_END, .len = DRIVER_DATA_MAX }, back;
	struct driver_reader reader;
	char line[DRIVER_LINE_MAX];
	size_t len = driver_format(DRIVER_LAPTOP, &frame, line);

	tap_ok(len < 80);
	driver_reader_init(&reader, DRIVER_LAPTOP);
	tap_eq_int(take_line(&reader, line, len, &back), DRIVER_GOOD);
}

static void every_changed_character_damages_a_frame(void)
{
	const struct driver_frame frame = {
		.seq = 1, .kind = DRIVER_END, .data = "1234", .len = 4
	};
	char line[DRIVER_LINE_MAX];
	size_t len = driver_format(DRIVER_PLATFORM, &frame, line);

	for (size_t i = 1; i + 2 < len; i++)
		for (int bit = 0; bit < 7; bit++) {
			struct driver_reader reader;
			struct driver_frame back;
			line[i] ^= (char)(1 << bit);
			driver_reader_init(&reader, DRIVER_PLATFORM);
			if (take_line(&reader, line, len, &back) == DRIVER_GOOD)
				tap_fail(__FILE__, __LINE__, "byte %zu bit %d", i, bit);
			line[i] ^= (char)(1 << bit);
		}
}

static void mark_starts_a_new_frame_and_the_own_mark_is_no_frame(void)
{
	const struct driver_frame frame = { .seq = 2, .kind = DRIVER_ACK };
	struct driver_frame back;
	struct driver_reader reader;
	char line[DRIVER_LINE_MAX];
	size_t len = driver_format(DRIVER_PLATFORM, &frame, line);

	driver_reader_init(&reader, DRIVER_PLATFORM);
	tap_eq_int(take_line(&reader, ":00mAA", 6, &back), DRIVER_NOTHING);
	tap_eq_int(take_line(&reader, line, len, &back), DRIVER_GOOD);
	/* The echo of what this side sent. */
	driver_reader_init(&reader, DRIVER_LAPTOP);
	tap_eq_int(take_line(&reader, line, len, &back), DRIVER_OUTSIDE);
}

static void endless_line_is_damaged_and_uses_no_memory(void)
{
	struct driver_frame back;
	struct driver_reader reader;

	driver_reader_init(&reader, DRIVER_PLATFORM);
	tap_eq_int(driver_reader_take(&reader, ':', &back), DRIVER_NOTHING);
	for (int i = 0; i < 100000; i++)
		if (driver_reader_take(&reader, 'A', &back) != DRIVER_NOTHING)
			tap_fail(__FILE__, __LINE__, "at %d", i);
	tap_eq_int(driver_reader_take(&reader, '\n', &back), DRIVER_DAMAGED);
}

/* -- a simulated line ------------------------------------------------------------------------ */

#define WIRE_MAX 8192
/* 9600 baud: 960 characters a second. */
#define CHARS_PER_S 960

struct wire {
	uint8_t bytes[WIRE_MAX];
	size_t len;
	int64_t credit; /* thousandths of characters that may pass */
};

struct line {
	unsigned seed;
	unsigned per; /* one error in so many characters; 0: none */
	bool kernel;  /* messages of the kernel in between, towards the laptop */
	int64_t now_ms;
	unsigned errors;
	struct channel platform, laptop;
	struct wire down, up; /* to the laptop, to the platform */
};

/* A generator of our own, so that a seed means the same everywhere (xorshift32). */
static unsigned dice(struct line *line)
{
	line->seed ^= line->seed << 13;
	line->seed ^= line->seed >> 17;
	line->seed ^= line->seed << 5;
	return line->seed;
}

static void put_byte(struct wire *wire, uint8_t byte)
{
	if (wire->len < WIRE_MAX)
		wire->bytes[wire->len++] = byte;
}

static void transmit(struct line *line, struct channel *from, struct wire *wire)
{
	for (size_t i = 0; i < from->ready_len; i++) {
		uint8_t byte = (uint8_t)from->ready[i];
		if (line->per == 0 || dice(line) % line->per != 0) {
			put_byte(wire, byte);
			continue;
		}
		line->errors++;
		switch (dice(line) % 3) {
		case 0:
			break;
		case 1:
			put_byte(wire, byte);
			put_byte(wire, byte);
			break;
		default:
			put_byte(wire, (uint8_t)(byte ^ 1U << dice(line) % 8));
		}
	}
	channel_written(from, from->ready_len);
}

static void say_kernel(struct line *line)
{
	static const char text[] = "[   12.345678] usb 1-1: new high-speed USB device\r\n";

	for (size_t i = 0; i + 1 < sizeof(text); i++)
		put_byte(&line->down, (uint8_t)text[i]);
}

static enum channel_event deliver(struct line *line, struct wire *wire, struct channel *to)
{
	enum channel_event event = CHANNEL_NOTHING;
	size_t n = 0;

	wire->credit = MIN(wire->credit + CHARS_PER_S, 4 * CHARS_PER_S);
	while (n < wire->len && wire->credit >= 1000 && event != CHANNEL_MESSAGE &&
		event != CHANNEL_BROKEN) {
		wire->credit -= 1000;
		event = channel_take(to, wire->bytes[n++], line->now_ms);
	}
	memmove(wire->bytes, wire->bytes + n, wire->len - n);
	wire->len -= n;
	return event;
}

/* One millisecond. */
static void turn(struct line *line, enum channel_event *ret_up, enum channel_event *ret_down)
{
	line->now_ms++;
	(void)channel_turn(&line->platform, line->now_ms);
	(void)channel_turn(&line->laptop, line->now_ms);
	transmit(line, &line->platform, &line->down);
	transmit(line, &line->laptop, &line->up);
	if (line->kernel && dice(line) % 2000 == 0)
		say_kernel(line);
	*ret_up = deliver(line, &line->up, &line->platform);
	*ret_down = deliver(line, &line->down, &line->laptop);
}

static char *long_text(size_t len)
{
	char *text = malloc(len + 1);

	for (size_t i = 0; text && i < len; i++)
		text[i] = (char)('a' + i % 26);
	if (text)
		text[len] = '\0';
	return text;
}

/* Messages in both directions at once, each of which must arrive once and whole. */
static bool exchange(struct line *line, size_t len, int messages)
{
	char *text = long_text(len);
	int down = 0, up = 0;
	bool good = text != NULL;

	for (int i = 0; i < messages; i++) {
		/* Of different lengths, so that one that came twice is seen. */
		good &= channel_send(&line->platform, text, len - (size_t)i, line->now_ms);
		good &= channel_send(&line->laptop, text, 10 + (size_t)i, line->now_ms);
	}
	while (good && (down < messages || up < messages)) {
		enum channel_event u, d;
		turn(line, &u, &d);
		if (d == CHANNEL_MESSAGE)
			good &= line->laptop.in.len == len - (size_t)down++ &&
				memcmp(line->laptop.in.text, text, line->laptop.in.len) == 0;
		if (u == CHANNEL_MESSAGE)
			good &= line->platform.in.len == 10 + (size_t)up++;
		good &= u != CHANNEL_BROKEN && d != CHANNEL_BROKEN;
		good &= !channel_has_stalled(&line->platform, line->now_ms) &&
			!channel_has_stalled(&line->laptop, line->now_ms);
	}
	free(text);
	return good;
}

static struct line *new_line(unsigned seed, unsigned per, bool kernel)
{
	struct line *line = calloc(1, sizeof(*line));

	if (!line)
		abort();
	line->seed = seed * 2654435761U + 1;
	line->per = per;
	line->kernel = kernel;
	line->now_ms = 1000;
	channel_init(&line->platform, DRIVER_PLATFORM);
	channel_init(&line->laptop, DRIVER_LAPTOP);
	return line;
}

static void try_seeds(unsigned per, bool kernel, int64_t limit_ms)
{
	const unsigned runs = tap_rounds(200);
	unsigned errors = 0;
	int64_t longest = 0;

	for (unsigned seed = 1; seed <= runs; seed++) {
		struct line *line = new_line(seed, per, kernel);
		if (!exchange(line, 1400, 3))
			tap_fail(__FILE__, __LINE__, "seed %u: after %" PRId64 " ms", seed,
				line->now_ms);
		errors += line->errors;
		longest = MAX(longest, line->now_ms - 1000);
		free(line);
	}
	printf("# %u errors in %u runs, the longest took %" PRId64 " ms of simulated time\n",
		errors, runs, longest);
	tap_ok((errors > 0) == (per > 0));
	tap_ok(longest < limit_ms);
}

static void good_line_at_9600_baud_takes_seconds(void)
{
	try_seeds(0, false, 15 * 1000);
}

static void one_error_in_1000_characters_loses_no_message(void)
{
	try_seeds(1000, false, 30 * 1000);
}

static void one_error_in_100_characters_loses_no_message(void)
{
	try_seeds(100, false, 120 * 1000);
}

static void kernel_messages_in_between_lose_no_message(void)
{
	try_seeds(100, true, 120 * 1000);
}

static void silent_line_is_given_up_after_a_minute(void)
{
	struct line *line = new_line(1, 0, false);
	int sent = 0;

	tap_ok(channel_send(&line->laptop, "x", 1, line->now_ms));
	while (!channel_has_stalled(&line->laptop, line->now_ms)) {
		int64_t next = channel_turn(&line->laptop, line->now_ms);
		sent += line->laptop.ready_len > 0;
		channel_written(&line->laptop, line->laptop.ready_len);
		line->now_ms = MAX(next, line->now_ms + 1);
	}
	tap_eq_int(line->now_ms, 1000 + CHANNEL_PROGRESS_MS);
	/* 1 s, times 1.5 each, then every 5 s. */
	tap_ok(sent > 10 && sent < 20);
	free(line);
}

static void message_of_64_kib_passes_and_a_longer_one_is_refused(void)
{
	struct line *line = new_line(1, 0, false);
	char *text = long_text(CHANNEL_MESSAGE_MAX + 1);
	enum channel_event u, d = CHANNEL_NOTHING;

	tap_ok(!channel_send(&line->platform, text, CHANNEL_MESSAGE_MAX + 1, line->now_ms));
	tap_ok(!channel_send(&line->platform, text, 0, line->now_ms));
	tap_ok(channel_send(&line->platform, text, CHANNEL_MESSAGE_MAX, line->now_ms));
	while (d != CHANNEL_MESSAGE && d != CHANNEL_BROKEN)
		turn(line, &u, &d);
	tap_eq_int(d, CHANNEL_MESSAGE);
	tap_eq_int(line->laptop.in.len, CHANNEL_MESSAGE_MAX);
	free(text);
	free(line);
}

/* Feeds the laptop's side with a frame. */
static enum channel_event feed(struct channel *channel, const struct driver_frame *frame)
{
	char text[DRIVER_LINE_MAX];
	size_t len = driver_format(DRIVER_PLATFORM, frame, text);
	enum channel_event event = CHANNEL_NOTHING;

	/* Without the line feed, which would be outside. */
	for (size_t i = 0; i + 1 < len; i++)
		event = channel_take(channel, (uint8_t)text[i], 1);
	return event;
}

static void peer_that_never_ends_its_message_is_refused(void)
{
	struct channel *channel = calloc(1, sizeof(*channel));
	struct driver_frame frame = { .kind = DRIVER_MORE, .len = DRIVER_DATA_MAX };
	enum channel_event event = CHANNEL_NOTHING;
	size_t n = 0;

	channel_init(channel, DRIVER_LAPTOP);
	for (; event == CHANNEL_NOTHING && n < 100000; n++, frame.seq++) {
		event = feed(channel, &frame);
		channel_written(channel, channel->ready_len);
	}
	tap_eq_int(event, CHANNEL_BROKEN);
	tap_ok(n * DRIVER_DATA_MAX < CHANNEL_MESSAGE_MAX + 200);
	free(channel);
}

static void message_with_a_wrong_sum_is_refused(void)
{
	struct channel *channel = calloc(1, sizeof(*channel));
	const struct driver_frame frame = { .kind = DRIVER_END, .data = "{}1234", .len = 6 };

	channel_init(channel, DRIVER_LAPTOP);
	tap_eq_int(feed(channel, &frame), CHANNEL_BROKEN);
	free(channel);
}

static void damaged_lines_before_the_first_frame_are_not_answered(void)
{
	struct channel *channel = calloc(1, sizeof(*channel));
	static const char text[] = "login: root\r\n:00zgarbage\r\n";

	channel_init(channel, DRIVER_LAPTOP);
	for (size_t i = 0; i + 1 < sizeof(text); i++)
		(void)channel_take(channel, (uint8_t)text[i], 1);
	tap_eq_int(channel->ready_len, 0);
	free(channel);
}

/* -- messages -------------------------------------------------------------------------------- */

static void request_is_read_as_it_was_written(void)
{
	static const char *const argv[] = { "dhcp", "-H", "web 01", NULL };
	_cleanup_driver_request_ struct driver_request request = DRIVER_REQUEST_INIT;
	_cleanup_free_ char *text = NULL;
	struct error error = ERROR_INIT;

	tap_eq_int(driver_request_format(DRIVER_SETUP, argv, NULL, &text, &error), 0);
	tap_eq_text(text, "{\"type\":\"setup\",\"argv\":[\"dhcp\",\"-H\",\"web 01\"]}");
	tap_eq_int(driver_request_parse(text, strlen(text), &request, &error), 0);
	tap_eq_int(request.type, DRIVER_SETUP);
	tap_eq_int(request.argc, 3);
	tap_eq_text(request.argv[2], "web 01");
	tap_ok(!request.argv[3]);
}

static int parse_request(const char *text, struct error *error)
{
	_cleanup_driver_request_ struct driver_request request = DRIVER_REQUEST_INIT;

	return driver_request_parse(text, strlen(text), &request, error);
}

static void bad_requests_are_refused_with_what_is_wrong(void)
{
	struct error error = ERROR_INIT;

	tap_ok(parse_request("{\"type\":\"format\"}", &error) < 0);
	tap_eq_text(error.text, "a message of the laptop: its type is not known");
	tap_ok(parse_request("{\"type\":\"run\"}", &error) < 0);
	tap_eq_text(error.text, "a message of the laptop: argv is missing");
	tap_ok(parse_request("{\"type\":\"run\",\"argv\":[1]}", &error) < 0);
	tap_ok(parse_request("{\"type\":\"confirm\"}", &error) < 0);
	tap_eq_text(error.text, "a message of the laptop: words are missing");
	tap_ok(parse_request("[]", &error) < 0);
	tap_eq_int(parse_request("{\"type\":\"leave\"}", &error), 0);
}

static int parse_report(const char *text, struct driver_report *report, struct error *error)
{
	return driver_report_parse(text, strlen(text), report, error);
}

static void texts_of_a_report_are_printable(void)
{
	struct driver_report report;
	struct error error = ERROR_INIT;

	tap_eq_int(
		parse_report("{\"type\":\"line\",\"text\":\"a\\u001b[2Jb\"}", &report, &error), 0);
	tap_eq_int(report.type, DRIVER_TOLD);
	tap_eq_text(report.text, "a\\x1b[2Jb");
	tap_eq_int(parse_report("{\"type\":\"news\"}", &report, &error), 0);
	tap_eq_int(report.type, DRIVER_OTHER);
}

static void status_of_hello_is_read_as_far_as_it_is_known(void)
{
	static const struct {
		const char *text;
		enum driver_flag provisioned, setup_mode;
		const char *hostname;
	} rows[] = {
		{ "", DRIVER_NOT_KNOWN, DRIVER_NOT_KNOWN, "" },
		{ ",\"status\":null", DRIVER_NOT_KNOWN, DRIVER_NOT_KNOWN, "" },
		{ ",\"status\":{}", DRIVER_NOT_KNOWN, DRIVER_NOT_KNOWN, "" },
		{ ",\"status\":{\"provisioned\":false,\"host_name\":{\"value\":null},"
		  "\"secure_boot\":{\"setup_mode\":true}}",
			DRIVER_NO, DRIVER_YES, "" },
		{ ",\"status\":{\"provisioned\":true,\"host_name\":{\"value\":\"a\\u001b\"},"
		  "\"secure_boot\":{\"setup_mode\":false}}",
			DRIVER_YES, DRIVER_NO, "a\\x1b" },
		{ ",\"status\":{\"provisioned\":null,\"host_name\":null,\"secure_boot\":null}",
			DRIVER_NOT_KNOWN, DRIVER_NOT_KNOWN, "" },
	};
	static const char *const bad[] = { "1", "[]", "{\"provisioned\":1}",
		"{\"host_name\":\"a\"}", "{\"host_name\":{\"value\":1}}",
		"{\"secure_boot\":{\"setup_mode\":\"on\"}}" };
	struct driver_report report;
	struct error error = ERROR_INIT;
	char text[256];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(text, sizeof(text), "{\"type\":\"hello\",\"protocol\":1%s}", rows[i].text);
		tap_eq_int(parse_report(text, &report, &error), 0);
		tap_eq_int(report.provisioned, rows[i].provisioned);
		tap_eq_int(report.setup_mode, rows[i].setup_mode);
		tap_eq_text(report.hostname, rows[i].hostname);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		snprintf(text, sizeof(text), "{\"type\":\"hello\",\"status\":%s}", bad[i]);
		tap_ok(parse_report(text, &report, &error) < 0);
	}
}

static void report_without_what_is_compared_is_refused(void)
{
	struct driver_report report;
	struct error error = ERROR_INIT;

	tap_ok(parse_report("{\"type\":\"opened\",\"client\":\"a\"}", &report, &error) < 0);
	tap_eq_text(error.text, "a message of the platform: opened: words is missing or wrong");
	tap_ok(parse_report("{\"type\":\"listening\",\"addresses\":[\"::1\"],\"port\":70000}",
		       &report, &error) < 0);
	tap_ok(parse_report("{\"type\":\"review\",\"client\":\"a\",\"words\":\"b\"}", &report,
		       &error) < 0);
	tap_ok(parse_report("{\"type\":\"done\",\"exit\":\"0\"}", &report, &error) < 0);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(crc_is_that_of_zlib),
		TAP_TEST(frame_is_one_printable_line_and_is_read_again),
		TAP_TEST(longest_frame_fits_a_terminal_of_80_columns),
		TAP_TEST(every_changed_character_damages_a_frame),
		TAP_TEST(mark_starts_a_new_frame_and_the_own_mark_is_no_frame),
		TAP_TEST(endless_line_is_damaged_and_uses_no_memory),
		TAP_TEST(good_line_at_9600_baud_takes_seconds),
		TAP_TEST(one_error_in_1000_characters_loses_no_message),
		TAP_TEST(one_error_in_100_characters_loses_no_message),
		TAP_TEST(kernel_messages_in_between_lose_no_message),
		TAP_TEST(silent_line_is_given_up_after_a_minute),
		TAP_TEST(message_of_64_kib_passes_and_a_longer_one_is_refused),
		TAP_TEST(peer_that_never_ends_its_message_is_refused),
		TAP_TEST(message_with_a_wrong_sum_is_refused),
		TAP_TEST(damaged_lines_before_the_first_frame_are_not_answered),
		TAP_TEST(request_is_read_as_it_was_written),
		TAP_TEST(bad_requests_are_refused_with_what_is_wrong),
		TAP_TEST(texts_of_a_report_are_printable),
		TAP_TEST(status_of_hello_is_read_as_far_as_it_is_known),
		TAP_TEST(report_without_what_is_compared_is_refused),
		{ 0 },
	};
	return tap_run(tests);
}
