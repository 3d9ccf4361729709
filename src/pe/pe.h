/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs in PE form (Microsoft's PE and COFF specification), as EFI programs are: their
 * Authenticode SHA-256, by which firmware's boot log names what it started.
 *
 * It is computed as firmware does it ("Windows Authenticode Portable Executable Signature Format",
 * section "Calculating the PE Image Hash"; UEFI 2.10 section 32.2.4): without the checksum, the
 * entry of the certificate table and that table itself. So it is the same before and after
 * signing, except that sbsign and others first append zero bytes up to a multiple of 8. Nothing is
 * executed or loaded, and no signature is verified.
 */
#pragma once

#include <stdint.h>

#include "base/error.h"

#define PE_DIGEST_SIZE 32

/* The largest program, in bytes. */
#define PE_MAX (1024ul * 1024 * 1024)
/* Its headers end within so many bytes. */
#define PE_HEADERS_MAX (1024ul * 1024)

/* Bytes of a file, from @offset on. */
struct pe_range {
	uint64_t offset, len;
};

/*
 * Which bytes of a program are hashed, in this order. @headers: the beginning of the file,
 * @headers_len bytes: all of it or at least PE_HEADERS_MAX; @size: of the file, in bytes.
 * @ret_ranges: the caller frees it; each range lies within the file.
 * -EINVAL with a text: `not a PE program`, `truncated`, sections that overlap, a certificate table
 * that is not at the end, ...; -ENOMEM.
 */
int pe_ranges(const void *headers, size_t headers_len, uint64_t size, struct pe_range **ret_ranges,
	size_t *ret_n, struct error *error) MUST_CHECK;

/*
 * The Authenticode SHA-256 of a file, which is read in pieces. A negative errno with a text that
 * begins with @path; -EINVAL as above, -EFBIG beyond PE_MAX.
 */
int pe_digest_file(const char *path, uint8_t ret[PE_DIGEST_SIZE], struct error *error) MUST_CHECK;

/*
 * The one that the same file has once it is signed: another one if it is not signed and its length
 * is not a multiple of 8.
 */
int pe_digest_file_when_signed(
	const char *path, uint8_t ret[PE_DIGEST_SIZE], struct error *error) MUST_CHECK;
