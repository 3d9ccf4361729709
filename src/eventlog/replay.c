/* SPDX-License-Identifier: BSD-2-Clause */
/* What a boot log explains: see replay.h. */
#include "eventlog/replay.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "crypto/kdf.h"

/* TCG_EfiStartupLocalityEvent: the signature with its NUL, and the locality. */
#define LOCALITY_SIGNATURE "StartupLocality"
#define LOCALITY_SIZE (sizeof(LOCALITY_SIGNATURE) + 1)

/* PCRs of a TPM for PCs; those from EVENTLOG_PCRS on are not quoted. */
#define TPM_PCRS 24
/* PCRs that are firmware's; each is in the log, with its separator at least. */
#define FIRMWARE_PCRS 0x00ffu

static const struct {
	uint32_t type;
	const char *name;
} type_names[] = {
	{ 0x00000000, "EV_PREBOOT_CERT" },
	{ 0x00000001, "EV_POST_CODE" },
	{ 0x00000002, "EV_UNUSED" },
	{ EVENTLOG_EV_NO_ACTION, "EV_NO_ACTION" },
	{ EVENTLOG_EV_SEPARATOR, "EV_SEPARATOR" },
	{ 0x00000005, "EV_ACTION" },
	{ 0x00000006, "EV_EVENT_TAG" },
	{ 0x00000007, "EV_S_CRTM_CONTENTS" },
	{ 0x00000008, "EV_S_CRTM_VERSION" },
	{ 0x00000009, "EV_CPU_MICROCODE" },
	{ 0x0000000a, "EV_PLATFORM_CONFIG_FLAGS" },
	{ 0x0000000b, "EV_TABLE_OF_DEVICES" },
	{ 0x0000000c, "EV_COMPACT_HASH" },
	{ 0x0000000d, "EV_IPL" },
	{ 0x0000000e, "EV_IPL_PARTITION_DATA" },
	{ 0x0000000f, "EV_NONHOST_CODE" },
	{ 0x00000010, "EV_NONHOST_CONFIG" },
	{ 0x00000011, "EV_NONHOST_INFO" },
	{ 0x00000012, "EV_OMIT_BOOT_DEVICE_EVENTS" },
	{ 0x00000013, "EV_POST_CODE2" },
	{ EVENTLOG_EV_EFI_VARIABLE_DRIVER_CONFIG, "EV_EFI_VARIABLE_DRIVER_CONFIG" },
	{ 0x80000002, "EV_EFI_VARIABLE_BOOT" },
	{ EVENTLOG_EV_EFI_BOOT_SERVICES_APPLICATION, "EV_EFI_BOOT_SERVICES_APPLICATION" },
	{ EVENTLOG_EV_EFI_BOOT_SERVICES_DRIVER, "EV_EFI_BOOT_SERVICES_DRIVER" },
	{ EVENTLOG_EV_EFI_RUNTIME_SERVICES_DRIVER, "EV_EFI_RUNTIME_SERVICES_DRIVER" },
	{ 0x80000006, "EV_EFI_GPT_EVENT" },
	{ 0x80000007, "EV_EFI_ACTION" },
	{ 0x80000008, "EV_EFI_PLATFORM_FIRMWARE_BLOB" },
	{ 0x80000009, "EV_EFI_HANDOFF_TABLES" },
	{ 0x8000000a, "EV_EFI_PLATFORM_FIRMWARE_BLOB2" },
	{ 0x8000000b, "EV_EFI_HANDOFF_TABLES2" },
	{ 0x8000000c, "EV_EFI_VARIABLE_BOOT2" },
	{ 0x8000000d, "EV_EFI_GPT_EVENT2" },
	{ 0x80000010, "EV_EFI_HCRTM_EVENT" },
	{ EVENTLOG_EV_EFI_VARIABLE_AUTHORITY, "EV_EFI_VARIABLE_AUTHORITY" },
	{ 0x800000e1, "EV_EFI_SPDM_FIRMWARE_BLOB" },
	{ 0x800000e2, "EV_EFI_SPDM_FIRMWARE_CONFIG" },
	{ 0x800000e3, "EV_EFI_SPDM_DEVICE_POLICY" },
	{ 0x800000e4, "EV_EFI_SPDM_DEVICE_AUTHORITY" },
};

const char *eventlog_type_name(uint32_t type)
{
	for (size_t i = 0; i < ARRAY_SIZE(type_names); i++)
		if (type_names[i].type == type)
			return type_names[i].name;
	return NULL;
}

static bool is_startup_locality(const struct eventlog_event *event)
{
	return event->pcr == 0 && event->len == LOCALITY_SIZE &&
	       memcmp(event->data, LOCALITY_SIGNATURE, sizeof(LOCALITY_SIGNATURE)) == 0;
}

int eventlog_extend(uint8_t io_value[EVENTLOG_SHA256_SIZE],
	const uint8_t digest[EVENTLOG_SHA256_SIZE], struct error *error)
{
	uint8_t both[2 * EVENTLOG_SHA256_SIZE];

	memcpy(both, io_value, EVENTLOG_SHA256_SIZE);
	memcpy(both + EVENTLOG_SHA256_SIZE, digest, EVENTLOG_SHA256_SIZE);
	return crypto_sha256(both, sizeof(both), io_value, error);
}

