/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * status/status.h: the output for machines that a test cannot have: a wrong clock, a kernel without
 * answers, more items than a console can show.
 */
#include "tap.h"

#include <stdlib.h>

#include "base/columns.h"
#include "config.h"
#include "status/status.h"

/* A machine of which nothing is known but its clock, with a directory of variables. */
static struct status *new_status(void)
{
	struct status *s = calloc(1, sizeof(*s));
	if (!s)
		abort();
	s->efivars = "/nowhere";
	s->store = STORE_INIT;
	s->store.dir = (struct efi_dir){ .fd = 0, .efivarfs = true };
	s->firmware = &s->store.dir;
	s->now_s = INT64_C(4102444800);
	for (size_t i = 0; i < STATUS_KEYS; i++)
		s->keys[i].name = efi_sb_variables[i].name;
	return s;
}

/* Not status_free(): descriptor 0 is not its own. */
static void free_status(struct status *s)
{
	for (size_t i = 0; i < STATUS_KEYS; i++)
		free(s->keys[i].certificates);
	links_deinit(&s->links);
	link_addrs_deinit(&s->addrs);
	free(s);
}

/* The text, whose lines are all narrow and ASCII; the caller frees it. */
static char *text_of(const struct status *s)
{
	char *text = NULL;
	size_t len = 0, column = 0;
	FILE *out = open_memstream(&text, &len);

	status_print(out, s);
	fclose(out);
	for (const char *p = text; *p; p++) {
		column = *p == '\n' ? 0 : column + 1;
		if (column > COLUMNS_WIDTH || *p > '~' || (*p < ' ' && *p != '\n')) {
			tap_fail(__FILE__, __LINE__, "wide or not printable: %s", p);
			break;
		}
	}
	return text;
}

static char *json_of(const struct status *s)
{
	struct error e = ERROR_INIT;
	char *text = NULL;

	if (status_format_json(s, &text, &e) < 0)
		tap_fail(__FILE__, __LINE__, "%s", e.text);
	return text;
}

#define tap_has(text, part)                                                                        \
	do {                                                                                       \
		if (!(text) || !strstr((text), (part)))                                            \
			tap_fail(__FILE__, __LINE__, "\"%s\" is not in \"%s\"", (part),            \
				(text) ? (text) : "(null)");                                       \
	} while (0)

static void a_clock_before_the_build_is_said_to_be_wrong(void)
{
	struct status *s = new_status();
	char *text = text_of(s), *json = json_of(s);

	tap_has(text, "clock        2100-01-01T00:00:00Z\n");
	tap_has(json, "\"before_build\":false");
	free(text);
	free(json);
	s->now_s = STPROV_BUILD_DATE - 1;
	text = text_of(s);
	json = json_of(s);
	tap_has(text, "Z, which is wrong: this program was built\n");
	tap_has(json, "\"before_build\":true");
	free(text);
	free(json);
	free_status(s);
}

static void what_the_kernel_does_not_say_is_not_made_up(void)
{
	struct status *s = new_status();

	snprintf(s->network_error.text, sizeof(s->network_error.text), "list links: \xff");
	snprintf(s->usage_error.text, sizeof(s->usage_error.text), "cannot list /nowhere");
	char *text = text_of(s), *json = json_of(s);
	tap_has(text, "network      list links: \\xff\n");
	tap_has(text, "variables    cannot list /nowhere\n");
	tap_ok(!strstr(text, "loopback"));
	tap_has(json,
		"\"network\":{\"error\":\"list links: \\\\xff\",\"links\":[],\"gateways\":[]}");
	tap_has(json, "\"efivars\":{\"path\":\"/"
		      "nowhere\",\"store\":\"efi\",\"efivarfs\":true,\"error\":\"cannot list "
		      "/nowhere\"}");
	free(text);
	free(json);
	free_status(s);
}

static void nvram_without_a_size_says_so(void)
{
	struct status *s = new_status();

	s->has_usage = true;
	s->usage = (struct efi_usage){ .variables = 2, .variables_bytes = 300 };
	char *text = text_of(s), *json = json_of(s);
	tap_has(text, "NVRAM        how much room is left is not known\n"
		      "             2 variables: 300 bytes\n");
	tap_has(json, "\"total_bytes\":null,\"free_bytes\":null");
	free(text);
	free(json);
	s->usage.room_known = true;
	s->usage.total_bytes = 65536;
	text = text_of(s);
	tap_has(text, "NVRAM        0 of 65536 bytes free\n");
	free(text);
	free_status(s);
}

static void more_than_a_console_holds_is_counted_there_and_listed_for_programs(void)
{
	struct status *s = new_status();
	const size_t n = 100;

	s->keys[2].state = PROVISIONED_GOOD;
	s->keys[2].certificates_n = n;
	s->keys[2].certificates = calloc(n, sizeof(s->keys[2].certificates[0]));
	s->links.n = n;
	s->links.items = calloc(n, sizeof(s->links.items[0]));
	for (size_t i = 0; i < n; i++) {
		struct status_certificate *c = &s->keys[2].certificates[i];
		snprintf(c->subject, sizeof(c->subject), "number %zu", i);
		snprintf(s->links.items[i].name, LINK_NAME_MAX, "\xff\xff-odd-%zu", i);
	}
	char *text = text_of(s), *json = json_of(s);
	tap_has(text, "db           100 certificates\n");
	tap_has(text, "number 15\n");
	tap_has(text, "             and 84 more\n");
	tap_has(text, "\\xff\\xff-odd-63\n");
	tap_has(text, "             and 36 more links\n");
	tap_ok(!strstr(text, "number 16\n") && !strstr(text, "odd-64"));
	tap_has(json, "\"subject\":\"number 99\"");
	tap_has(json, "odd-99\",\"mac\":null");
	free(text);
	free(json);
	free_status(s);
}

