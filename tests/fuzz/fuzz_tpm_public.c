/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a TPM says of its keys and signs: public areas and statements, which the laptop reads too.
 * MakeCredential for a key that was read.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tpm/credential.h"
#include "tpm/statement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool cond)
{
	if (!cond)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tpm_blob blob = { .len = 0 }, credential = { .len = 0 }, secret = { .len = 0 };
	struct error error = ERROR_INIT;
	struct tpm_statement statement;
	struct tpm_public public;
	struct tpm_name name;

	if (!tpm_blob_set(&blob, data, size))
		return 0;
	if (tpm_statement_read(&blob, &statement))
		must(statement.extra_len <= sizeof(statement.extra) &&
			statement.pcrs <= TPM_PCR_MASK_MAX);
	if (!tpm_public_read(&blob, &public)) {
		must(tpm_public_name(&blob, &name, &error) < 0);
		return 0;
	}
	must(public.unique_at <= blob.len && public.x >= blob.bytes &&
		public.x + public.x_len <= blob.bytes + blob.len);
	must(tpm_public_matches(&blob, &blob));
	must(tpm_public_name(&blob, &name, &error) == 0 && name.len > 2);
	if (tpm_credential_make(&blob, &name, "credential", 10, &credential, &secret, &error) == 0)
		must(credential.len > 10 && secret.len > 10);
	return 0;
}