static int replay_one(
	struct eventlog_replay *replay, const struct eventlog_event *event, struct error *error)
{
	replay->events++;
	if (event->type == EVENTLOG_EV_NO_ACTION) {
		if (is_startup_locality(event) && !(replay->logged & 1u))
			replay->values[0][EVENTLOG_SHA256_SIZE - 1] =
				event->data[LOCALITY_SIZE - 1];
		return 0;
	}
	if (event->pcr >= TPM_PCRS)
		return error_set(error, -EINVAL, "the boot log has an event of PCR %u", event->pcr);
	if (event->pcr >= EVENTLOG_PCRS)
		return 0;
	replay->logged |= (uint16_t)(1u << event->pcr);
	return eventlog_extend(replay->values[event->pcr], event->sha256, error);
}

int eventlog_replay(const void *data, size_t len, struct eventlog_replay *ret, struct error *error)
{
	struct eventlog_replay replay = { .events = 0 };
	struct eventlog_event event;
	struct eventlog log;
	int r = eventlog_open(data, len, &log, error);

	if (r == 0 && !eventlog_has_sha256(&log))
		return error_set(error, -ENOENT,
			"the boot log has no SHA-256: switch PCR bank SHA-256 on in the "
			"firmware's menu");
	while (r == 0) {
		r = eventlog_next(&log, &event, error);
		if (r == 0)
			r = replay_one(&replay, &event, error);
	}
	if (r < 0)
		return r;
	*ret = replay;
	return 0;
}

static bool is_zero(const uint8_t value[EVENTLOG_SHA256_SIZE])
{
	static const uint8_t zero[EVENTLOG_SHA256_SIZE];

	return memcmp(value, zero, sizeof(zero)) == 0;
}

void eventlog_compare(const struct eventlog_replay *replay,
	const uint8_t quoted[EVENTLOG_PCRS][EVENTLOG_SHA256_SIZE], struct eventlog_agreement *ret)
{
	struct eventlog_agreement sets = { .unused = true };

	for (unsigned i = 0; i < EVENTLOG_PCRS; i++) {
		const uint16_t bit = (uint16_t)(1u << i);
		const bool zero = is_zero(quoted[i]);
		const bool equal = memcmp(replay->values[i], quoted[i], sizeof(quoted[i])) == 0;
		if (FIRMWARE_PCRS & bit)
			sets.unused &= zero;
		if (replay->logged & bit && equal)
			sets.explained |= bit;
		else if (replay->logged & bit || (FIRMWARE_PCRS & bit && !zero))
			sets.differing |= bit;
		else if (!zero)
			sets.unlogged |= bit;
	}
	*ret = sets;
}

/* The end of the run of set bits that begins at @first. */
static unsigned last_of_run(uint16_t pcrs, unsigned first)
{
	unsigned last = first;

	while (last + 1 < EVENTLOG_PCRS && pcrs & 1u << (last + 1))
		last++;
	/* Two are written apart: `6 and 7`. */
	return last == first + 1 ? first : last;
}

void eventlog_pcrs_format(uint16_t pcrs, char out[EVENTLOG_PCRS_TEXT_MAX])
{
	unsigned next;
	int n = snprintf(out, EVENTLOG_PCRS_TEXT_MAX, "%s", pcrs ? "PCR " : "no PCR");

	for (unsigned i = 0; i < EVENTLOG_PCRS; i = next) {
		unsigned last = last_of_run(pcrs, i);
		next = last + 1;
		if (!(pcrs & 1u << i)) {
			next = i + 1;
			continue;
		}
		const bool is_first = (pcrs & ((1u << i) - 1)) == 0;
		const bool is_last = (uint32_t)pcrs >> next == 0;
		n += snprintf(out + n, EVENTLOG_PCRS_TEXT_MAX - (size_t)n, "%s%u",
			is_first  ? ""
			: is_last ? " and "
				  : ", ",
			i);
		if (last > i)
			n += snprintf(out + n, EVENTLOG_PCRS_TEXT_MAX - (size_t)n, "-%u", last);
	}
}

int eventlog_find_application(const void *data, size_t len,
	const uint8_t digest[EVENTLOG_SHA256_SIZE], struct error *error)
{
	struct eventlog_event event;
	struct eventlog log;
	bool found = false;
	int r = eventlog_open(data, len, &log, error);

	while (r == 0) {
		r = eventlog_next(&log, &event, error);
		found |= r == 0 && event.pcr == EVENTLOG_PCR_BOOT_APPLICATION && event.sha256 &&
			 event.type == EVENTLOG_EV_EFI_BOOT_SERVICES_APPLICATION &&
			 memcmp(event.sha256, digest, EVENTLOG_SHA256_SIZE) == 0;
	}
	if (r < 0)
		return r;
	return found ? 0 : EVENTLOG_E_END;
}
