/* SPDX-License-Identifier: BSD-2-Clause */
/* eventlog/replay.h on logs that firmware wrote, with the PCRs that the TPM had. */
#include "vectors.h"

#include <errno.h>

#include "bootlog.h"

static struct error error;
static uint8_t bytes[EVENTLOG_MAX + 1];

static json_t *logs(void)
{
	return json_object_get(json_object_get(vectors, "eventlog"), "logs");
}

/* PCR 0 to 15 of an object from numbers to hex; which are in it. */
static uint16_t pcrs_of(const json_t *row, uint8_t out[EVENTLOG_PCRS][32])
{
	uint16_t there = 0;

	memset(out, 0, (size_t)EVENTLOG_PCRS * 32);
	for (unsigned i = 0; i < EVENTLOG_PCRS; i++) {
		char number[4];
		snprintf(number, sizeof(number), "%u", i);
		const char *hex = text_of(row, number);
		if (!hex)
			continue;
		there |= (uint16_t)(1u << i);
		tap_eq_int(text_parse_hex(hex, out[i], 32), 0);
	}
	return there;
}

static void logs_replay_to_the_values_of_the_tpm(void)
{
	struct eventlog_agreement agreement;
	uint8_t want[EVENTLOG_PCRS][32];
	struct eventlog_replay replay;
	const char *name;
	int compared = 0;
	json_t *row;

	tap_eq_int(json_object_size(logs()), 4);
	json_object_foreach(logs(), name, row)
	{
		size_t len = log_bytes(name, bytes);
		tap_eq_int(len, json_integer_value(json_object_get(row, "bytes")));
		tap_eq_int(eventlog_replay(bytes, len, &replay, &error), 0);
		tap_eq_int(replay.events, json_integer_value(json_object_get(row, "events")));
		tap_eq_int(replay.logged, pcrs_of(json_object_get(row, "replayed_sha256"), want));
		tap_eq_bytes(replay.values, sizeof(replay.values), want, sizeof(want));

		/* Of the log of four banks the TPM's values were not kept. */
		if (pcrs_of(json_object_get(row, "read_from_tpm_sha256"), want) == 0)
			continue;
		compared++;
		eventlog_compare(&replay, want, &agreement);
		tap_eq_int(agreement.explained, replay.logged);
		tap_eq_int(agreement.differing, 0);
		tap_eq_int(agreement.unlogged, 1u << 10); /* IMA's */
		tap_ok(!agreement.unused);
	}
	tap_eq_int(compared, 3);
}

static void a_round_s_log_explains_its_quote_and_names_its_image(void)
{
	const json_t *round = json_object_get(vectors, "attestation");
	uint8_t quoted[EVENTLOG_PCRS][32], image[32];
	struct eventlog_agreement agreement;
	struct eventlog_replay replay;
	size_t len = base64_into(row_text(round, "event_log"), bytes, EVENTLOG_MAX);

	tap_eq_int(pcrs_of(json_object_get(round, "pcrs"), quoted), 0xffff);
	tap_eq_int(eventlog_replay(bytes, len, &replay, &error), 0);
	eventlog_compare(&replay, quoted, &agreement);
	tap_eq_int(agreement.explained, 0x0aff);
	tap_eq_int(agreement.unlogged, 0x0400);
	tap_eq_int(text_parse_hex(row_text(round, "image_authenticode_sha256"), image, 32), 0);
	tap_eq_int(eventlog_find_application(bytes, len, image, &error), 0);
	image[31] ^= 1;
	tap_eq_int(eventlog_find_application(bytes, len, image, &error), EVENTLOG_E_END);
}

static void malformed_logs_are_refused(void)
{
	json_t *malformed = json_object_get(json_object_get(vectors, "eventlog"), "malformed");
	struct eventlog_replay replay;
	const char *name;
	json_t *row;

	tap_eq_int(json_object_size(malformed), 4);
	json_object_foreach(malformed, name, row)
	{
		size_t len = base64_into(row_text(row, "log"), bytes, EVENTLOG_MAX);
		error = ERROR_INIT;
		tap_eq_int(eventlog_replay(bytes, len, &replay, &error), -EINVAL);
		tap_ok(strncmp(error.text, "the boot log ", 13) == 0);
	}
}

