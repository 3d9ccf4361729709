/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes, taken for a public area and for a statement of a TPM. */
#include "any.h"
#include "tpm/public.h"
#include "tpm/statement.h"

int main(void)
{
	static struct tpm_blob blob;
	struct tpm_statement statement;
	struct tpm_public public;

	Frama_C_make_unknown((char *)&blob, sizeof(blob));
	blob.len = any_len();
	if (blob.len > sizeof(blob.bytes))
		return 0;
	tpm_statement_read(&blob, &statement);
	return tpm_public_read(&blob, &public);
}
