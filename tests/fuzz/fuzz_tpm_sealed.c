/* SPDX-License-Identifier: BSD-2-Clause */
/* tpm_sealed_read(): the text of STHostKeySealed, which is in NVRAM and not signed. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tpm/sealed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool cond)
{
	if (!cond)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tpm_sealed_key key, again;
	char text[TPM_SEALED_TEXT_MAX + 1], same[TPM_SEALED_TEXT_MAX + 1];
	struct error error = ERROR_INIT;
	size_t len = 0, same_len = 0;
	int r = tpm_sealed_read(data, size, &key, &error);

	if (r != 0) {
		must(error.text[0] != '\0');
		return 0;
	}
	/* What is read can be written, and is then the same. */
	must(tpm_sealed_check(&key.sealed));
	must(tpm_sealed_write(&key, text, &len, &error) == 0);
	must(len <= size && tpm_sealed_read(text, len, &again, &error) == 0);
	must(tpm_sealed_write(&again, same, &same_len, &error) == 0);
	must(len == same_len && memcmp(text, same, len) == 0);
	return 0;
}
