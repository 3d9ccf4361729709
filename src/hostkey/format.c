/* SPDX-License-Identifier: BSD-2-Clause */
/* What writing and reading OpenSSH's key formats share: see format.h. */
#include "hostkey/format.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "crypto/kdf.h"

int hostkey_blob_fingerprint(
	const uint8_t *blob, size_t len, char out[HOSTKEY_FINGERPRINT_MAX], struct error *error)
{
	uint8_t hash[CRYPTO_SHA256_SIZE];
	char text[TEXT_BASE64_SIZE(CRYPTO_SHA256_SIZE)];
	int r = crypto_sha256(blob, len, hash, error);

	if (r < 0)
		return r;
	text_format_base64(hash, sizeof(hash), text);
	text[strcspn(text, "=")] = '\0';
	snprintf(out, HOSTKEY_FINGERPRINT_MAX, "SHA256:%s", text);
	return 0;
}

bool hostkey_blob_is_wellformed(const uint8_t blob[PUBLIC_BLOB_SIZE])
{
	struct bytes_reader r = bytes_reader(blob, PUBLIC_BLOB_SIZE);
	uint32_t type_len = bytes_read_be32(&r);
	const uint8_t *type = bytes_view(&r, type_len);

	if (!type || type_len != strlen(KEY_TYPE) || memcmp(type, KEY_TYPE, type_len) != 0)
		return false;
	uint32_t key_len = bytes_read_be32(&r);
	return key_len == CRYPTO_ED25519_PUBLIC_SIZE && bytes_view(&r, key_len) &&
	       bytes_reader_done(&r);
}

void hostkey_blob_format(const uint8_t blob[PUBLIC_BLOB_SIZE], char out[HOSTKEY_PUBLIC_MAX])
{
	memcpy(out, KEY_TYPE " ", sizeof(KEY_TYPE));
	text_format_base64(blob, PUBLIC_BLOB_SIZE, out + sizeof(KEY_TYPE));
}
