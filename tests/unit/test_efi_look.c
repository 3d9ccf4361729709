/* SPDX-License-Identifier: BSD-2-Clause */
/* efi/, reading only: signature lists, flags of Secure Boot, the usage of a directory. */
#include "efi_test.h"

#include "efi/secureboot.h"
#include "efi/siglist.h"
#include "efi/usage.h"

#define OWNER "\xa2\xb6\xf1\xd4\x5e\x6c\x5a\x4f\x9d\x0e\x2f\x4f\x6b\x1f\x2a\x70"
#define SHA256 "\x26\x16\xc4\xc1\x4c\x50\x92\x40\xac\xa9\x41\xf9\x36\x93\x43\x28"
#define X509 "\xa1\x59\xc0\xa5\xe4\x94\xa7\x4a\x87\xb5\xab\x15\x5c\x2b\xf0\x72"
#define HASH "0123456789abcdef0123456789abcdef"

/* A list: type, sizes as little endian of one byte, then what there is. */
#define LIST(type, size, header, each) type size "\0\0\0" header "\0\0\0" each "\0\0\0"

static int read_list(
	const void *data, size_t len, struct efi_siglist *list, struct efi_siglist_fault *fault)
{
	struct bytes_reader r = bytes_reader(data, len);

	*fault = (struct efi_siglist_fault){ .what = "" };
	return efi_siglist_read(&r, list, fault);
}

static void a_guid_is_shown_as_it_is_written(void)
{
	char text[EFI_GUID_TEXT_MAX];

	efi_guid_format((const uint8_t *)OWNER, text);
	tap_eq_text(text, "d4f1b6a2-6c5e-4f5a-9d0e-2f4f6b1f2a70");
}

static void lists_are_taken_one_after_the_other(void)
{
	static const char data[] = LIST(SHA256, "\x7c", "\0", "\x30") OWNER HASH OWNER
		"FEDCBA9876543210FEDCBA9876543210" LIST(X509, "\x2f", "\0", "\x13") OWNER
		"DER" LIST(OWNER, "\x32", "\x02", "\x14") "??" OWNER "none";
	struct bytes_reader r = bytes_reader(data, sizeof(data) - 1);
	struct efi_siglist_fault fault;
	struct efi_siglist list;

	tap_eq_int(efi_siglist_read(&r, &list, &fault), 0);
	tap_eq_int(list.kind, EFI_SIGNATURE_HASH);
	tap_eq_int(list.n, 2);
	struct efi_signature s = efi_siglist_get(&list, 1);
	tap_eq_bytes(s.owner, EFI_GUID_SIZE, OWNER, 16);
	tap_eq_bytes(s.data, s.len, "FEDCBA9876543210FEDCBA9876543210", 32);
	tap_eq_int(efi_siglist_read(&r, &list, &fault), 0);
	tap_eq_int(list.kind, EFI_SIGNATURE_X509);
	tap_eq_int(list.n, 1);
	s = efi_siglist_get(&list, 0);
	tap_eq_bytes(s.data, s.len, "DER", 3);
	tap_eq_int(efi_siglist_read(&r, &list, &fault), 0);
	tap_eq_int(list.kind, EFI_SIGNATURE_OTHER);
	s = efi_siglist_get(&list, 0);
	tap_eq_bytes(s.data, s.len, "none", 4);
	tap_eq_int(efi_siglist_read(&r, &list, &fault), EFI_E_END);
}

static void a_list_without_signatures_is_one(void)
{
	struct efi_siglist list = { .n = 9 };
	struct efi_siglist_fault fault;

	tap_eq_int(read_list(LIST(SHA256, "\x1c", "\0", "\0"), 28, &list, &fault), 0);
	tap_eq_int(list.n, 0);
}

static void what_is_wrong_with_a_list_is_said_with_its_offset(void)
{
	static const struct {
		const char *data;
		size_t len, offset;
		const char *what;
	} rows[] = {
		{ SHA256, 16, 0, "truncated signature list" },
		{ LIST(SHA256, "\x4c", "\0", "\x30") OWNER HASH, 75, 16,
			"signature list larger than the file" },
		{ LIST(SHA256, "\x1b", "\0", "\x30") OWNER HASH, 76, 16,
			"signature list larger than the file" },
		{ LIST(SHA256, "\x4c", "\x31", "\x30") OWNER HASH, 76, 20,
			"signature list whose header is too large" },
		{ LIST(X509, "\x4c", "\0", "\x10") OWNER HASH, 76, 24,
			"signature list with a partial signature" },
		{ LIST(X509, "\x4c", "\0", "\0") OWNER HASH, 76, 24,
			"signature list with a partial signature" },
		{ LIST(X509, "\x4c", "\0", "\x2f") OWNER HASH, 76, 24,
			"signature list with a partial signature" },
		{ LIST(SHA256, "\x4c", "\0", "\x18") OWNER HASH, 76, 24,
			"hashes whose size does not match their type" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct efi_siglist list = { .n = 9 };
		struct efi_siglist_fault fault;
		tap_eq_int(read_list(rows[i].data, rows[i].len, &list, &fault), -EINVAL);
		tap_eq_text(fault.what, rows[i].what);
		tap_eq_int(fault.offset, rows[i].offset);
		tap_eq_int(list.n, 9);
	}
}

/* The lists of PK in a plain directory; the caller frees. */
static uint8_t *pk_lists(const struct play *p, const uint8_t **ret_lists, size_t *ret_len)
{
	struct error error = ERROR_INIT;
	uint8_t *data = NULL;

	tap_eq_int(efi_secureboot_lists(&p->dir, &efi_pk, &data, ret_lists, ret_len, &error), 0);
	return data;
}

static void the_descriptor_of_a_signed_update_is_passed_over_in_a_plain_directory_alone(void)
{
	_cleanup_play_ struct play p;
	_cleanup_free_ uint8_t *auth = NULL, *first = NULL, *second = NULL;
	struct error error = ERROR_INIT;
	char path[512];
	const uint8_t *lists;
	size_t auth_len = 0, len = 0;

	play_init(&p);
	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/auth/good-dbx.auth",
		getenv("STPROV_SOURCE"));
	tap_eq_int(file_read(AT_FDCWD, path, 1 << 20, &auth, &auth_len, &error), 0);
	tap_eq_int(efi_write(&p.dir, &efi_pk, auth, auth_len, &error), 0);
	first = pk_lists(&p, &lists, &len);
	tap_eq_bytes(lists, len, auth + auth_len - 124, 124);
	p.dir.efivarfs = true;
	second = pk_lists(&p, &lists, &len);
	tap_eq_bytes(lists, len, auth, auth_len);
}

