/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Authenticode SHA-256 of a PE program: see pe.h. What is read of it, numbers in little endian:
 *
 *	0    DOS header: `MZ`, and at 0x3c the offset of what follows
 *	     `PE` 0 0, then the COFF header, 20 bytes: sections16 at 2, size of the optional
 *	     header16 at 16
 *	     optional header: magic16 (0x10b PE32, 0x20b PE32+), at 60 size of headers32, at 64
 *	     checksum32, then at 92 or 108 number of directories32 and these, of 8 bytes each:
 *	     the fifth is the certificate table (file offset32, size32)
 *	     sections, 40 bytes each: at 16 size in the file32, at 20 offset in the file32
 */
#include "pe/pe.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "crypto/sha256.h"

#define DOS_HEADER_SIZE 64
#define DOS_PE_OFFSET 0x3c
#define PE_SIGNATURE_SIZE 4
#define COFF_HEADER_SIZE 20
#define MAGIC_PE32 0x10b
#define MAGIC_PE32_PLUS 0x20b
#define SIZE_OF_HEADERS_AT 60
#define CHECKSUM_AT 64
#define CHECKSUM_SIZE 4
#define DIRECTORIES_AT_PE32 92
#define DIRECTORIES_AT_PE32_PLUS 108
#define DIRECTORY_SIZE 8
#define DIRECTORY_CERTIFICATES 4
#define SECTION_SIZE 40
#define SECTION_FILE_SIZE_AT 16

/* Of a certificate table that sbsign and others append. */
#define ALIGNMENT 8

/* Read at once from a file. */
#define PIECE (256ul * 1024)

/* Ranges besides those of sections: three of the headers, and what follows the sections. */
#define OTHER_RANGES 4

/* What the headers say. Offsets from the beginning of the file. */
struct pe_headers {
	uint64_t headers_size;
	uint64_t checksum_at;
	uint64_t directory_at; /* the entry of the certificate table; 0 if there is none */
	uint64_t certificates_at, certificates_size;
	uint64_t sections_at;
	uint16_t sections;
};

static int malformed(struct error *error, const char *what)
{
	return error_set(error, -EINVAL, "%s", what);
}

static int truncated(struct error *error)
{
	return malformed(error, "the program is truncated");
}

/* A reader of @len bytes at @offset; a failed one if they are not there. */
static struct bytes_reader at(const uint8_t *data, size_t data_len, uint64_t offset, size_t len)
{
	if (offset > data_len || len > data_len - offset)
		return (struct bytes_reader){ .failed = true };
	return bytes_reader(data + offset, len);
}

static uint32_t le32_at(const uint8_t *data, size_t len, uint64_t offset)
{
	struct bytes_reader r = at(data, len, offset, sizeof(uint32_t));

	return bytes_read_le32(&r);
}

/* The optional header, @size bytes at @offset. */
static int read_optional(const uint8_t *data, size_t len, uint64_t offset, uint16_t size,
	struct pe_headers *ret, struct error *error)
{
	struct bytes_reader r = at(data, len, offset, size);
	uint16_t magic = bytes_read_le16(&r);
	const uint64_t directories =
		magic == MAGIC_PE32 ? DIRECTORIES_AT_PE32 : DIRECTORIES_AT_PE32_PLUS;

	if (!bytes_reader_ok(&r))
		return truncated(error);
	if (magic != MAGIC_PE32 && magic != MAGIC_PE32_PLUS)
		return malformed(error, "not a PE program for a machine with 32 or 64 bits");
	if (size < directories + sizeof(uint32_t))
		return malformed(error, "the program's header is too short");
	ret->headers_size = le32_at(data, len, offset + SIZE_OF_HEADERS_AT);
	ret->checksum_at = offset + CHECKSUM_AT;
	uint32_t n = le32_at(data, len, offset + directories);
	if (n > DIRECTORY_CERTIFICATES) {
		uint64_t entry =
			directories + sizeof(uint32_t) + DIRECTORY_CERTIFICATES * DIRECTORY_SIZE;
		if (entry + DIRECTORY_SIZE > size)
			return malformed(error, "the program's header is too short");
		ret->directory_at = offset + entry;
		ret->certificates_at = le32_at(data, len, offset + entry);
		ret->certificates_size = le32_at(data, len, offset + entry + sizeof(uint32_t));
	}
	return 0;
}

