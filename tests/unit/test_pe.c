/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pe/pe.h: small programs that are put together here, and each way in which they can be malformed.
 * Real ones, and other implementations: tests/integration/test_pe.py.
 */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "crypto/kdf.h"
#include "pe/pe.h"

/* Where things are in the programs of this file. */
#define PE_AT 0x80
#define COFF_AT (PE_AT + 4)
#define OPTIONAL_AT (COFF_AT + 20)
#define CHECKSUM_AT (OPTIONAL_AT + 64)
#define HEADERS 0x400
#define FILE_MAX 0x2000

static struct error error;

static struct {
	uint8_t bytes[FILE_MAX];
	size_t len;
	bool plus; /* PE32+ */
	size_t directories_at, sections_at;
} program;

static void put16(size_t at, uint16_t value)
{
	program.bytes[at] = (uint8_t)value;
	program.bytes[at + 1] = (uint8_t)(value >> 8);
}

static void put32(size_t at, uint32_t value)
{
	put16(at, (uint16_t)value);
	put16(at + 2, (uint16_t)(value >> 16));
}

static void set_section(size_t i, uint32_t offset, uint32_t size)
{
	put32(program.sections_at + 40 * i + 16, size);
	put32(program.sections_at + 40 * i + 20, offset);
}

static void set_table(uint32_t offset, uint32_t size)
{
	put32(program.directories_at + 4 + 32, offset);
	put32(program.directories_at + 4 + 36, size);
}

/* Three sections, not in the order of the file, one of them empty; data after them; not signed. */
static void make(bool plus)
{
	program.plus = plus;
	program.len = 0x1008;
	/* Bytes that differ everywhere, so that each one that is hashed or left out matters. */
	for (size_t i = 0; i < FILE_MAX; i++)
		program.bytes[i] = (uint8_t)(i * 7 + (i >> 8) * 13 + 1);
	memset(program.bytes + PE_AT, 0, HEADERS - PE_AT);
	memcpy(program.bytes, "MZ", 2);
	put32(0x3c, PE_AT);
	memcpy(program.bytes + PE_AT, "PE\0", 4);
	put16(COFF_AT + 2, 3);
	put16(COFF_AT + 16, plus ? 240 : 224);
	put16(OPTIONAL_AT, plus ? 0x20b : 0x10b);
	put32(OPTIONAL_AT + 60, HEADERS);
	put32(CHECKSUM_AT, 0x12345678);
	program.directories_at = OPTIONAL_AT + (plus ? 108 : 92);
	program.sections_at = OPTIONAL_AT + (plus ? 240 : 224);
	put32(program.directories_at, 16);
	set_section(0, 0x800, 0x800);
	set_section(1, 0, 0);
	set_section(2, HEADERS, 0x400);
}

/* The ranges of the program, as bytes. */
static int collect(uint8_t out[2 * FILE_MAX], size_t *ret_len)
{
	_cleanup_free_ struct pe_range *ranges = NULL;
	/* A copy of exactly its length, so that a sanitizer sees a byte too many. */
	_cleanup_free_ uint8_t *copy = malloc(program.len > 0 ? program.len : 1);
	size_t n = 0, len = 0;

	memcpy(copy, program.bytes, program.len);
	error = ERROR_INIT;
	int r = pe_ranges(copy, program.len, program.len, &ranges, &n, &error);
	for (size_t i = 0; r == 0 && i < n; i++) {
		tap_ok(ranges[i].offset + ranges[i].len <= program.len);
		memcpy(out + len, copy + ranges[i].offset, (size_t)ranges[i].len);
		len += (size_t)ranges[i].len;
	}
	*ret_len = len;
	return r;
}

/* What is hashed is the file up to @end, without the checksum and the entry of the table. */
static void check_hashed(size_t end)
{
	uint8_t got[2 * FILE_MAX], want[FILE_MAX];
	const size_t entry = program.directories_at + 4 + 32;
	struct bytes_writer w = bytes_writer(want, sizeof(want));
	size_t len = 0;

	bytes_write(&w, program.bytes, CHECKSUM_AT);
	bytes_write(&w, program.bytes + CHECKSUM_AT + 4, entry - CHECKSUM_AT - 4);
	bytes_write(&w, program.bytes + entry + 8, end - entry - 8);
	tap_eq_int(collect(got, &len), 0);
	tap_eq_text(error.text, "");
	tap_ok(len == w.len && memcmp(got, want, len) == 0);
}

