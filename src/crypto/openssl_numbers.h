/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside crypto/ only: owners of what OpenSSL makes a key of that is given as numbers. */
#pragma once

#include <openssl/bn.h>
#include <openssl/param_build.h>

#include "crypto/openssl.h"

static inline void crypto_openssl_key_ctx_free(EVP_PKEY_CTX **ctx)
{
	EVP_PKEY_CTX_free(*ctx);
}
#define _cleanup_key_ctx_ _cleanup_(crypto_openssl_key_ctx_free)

static inline void crypto_openssl_param_builder_free(OSSL_PARAM_BLD **builder)
{
	OSSL_PARAM_BLD_free(*builder);
}
#define _cleanup_param_builder_ _cleanup_(crypto_openssl_param_builder_free)

static inline void crypto_openssl_params_free(OSSL_PARAM **params)
{
	OSSL_PARAM_free(*params);
}
#define _cleanup_params_ _cleanup_(crypto_openssl_params_free)

/* Wiped, since some are private. */
static inline void crypto_openssl_number_free(BIGNUM **number)
{
	BN_clear_free(*number);
}
#define _cleanup_number_ _cleanup_(crypto_openssl_number_free)
