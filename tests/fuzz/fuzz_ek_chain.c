/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Certificates of an endorsement key as a platform sends them. Input: two bytes of length, the
 * first certificate, and the rest is another one of its chain, which is trusted, too.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "crypto/chain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_roots_ struct crypto_roots *roots = NULL;
	struct bytes_reader r = bytes_reader(data, size);
	struct crypto_spki key = { .len = 0 };
	struct crypto_chain chain = { .n = 0 };
	struct crypto_part rest;
	struct error error;
	size_t len = bytes_read_be16(&r), own = 0, n = 0;
	const uint8_t *cert = bytes_view(&r, len);
	bool expired;

	if (!cert)
		return 0;
	rest.data = bytes_rest(&r, &rest.len);
	if (crypto_roots_new(&roots, &error) < 0 ||
		crypto_roots_add(roots, rest.data, rest.len, &n, &error) < 0)
		return 0;
	static const uint8_t modulus[CRYPTO_RSA_SIZE] = { 0x80, 1 };
	if (!crypto_spki_rsa(modulus, &key))
		abort();
	if (crypto_chain_check_key(cert, len, &key, &own, &expired, &error) == 0 && own > len)
		abort();
	if (crypto_chain_verify(cert, len, &rest, 1, roots, &chain, &error) == 0 &&
		(chain.n == 0 || chain.n > CRYPTO_CHAIN_MAX))
		abort();
	return 0;
}