/* The headers must end where they say, after all that was read of them. */
static int check_headers(const struct pe_headers *h, size_t len, uint64_t size, struct error *error)
{
	const uint64_t end = h->sections_at + (uint64_t)h->sections * SECTION_SIZE;

	if (h->headers_size > size || end > size)
		return truncated(error);
	if (end > len)
		return malformed(error, "the program's headers are too large");
	if (h->headers_size < end)
		return malformed(error, "the program's headers are larger than they say");
	if (h->certificates_size == 0)
		return 0;
	if (h->certificates_at < h->headers_size ||
		h->certificates_at + h->certificates_size != size)
		return malformed(error,
			"the program's certificate table is not at its end: was it truncated, or "
			"was something appended?");
	return 0;
}

static int read_headers(
	const uint8_t *data, size_t len, uint64_t size, struct pe_headers *ret, struct error *error)
{
	struct pe_headers h = { .headers_size = 0 };

	if (len < DOS_HEADER_SIZE || memcmp(data, "MZ", 2) != 0)
		return malformed(error, "not a PE program");
	const uint64_t pe = le32_at(data, len, DOS_PE_OFFSET);
	struct bytes_reader r = at(data, len, pe, PE_SIGNATURE_SIZE + COFF_HEADER_SIZE);
	const uint8_t *signature = bytes_view(&r, PE_SIGNATURE_SIZE);
	if (!signature)
		return pe < size ? malformed(error, "not a PE program") : truncated(error);
	if (memcmp(signature, "PE\0", PE_SIGNATURE_SIZE) != 0)
		return malformed(error, "not a PE program");
	bytes_read_le16(&r); /* the machine */
	h.sections = bytes_read_le16(&r);
	bytes_view(&r, 12); /* time, symbols */
	uint16_t optional_size = bytes_read_le16(&r);
	const uint64_t optional = pe + PE_SIGNATURE_SIZE + COFF_HEADER_SIZE;
	h.sections_at = optional + optional_size;
	int result = read_optional(data, len, optional, optional_size, &h, error);
	if (result == 0)
		result = check_headers(&h, len, size, error);
	if (result == 0)
		*ret = h;
	return result;
}