static void lists_without_descriptor_are_given_as_they_are(void)
{
	_cleanup_play_ struct play p;
	_cleanup_free_ uint8_t *data = NULL;
	struct error error = ERROR_INIT;
	const uint8_t *lists;
	size_t len = 0;

	play_init(&p);
	tap_eq_int(
		efi_secureboot_lists(&p.dir, &efi_pk, &data, &lists, &len, &error), EFI_E_ABSENT);
	put(&p, GLOBAL("PK"), "\x27\0\0\0anything", 12);
	data = pk_lists(&p, &lists, &len);
	tap_eq_bytes(lists, len, "anything", 8);
}

static void a_flag_is_one_byte_of_0_or_1(void)
{
	_cleanup_play_ struct play p;
	struct error error = ERROR_INIT;
	bool flag = false;

	play_init(&p);
	tap_eq_int(efi_read_flag(&p.dir, &efi_secure_boot_name, &flag, &error), EFI_E_ABSENT);
	put(&p, GLOBAL("SecureBoot"), "\x06\0\0\0\1", 5);
	tap_eq_int(efi_read_flag(&p.dir, &efi_secure_boot_name, &flag, &error), 0);
	tap_ok(flag);
	put(&p, GLOBAL("SecureBoot"), "\x06\0\0\0\7", 5);
	tap_eq_int(efi_read_flag(&p.dir, &efi_secure_boot_name, &flag, &error), -EINVAL);
	tap_eq_text(error.text, "SecureBoot is not one byte of 0 or 1 (1 byte, first 0x07)");
}

static void the_largest_variables_are_named_in_order_and_dumps_counted(void)
{
	_cleanup_play_ struct play p;
	struct error error = ERROR_INIT;
	struct efi_usage usage;
	char name[32];

	play_init(&p);
	for (int i = 1; i <= 9; i++) {
		snprintf(name, sizeof(name), "%s%d", i % 4 ? "var" : "dump-type0-", i);
		put(&p, name, "0123456789", (size_t)i);
	}
	tap_eq_int(mkdirat(p.dir.fd, "directory", 0700), 0);
	tap_eq_int(symlinkat("var9", p.dir.fd, "link"), 0);
	tap_eq_int(efi_usage_read(&p.dir, &usage, &error), 0);
	tap_eq_int(usage.variables, 9);
	tap_eq_int(usage.variables_bytes, 45);
	tap_eq_int(usage.largest_n, EFI_USAGE_LARGEST);
	for (size_t i = 0; i < EFI_USAGE_LARGEST; i++)
		tap_eq_int(usage.largest[i].bytes, 9 - i);
	tap_eq_text(usage.largest[0].name, "var9");
	tap_eq_text(usage.largest[1].name, "dump-type0-8");
	tap_eq_int(usage.dumps, 2);
	tap_eq_int(usage.dumps_bytes, 12);
	put(&p, "dump-type0-empty", "", 0);
	tap_eq_int(efi_usage_read(&p.dir, &usage, &error), 0);
	tap_eq_int(usage.dumps, 3);
	/* In efivarfs that is not a variable. */
	p.dir.efivarfs = true;
	tap_eq_int(efi_usage_read(&p.dir, &usage, &error), 0);
	tap_eq_int(usage.variables, 9);
	tap_eq_int(usage.dumps, 2);
	tap_ok(usage.room_known && usage.free_bytes <= usage.total_bytes && !usage.read_only);
}

static void an_empty_directory_is_filled_by_nothing(void)
{
	_cleanup_play_ struct play p;
	struct error error = ERROR_INIT;
	struct efi_usage usage;

	play_init(&p);
	tap_eq_int(efi_usage_read(&p.dir, &usage, &error), 0);
	tap_eq_int(usage.variables + usage.largest_n + usage.dumps, 0);
	efi_close(&p.dir);
	tap_eq_int(efi_usage_read(&p.dir, &usage, &error), -EBADF);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(a_guid_is_shown_as_it_is_written),
		TAP_TEST(lists_are_taken_one_after_the_other),
		TAP_TEST(a_list_without_signatures_is_one),
		TAP_TEST(what_is_wrong_with_a_list_is_said_with_its_offset),
		TAP_TEST(
			the_descriptor_of_a_signed_update_is_passed_over_in_a_plain_directory_alone),
		TAP_TEST(lists_without_descriptor_are_given_as_they_are),
		TAP_TEST(a_flag_is_one_byte_of_0_or_1),
		TAP_TEST(the_largest_variables_are_named_in_order_and_dumps_counted),
		TAP_TEST(an_empty_directory_is_filled_by_nothing),
		{ 0 },
	};

	if (!getenv("STPROV_SOURCE")) {
		printf("Bail out! STPROV_SOURCE names the source tree\n");
		return 1;
	}
	return tap_run(tests);
}