static void refused(const char *text)
{
	uint8_t got[2 * FILE_MAX];
	size_t len;

	tap_eq_int(collect(got, &len), -EINVAL);
	tap_eq_text(error.text, text);
}

/* -- what is hashed --------------------------------------------------------------------------- */

static void checksum_and_certificates_are_left_out(void)
{
	for (int plus = 0; plus < 2; plus++) {
		make(plus);
		check_hashed(program.len);
		set_table(0xf00, (uint32_t)program.len - 0xf00);
		/* That is in the last section. */
		refused("the program is truncated");
		set_table(0x1000, (uint32_t)program.len - 0x1000);
		check_hashed(0x1000);
	}
}

static void without_an_entry_of_the_table_nothing_else_is_left_out(void)
{
	uint8_t got[2 * FILE_MAX];
	size_t len = 0;

	make(true);
	put32(program.directories_at, 4);
	tap_eq_int(collect(got, &len), 0);
	tap_eq_int(len, program.len - 4);
	tap_ok(memcmp(got, program.bytes, CHECKSUM_AT) == 0);
	tap_ok(memcmp(got + CHECKSUM_AT, program.bytes + CHECKSUM_AT + 4, len - CHECKSUM_AT) == 0);
}

/* As firmware counts: the rest begins after as many bytes as were hashed. */
static void after_a_gap_bytes_are_hashed_again(void)
{
	uint8_t got[2 * FILE_MAX];
	size_t len = 0;

	make(true);
	set_section(0, 0x900, 0x700);
	tap_eq_int(collect(got, &len), 0);
	/* Headers, 0x400 and 0x700 bytes of sections; then from 0xf00 on to the end. */
	const size_t before = HEADERS - 12 + 0x400 + 0x700;
	tap_eq_int(len, before + program.len - 0xf00);
	tap_ok(memcmp(got + before - 0x700, program.bytes + 0x900, 0x700) == 0);
	tap_ok(memcmp(got + before, program.bytes + 0xf00, program.len - 0xf00) == 0);
}

/* -- malformed -------------------------------------------------------------------------------- */

static void other_files_are_refused(void)
{
	make(true);
	program.bytes[0] = 'Z';
	refused("not a PE program");
	make(true);
	program.bytes[PE_AT + 2] = 1;
	refused("not a PE program");
	make(true);
	program.len = 63;
	refused("not a PE program");
	program.len = 0;
	refused("not a PE program");
	make(true);
	put16(OPTIONAL_AT, 0x107);
	refused("not a PE program for a machine with 32 or 64 bits");
}

static void headers_that_do_not_fit_are_refused(void)
{
	make(true);
	put32(0x3c, 0xfffffff0);
	refused("the program is truncated");
	put32(0x3c, (uint32_t)program.len - 10);
	refused("not a PE program");
	make(true);
	put16(COFF_AT + 16, 111);
	refused("the program's header is too short");
	put32(program.directories_at, 0);
	refused("the program's header is too short");
	make(true);
	put16(COFF_AT + 16, 112 + 39);
	refused("the program's header is too short");
	make(true);
	put16(COFF_AT + 16, 0xffff);
	refused("the program is truncated");
	make(true);
	put16(COFF_AT + 2, 0xffff);
	refused("the program is truncated");
	put16(COFF_AT + 2, 17);
	refused("the program's headers are larger than they say");
	make(true);
	put32(OPTIONAL_AT + 60, (uint32_t)program.len + 1);
	refused("the program is truncated");
	put32(OPTIONAL_AT + 60, CHECKSUM_AT);
	refused("the program's headers are larger than they say");
}

static void sections_that_overlap_or_do_not_fit_are_refused(void)
{
	make(true);
	set_section(0, 0x7ff, 0x800);
	refused("the program's sections overlap");
	set_section(0, HEADERS - 1, 1);
	refused("the program's sections overlap");
	set_section(0, 0x800, 0x809);
	refused("the program is truncated");
	set_section(0, 0xffffffff, 0xffffffff);
	refused("the program is truncated");
	set_section(0, 0x800, 0x808);
	check_hashed(program.len);
}

static void a_certificate_table_is_at_the_end(void)
{
	static const char sentence[] =
		"the program's certificate table is not at its end: was it truncated, or was "
		"something appended?";

	make(true);
	set_table(0x1000, 7);
	refused(sentence);
	set_table(0x1000, 9);
	refused(sentence);
	set_table(0, 8);
	refused(sentence);
	set_table(0xffffffff, 8);
	refused(sentence);
	/* Without a size there is none, wherever it would be. */
	set_table(0x1000, 0);
	check_hashed(program.len);
}

