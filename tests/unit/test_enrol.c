/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * enrol/enrol.h: right chains, and each way in which one is wrong. tests/data/enrol was made by
 * tests/data/make-auth.sh with efitools.
 */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/file.h"
#include "efi/auth.h"
#include "efi/siglist.h"
#include "enrol/enrol.h"

/* Files of a set, in the variables' order; NULL: not given. */
struct set {
	const char *files[EFI_SB_N];
	const char *want; /* NULL: they can be enrolled; else the sentence */
	enum efi_sb which;
	bool append[EFI_SB_N];
};

static void read_file(const char *name, uint8_t **ret_data, size_t *ret_len)
{
	char path[512];
	struct error error = ERROR_INIT;

	snprintf(path, sizeof(path), "%s/tests/data/enrol/%s.auth", getenv("STPROV_SOURCE"), name);
	if (file_read(AT_FDCWD, path, 1 << 20, ret_data, ret_len, &error) < 0)
		tap_fail(__FILE__, __LINE__, "%s", error.text);
}

static void check(const struct set *set)
{
	struct efi_secureboot_keys keys = { 0 };
	uint8_t *data[EFI_SB_N] = { NULL };
	enum efi_sb which = EFI_SB_N;
	struct error error = ERROR_INIT;

	for (int i = 0; i < EFI_SB_N; i++) {
		size_t len = 0;
		if (!set->files[i])
			continue;
		read_file(set->files[i], &data[i], &len);
		keys.blobs[i] = (struct efi_blob){ data[i], len };
	}
	int r = enrol_check(&keys, &which, &error);
	if (!set->want) {
		tap_eq_int(r, 0);
		if (r == 0)
			tap_ok(memcmp(keys.append, set->append, sizeof(keys.append)) == 0);
	} else {
		tap_eq_int(r, -EINVAL);
		tap_eq_int(which, set->which);
		tap_eq_text(error.text, set->want);
	}
	for (int i = 0; i < EFI_SB_N; i++)
		free(data[i]);
}

static void a_right_chain_can_be_enrolled(void)
{
	check(&(struct set){ { "PK", "KEK", "db", "dbx" } });
	check(&(struct set){ { "PK", "KEK", "db", NULL } });
	check(&(struct set){ { "PK", "KEK", "db-issued", "dbx" } });
}

static void what_is_signed_for_appending_is_found_out(void)
{
	check(&(struct set){
		.files = { "PK", "KEK", "db", "dbx-append" }, .append = { [EFI_SB_DBX] = true } });
	check(&(struct set){
		.files = { "PK", "KEK-append", "db", NULL }, .append = { [EFI_SB_KEK] = true } });
	check(&(struct set){ { "PK-append", "KEK", "db", NULL },
		"PK: it is signed for appending, and PK cannot be appended to", EFI_SB_PK });
}

static void a_stranger_as_signer_is_named(void)
{
	check(&(struct set){ { "PK", "KEK-wrong", "db", "dbx" },
		"KEK: it is signed by CN=stprov test stranger, not by a key in PK", EFI_SB_KEK });
	check(&(struct set){ { "PK", "KEK", "db", "dbx-wrong" },
		"dbx: it is signed by CN=stprov test stranger, not by a key in KEK", EFI_SB_DBX });
	/* Firmware demands a key of KEK for db, once PK is set. */
	check(&(struct set){ { "PK", "KEK", "db-by-PK", NULL },
		"db: it is signed by CN=stprov test PK, not by a key in KEK", EFI_SB_DB });
}

static void an_update_of_another_variable_is_named(void)
{
	check(&(struct set){
		{ "PK", "db", "KEK", NULL }, "KEK: it is an update of db", EFI_SB_KEK });
	check(&(struct set){
		{ "KEK", "PK", "db", NULL }, "PK: it is an update of KEK", EFI_SB_PK });
	check(&(struct set){
		{ "PK", "KEK", "dbx-append", NULL }, "db: it is an update of dbx", EFI_SB_DB });
}

static void a_platform_key_is_one_certificate(void)
{
	check(&(struct set){ { "PK-two", "KEK", "db", NULL },
		"PK: it must hold exactly one certificate, not 2", EFI_SB_PK });
}

static void keys_that_cannot_check_anything_are_no_keys(void)
{
	/* dbx holds hashes: in the place of KEK there is no key to check db with. Of PK's own
	 * checks the number comes first. */
	check(&(struct set){ { "dbx", "KEK", "db", NULL },
		"PK: it must hold exactly one certificate, not 0 and other signatures",
		EFI_SB_PK });
}

static void a_missing_or_damaged_file_is_named(void)
{
	check(&(struct set){ { "PK", NULL, "db", NULL },
		"KEK: not a signed update (.auth): too short for a time stamp at offset 0",
		EFI_SB_KEK });
}

