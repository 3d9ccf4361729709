/* SPDX-License-Identifier: BSD-2-Clause */
/* What an attestation found, in rows for the operator: see attestation.h. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "eventlog/replay.h"
#include "local/attestation.h"

/* Of a long hash: enough to tell two apart, not to trust one. */
#define SHORT_HASH 8

/* The longest row, with bytes of the platform as \xNN. */
#define ROW_MAX (LOG_LINE_MAX * TEXT_PRINTABLE_GROWTH)

void attestation_row(FILE *out, const char *label, const char *format, ...)
{
	char text[LOG_LINE_MAX], shown[ROW_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (!out) {
		log_line("%-14s %s", label, text);
		return;
	}
	text_printable_again(text, strlen(text), shown, sizeof(shown));
	fprintf(out, "%-14s %s\n", label, shown);
}

/* `SW   TPM`: its parts may be padded. */
static void squeeze(const char *text, char *out, size_t cap)
{
	size_t n = 0;

	for (; *text && n + 1 < cap; text++)
		if (*text != ' ' || (n > 0 && out[n - 1] != ' '))
			out[n++] = *text;
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
}

static void show_tpm(FILE *out, const struct api_attest *attest)
{
	char vendor[API_TPM_TEXT_MAX];

	squeeze(attest->vendor, vendor, sizeof(vendor));
	attestation_row(out, "TPM", "%s %s, firmware %s%s", attest->manufacturer, vendor,
		attest->firmware, attest->in_lockout ? ", in lockout" : "");
}

static void show_endorsement(
	FILE *out, const struct attest_round *round, const struct attest_wanted *wanted)
{
	char hex[2 * TPM_HASH_SIZE + 1];

	text_format_hex(round->ek_sha256, sizeof(round->ek_sha256), hex);
	switch (round->tier) {
	case ATTEST_PINNED:
		attestation_row(out, "endorsement", "pinned%s; SHA-256 %.*s...",
			round->certificate == ATTEST_CERTIFICATE_VERIFIED
				? ", and its certificate is verified"
				: "",
			SHORT_HASH, hex);
		break;
	case ATTEST_CERTIFICATE:
		attestation_row(out, "endorsement",
			"certificate, verified with %s; SHA-256 %.*s...", wanted->roots_name,
			SHORT_HASH, hex);
		break;
	case ATTEST_FIRST_USE:
		attestation_row(out, "endorsement",
			"first use: it may be any TPM; to pin this one: --ek %s", hex);
		break;
	}
}

static void show_boot(FILE *out, const struct attest_boot *boot)
{
	char explained[EVENTLOG_PCRS_TEXT_MAX], others[EVENTLOG_PCRS_TEXT_MAX];
	bool several = boot->unexplained & (boot->unexplained - 1);

	if (!boot->has_log) {
		attestation_row(out, "boot log",
			"none that is usable: nothing is known of what was started");
		return;
	}
	eventlog_pcrs_format(boot->explained, explained);
	eventlog_pcrs_format(boot->unexplained, others);
	if (boot->unexplained)
		attestation_row(out, "boot log", "%zu events explain %s; %s %s not explained",
			boot->events, explained, others, several ? "are" : "is");
	else
		attestation_row(out, "boot log", "%zu events explain %s", boot->events, explained);
}

static void show_secure_boot(
	FILE *out, const struct attest_boot *boot, const uint8_t *predicted, bool with_keys)
{
	char hex[2 * TPM_HASH_SIZE + 1] = "", next[96] = "";

	if (predicted) {
		text_format_hex(predicted, TPM_HASH_SIZE, hex);
		snprintf(next, sizeof(next), "; %s PCR 7 will be %.*s...",
			with_keys ? "with the keys of this run" : "at the next boot", SHORT_HASH,
			hex);
	}
	if (boot->knows_secure_boot)
		attestation_row(out, "Secure Boot", "%s%s%s", boot->secure_boot ? "on" : "off",
			boot->setup_mode ? ", Setup Mode" : "", next);
	else
		attestation_row(out, "Secure Boot", "not known%s", next);
}

static void show_warning(FILE *out, const struct attest_finding *finding)
{
	if (out)
		attestation_row(out, "warning", "%s: %s", finding->check, finding->text);
	else
		log_line("warning: %s: %s", finding->check, finding->text);
}

void attestation_show(FILE *out, const struct attest_round *round,
	const struct attest_wanted *wanted, const uint8_t *predicted, bool with_keys)
{
	show_tpm(out, &round->attest);
	show_endorsement(out, round, wanted);
	attestation_row(
		out, "channel", "the quote is of %s connection", out ? "the recorded" : "this");
	show_boot(out, &round->boot);
	if (wanted->image_name)
		attestation_row(out, "image", "%s was started", wanted->image_name);
	show_secure_boot(out, &round->boot, predicted, with_keys);
	/* What no row says. */
	for (size_t i = 0; i < round->findings.n; i++) {
		const struct attest_finding *finding = &round->findings.items[i];
		if (finding->result == ATTEST_WARNING &&
			(strcmp(finding->check, "certificate") == 0 ||
				strcmp(finding->check, "defaults") == 0))
			show_warning(out, finding);
	}
}

void attestation_show_sealed(FILE *out, const struct api_seal *seal)
{
	char hex[2 * API_DIGEST_SIZE + 1];

	text_format_hex(seal->digest, sizeof(seal->digest), hex);
	if (seal->pcrs)
		attestation_row(out, "host key", "sealed, policy pcr 7 %.16s", hex);
	else
		attestation_row(out, "host key", "sealed, opened by any system on that machine");
}
