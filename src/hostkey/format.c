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

bool hostkey_words_fingerprint(const char *type, size_t type_len, const char *key, size_t key_len,
	char ret_fingerprint[HOSTKEY_FINGERPRINT_MAX])
{
	_cleanup_free_ uint8_t *blob = malloc(key_len + 1);
	struct error ignored;
	size_t len = 0;

	if (!blob || text_parse_base64(key, key_len, blob, key_len, &len) < 0)
		return false;
	struct bytes_reader r = bytes_reader(blob, len);
	uint32_t named_len = bytes_read_be32(&r);
	if (named_len == 0 || named_len != type_len || len <= 4 + (size_t)named_len ||
		memcmp(blob + 4, type, named_len) != 0)
		return false;
	return hostkey_blob_fingerprint(blob, len, ret_fingerprint, &ignored) == 0;
}