/* Each prefix of a log is refused, or ends between two events and then explains less. */
static void no_prefix_of_a_log_explains_what_all_of_it_does(void)
{
	struct eventlog_replay whole, part;
	size_t len = log_bytes("r2c", bytes), ends = 0;

	tap_eq_int(eventlog_replay(bytes, len, &whole, &error), 0);
	for (size_t i = 0; i < len; i++) {
		if (eventlog_replay(bytes, i, &part, &error) != 0)
			continue;
		tap_eq_int(part.events, ends++);
		tap_ok(memcmp(part.values, whole.values, sizeof(whole.values)) != 0);
	}
	tap_eq_int(ends, whole.events);
	/* And a byte more is one too many. */
	bytes[len] = 0;
	tap_eq_int(eventlog_replay(bytes, len + 1, &part, &error), -EINVAL);
}

/* -- altered logs ----------------------------------------------------------------------------- */

static struct bootlog alter_me;

static int replay_altered(struct eventlog_replay *ret)
{
	return eventlog_replay(bytes, bootlog_write(&alter_me, bytes), ret, &error);
}

static void take(const char *name)
{
	size_t len = log_bytes(name, bytes);

	bootlog_read(&alter_me, bytes, len);
}

static void add_locality(size_t at, uint32_t pcr, uint8_t locality)
{
	struct bootlog_event *event = bootlog_insert(&alter_me, at);

	event->pcr = pcr;
	event->type = 3; /* EV_NO_ACTION */
	event->len = 17;
	memcpy(event->data, "StartupLocality", 16);
	event->data[16] = locality;
}

static void the_startup_locality_is_pcr_0_s_first_value(void)
{
	struct eventlog_replay plain, with;
	uint8_t value[32] = { [31] = 3 };

	take("r2a");
	tap_eq_int(replay_altered(&plain), 0);
	add_locality(0, 0, 3);
	tap_eq_int(replay_altered(&with), 0);
	tap_eq_int(with.events, plain.events + 1);
	for (size_t i = 0; i < alter_me.n; i++)
		if (alter_me.events[i].pcr == 0 && alter_me.events[i].type != 3)
			tap_eq_int(eventlog_extend(value, alter_me.events[i].digest, &error), 0);
	tap_eq_bytes(with.values[0], 32, value, 32);
	tap_eq_bytes(with.values[1], 15u * 32, plain.values[1], 15u * 32);
}

static void a_locality_that_is_late_or_of_another_pcr_changes_nothing(void)
{
	struct eventlog_replay plain, with;

	take("r2a");
	tap_eq_int(replay_altered(&plain), 0);
	add_locality(1, 0, 3);
	add_locality(0, 1, 3);
	tap_eq_int(replay_altered(&with), 0);
	tap_eq_bytes(with.values, sizeof(with.values), plain.values, sizeof(plain.values));
}

static void no_action_extends_nothing_whatever_its_pcr(void)
{
	struct eventlog_replay replay;

	take("r2a");
	add_locality(5, 0xffffffff, 0);
	memset(alter_me.events[5].digest, 0xaa, 32);
	tap_eq_int(replay_altered(&replay), 0);
	tap_eq_int(replay.logged, 0x0aff);
	/* A PCR that is not quoted is passed over; one that no TPM has is refused. */
	alter_me.events[5].type = 4;
	alter_me.events[5].pcr = 23;
	tap_eq_int(replay_altered(&replay), 0);
	tap_eq_int(replay.logged, 0x0aff);
	alter_me.events[5].pcr = 24;
	tap_eq_int(replay_altered(&replay), -EINVAL);
	tap_eq_text(error.text, "the boot log has an event of PCR 24");
}

static void each_pcr_that_disagrees_is_named(void)
{
	struct eventlog_agreement agreement;
	struct eventlog_replay replay;
	uint8_t quoted[EVENTLOG_PCRS][32];

	take("r2a");
	tap_eq_int(replay_altered(&replay), 0);
	for (unsigned i = 0; i < EVENTLOG_PCRS; i++) {
		memcpy(quoted, replay.values, sizeof(quoted));
		quoted[i][31] ^= 1;
		eventlog_compare(&replay, quoted, &agreement);
		tap_eq_int(agreement.differing | agreement.unlogged, 1u << i);
		tap_eq_int(agreement.differing != 0, (0x0aff & 1u << i) != 0);
		tap_eq_int(agreement.explained, 0x0aff & ~(1u << i));
	}
}