static int compare_offsets(const void *a, const void *b)
{
	const struct pe_range *x = a, *y = b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

/* The sections that have bytes in the file, in the order of these; *ret_sum: of their sizes. */
static int read_sections(const uint8_t *data, size_t len, const struct pe_headers *h, uint64_t end,
	struct pe_range *out, size_t *ret_n, uint64_t *ret_sum, struct error *error)
{
	uint64_t before = h->headers_size;
	size_t n = 0;

	for (uint16_t i = 0; i < h->sections; i++) {
		uint64_t entry = h->sections_at + (uint64_t)i * SECTION_SIZE + SECTION_FILE_SIZE_AT;
		uint64_t size = le32_at(data, len, entry);
		if (size > 0)
			out[n++] = (struct pe_range){ le32_at(data, len, entry + sizeof(uint32_t)),
				size };
	}
	qsort(out, n, sizeof(*out), compare_offsets);
	*ret_sum = 0;
	for (size_t i = 0; i < n; i++) {
		if (out[i].offset < before)
			return malformed(error, "the program's sections overlap");
		if (out[i].offset > end || out[i].len > end - out[i].offset)
			return truncated(error);
		before = out[i].offset + out[i].len;
		*ret_sum += out[i].len;
	}
	*ret_n = n;
	return 0;
}

int pe_ranges(const void *headers, size_t headers_len, uint64_t size, struct pe_range **ret_ranges,
	size_t *ret_n, struct error *error)
{
	_cleanup_free_ struct pe_range *ranges = NULL;
	struct pe_headers h = { .sections = 0 };
	uint64_t sum = 0, end, pos;
	size_t n = 0, sections = 0;

	assert(headers_len <= size && headers_len >= MIN(size, PE_HEADERS_MAX));
	int r = read_headers(headers, headers_len, size, &h, error);
	if (r < 0)
		return r;
	ranges = calloc(OTHER_RANGES + (size_t)h.sections, sizeof(*ranges));
	if (!ranges)
		return error_set(error, -ENOMEM, "out of memory");
	ranges[n++] = (struct pe_range){ 0, h.checksum_at };
	pos = h.checksum_at + CHECKSUM_SIZE;
	if (h.directory_at > 0) {
		ranges[n++] = (struct pe_range){ pos, h.directory_at - pos };
		pos = h.directory_at + DIRECTORY_SIZE;
	}
	ranges[n++] = (struct pe_range){ pos, h.headers_size - pos };
	end = size - h.certificates_size;
	r = read_sections(headers, headers_len, &h, end, ranges + n, &sections, &sum, error);
	if (r < 0)
		return r;
	n += sections;
	/*
	 * Firmware counts what it hashed, and takes the rest of the file from there. If there are
	 * gaps between sections that is before the end of the last one, and is hashed twice.
	 */
	pos = h.headers_size + sum;
	if (pos < end)
		ranges[n++] = (struct pe_range){ pos, end - pos };
	*ret_ranges = TAKE_PTR(ranges);
	*ret_n = n;
	return 0;
}

/* -- files ------------------------------------------------------------------------------------ */

/* All @len bytes at @offset. -EINVAL if the file ends before. */
static int read_at(int fd, void *out, size_t len, uint64_t offset, struct error *error)
{
	for (size_t n = 0; n < len;) {
		ssize_t r = pread(fd, (uint8_t *)out + n, len - n, (off_t)(offset + n));
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return error_set_errno(error, -errno, "cannot read it");
		if (r == 0)
			return malformed(error, "it became shorter while it was read");
		n += (size_t)r;
	}
	return 0;
}

static int hash_range(int fd, struct pe_range range, uint8_t *piece, struct crypto_sha256 *hash,
	struct error *error)
{
	int r = 0;

	while (r == 0 && range.len > 0) {
		size_t len = (size_t)MIN(range.len, PIECE);
		r = read_at(fd, piece, len, range.offset, error);
		if (r == 0)
			r = crypto_sha256_add(hash, piece, len, error);
		range.offset += len;
		range.len -= len;
	}
	return r;
}

/* @padded: as if zero bytes followed a program that is not signed, up to ALIGNMENT. */
static int digest_fd(
	int fd, uint64_t size, bool padded, uint8_t ret[PE_DIGEST_SIZE], struct error *error)
{
	static const uint8_t padding[ALIGNMENT];
	_cleanup_(crypto_sha256_free) struct crypto_sha256 *hash = NULL;
	_cleanup_free_ struct pe_range *ranges = NULL;
	const size_t headers_len = (size_t)MIN(size, PE_HEADERS_MAX);
	_cleanup_free_ uint8_t *piece = malloc(MAX(headers_len, PIECE));
	size_t n;

	if (!piece)
		return error_set(error, -ENOMEM, "out of memory");
	int r = read_at(fd, piece, headers_len, 0, error);
	if (r == 0)
		r = pe_ranges(piece, headers_len, size, &ranges, &n, error);
	if (r == 0)
		r = crypto_sha256_new(&hash, error);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = hash_range(fd, ranges[i], piece, hash, error);
	/* A program that is signed already keeps its digest: its table is not hashed. */
	if (r == 0 && padded && size % ALIGNMENT != 0 &&
		ranges[n - 1].offset + ranges[n - 1].len == size)
		r = crypto_sha256_add(hash, padding, ALIGNMENT - size % ALIGNMENT, error);
	return r < 0 ? r : crypto_sha256_end(hash, ret, error);
}

static int digest_file(
	const char *path, bool padded, uint8_t ret[PE_DIGEST_SIZE], struct error *error)
{
	/* Opening a pipe that has no writer would wait. */
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set_errno(error, -errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return error_set(error, -EINVAL, "%s: not a regular file", path);
	if ((uint64_t)st.st_size > PE_MAX)
		return error_set(error, -EFBIG, "%s: larger than 1 GiB", path);
	int r = digest_fd(fd, (uint64_t)st.st_size, padded, ret, error);
	return r < 0 ? error_prefix(error, r, "%s", path) : 0;
}

int pe_digest_file(const char *path, uint8_t ret[PE_DIGEST_SIZE], struct error *error)
{
	return digest_file(path, false, ret, error);
}

int pe_digest_file_when_signed(const char *path, uint8_t ret[PE_DIGEST_SIZE], struct error *error)
{
	return digest_file(path, true, ret, error);
}
