/* SPDX-License-Identifier: BSD-2-Clause */
/* What is derived from the one-time password: see otp.h. */
#include "secrets/otp.h"

#include <errno.h>

#include "base/text.h"
#include "secrets/derive.h"

#define OTP_SIZE 32
#define OTP_BASIC_SIZE (OTP_BASIC_PASSWORD_LEN / 2)

int otp_derive(const struct secret *password, struct secret *ret_basic, struct secret *ret_seed,
	struct error *error)
{
	_cleanup_secret_ struct secret otp = SECRET_INIT;
	_cleanup_secret_ struct secret basic = SECRET_INIT;
	_cleanup_secret_ struct secret seed = SECRET_INIT;
	int r;

	if (password->len > OTP_MAX)
		return error_set(
			error, -EINVAL, "the one-time password is longer than %d bytes", OTP_MAX);
	r = secrets_derive(password, "stprov:otp", OTP_SIZE, &otp, error);
	if (r < 0)
		return r;
	r = secrets_derive(&otp, "stprov:otp:basicAuthPassword", OTP_BASIC_SIZE, &basic, error);
	if (r < 0)
		return r;
	r = secrets_derive(&otp, "stprov:otp:keygen", CRYPTO_ED25519_SEED_SIZE, &seed, error);
	if (r < 0)
		return r;
	secret_wipe(ret_basic);
	text_format_hex(basic.bytes, basic.len, (char *)ret_basic->bytes);
	ret_basic->len = OTP_BASIC_PASSWORD_LEN;
	*ret_seed = seed;
	return 0;
}
