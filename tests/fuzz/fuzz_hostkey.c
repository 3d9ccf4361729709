/* SPDX-License-Identifier: BSD-2-Clause */
/* hostkey_public_check(): accepted texts have one length and no control characters. */
#include <string.h>

#include "base/text.h"
#include "hostkey/hostkey.h"

#define PUBLIC_LEN 80

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error e = ERROR_INIT;
	char fingerprint[HOSTKEY_FINGERPRINT_MAX];
	_cleanup_free_ char *text = strndup((const char *)data, size);

	if (!text)
		abort();
	if (hostkey_public_check(text, fingerprint, &e) != 0)
		return 0;
	if (strlen(text) != PUBLIC_LEN || !text_is_plain_utf8(text, PUBLIC_LEN) ||
		strlen(fingerprint) != strlen("SHA256:") + 43)
		abort();
	return 0;
}