static void firmware_s_pcr_that_is_not_in_the_log_differs(void)
{
	struct eventlog_agreement agreement;
	struct eventlog_replay replay;
	uint8_t quoted[EVENTLOG_PCRS][32] = { { 0 } };

	take("r2a");
	tap_eq_int(replay_altered(&replay), 0);
	memcpy(quoted, replay.values, sizeof(quoted));
	for (size_t i = alter_me.n; i-- > 0;)
		if (alter_me.events[i].pcr == 4)
			bootlog_drop(&alter_me, i);
	tap_eq_int(replay_altered(&replay), 0);
	eventlog_compare(&replay, quoted, &agreement);
	tap_eq_int(agreement.differing, 1u << 4);
	tap_eq_int(agreement.explained, 0x0aff & ~(1u << 4));
}

static void a_bank_that_firmware_does_not_extend_is_seen(void)
{
	struct eventlog_agreement agreement;
	struct eventlog_replay replay;
	uint8_t quoted[EVENTLOG_PCRS][32] = { { 0 } };

	take("r2a");
	tap_eq_int(replay_altered(&replay), 0);
	quoted[10][0] = 1; /* Linux extends it */
	eventlog_compare(&replay, quoted, &agreement);
	tap_ok(agreement.unused);
	quoted[7][0] = 1;
	eventlog_compare(&replay, quoted, &agreement);
	tap_ok(!agreement.unused);
}

static void a_log_without_sha256_says_what_to_do(void)
{
	struct eventlog_replay replay;
	size_t len = log_bytes("r2a", bytes);

	/* SHA3-256 has digests of that size, too; in its head the algorithm is at 60. */
	tap_eq_int(bytes[60], 0x0b);
	bytes[60] = 0x27;
	for (size_t i = 65; i + 6 < len; i++)
		if (memcmp(bytes + i, "\1\0\0\0\x0b", 6) == 0)
			bytes[i + 4] = 0x27;
	tap_eq_int(eventlog_replay(bytes, len, &replay, &error), -ENOENT);
	tap_eq_text(error.text,
		"the boot log has no SHA-256: switch PCR bank SHA-256 on in the firmware's menu");
}

/* The first event of a log, which lists @n algorithms, and @extra bytes that do not belong there.
 */
static size_t write_head(const uint8_t (*algorithms)[4], uint32_t n, size_t extra)
{
	struct bytes_writer w = bytes_writer(bytes, sizeof(bytes));

	take("r2a");
	bytes_write(&w, alter_me.head, 28);
	bootlog_le32(&w, (uint32_t)(29 + 4 * n + extra));
	bytes_write(&w, alter_me.head + 32, 24);
	bootlog_le32(&w, n);
	bytes_write(&w, algorithms, 4 * (size_t)n);
	for (size_t i = 0; i <= extra; i++)
		bytes_write_u8(&w, 0);
	return w.len;
}

static void the_first_event_lists_each_algorithm_once(void)
{
	static const uint8_t two[][4] = { { 4, 0, 20, 0 }, { 0x0b, 0, 32, 0 } };
	static const uint8_t twice[][4] = { { 0x0b, 0, 32, 0 }, { 0x0b, 0, 32, 0 } };
	struct eventlog_replay replay;

	tap_eq_int(eventlog_replay(bytes, write_head(two, 2, 0), &replay, &error), 0);
	tap_eq_int(eventlog_replay(bytes, write_head(two, 2, 1), &replay, &error), -EINVAL);
	tap_eq_int(eventlog_replay(bytes, write_head(twice, 2, 0), &replay, &error), -EINVAL);
	tap_eq_text(error.text, "the boot log does not begin with a Spec ID Event03");
}

