/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One variable: its bytes, and reading it. Writing is store.c's.
 *
 * Linux: Documentation/filesystems/efivarfs.rst (a file is four bytes of attributes, little
 * endian, and the data). UEFI 2.10 sections 3.3 (SetupMode) and 8.5.4 (OsIndications).
 */
#include "efi/variable.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/secret.h"
#include "base/text.h"

static void encode_le(uint64_t value, uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(value >> (8 * i));
}

void efi_raw_deinit(struct efi_raw *raw)
{
	if (raw->bytes)
		secret_wipe_bytes(raw->bytes, raw->len);
	free(raw->bytes);
	*raw = (struct efi_raw){ 0 };
}

bool efi_raw_same(const struct efi_raw *a, const struct efi_raw *b)
{
	if (!a->bytes || !b->bytes)
		return !a->bytes && !b->bytes;
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

size_t efi_raw_attributes_size(const struct efi_dir *dir)
{
	return dir->bare ? 0 : EFI_ATTRIBUTES_SIZE;
}

int efi_raw_encode(const struct efi_dir *dir, const struct efi_name *name, uint32_t attributes,
	const void *data, size_t len, struct efi_raw *ret, struct error *error)
{
	size_t before = efi_raw_attributes_size(dir);
	struct efi_raw raw = { .len = before + len };

	raw.bytes = malloc(raw.len);
	if (!raw.bytes)
		return error_set_errno(error, -ENOMEM, "cannot write %s", name->name);
	encode_le(attributes, raw.bytes, before);
	memcpy(raw.bytes + before, data, len);
	*ret = raw;
	return 0;
}

int efi_raw_decode(const struct efi_dir *dir, const struct efi_raw *raw, uint32_t *ret_attributes,
	const uint8_t **ret_data, size_t *ret_len)
{
	struct bytes_reader r = bytes_reader(raw->bytes, raw->len);
	uint32_t attributes = dir->bare ? 0 : bytes_read_le32(&r);
	size_t len = 0;
	const uint8_t *data = bytes_rest(&r, &len);

	if (!bytes_reader_ok(&r))
		return -EINVAL;
	*ret_attributes = attributes;
	*ret_data = data;
	*ret_len = len;
	return 0;
}

int efi_decode_flag(const uint8_t *data, size_t len, bool *ret_flag)
{
	struct bytes_reader r = bytes_reader(data, len);
	uint8_t value = bytes_read_u8(&r);

	if (!bytes_reader_done(&r) || value > 1)
		return -EINVAL;
	*ret_flag = value == 1;
	return 0;
}

int efi_decode_os_indications(const uint8_t *data, size_t len, uint64_t *ret_bits)
{
	struct bytes_reader r = bytes_reader(data, len);
	uint64_t low = bytes_read_le32(&r), high = bytes_read_le32(&r);

	if (!bytes_reader_done(&r))
		return -EINVAL;
	*ret_bits = high << 32 | low;
	return 0;
}

void efi_encode_os_indications(uint64_t bits, uint8_t out[EFI_OS_INDICATIONS_SIZE])
{
	encode_le(bits, out, EFI_OS_INDICATIONS_SIZE);
}

/* O_NONBLOCK: a FIFO of that name must not block us; it has no effect on a regular file. */
static int open_regular(const struct efi_dir *dir, const char *file, int *ret_fd)
{
	_cleanup_close_ int fd =
		openat(dir->fd, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EISDIR;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static int cannot_read(
	const struct efi_dir *dir, const struct efi_name *name, int code, struct error *error)
{
	switch (code) {
	case -ENOENT:
		return error_set(error, EFI_E_ABSENT, "there is no %s%s%s%s",
			dir->bare ? "" : "EFI variable ", name->name, dir->bare ? " in " : "",
			dir->bare ? dir->path : "");
	case -ELOOP:
	case -EISDIR:
		return error_set(error, code,
			"cannot read %s: its file is a link or not a regular file", name->name);
	default:
		return error_set_errno(error, code, "cannot read %s", name->name);
	}
}

int efi_raw_read(const struct efi_dir *dir, const struct efi_name *name, struct efi_raw *ret,
	struct error *error)
{
	char file[EFI_FILE_NAME_MAX];
	_cleanup_close_ int fd = -1;
	_cleanup_efi_raw_ struct efi_raw raw = { 0 };
	int r;

	efi_file_name(dir, name, file);
	r = open_regular(dir, file, &fd);
	if (r < 0)
		return cannot_read(dir, name, r, error);
	r = file_read_fd(fd, name->name, efi_raw_attributes_size(dir) + EFI_DATA_MAX, &raw.bytes,
		&raw.len, error);
	if (r == -EFBIG)
		return error_set(error, r, "cannot read %s: it holds more than %d bytes",
			name->name, EFI_DATA_MAX);
	if (r < 0)
		return cannot_read(dir, name, r, error);
	/* efivarfs: a file that was created but never written is not a variable. */
	if (dir->efivarfs && raw.len == 0)
		return cannot_read(dir, name, -ENOENT, error);
	*ret = raw;
	raw = (struct efi_raw){ 0 };
	return 0;
}

int efi_read(const struct efi_dir *dir, const struct efi_name *name, uint8_t **ret_data,
	size_t *ret_len, struct error *error)
{
	_cleanup_efi_raw_ struct efi_raw raw = { 0 };
	const uint8_t *data;
	uint32_t attributes;
	size_t len;
	int r;

	r = efi_raw_read(dir, name, &raw, error);
	if (r != 0)
		return r;
	r = efi_raw_decode(dir, &raw, &attributes, &data, &len);
	if (r < 0)
		return error_set(error, r, "%s is damaged: %zu byte%s, too few for its attributes",
			name->name, raw.len, text_plural(raw.len, "", "s"));
	/* In place: no second copy of a key. The NUL after it moves too. */
	memmove(raw.bytes, data, len + 1);
	secret_wipe_bytes(raw.bytes + len + 1, efi_raw_attributes_size(dir));
	*ret_data = TAKE_PTR(raw.bytes);
	*ret_len = len;
	return 0;
}
