/* SPDX-License-Identifier: BSD-2-Clause */
/* What a TPM is like: see look.h. */
#include "tpm/look.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tpm/object.h"

/* TPM_PT (Part 2, section 6.13): fixed and variable properties. */
enum {
	PT_MANUFACTURER = 0x105,
	PT_VENDOR_1 = 0x106, /* to 0x109 */
	PT_FIRMWARE_1 = 0x10b,
	PT_FIRMWARE_2 = 0x10c,
	PT_PERMANENT = 0x200,
	PT_STARTUP_CLEAR = 0x201,
	PT_LOCKOUT_COUNTER = 0x20e,
};
#define PT_FIXED 0x100
#define PT_VARIABLE 0x200
#define PT_COUNT 32

/* TPMA_PERMANENT and TPMA_STARTUP_CLEAR (sections 8.6 and 8.7). */
#define PERMANENT_OWNER_AUTH (1u << 0)
#define PERMANENT_ENDORSEMENT_AUTH (1u << 1)
#define PERMANENT_IN_LOCKOUT (1u << 9)
#define STARTUP_SH_ENABLE (1u << 1)
#define STARTUP_EH_ENABLE (1u << 2)

/* The firmware measures into PCR 0 to 7. */
#define FIRMWARE_PCRS 0xffu

struct properties {
	uint32_t manufacturer, vendor[4], firmware[2];
	uint32_t permanent, startup, lockout_counter;
};

static void take_property(struct properties *all, const struct tpm_property *property)
{
	switch (property->property) {
	case PT_MANUFACTURER:
		all->manufacturer = property->value;
		break;
	case PT_VENDOR_1:
	case PT_VENDOR_1 + 1:
	case PT_VENDOR_1 + 2:
	case PT_VENDOR_1 + 3:
		all->vendor[property->property - PT_VENDOR_1] = property->value;
		break;
	case PT_FIRMWARE_1:
	case PT_FIRMWARE_2:
		all->firmware[property->property - PT_FIRMWARE_1] = property->value;
		break;
	case PT_PERMANENT:
		all->permanent = property->value;
		break;
	case PT_STARTUP_CLEAR:
		all->startup = property->value;
		break;
	case PT_LOCKOUT_COUNTER:
		all->lockout_counter = property->value;
		break;
	}
}

/* One answer's worth of them, from *first on; *first is then the next one. */
static int read_some_properties(struct tpm *tpm, uint32_t *first, uint32_t end,
	struct properties *ret, bool *ret_more, struct error *error)
{
	struct tpm_property properties[TPM_CAPABILITY_MAX];
	size_t n = 0;

	tpm_encode_get_capability(&tpm->request, TPM_CAP_PROPERTIES, *first, end - *first);
	int r = tpm_reason(tpm_call(tpm, NULL, 0, error));
	if (r == 0)
		r = tpm_decoded(tpm, tpm_decode_properties(&tpm->answer, properties, &n, ret_more),
			TPM_CC_GET_CAPABILITY, error);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		take_property(ret, &properties[i]);
	/* Properties are ascending; an answer that does not go on is the last one. */
	if (n == 0 || properties[n - 1].property < *first || properties[n - 1].property >= end - 1)
		*ret_more = false;
	else
		*first = properties[n - 1].property + 1;
	return 0;
}

/* The properties of a group, PT_COUNT of them. */
static int read_properties(
	struct tpm *tpm, uint32_t group, struct properties *ret, struct error *error)
{
	uint32_t first = group;
	bool more = true;
	int r = 0;

	/* A TPM may give fewer in one answer than it is asked for. */
	while (r == 0 && more)
		r = read_some_properties(tpm, &first, group + PT_COUNT, ret, &more, error);
	return r;
}

/* Characters of properties, without the blanks and NULs at their end. */
static void format_characters(const uint32_t *words, size_t n, char *out, size_t cap)
{
	uint8_t bytes[16];
	struct bytes_writer w = bytes_writer(bytes, sizeof(bytes));

	for (size_t i = 0; i < n; i++)
		bytes_write_be32(&w, words[i]);
	assert(bytes_writer_ok(&w));
	/* A string of four characters may end in a NUL before the last one. */
	size_t len = 0;
	for (size_t i = 0; i < w.len; i++)
		if (bytes[i] != '\0')
			bytes[len++] = bytes[i];
	while (len > 0 && bytes[len - 1] == ' ')
		len--;
	text_printable(bytes, len, out, cap);
}

