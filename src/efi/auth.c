/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The form of a signed variable update: see auth.h. The parts in their order:
 *
 *	EFI_TIME                   16  year16 month day hour minute second pad nanosecond32
 *	                               timezone16 daylight pad
 *	WIN_CERTIFICATE_UEFI_GUID  24  length32 revision16 type16 GUID, then PKCS #7 SignedData
 *	EFI_SIGNATURE_LIST, some       siglist.h
 *
 * UEFI 2.10 sections 8.2.2, 8.3 (EFI_TIME), 32.2 (WIN_CERTIFICATE) and 32.4.1; numbers are little
 * endian. Files of sign-efi-sig-list (efitools) and sbvarsign (sbsigntool) contain exactly this.
 */
#include "efi/auth.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "efi/efi.h"
#include "efi/siglist.h"

/* EFI_TIME's years (UEFI 2.10 section 8.3). */
#define YEAR_MIN 1900
#define YEAR_MAX 9999

#define WIN_CERT_HEADER_SIZE 24
#define WIN_CERT_REVISION 0x0200
#define WIN_CERT_TYPE_EFI_GUID 0x0ef1

/* DER (X.690 section 8.1): SEQUENCE, and the maximum of length bytes for a 64 KiB file. */
#define DER_SEQUENCE 0x30
#define DER_LONG_FORM 0x80U
#define DER_LENGTH_BYTES_MAX 3

static const uint8_t guid_pkcs7[EFI_GUID_SIZE] = { 0x9d, 0xd2, 0xaf, 0x4a, 0xdf, 0x68, 0xee, 0x49,
	0x8a, 0xa9, 0x34, 0x7d, 0x37, 0x56, 0x65, 0xa7 };

static int bad(struct error *error, size_t offset, const char *what)
{
	return error_set(
		error, -EINVAL, "not a signed update (.auth): %s at offset %zu", what, offset);
}

/*
 * In a signed update the other fields must be zero (section 8.2.2). sbvarsign counts months from 0,
 * so it writes January as month 0 and 30 March as 30 February. Firmware compares time stamps and
 * does not check the calendar, and neither do we.
 */
static int check_time(struct bytes_reader *r, struct error *error)
{
	unsigned year = bytes_read_le16(r), month = bytes_read_u8(r);
	unsigned day = bytes_read_u8(r), hour = bytes_read_u8(r);
	unsigned minute = bytes_read_u8(r), second = bytes_read_u8(r);
	unsigned zero = bytes_read_u8(r);

	zero |= bytes_read_le32(r);
	zero |= bytes_read_le32(r);
	if (!bytes_reader_ok(r))
		return bad(error, 0, "too short for a time stamp");
	if (year < YEAR_MIN || year > YEAR_MAX || month > 12 || day < 1 || day > 31)
		return bad(error, 0, "impossible date");
	if (hour > 23 || minute > 59 || second > 59)
		return bad(error, 4, "impossible time of day");
	if (zero)
		return bad(error, 7, "time stamp with more than date and time");
	return 0;
}

/* One DER SEQUENCE that ends where the certificate's @len bytes end. */
static bool is_one_sequence(struct bytes_reader r, size_t len)
{
	const size_t start = bytes_position(&r);
	uint8_t tag = bytes_read_u8(&r), first = bytes_read_u8(&r);
	size_t size = first, n = first & ~DER_LONG_FORM;

	if (first & DER_LONG_FORM) {
		if (n < 1 || n > DER_LENGTH_BYTES_MAX)
			return false;
		size = 0;
		for (size_t i = 0; i < n; i++)
			size = size << 8 | bytes_read_u8(&r);
		/* DER requires the shortest form. */
		if (size < DER_LONG_FORM || size >> (8 * (n - 1)) == 0)
			return false;
	}
	return bytes_reader_ok(&r) && tag == DER_SEQUENCE && size > 0 &&
	       bytes_position(&r) - start + size == len;
}

static int check_certificate(struct bytes_reader *r, struct efi_auth *auth, struct error *error)
{
	size_t start = bytes_position(r);
	uint32_t length = bytes_read_le32(r);
	uint16_t revision = bytes_read_le16(r), type = bytes_read_le16(r);
	const uint8_t *guid = bytes_view(r, EFI_GUID_SIZE);

	if (!guid)
		return bad(error, start, "too short for a certificate");
	if (revision != WIN_CERT_REVISION || type != WIN_CERT_TYPE_EFI_GUID)
		return bad(error, start + 4, "unsupported certificate revision or type");
	if (memcmp(guid, guid_pkcs7, EFI_GUID_SIZE) != 0)
		return bad(error, start + 8, "certificate that is not PKCS #7");
	if (length <= WIN_CERT_HEADER_SIZE || length - WIN_CERT_HEADER_SIZE > bytes_left(r))
		return bad(error, start, "certificate length beyond the file");
	auth->signature_len = length - WIN_CERT_HEADER_SIZE;
	bool is_whole = is_one_sequence(*r, auth->signature_len);
	auth->signature = bytes_view(r, auth->signature_len);
	if (!auth->signature || !is_whole)
		return bad(error, start + WIN_CERT_HEADER_SIZE, "damaged or truncated PKCS #7");
	return 0;
}

static int check_list(struct bytes_reader *r, struct error *error)
{
	size_t start = bytes_position(r);
	struct efi_siglist_fault fault = { .what = "" };
	struct efi_siglist list = { .n = 0 };

	if (efi_siglist_read(r, &list, &fault) < 0)
		return bad(error, start + fault.offset, fault.what);
	if (list.n == 0)
		return bad(error, start + 24, "signature list with a partial signature");
	return 0;
}

int efi_auth_parse(const void *data, size_t len, struct efi_auth *ret, struct error *error)
{
	struct bytes_reader reader = bytes_reader(data, len);
	struct efi_auth auth = { .time = data };
	int r;

	if (len > EFI_DATA_MAX)
		return error_set(error, -EINVAL,
			"not a signed update (.auth): %zu bytes are more than %d", len,
			EFI_DATA_MAX);
	r = check_time(&reader, error);
	if (r < 0)
		return r;
	r = check_certificate(&reader, &auth, error);
	if (r < 0)
		return r;
	if (bytes_left(&reader) == 0)
		return bad(error, len, "no signature list");
	auth.lists = bytes_next(&reader);
	auth.lists_len = bytes_left(&reader);
	while (r == 0 && bytes_left(&reader) > 0)
		r = check_list(&reader, error);
	if (r == 0)
		*ret = auth;
	return r;
}

int efi_auth_check(const void *data, size_t len, struct error *error)
{
	struct efi_auth unused;

	return efi_auth_parse(data, len, &unused, error);
}