static void no_prefix_of_a_program_is_one(void)
{
	uint8_t got[2 * FILE_MAX];
	size_t len;

	make(true);
	set_table(0x1000, 8);
	for (size_t all = program.len; program.len > 0;) {
		program.len--;
		tap_eq_int(collect(got, &len), -EINVAL);
		tap_ok(error.text[0] != '\0' && program.len < all);
	}
}

/* -- files ------------------------------------------------------------------------------------ */

static void write_program(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	tap_ok(fd >= 0 && write(fd, program.bytes, program.len) == (ssize_t)program.len);
	close(fd);
}

static void hash_of_program(uint8_t out[32])
{
	uint8_t got[2 * FILE_MAX];
	size_t len = 0;

	tap_eq_int(collect(got, &len), 0);
	tap_eq_int(crypto_sha256(got, len, out, &error), 0);
}

static void a_file_has_the_digest_of_its_ranges(void)
{
	char path[] = "/tmp/stprov-test-pe.XXXXXX", want[64];
	uint8_t digest[32], now[32];
	int fd = mkstemp(path);

	close(fd);
	make(true);
	write_program(path);
	hash_of_program(now);
	tap_eq_int(pe_digest_file(path, digest, &error), 0);
	tap_eq_bytes(digest, 32, now, 32);
	tap_eq_int(pe_digest_file_when_signed(path, digest, &error), 0);
	tap_eq_bytes(digest, 32, now, 32);
	/* Two zero bytes are appended when it is signed. */
	program.len = 0x1006;
	write_program(path);
	hash_of_program(now);
	tap_eq_int(pe_digest_file(path, digest, &error), 0);
	tap_eq_bytes(digest, 32, now, 32);
	program.len = 0x1008;
	memset(program.bytes + 0x1006, 0, 2);
	hash_of_program(now);
	tap_eq_int(pe_digest_file_when_signed(path, digest, &error), 0);
	tap_eq_bytes(digest, 32, now, 32);
	/* It is signed, by a table of an odd length: nothing is appended. */
	program.len = 0x100d;
	set_table(0x1008, 5);
	write_program(path);
	tap_eq_int(pe_digest_file_when_signed(path, digest, &error), 0);
	tap_eq_bytes(digest, 32, now, 32);

	program.len = 0x1000;
	write_program(path);
	tap_eq_int(pe_digest_file(path, digest, &error), -EINVAL);
	snprintf(want, sizeof(want), "%s: the program", path);
	tap_ok(strncmp(error.text, want, strlen(want)) == 0);
	unlink(path);
}

static void what_is_not_a_program_s_file_is_refused(void)
{
	char path[] = "/tmp/stprov-test-pe.XXXXXX", want[64];
	uint8_t digest[32];
	int fd = mkstemp(path);

	tap_eq_int(ftruncate(fd, (off_t)PE_MAX + 1), 0);
	close(fd);
	tap_eq_int(pe_digest_file(path, digest, &error), -EFBIG);
	snprintf(want, sizeof(want), "%s: larger than 1 GiB", path);
	tap_eq_text(error.text, want);
	unlink(path);
	tap_eq_int(pe_digest_file(path, digest, &error), -ENOENT);
	/* It has no writer, and none is waited for. */
	tap_eq_int(mkfifo(path, 0600), 0);
	tap_eq_int(pe_digest_file(path, digest, &error), -EINVAL);
	snprintf(want, sizeof(want), "%s: not a regular file", path);
	tap_eq_text(error.text, want);
	unlink(path);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(checksum_and_certificates_are_left_out),
		TAP_TEST(without_an_entry_of_the_table_nothing_else_is_left_out),
		TAP_TEST(after_a_gap_bytes_are_hashed_again),
		TAP_TEST(other_files_are_refused),
		TAP_TEST(headers_that_do_not_fit_are_refused),
		TAP_TEST(sections_that_overlap_or_do_not_fit_are_refused),
		TAP_TEST(a_certificate_table_is_at_the_end),
		TAP_TEST(no_prefix_of_a_program_is_one),
		TAP_TEST(a_file_has_the_digest_of_its_ranges),
		TAP_TEST(what_is_not_a_program_s_file_is_refused),
		{ NULL, NULL },
	};

	return tap_run(tests);
}