static void the_worst_part_decides_and_what_is_known_counts_for_more(void)
{
	static const struct {
		enum provisioned_state parts[3], want;
		const char *why;
	} rows[] = {
		{ { PROVISIONED_GOOD, PROVISIONED_GOOD, PROVISIONED_GOOD }, PROVISIONED_GOOD, "" },
		{ { PROVISIONED_GOOD, PROVISIONED_UNREADABLE, PROVISIONED_GOOD },
			PROVISIONED_UNREADABLE, "the host configuration cannot be read" },
		{ { PROVISIONED_UNREADABLE, PROVISIONED_GOOD, PROVISIONED_BROKEN },
			PROVISIONED_BROKEN,
			"the host name cannot be read; the host key is broken" },
		{ { PROVISIONED_ABSENT, PROVISIONED_UNREADABLE, PROVISIONED_GOOD },
			PROVISIONED_ABSENT,
			"there is no host name; the host configuration cannot be read" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct provisioned p = { .name.state = rows[i].parts[0],
			.config.state = rows[i].parts[1],
			.key.state = rows[i].parts[2] };
		struct error why;
		tap_eq_int(provisioned_verdict(&p, &why), rows[i].want);
		tap_eq_text(why.text, rows[i].why);
	}
}

static void a_tpm_is_described_in_one_row(void)
{
	struct status_tpm tpm = {
		.state = PROVISIONED_GOOD,
		.look = { .manufacturer = "IBM",
			.vendor = "SW   TPM",
			.firmware = "00000001.00000002",
			.n_banks = 1,
			.banks = { { .hash = TPM_ALG_SHA1, .mask = 1 } } },
	};
	char text[STATUS_TPM_TEXT_MAX];

	status_tpm_format(&tpm, text);
	tap_eq_text(text, "IBM SW   TPM, firmware 00000001.00000002, no bank SHA-256");
	tpm.look.banks[0].hash = TPM_ALG_SHA256;
	tpm.look.in_lockout = true;
	tpm.look.lockout_counter = 3;
	status_tpm_format(&tpm, text);
	tap_eq_text(
		text, "IBM SW   TPM, firmware 00000001.00000002, SHA-256, in lockout (3 failures)");
	tpm.state = PROVISIONED_ABSENT;
	status_tpm_format(&tpm, text);
	tap_eq_text(text, "none");
	tpm.state = PROVISIONED_BROKEN;
	status_tpm_format(&tpm, text);
	tap_eq_text(text, "TPM 1.2, not usable");
	tpm.state = PROVISIONED_UNREADABLE;
	(void)error_set(&tpm.error, 0, "why");
	status_tpm_format(&tpm, text);
	tap_eq_text(text, "not known: why");
}

/* With another directory of variables the machine's own TPM is not theirs. */
static void a_tpm_is_touched_for_this_machines_variables_or_if_it_is_named(void)
{
	tap_eq_text(tpm_access_path(NULL, NULL), TPM_DEVICE);
	tap_ok(tpm_access_path(NULL, "/elsewhere") == NULL);
	tap_eq_text(tpm_access_path("/socket", "/elsewhere"), "/socket");
	tap_eq_text(tpm_access_path("/socket", NULL), "/socket");
}

/* A sealed key counts where there is one, in whatever state. */
static void a_sealed_key_counts(void)
{
	struct provisioned p = { .key = { .state = PROVISIONED_GOOD } };

	tap_ok(!provisioned_host_key(&p).sealed && provisioned_host_key(&p).part == &p.key);
	tap_ok(!provisioned_has_both_keys(&p));
	for (unsigned state = PROVISIONED_BROKEN; state <= PROVISIONED_GOOD; state++) {
		p.sealed.state = (enum provisioned_state)state;
		tap_ok(provisioned_host_key(&p).sealed);
		tap_ok(provisioned_host_key(&p).part == &p.sealed);
		tap_eq_int(provisioned_has_both_keys(&p), state != PROVISIONED_UNREADABLE);
	}
	p.key.state = PROVISIONED_ABSENT;
	tap_ok(!provisioned_has_both_keys(&p));
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(a_clock_before_the_build_is_said_to_be_wrong),
		TAP_TEST(what_the_kernel_does_not_say_is_not_made_up),
		TAP_TEST(nvram_without_a_size_says_so),
		TAP_TEST(more_than_a_console_holds_is_counted_there_and_listed_for_programs),
		TAP_TEST(the_worst_part_decides_and_what_is_known_counts_for_more),
		TAP_TEST(a_tpm_is_described_in_one_row),
		TAP_TEST(a_tpm_is_touched_for_this_machines_variables_or_if_it_is_named),
		TAP_TEST(a_sealed_key_counts),
		{ 0 },
	};
	return tap_run(tests);
}
