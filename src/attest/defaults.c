/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The archive that systemd-stub makes of defaults on the boot medium: see defaults.h. It has cpio's
 * form newc, its numbers in lower case, no times and one link; its trailer is a constant of the
 * stub.
 */
#include "attest/defaults.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "crypto/kdf.h"
#include "eventlog/replay.h"

#define DIRECTORY ".extra"
#define CREDENTIALS DIRECTORY "/credentials"
#define NAME CREDENTIALS "/stprov.defaults.cred"
#define TRAILER "TRAILER!!!"
/* Magic and 13 numbers of 8 digits. */
#define HEADER_SIZE 110
/* Types of files, in c_mode. */
#define CPIO_DIRECTORY 0040000u
#define CPIO_FILE 0100000u
/* Of all that is not the file. */
#define ARCHIVE_MORE 1024

static void pad(struct bytes_writer *w)
{
	while (w->len % 4 != 0)
		bytes_write_u8(w, 0);
}

/* @mode 0: the trailer, whose digits are upper case. */
static void add(struct bytes_writer *w, unsigned inode, const char *name, unsigned mode,
	const void *data, size_t len)
{
	char header[HEADER_SIZE + 1];

	snprintf(header, sizeof(header),
		mode ? "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x"
		     : "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		inode, mode, 0, 0, 1, 0, (unsigned)len, 0, 0, 0, 0, (unsigned)strlen(name) + 1, 0);
	bytes_write(w, header, HEADER_SIZE);
	bytes_write(w, name, strlen(name) + 1);
	pad(w);
	bytes_write(w, data, len);
	pad(w);
}

int attest_defaults_pcr12(
	const void *data, size_t len, uint8_t out[TPM_HASH_SIZE], struct error *error)
{
	const size_t cap = len + ARCHIVE_MORE;
	_cleanup_free_ uint8_t *archive = malloc(cap);
	struct bytes_writer w = bytes_writer(archive, cap);
	uint8_t digest[TPM_HASH_SIZE];

	if (!archive)
		return error_set_errno(error, -ENOMEM, "defaults");
	assert(len <= ATTEST_DEFAULTS_MAX);
	add(&w, 1, DIRECTORY, CPIO_DIRECTORY | 0555, NULL, 0);
	add(&w, 2, CREDENTIALS, CPIO_DIRECTORY | 0500, NULL, 0);
	add(&w, 3, NAME, CPIO_FILE | 0400, data, len);
	add(&w, 0, TRAILER, 0, NULL, 0);
	assert(bytes_writer_ok(&w));
	memset(out, 0, TPM_HASH_SIZE);
	int r = crypto_sha256(archive, w.len, digest, error);
	return r == 0 ? eventlog_extend(out, digest, error) : r;
}
