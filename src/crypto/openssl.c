/* SPDX-License-Identifier: BSD-2-Clause */
/* OpenSSL's start and its errors: see openssl.h. */
#include "crypto/openssl.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

int crypto_openssl_init(struct error *error)
{
	/* What OpenSSL would free at the end of a process goes with the process. */
	uint64_t options = OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT;

	if (OPENSSL_init_crypto(options, NULL) != 1)
		return crypto_openssl_error(error, -EIO, "OpenSSL");
	return 0;
}

int crypto_openssl_error(struct error *error, int code, const char *what)
{
	/* The texts are tables in memory: a process in its sandbox can load them, and few need
	 * them. */
	(void)OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL);
	const char *reason = ERR_reason_error_string(ERR_peek_error());

	code = error_set(error, code, "%s: %s", what, reason ? reason : "failed without a reason");
	ERR_clear_error();
	return code;
}

int crypto_openssl_hmac(const char *digest, const void *key, size_t key_len, const void *data,
	size_t len, uint8_t *out, size_t out_len, struct error *error)
{
	uint8_t mac[EVP_MAX_MD_SIZE];
	size_t n = 0;
	int r = crypto_openssl_init(error);

	if (r < 0)
		return r;
	/* A NULL key would mean the one that was set before. */
	if (!EVP_Q_mac(NULL, "HMAC", NULL, digest, NULL, key_len > 0 ? key : "", key_len, data, len,
		    mac, sizeof(mac), &n) ||
		n != out_len) {
		secret_wipe_bytes(out, out_len);
		return crypto_openssl_error(error, -EIO, "HMAC");
	}
	memcpy(out, mac, out_len);
	secret_wipe_bytes(mac, sizeof(mac));
	return 0;
}
