/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON lines for a program: see report.h. */
#include "service/report.h"

#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/output.h"
#include "base/text.h"
#include "crypto/kdf.h"
#include "driver/message.h"
#include "efi/secureboot.h"
#include "service/invite.h"

/* -- lines ----------------------------------------------------------------------------------- */

bool report_has_failed(const struct monitor *monitor)
{
	return monitor->report.failed;
}

bool report_is_behind(const struct monitor *monitor)
{
	return monitor->report.len > 0;
}

void report_flush(struct monitor *monitor)
{
	struct monitor_report *report = &monitor->report;
	struct output output;
	ssize_t n = 1;

	if (report->len == 0)
		return;
	output_open(monitor->config->report_fd, &output);
	while (report->len > 0 && n > 0) {
		n = output_write(&output, report->kept, report->len);
		if (n <= 0)
			break;
		memmove(report->kept, report->kept + n, report->len - (size_t)n);
		report->len -= (size_t)n;
	}
	output_close(&output);
	if (n == 0)
		report->retry_ms = clock_now_ms() + OUTPUT_PAUSE_MS;
	if (n < 0) {
		report->failed = true;
		report->len = 0;
	}
}

void report_drain(struct monitor *monitor, int64_t wait_ms)
{
	int64_t until_ms = clock_now_ms() + wait_ms;

	for (report_flush(monitor); report_is_behind(monitor); report_flush(monitor)) {
		if (clock_now_ms() >= until_ms)
			return;
		(void)poll(NULL, 0, OUTPUT_PAUSE_MS);
	}
}

/* Owns @object. @needed: without it the program could not answer. */
static void put_object(struct monitor *monitor, struct json *object, bool needed)
{
	struct monitor_report *report = &monitor->report;
	_cleanup_json_ struct json *owned = object;
	_cleanup_free_ char *text = NULL;
	struct error error;

	if (json_format_ascii(owned, &text, &error) < 0) {
		journal_line(&monitor->journal, "warning: --json: %s", error.text);
		report->failed |= needed;
		return;
	}
	size_t len = strlen(text);
	if (report->failed || report->len + len + 1 > sizeof(report->kept)) {
		report->failed |= needed;
		return;
	}
	memcpy(report->kept + report->len, text, len);
	report->kept[report->len + len] = '\n';
	report->len += len + 1;
	report_flush(monitor);
}

/* NULL without --json. */
static struct json *begin(struct monitor *monitor, enum driver_report_type type)
{
	struct json *object = NULL;
	struct error error;

	if (monitor->config->report_fd == 0)
		return NULL;
	if (driver_report_new(type, &object, &error) < 0) {
		journal_line(&monitor->journal, "warning: --json: %s", error.text);
		monitor->report.failed = true;
	}
	return object;
}

/* -- reports --------------------------------------------------------------------------------- */

void report_listening(struct monitor *monitor)
{
	const struct monitor_config *config = monitor->config;
	struct json *object = begin(monitor, DRIVER_LISTENING), *array;
	struct net_addr addresses[NET_OWN_ADDRS_MAX];
	struct error error;

	if (!object)
		return;
	size_t n = invite_addresses(config, addresses, &error);
	if (json_array_new(&array, &error) < 0)
		array = NULL;
	for (size_t i = 0; array && i < n; i++) {
		char text[NET_ADDR_TEXT_MAX];
		/* A link-local address means nothing to a program elsewhere. */
		if (addresses[i].scope != 0)
			continue;
		net_addr_format(&addresses[i], text);
		json_append_text(array, text);
	}
	json_set_child(object, "addresses", array);
	json_set_int(object, "port", config->port);
	json_set_text(object, "code", config->code);
	put_object(monitor, object, true);
}

void report_opened(struct monitor *monitor, const struct monitor_session *session)
{
	struct json *object = begin(monitor, DRIVER_OPENED);
	char words[CODE_TEXT_MAX];

	if (!object)
		return;
	code_format(session->words, ' ', words);
	json_set_text(object, "client", session->peer);
	json_set_text(object, "words", words);
	put_object(monitor, object, false);
}

/* One Secure Boot variable. */
static void add_variable(struct monitor *monitor, const struct monitor_session *session, size_t i,
	struct json *array)
{
	const struct api_blob *blob = &session->blobs[i];
	uint8_t hash[CRYPTO_SHA256_SIZE];
	char hex[2 * CRYPTO_SHA256_SIZE + 1];
	struct error error;
	struct json *object;
	uint8_t *data = NULL;
	size_t len = 0;

	if (crypto_sha256(blob->data, blob->len, hash, &error) < 0 ||
		json_object_new(&object, &error) < 0) {
		monitor->report.failed = true;
		return;
	}
	int r = efi_read(monitor->config->firmware, efi_sb_variables[i].name, &data, &len, &error);
	free(data);
	text_format_hex(hash, sizeof(hash), hex);
	json_set_text(object, "name", efi_sb_variables[i].name->name);
	json_set_text(object, "sha256", hex);
	json_set_bool(object, "appended", session->findings.append[i]);
	json_set_bool(object, "replaces", r != EFI_E_ABSENT && !session->findings.append[i]);
	json_append_child(array, object);
}

void report_review(struct monitor *monitor, const struct monitor_session *session)
{
	struct json *object = begin(monitor, DRIVER_REVIEW), *array;
	const struct provision *p = &monitor->provision;
	char words[CODE_TEXT_MAX];
	struct error error;

	if (!object)
		return;
	code_format(session->words, ' ', words);
	json_set_text(object, "client", session->peer);
	json_set_text(object, "words", words);
	json_set_text(object, "hostname", p->facts.hostname);
	json_set_text(object, "fingerprint", p->key.fingerprint);
	json_set_bool(object, "replaces_host_key", p->facts.has_key);
	json_set_text(object, "replaced_fingerprint",
		p->facts.key_fingerprint[0] ? p->facts.key_fingerprint : NULL);
	if (json_array_new(&array, &error) < 0)
		array = NULL;
	for (size_t i = 0; array && session->has_keys && i < EFI_SB_N; i++)
		if (session->blobs[i].data)
			add_variable(monitor, session, i, array);
	json_set_child(object, "variables", array);
	json_set_bool(object, "firmware_menu", session->has_keys && session->findings.menu);
	json_set_int(object, "others", (int64_t)monitor->openings - 1 + (int64_t)monitor->shown_v0);
	put_object(monitor, object, true);
}
