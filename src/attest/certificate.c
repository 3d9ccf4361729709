/* SPDX-License-Identifier: BSD-2-Clause */
/* The endorsement key's certificate, and its chain to --ek-roots. See round.h. */
#include <errno.h>

#include "attest/round.h"

#define CHECK "certificate"

/* Without a usable one: a failure if --ek-roots wants one. */
static int have_none(struct attest_round *round, const struct attest_wanted *wanted,
	enum attest_certificate what, const char *text, struct error *error)
{
	round->certificate = what;
	if (wanted->roots)
		return error_set(error, -EBADMSG, "%s", text);
	attest_found(&round->findings, CHECK,
		what == ATTEST_CERTIFICATE_NONE ? ATTEST_NOT_CHECKED : ATTEST_WARNING, "%s", text);
	return 0;
}

static int verify_chain(
	struct attest_round *round, const struct attest_wanted *wanted, struct error *error)
{
	const struct api_attest *attest = &round->attest;
	struct crypto_part untrusted[API_CHAIN_PARTS_MAX];
	struct error why = ERROR_INIT;

	for (size_t i = 0; i < attest->chain_n; i++)
		untrusted[i] =
			(struct crypto_part){ api_attest_chain(attest, i), attest->chain_len[i] };
	int r = crypto_chain_verify(api_attest_certificate(attest), attest->certificate_len,
		untrusted, attest->chain_n, wanted->roots, &round->chain, &why);
	if (r > 0)
		return error_set(error, -EBADMSG,
			"the EK certificate has no chain to --ek-roots: %s", why.text);
	if (r < 0) {
		*error = why;
		return r;
	}
	round->certificate = ATTEST_CERTIFICATE_VERIFIED;
	attest_found(&round->findings, CHECK, ATTEST_GOOD, "a chain of %zu leads to %s",
		round->chain.n, wanted->roots_name);
	return 0;
}

int attest_check_certificate(
	struct attest_round *round, const struct attest_wanted *wanted, struct error *error)
{
	const struct api_attest *attest = &round->attest;
	struct error why = ERROR_INIT;
	bool expired = false;
	size_t len;

	if (attest->certificate_len == 0)
		return have_none(round, wanted, ATTEST_CERTIFICATE_NONE,
			"the TPM has no EK certificate", error);
	int r = crypto_chain_check_key(api_attest_certificate(attest), attest->certificate_len,
		&round->ek_spki, &len, &expired, &why);
	if (r == CRYPTO_CHAIN_E_KEY)
		return have_none(round, wanted, ATTEST_CERTIFICATE_UNREADABLE, why.text, error);
	if (r != 0)
		return error_set(error, r < 0 ? r : -EBADMSG, "%s", why.text);
	round->certificate = ATTEST_CERTIFICATE_OWN;
	if (wanted->roots)
		r = verify_chain(round, wanted, error);
	else
		attest_found(&round->findings, CHECK, ATTEST_NOT_CHECKED,
			"it has the endorsement key; without --ek-roots its chain is not checked");
	if (r == 0 && (expired || round->chain.expired))
		attest_found(&round->findings, CHECK, ATTEST_WARNING,
			expired ? "it has expired, or is not yet valid"
				: "a certificate of its chain has expired, or is not yet valid");
	return r;
}
