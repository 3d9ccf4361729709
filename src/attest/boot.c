/* SPDX-License-Identifier: BSD-2-Clause */
/* The boot that the quote is of: what the log explains of it, and the image. See round.h. */
#include <errno.h>
#include <string.h>

#include "attest/round.h"
#include "eventlog/replay.h"
#include "pcr7/pcr7.h"

#define CHECK "boot log"
/* What the operating system after firmware measures of unsigned parts: systemd-stub(7). */
#define PCR_DEFAULTS 12
/* PCRs that a log must explain: what was started, and Secure Boot. Firmware is often wrong about
 * others (PCR 1 changes with its settings). */
#define PCRS_NEEDED (1u << 4 | 1u << 7)

static const char no_log[] =
	"the firmware left no usable log of this boot (is securityfs mounted?)";

static bool is_zero(const uint8_t pcr[TPM_HASH_SIZE])
{
	static const uint8_t zero[TPM_HASH_SIZE];

	return memcmp(pcr, zero, sizeof(zero)) == 0;
}

static int check_agreement(
	struct attest_round *round, const struct eventlog_agreement *agreement, struct error *error)
{
	char text[EVENTLOG_PCRS_TEXT_MAX];

	if (agreement->unused)
		return error_set(error, -EBADMSG,
			"PCR bank SHA-256 is not in use: switch it on in the firmware's menu");
	for (unsigned i = 0; i < EVENTLOG_PCRS; i++)
		if (PCRS_NEEDED & ~agreement->explained & 1u << i)
			return error_set(
				error, -EBADMSG, "the boot log does not explain PCR %u", i);
	eventlog_pcrs_format(agreement->explained, text);
	attest_found(&round->findings, CHECK, ATTEST_GOOD, "%zu events explain %s",
		round->boot.events, text);
	eventlog_pcrs_format(agreement->differing, text);
	if (agreement->differing)
		attest_found(&round->findings, CHECK, ATTEST_WARNING,
			"the boot log does not explain %s", text);
	eventlog_pcrs_format(agreement->unlogged, text);
	if (agreement->unlogged)
		attest_found(&round->findings, CHECK, ATTEST_WARNING,
			"%s %s not explained by the boot log", text,
			agreement->unlogged & (agreement->unlogged - 1) ? "are" : "is");
	return 0;
}

/* What the log says of Secure Boot, which PCR 7 confirms. */
static void read_secure_boot(struct attest_round *round)
{
	struct pcr7_secure_boot is = { .enabled = false };
	struct error why = ERROR_INIT;

	round->boot.knows_secure_boot = pcr7_read_secure_boot(api_attest_log(&round->attest),
						round->attest.log_len, &is, &why) == 0;
	round->boot.secure_boot = is.enabled;
	round->boot.setup_mode = is.setup_mode;
	if (!round->boot.knows_secure_boot)
		attest_found(&round->findings, "Secure Boot", ATTEST_WARNING, "%s", why.text);
	else
		attest_found(&round->findings, "Secure Boot",
			is.enabled ? ATTEST_GOOD : ATTEST_WARNING, "%s%s",
			is.enabled ? "on" : "off", is.setup_mode ? ", Setup Mode" : "");
}

static int check_log(struct attest_round *round, struct error *error)
{
	const struct api_attest *attest = &round->attest;
	struct eventlog_replay replay;
	struct eventlog_agreement agreement;

	int r = eventlog_replay(api_attest_log(attest), attest->log_len, &replay, error);
	if (r < 0)
		return error_prefix(error, r == -EIO ? r : -EBADMSG, "the boot log");
	eventlog_compare(&replay, round->proof.pcrs, &agreement);
	round->boot.has_log = true;
	round->boot.events = replay.events;
	round->boot.explained = agreement.explained;
	round->boot.unexplained = agreement.differing | agreement.unlogged;
	r = check_agreement(round, &agreement, error);
	if (r == 0)
		read_secure_boot(round);
	return r;
}

/* Unsigned defaults on the boot medium are not in the image's digest. */
static int check_defaults(
	struct attest_round *round, const struct attest_wanted *wanted, struct error *error)
{
	const uint8_t *pcr = round->proof.pcrs[PCR_DEFAULTS];
	bool explained = wanted->defaults_name && memcmp(pcr, wanted->pcr12, TPM_HASH_SIZE) == 0;

	if (is_zero(pcr))
		return 0;
	if (explained) {
		attest_found(&round->findings, "defaults", ATTEST_GOOD,
			"PCR 12 is what %s on the boot medium gives", wanted->defaults_name);
		return 0;
	}
	if (wanted->defaults_name)
		return error_set(error, -EBADMSG, "PCR 12 is not what %s on the boot medium gives",
			wanted->defaults_name);
	if (wanted->image_name)
		return error_set(error, -EBADMSG,
			"PCR 12 is not zero: something unsigned was loaded with the image; if "
			"these "
			"are defaults on the boot medium, give --defaults");
	attest_found(&round->findings, "defaults", ATTEST_WARNING,
		"PCR 12 is not zero: something unsigned was loaded with the image, as defaults on "
		"the boot medium");
	return 0;
}

static int check_image(
	struct attest_round *round, const struct attest_wanted *wanted, struct error *error)
{
	if (!wanted->image_name) {
		attest_found(&round->findings, "image", ATTEST_NOT_CHECKED,
			"without --image any image may have been started");
		return 0;
	}
	const uint8_t *log = api_attest_log(&round->attest);
	int r = eventlog_find_application(log, round->attest.log_len, wanted->image, error);
	if (r > 0)
		r = eventlog_find_application(
			log, round->attest.log_len, wanted->image_when_signed, error);
	if (r > 0)
		return error_set(
			error, -EBADMSG, "the platform did not start %s", wanted->image_name);
	if (r < 0)
		return error_prefix(error, r, "the boot log");
	round->boot.image_started = true;
	attest_found(&round->findings, "image", ATTEST_GOOD, "%s was started", wanted->image_name);
	return 0;
}

int attest_check_boot(
	struct attest_round *round, const struct attest_wanted *wanted, struct error *error)
{
	int r = 0;

	if (round->attest.log_len > 0)
		r = check_log(round, error);
	else if (wanted->image_name)
		r = error_set(error, -EBADMSG, "%s", no_log);
	else
		attest_found(&round->findings, CHECK, ATTEST_WARNING, "%s", no_log);
	if (r == 0)
		r = check_image(round, wanted, error);
	return r == 0 ? check_defaults(round, wanted, error) : r;
}
