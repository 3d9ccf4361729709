/* SPDX-License-Identifier: BSD-2-Clause */
/* What a TPM signs: see statement.h. */
#include "tpm/statement.h"

#include <string.h>

#include "tpm/parts.h"

/* TPM_GENERATED_VALUE: a TPM signs nothing of others that begins with it. */
#define MAGIC 0xff544347u
/* clock, resetCount, restartCount, safe; then firmwareVersion. */
#define CLOCK_INFO_SIZE 17
#define FIRMWARE_VERSION_SIZE 8

static bool read_quote(struct bytes_reader *r, struct tpm_statement *ret)
{
	uint32_t banks = bytes_read_be32(r);

	if (banks != 1 || bytes_read_be16(r) != TPM_ALG_SHA256)
		return false;
	size_t size = bytes_read_u8(r);
	for (size_t i = 0; i < size; i++) {
		uint32_t bits = bytes_read_u8(r);
		if (i >= TPM_PCRS / 8 && bits != 0)
			return false;
		if (i < TPM_PCRS / 8)
			ret->pcrs |= bits << 8 * i;
	}
	return bytes_read_be16(r) == TPM_HASH_SIZE && bytes_read(r, ret->digest, TPM_HASH_SIZE);
}

static bool read_certified(struct bytes_reader *r, struct tpm_statement *ret)
{
	size_t len;

	return tpm_read_name(r, &ret->name) && tpm_read_sized(r, &len) != NULL;
}

bool tpm_statement_read(const struct tpm_blob *bytes, struct tpm_statement *ret)
{
	struct bytes_reader r = bytes_reader(bytes->bytes, bytes->len);
	struct tpm_statement statement;

	memset(&statement, 0, sizeof(statement));
	if (bytes_read_be32(&r) != MAGIC)
		return false;
	uint16_t type = bytes_read_be16(&r);
	if (!tpm_read_name(&r, &statement.signer))
		return false;
	statement.extra_len = bytes_read_be16(&r);
	if (statement.extra_len > sizeof(statement.extra) ||
		!bytes_read(&r, statement.extra, statement.extra_len))
		return false;
	if (!bytes_view(&r, CLOCK_INFO_SIZE + FIRMWARE_VERSION_SIZE))
		return false;
	statement.type = type;
	bool read = type == TPM_STATEMENT_QUOTE     ? read_quote(&r, &statement)
		    : type == TPM_STATEMENT_CERTIFY ? read_certified(&r, &statement)
						    : false;
	if (!read || !bytes_reader_done(&r))
		return false;
	*ret = statement;
	return true;
}
