/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * efi_auth_check(): files of sign-efi-sig-list and sbvarsign, and their possible faults.
 *
 * The corpus (tests/fuzz/corpus/auth) has good-* and bad-*: tests/data/make-auth.sh made the
 * first, and each of the others differs from good-dbx in what its name says.
 */
#include "tap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include "base/file.h"
#include "efi/auth.h"
#include "efi/efi.h"

/* Offsets in good-dbx.auth. */
#define CERT 16
#define CERT_GUID 24
#define PKCS7 40

static void read_corpus(const char *name, uint8_t **ret_data, size_t *ret_len)
{
	char path[512];
	struct error error = ERROR_INIT;

	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/auth/%s", getenv("STPROV_SOURCE"), name);
	if (file_read(AT_FDCWD, path, 1 << 20, ret_data, ret_len, &error) < 0)
		tap_fail(__FILE__, __LINE__, "%s", error.text);
}

static void files_of_real_tools_are_accepted_and_damaged_ones_not(void)
{
	char path[512];
	struct dirent *entry;
	int good = 0, bad = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/auth", getenv("STPROV_SOURCE"));
	dir = opendir(path);
	tap_ok(dir);
	while (dir && (entry = readdir(dir))) {
		_cleanup_free_ uint8_t *data = NULL;
		struct error error = ERROR_INIT;
		size_t len = 0;
		bool is_good = strncmp(entry->d_name, "good-", 5) == 0;
		if (!is_good && strncmp(entry->d_name, "bad-", 4) != 0)
			continue;
		read_corpus(entry->d_name, &data, &len);
		if (efi_auth_check(data, len, &error) != (is_good ? 0 : -EINVAL))
			tap_fail(__FILE__, __LINE__, "%s: %s", entry->d_name, error.text);
		*(is_good ? &good : &bad) += 1;
	}
	if (dir)
		closedir(dir);
	tap_ok(good >= 6 && bad >= 15);
}

static void every_prefix_of_a_good_file_is_refused(void)
{
	_cleanup_free_ uint8_t *data = NULL;
	struct error error = ERROR_INIT;
	size_t len = 0;

	read_corpus("good-dbx.auth", &data, &len);
	for (size_t n = 0; n < len; n++) {
		uint8_t *copy = malloc(n > 0 ? n : 1);
		memcpy(copy, data, n);
		if (efi_auth_check(copy, n, &error) != -EINVAL)
			tap_fail(__FILE__, __LINE__, "%zu bytes are accepted", n);
		free(copy);
	}
}

static void what_is_wrong_is_said_with_its_offset(void)
{
	static const struct {
		size_t offset;
		uint8_t value;
		const char *text;
	} rows[] = {
		{ 1, 0x00, "impossible date at offset 0" },
		{ 2, 13, "impossible date at offset 0" },
		{ 3, 0, "impossible date at offset 0" },
		{ 3, 32, "impossible date at offset 0" },
		{ 4, 24, "impossible time of day at offset 4" },
		{ 5, 60, "impossible time of day at offset 4" },
		{ 6, 60, "impossible time of day at offset 4" },
		{ 7, 1, "time stamp with more than date and time at offset 7" },
		{ 8, 1, "time stamp with more than date and time at offset 7" },
		{ 13, 1, "time stamp with more than date and time at offset 7" },
		{ 14, 1, "time stamp with more than date and time at offset 7" },
		{ 15, 1, "time stamp with more than date and time at offset 7" },
		{ CERT + 3, 0x80, "certificate length beyond the file at offset 16" },
		{ CERT + 4, 1, "unsupported certificate revision or type at offset 20" },
		{ CERT + 6, 0xf2, "unsupported certificate revision or type at offset 20" },
		{ CERT_GUID, 0, "certificate that is not PKCS #7 at offset 24" },
		{ CERT_GUID + 15, 0, "certificate that is not PKCS #7 at offset 24" },
		{ PKCS7, 0x31, "damaged or truncated PKCS #7 at offset 40" },
		{ PKCS7 + 1, 0x80, "damaged or truncated PKCS #7 at offset 40" },
		{ PKCS7 + 1, 0x84, "damaged or truncated PKCS #7 at offset 40" },
		{ PKCS7 + 3, 0xff, "damaged or truncated PKCS #7 at offset 40" },
	};
	_cleanup_free_ uint8_t *data = NULL;
	size_t len = 0;

	read_corpus("good-dbx.auth", &data, &len);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct error error = ERROR_INIT;
		char want[200];
		uint8_t was = data[rows[i].offset];
		data[rows[i].offset] = rows[i].value;
		snprintf(want, sizeof(want), "not a signed update (.auth): %s", rows[i].text);
		tap_eq_int(efi_auth_check(data, len, &error), -EINVAL);
		tap_eq_text(error.text, want);
		data[rows[i].offset] = was;
	}
}

