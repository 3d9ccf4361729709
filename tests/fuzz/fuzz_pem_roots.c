/* SPDX-License-Identifier: BSD-2-Clause */
/* HTTPS roots in PEM. */
#include <stdlib.h>

#include "crypto/tls_web.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_tls_context_ struct tls_context *context = NULL;
	struct tls_web web = { .roots = data, .roots_len = size };
	struct error error = ERROR_INIT;
	size_t n = 0;
	int r = tls_web_roots_check(data, size, &n, &error);

	if (r < 0)
		return 0;
	/* Checked roots must be accepted; OpenSSL does the rest. */
	if (n == 0 || tls_context_new_web(&web, &context, &error) < 0)
		abort();
	return 0;
}
