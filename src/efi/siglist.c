/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signature lists: see siglist.h. The parts in their order, numbers in little endian:
 *
 *	EFI_SIGNATURE_LIST   28  GUID of the type, size32 header32 signature32; then the header of
 *	                         the type, and signatures of one size
 *	EFI_SIGNATURE_DATA       GUID of the owner, and the certificate or hash
 */
#include "efi/siglist.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIST_HEADER_SIZE 28

/* Lists of hashes have signatures of one size: the owner's GUID and the hash (section 32.4.1). */
static const struct {
	uint8_t guid[EFI_GUID_SIZE];
	enum efi_signature_kind kind;
	uint32_t size; /* 0: each list has its own */
} types[] = {
	/* EFI_CERT_X509_GUID */
	{ { 0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a, 0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b,
		  0xf0, 0x72 },
		EFI_SIGNATURE_X509, 0 },
	/* EFI_CERT_SHA256_GUID, EFI_CERT_SHA384_GUID, EFI_CERT_SHA512_GUID */
	{ { 0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40, 0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93,
		  0x43, 0x28 },
		EFI_SIGNATURE_HASH, EFI_GUID_SIZE + 32 },
	{ { 0x07, 0x53, 0x3e, 0xff, 0xd0, 0x9f, 0xc9, 0x48, 0x85, 0xf1, 0x8a, 0xd5, 0x6c, 0x70,
		  0x1e, 0x01 },
		EFI_SIGNATURE_HASH, EFI_GUID_SIZE + 48 },
	{ { 0xae, 0x0f, 0x3e, 0x09, 0xc4, 0xa6, 0x50, 0x4f, 0x9f, 0x1b, 0xd4, 0x1e, 0x2b, 0x89,
		  0xc1, 0x9a },
		EFI_SIGNATURE_HASH, EFI_GUID_SIZE + 64 },
};

/* In which order the bytes of a GUID are shown; -1: a dash. */
static const int guid_order[] = { 3, 2, 1, 0, -1, 5, 4, -1, 7, 6, -1, 8, 9, -1, 10, 11, 12, 13, 14,
	15 };

void efi_guid_format(const uint8_t guid[EFI_GUID_SIZE], char out[EFI_GUID_TEXT_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(guid_order); i++)
		n += guid_order[i] < 0 ? (size_t)snprintf(out + n, EFI_GUID_TEXT_MAX - n, "-")
				       : (size_t)snprintf(out + n, EFI_GUID_TEXT_MAX - n, "%02x",
						 guid[guid_order[i]]);
}

void efi_guid_parse(const char *text, uint8_t ret[EFI_GUID_SIZE])
{
	for (size_t i = 0; i < ARRAY_SIZE(guid_order); i++) {
		char digits[3] = { text[0], text[1], '\0' };
		if (guid_order[i] >= 0)
			ret[guid_order[i]] = (uint8_t)strtoul(digits, NULL, 16);
		text += guid_order[i] < 0 ? 1 : 2;
	}
}

/* The fixed size of the type's signatures, or 0. */
static uint32_t look_up(const uint8_t *guid, enum efi_signature_kind *ret_kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (memcmp(guid, types[i].guid, EFI_GUID_SIZE) == 0) {
			*ret_kind = types[i].kind;
			return types[i].size;
		}
	*ret_kind = EFI_SIGNATURE_OTHER;
	return 0;
}

static int bad(struct efi_siglist_fault *fault, size_t offset, const char *what)
{
	*fault = (struct efi_siglist_fault){ .what = what, .offset = offset };
	return -EINVAL;
}

/* How many signatures of @each bytes are @body bytes; false if a part of one is left. */
static bool count_signatures(size_t body, uint32_t each, size_t *ret_n)
{
	*ret_n = 0;
	if (body == 0)
		return true;
	if (each <= EFI_GUID_SIZE || each > body || body % each != 0)
		return false;
	*ret_n = body / each;
	return true;
}

int efi_siglist_read(
	struct bytes_reader *r, struct efi_siglist *ret, struct efi_siglist_fault *ret_fault)
{
	struct efi_siglist list;
	size_t body;

	if (bytes_reader_done(r))
		return EFI_E_END;
	const uint8_t *type = bytes_view(r, EFI_GUID_SIZE);
	uint32_t size = bytes_read_le32(r), header = bytes_read_le32(r), each = bytes_read_le32(r);
	if (!bytes_reader_ok(r))
		return bad(ret_fault, 0, "truncated signature list");
	if (size < LIST_HEADER_SIZE || size - LIST_HEADER_SIZE > bytes_left(r))
		return bad(ret_fault, 16, "signature list larger than the file");
	body = size - LIST_HEADER_SIZE;
	if (header > body)
		return bad(ret_fault, 20, "signature list whose header is too large");
	body -= header;
	if (!count_signatures(body, each, &list.n))
		return bad(ret_fault, 24, "signature list with a partial signature");
	uint32_t fixed = look_up(type, &list.kind);
	if (fixed != 0 && body > 0 && (header != 0 || each != fixed))
		return bad(ret_fault, 24, "hashes whose size does not match their type");
	(void)!bytes_view(r, header);
	list.signatures = bytes_view(r, body);
	list.size = each;
	*ret = list;
	return 0;
}

struct efi_signature efi_siglist_get(const struct efi_siglist *list, size_t index)
{
	const uint8_t *start = list->signatures + index * list->size;

	return (struct efi_signature){
		.owner = start,
		.data = start + EFI_GUID_SIZE,
		.len = list->size - EFI_GUID_SIZE,
	};
}