/* What a signature covers: one bit of the time or the lists, or of the signature itself. */
static void each_byte_that_is_signed_counts(void)
{
	uint8_t *data[EFI_SB_N] = { NULL };
	static const char *const files[] = { "PK", "KEK", "db", "dbx" };
	struct efi_secureboot_keys keys = { 0 };
	enum efi_sb which;
	struct error error;
	struct efi_auth auth;

	for (int i = 0; i < EFI_SB_N; i++) {
		size_t len = 0;
		read_file(files[i], &data[i], &len);
		keys.blobs[i] = (struct efi_blob){ data[i], len };
	}
	const struct efi_blob *dbx = &keys.blobs[EFI_SB_DBX];
	tap_eq_int(efi_auth_parse(dbx->data, dbx->len, &auth, &error), 0);
	size_t lists = (size_t)(auth.lists - dbx->data), n = 0;
	for (size_t at = 0; at < dbx->len; at++) {
		/* The time's second, the hashes, and the end of the signature: its number. */
		bool is_time = at == 6, is_hash = at >= lists + 28;
		bool is_signature = at >= lists - 200 && at < lists;
		if (!is_time && !is_hash && !is_signature)
			continue;
		data[EFI_SB_DBX][at] ^= 1;
		tap_eq_int(enrol_check(&keys, &which, &error), -EINVAL);
		data[EFI_SB_DBX][at] ^= 1;
		n++;
	}
	tap_ok(n > 290);
	tap_eq_int(enrol_check(&keys, &which, &error), 0);
	for (int i = 0; i < EFI_SB_N; i++)
		free(data[i]);
}

/* An update whose signature does not matter: its lists, of one hash or one certificate. */
static struct efi_blob unsigned_update(
	uint8_t *out, const uint8_t *type, const uint8_t *data, size_t len)
{
	/* 16 bytes of time, a certificate of 27 bytes, and a list of one signature. */
	static const uint8_t head[] = { 0xe9, 7, 1, 30, 13, 49, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 27, 0,
		0, 0, 0, 2, 0xf1, 0x0e, 0x9d, 0xd2, 0xaf, 0x4a, 0xdf, 0x68, 0xee, 0x49, 0x8a, 0xa9,
		0x34, 0x7d, 0x37, 0x56, 0x65, 0xa7, 0x30, 1, 'x' };
	uint8_t *p = out;

	memcpy(p, head, sizeof(head));
	p += sizeof(head);
	memcpy(p, type, EFI_GUID_SIZE);
	memset(p + EFI_GUID_SIZE, 0, 12 + EFI_GUID_SIZE);
	p[16] = (uint8_t)(28 + EFI_GUID_SIZE + len);
	p[24] = (uint8_t)(EFI_GUID_SIZE + len);
	memcpy(p + 28 + EFI_GUID_SIZE, data, len);
	return (struct efi_blob){ out, (size_t)(p - out) + 28 + EFI_GUID_SIZE + len };
}

static void what_starts_with_secure_boot_on_is_told_from_the_hashes(void)
{
	static const uint8_t sha256[EFI_GUID_SIZE] = { 0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92,
		0x40, 0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43, 0x28 };
	static const uint8_t x509[EFI_GUID_SIZE] = { 0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a,
		0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72 };
	static const uint8_t digests[2][ENROL_DIGEST_SIZE] = { { 1 }, { 2 } };
	static const uint8_t other[ENROL_DIGEST_SIZE] = { 3 };
	uint8_t db[256], dbx[256];
	struct efi_secureboot_keys keys = { 0 };

	keys.blobs[EFI_SB_DB] = unsigned_update(db, sha256, digests[1], ENROL_DIGEST_SIZE);
	tap_eq_int(enrol_would_boot(&keys, digests, 2), ENROL_BOOT_YES);
	tap_eq_int(enrol_would_boot(&keys, digests, 1), ENROL_BOOT_NO);
	tap_eq_int(enrol_would_boot(&keys, digests, 0), ENROL_BOOT_UNKNOWN);
	keys.blobs[EFI_SB_DBX] = unsigned_update(dbx, sha256, digests[0], ENROL_DIGEST_SIZE);
	tap_eq_int(enrol_would_boot(&keys, digests, 2), ENROL_BOOT_NO);
	keys.blobs[EFI_SB_DBX] = unsigned_update(dbx, sha256, other, ENROL_DIGEST_SIZE);
	tap_eq_int(enrol_would_boot(&keys, digests, 2), ENROL_BOOT_YES);
	keys.blobs[EFI_SB_DB] = unsigned_update(db, x509, digests[0], ENROL_DIGEST_SIZE);
	tap_eq_int(enrol_would_boot(&keys, digests, 2), ENROL_BOOT_UNKNOWN);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(a_right_chain_can_be_enrolled),
		TAP_TEST(what_is_signed_for_appending_is_found_out),
		TAP_TEST(a_stranger_as_signer_is_named),
		TAP_TEST(an_update_of_another_variable_is_named),
		TAP_TEST(a_platform_key_is_one_certificate),
		TAP_TEST(keys_that_cannot_check_anything_are_no_keys),
		TAP_TEST(a_missing_or_damaged_file_is_named),
		TAP_TEST(each_byte_that_is_signed_counts),
		TAP_TEST(what_starts_with_secure_boot_on_is_told_from_the_hashes),
		{ 0 },
	};
	return tap_run(tests);
}