static void each_event_has_one_digest_of_each_algorithm(void)
{
	static const uint8_t two[][4] = { { 0x0c, 0, 32, 0 }, { 0x0b, 0, 32, 0 } };
	struct eventlog_replay replay;

	for (unsigned second = 0x0a; second <= 0x0c; second++) {
		size_t len = write_head(two, 2, 0);
		struct bytes_writer w = bytes_writer(bytes + len, sizeof(bytes) - len);
		bootlog_le32(&w, 4);
		bootlog_le32(&w, 4);
		bootlog_le32(&w, 2);
		for (unsigned i = 0; i < 2; i++) {
			bytes_write_u8(&w, (uint8_t)(i == 0 ? 0x0b : second));
			bytes_write_u8(&w, 0);
			bytes_write(&w, alter_me.events[i].digest, 32);
		}
		bootlog_le32(&w, 0);
		int r = eventlog_replay(bytes, len + w.len, &replay, &error);
		tap_eq_int(r, second == 0x0c ? 0 : -EINVAL);
		tap_eq_text(error.text,
			second == 0x0a ? "the boot log has a digest of an algorithm that it does "
					 "not list"
				       : "the boot log has an event with two digests of one "
					 "algorithm");
	}
}

/* -- words ------------------------------------------------------------------------------------ */

static void sets_of_pcrs_are_said_in_words(void)
{
	static const struct {
		uint16_t pcrs;
		const char *text;
	} rows[] = {
		{ 0, "no PCR" },
		{ 0x0001, "PCR 0" },
		{ 0x8000, "PCR 15" },
		{ 0x0aff, "PCR 0-7, 9 and 11" },
		{ 0x0090, "PCR 4 and 7" },
		{ 0x0003, "PCR 0 and 1" },
		{ 0x0007, "PCR 0-2" },
		{ 0x7400, "PCR 10 and 12-14" },
		{ 0xffff, "PCR 0-15" },
		{ 0xb6db, "PCR 0, 1, 3, 4, 6, 7, 9, 10, 12, 13 and 15" },
		{ 0xdb6d, "PCR 0, 2, 3, 5, 6, 8, 9, 11, 12, 14 and 15" },
	};
	char text[EVENTLOG_PCRS_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		eventlog_pcrs_format(rows[i].pcrs, text);
		tap_eq_text(text, rows[i].text);
	}
	for (unsigned pcrs = 0; pcrs <= 0xffff; pcrs++) {
		eventlog_pcrs_format((uint16_t)pcrs, text);
		if (strlen(text) > EVENTLOG_PCRS_TEXT_MAX - 8)
			tap_fail(__FILE__, __LINE__, "too long: %s", text);
	}
}

/* The lines of the vectors have the name of each event's type. */
static void types_have_their_names(void)
{
	const char *name;
	json_t *row;

	json_object_foreach(logs(), name, row)
	{
		const json_t *lines = json_object_get(row, "lines");
		take(name);
		tap_eq_int(json_array_size(lines), alter_me.n);
		for (size_t i = 0; i < alter_me.n; i++) {
			const char *line = json_string_value(json_array_get(lines, i));
			const char *type = eventlog_type_name(alter_me.events[i].type);
			char want[80];
			snprintf(want, sizeof(want), "%3zu PCR %2u %s ", i + 1,
				alter_me.events[i].pcr, type ? type : "(none)");
			tap_ok(line && strncmp(line, want, strlen(want)) == 0);
		}
	}
	tap_ok(!eventlog_type_name(0x12345678));
}

int main(int argc, char **argv)
{
	static const struct tap_test tests[] = {
		TAP_TEST(logs_replay_to_the_values_of_the_tpm),
		TAP_TEST(a_round_s_log_explains_its_quote_and_names_its_image),
		TAP_TEST(malformed_logs_are_refused),
		TAP_TEST(no_prefix_of_a_log_explains_what_all_of_it_does),
		TAP_TEST(the_startup_locality_is_pcr_0_s_first_value),
		TAP_TEST(a_locality_that_is_late_or_of_another_pcr_changes_nothing),
		TAP_TEST(no_action_extends_nothing_whatever_its_pcr),
		TAP_TEST(each_pcr_that_disagrees_is_named),
		TAP_TEST(firmware_s_pcr_that_is_not_in_the_log_differs),
		TAP_TEST(a_bank_that_firmware_does_not_extend_is_seen),
		TAP_TEST(a_log_without_sha256_says_what_to_do),
		TAP_TEST(the_first_event_lists_each_algorithm_once),
		TAP_TEST(each_event_has_one_digest_of_each_algorithm),
		TAP_TEST(sets_of_pcrs_are_said_in_words),
		TAP_TEST(types_have_their_names),
		{ NULL, NULL },
	};

	return vectors_run(argc, argv, tests);
}
