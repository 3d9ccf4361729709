/* SPDX-License-Identifier: BSD-2-Clause */
/* hostkey_certificate_read(): STHostCert as stored in NVRAM, and what a laptop sends. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hostkey/certificate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool cond)
{
	if (!cond)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error e = ERROR_INIT;
	struct hostkey_certificate c;
	char fingerprint[HOSTKEY_FINGERPRINT_MAX];

	if (hostkey_certificate_read(data, size, &c, &e) < 0) {
		must(e.text[0] != '\0');
		return 0;
	}
	must(hostkey_public_check(c.public, fingerprint, &e) == 0);
	must(c.principals[0] != '\0' && c.valid_after < c.valid_before);
	must(strchr(c.ca, ' ') && strlen(c.ca) < sizeof(c.ca));
	must(strlen(c.ca_fingerprint) == strlen("SHA256:") + 43);
	return 0;
}