static int read_banks(struct tpm *tpm, struct tpm_look *look, struct error *error)
{
	struct tpm_bank banks[TPM_BANKS_MAX];
	size_t n;

	tpm_encode_get_capability(&tpm->request, TPM_CAP_PCRS, 0, TPM_BANKS_MAX);
	int r = tpm_reason(tpm_call(tpm, NULL, 0, error));
	if (r == 0)
		r = tpm_decoded(tpm, tpm_decode_banks(&tpm->answer, banks, &n),
			TPM_CC_GET_CAPABILITY, error);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		if (banks[i].mask != 0)
			look->banks[look->n_banks++] = banks[i];
	return 0;
}

int tpm_look(struct tpm *tpm, struct tpm_look *ret, struct error *error)
{
	/* A TPM that does not say that a hierarchy is off has it on. */
	struct properties all = { .startup = STARTUP_SH_ENABLE | STARTUP_EH_ENABLE };
	struct tpm_look look;
	int r = read_properties(tpm, PT_FIXED, &all, error);

	memset(&look, 0, sizeof(look));
	if (r == 0)
		r = read_properties(tpm, PT_VARIABLE, &all, error);
	if (r == 0)
		r = read_banks(tpm, &look, error);
	for (size_t i = 0; r == 0 && i < TPM_PARENTS; i++)
		r = tpm_parent_is_there(tpm, tpm_parent_handle(i), &look.parents[i], error);
	if (r < 0)
		return r;
	format_characters(&all.manufacturer, 1, look.manufacturer, sizeof(look.manufacturer));
	format_characters(all.vendor, ARRAY_SIZE(all.vendor), look.vendor, sizeof(look.vendor));
	snprintf(look.firmware, sizeof(look.firmware), "%08x.%08x", all.firmware[0],
		all.firmware[1]);
	look.in_lockout = all.permanent & PERMANENT_IN_LOCKOUT;
	look.lockout_counter = all.lockout_counter;
	look.owner_password = all.permanent & PERMANENT_OWNER_AUTH;
	look.endorsement_password = all.permanent & PERMANENT_ENDORSEMENT_AUTH;
	look.storage_off = !(all.startup & STARTUP_SH_ENABLE);
	look.endorsement_off = !(all.startup & STARTUP_EH_ENABLE);
	*ret = look;
	return 0;
}

void tpm_hash_name(uint16_t hash, char out[TPM_HASH_NAME_MAX])
{
	static const struct {
		uint16_t hash;
		const char *name;
	} names[] = {
		{ TPM_ALG_SHA1, "sha1" },
		{ TPM_ALG_SHA256, "sha256" },
		{ TPM_ALG_SHA384, "sha384" },
		{ TPM_ALG_SHA512, "sha512" },
		{ TPM_ALG_SM3_256, "sm3_256" },
	};

	snprintf(out, TPM_HASH_NAME_MAX, "0x%04x", hash);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].hash == hash)
			snprintf(out, TPM_HASH_NAME_MAX, "%s", names[i].name);
}

static int no_bank(struct error *error)
{
	return error_set(error, -ENOTSUP,
		"PCR bank SHA-256 is not in use: switch it on in the firmware's menu");
}

int tpm_read_pcrs(struct tpm *tpm, uint32_t mask, struct tpm_pcrs *ret, struct error *error)
{
	struct tpm_pcrs pcrs = { .mask = 0 };
	uint8_t values[TPM_PCR_READ_MAX][TPM_HASH_SIZE];

	assert((mask & ~TPM_PCR_MASK_MAX) == 0);
	while (pcrs.mask != mask) {
		uint32_t got = 0;
		tpm_encode_pcr_read(&tpm->request, mask & ~pcrs.mask);
		int r = tpm_reason(tpm_call(tpm, NULL, 0, error));
		if (r == 0)
			r = tpm_decoded(tpm, tpm_decode_pcr_read(&tpm->answer, &got, values),
				TPM_CC_PCR_READ, error);
		if (r < 0)
			return r;
		if (got == 0)
			return no_bank(error);
		if (got & ~(mask & ~pcrs.mask))
			return error_set(
				error, -EPROTO, "the TPM gave PCRs that were not asked for");
		for (unsigned i = 0, n = 0; i < TPM_PCRS; i++)
			if (got & 1u << i)
				memcpy(pcrs.values[i], values[n++], TPM_HASH_SIZE);
		pcrs.mask |= got;
	}
	*ret = pcrs;
	return 0;
}

int tpm_check_bank(struct tpm *tpm, struct error *error)
{
	static const uint8_t zero[TPM_HASH_SIZE];
	struct tpm_pcrs pcrs;
	int r = tpm_read_pcrs(tpm, FIRMWARE_PCRS, &pcrs, error);

	if (r < 0)
		return r;
	for (unsigned i = 0; FIRMWARE_PCRS >> i; i++)
		if (memcmp(pcrs.values[i], zero, sizeof(zero)) != 0)
			return 0;
	return no_bank(error);
}