static void months_of_sbvarsign_are_accepted(void)
{
	_cleanup_free_ uint8_t *data = NULL;
	struct error error = ERROR_INIT;
	size_t len = 0;

	read_corpus("good-dbx.auth", &data, &len);
	data[2] = 0;
	data[3] = 31;
	tap_eq_int(efi_auth_check(data, len, &error), 0);
}

/* The smallest update: a SEQUENCE of @der bytes, one list of one signature. */
static size_t smallest(uint8_t *out, const uint8_t *der, size_t der_len)
{
	static const uint8_t head[] = { 0xe9, 0x07, 1, 30, 13, 49, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0x00, 0x02, 0xf1, 0x0e, 0x9d, 0xd2, 0xaf, 0x4a, 0xdf, 0x68, 0xee, 0x49,
		0x8a, 0xa9, 0x34, 0x7d, 0x37, 0x56, 0x65, 0xa7 };
	static const uint8_t list[28 + 17] = { [16] = 28 + 17, [24] = 17 };

	memcpy(out, head, sizeof(head));
	out[16] = (uint8_t)(24 + der_len);
	memcpy(out + sizeof(head), der, der_len);
	memcpy(out + sizeof(head) + der_len, list, sizeof(list));
	return sizeof(head) + der_len + sizeof(list);
}

static void the_sequence_is_der_to_the_byte(void)
{
	static const struct {
		const char *der;
		size_t len;
		int want;
	} rows[] = {
		{ "\x30\x01x", 3, 0 },
		{ "\x30\x00", 2, -EINVAL },
		{ "\x30\x02x", 3, -EINVAL },
		{ "\x30\x01xy", 4, -EINVAL },
		{ "\x30\x81\x01x", 4, -EINVAL },
		{ "\x30\x82\x00\x01x", 5, -EINVAL },
		{ "\x30\x80x\x00\x00", 5, -EINVAL },
		{ "\x30", 1, -EINVAL },
	};
	struct error error;
	uint8_t data[256];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t len = smallest(data, (const uint8_t *)rows[i].der, rows[i].len);
		tap_eq_int(efi_auth_check(data, len, &error), rows[i].want);
	}
}

static void sizes_of_a_list_do_not_wrap_around(void)
{
	uint8_t data[256];
	struct error error;
	size_t len = smallest(data, (const uint8_t *)"\x30\x01x", 3), list = len - 28 - 17;

	/* Two signatures of 32 bytes less than none, were it not for the header's size. */
	len = list + 28 + 32;
	memset(data + list + 28, 0, 32);
	data[list + 16] = 28 + 32;
	data[list + 24] = 32;
	tap_eq_int(efi_auth_check(data, len, &error), 0);
	data[list + 20] = 96;
	tap_eq_int(efi_auth_check(data, len, &error), -EINVAL);
	tap_ok(strstr(error.text, "signature list whose header is too large"));
	data[list + 20] = 32;
	tap_eq_int(efi_auth_check(data, len, &error), -EINVAL);
}

static void more_than_a_variable_holds_is_refused(void)
{
	uint8_t *data = calloc(1, EFI_DATA_MAX + 1);
	struct error error;
	size_t len = smallest(data, (const uint8_t *)"\x30\x01x", 3), list = len - 28 - 17;
	uint32_t size = (uint32_t)(EFI_DATA_MAX - list), signature = size - 28;

	for (size_t i = 0; i < 4; i++) {
		data[list + 16 + i] = (uint8_t)(size >> (8 * i));
		data[list + 24 + i] = (uint8_t)(signature >> (8 * i));
	}
	tap_eq_int(efi_auth_check(data, EFI_DATA_MAX, &error), 0);
	tap_eq_int(efi_auth_check(data, EFI_DATA_MAX + 1, &error), -EINVAL);
	tap_eq_text(error.text, "not a signed update (.auth): 65537 bytes are more than 65536");
	free(data);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(files_of_real_tools_are_accepted_and_damaged_ones_not),
		TAP_TEST(every_prefix_of_a_good_file_is_refused),
		TAP_TEST(what_is_wrong_is_said_with_its_offset),
		TAP_TEST(months_of_sbvarsign_are_accepted),
		TAP_TEST(the_sequence_is_der_to_the_byte),
		TAP_TEST(sizes_of_a_list_do_not_wrap_around),
		TAP_TEST(more_than_a_variable_holds_is_refused),
		{ 0 },
	};

	if (!getenv("STPROV_SOURCE")) {
		printf("Bail out! STPROV_SOURCE names the source tree\n");
		return 1;
	}
	return tap_run(tests);
}
