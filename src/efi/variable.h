/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside efi/ only: one variable as the bytes of its file: attributes, but in a bare directory, and
 * data.
 *
 * The decoders need only bytes, so that a fuzzer can call them.
 */
#pragma once

#include "efi/efi.h"

/* Four bytes before the data. */
#define EFI_ATTRIBUTES_SIZE 4

/* Frees and wipes: a file may be the host key. */
void efi_raw_deinit(struct efi_raw *raw);
#define _cleanup_efi_raw_ _cleanup_(efi_raw_deinit)

/* Both absent, or the same bytes. */
bool efi_raw_same(const struct efi_raw *a, const struct efi_raw *b);

/* The bytes of a file's attributes. */
size_t efi_raw_attributes_size(const struct efi_dir *dir);

/* The file in @dir that belongs to @name with this data. -ENOMEM with its text. */
int efi_raw_encode(const struct efi_dir *dir, const struct efi_name *name, uint32_t attributes,
	const void *data, size_t len, struct efi_raw *ret, struct error *error) MUST_CHECK;

/*
 * A view of the data of a file in @dir; -EINVAL (no text) if there are fewer bytes than the
 * attributes need. In a bare directory @ret_attributes is 0.
 */
int efi_raw_decode(const struct efi_dir *dir, const struct efi_raw *raw, uint32_t *ret_attributes,
	const uint8_t **ret_data, size_t *ret_len) MUST_CHECK;

/* SetupMode, SecureBoot: -EINVAL (no text) unless it is one byte of 0 or 1. */
int efi_decode_flag(const uint8_t *data, size_t len, bool *ret_flag) MUST_CHECK;

/* OsIndications: 8 bytes, little endian; -EINVAL (no text) otherwise. */
#define EFI_OS_INDICATIONS_SIZE 8
int efi_decode_os_indications(const uint8_t *data, size_t len, uint64_t *ret_bits) MUST_CHECK;
void efi_encode_os_indications(uint64_t bits, uint8_t out[EFI_OS_INDICATIONS_SIZE]);

/* The whole file; EFI_E_ABSENT or a negative errno, with a text. Links are not followed. */
int efi_raw_read(const struct efi_dir *dir, const struct efi_name *name, struct efi_raw *ret,
	struct error *error) MUST_CHECK;
