/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The endorsement key: of a known kind (TCG EK Credential Profile 2.5, annex B), and what is known
 * of whose it is. See round.h.
 */
#include <errno.h>
#include <string.h>

#include "attest/round.h"
#include "base/text.h"

/* The template that the platform names; -1: none. */
static int find_template(const char *name)
{
	for (int i = TPM_TEMPLATE_EK_L1; i <= TPM_TEMPLATE_EK_H3; i++)
		if (strcmp(name, tpm_ek_name((enum tpm_template)i)) == 0)
			return i;
	return -1;
}

static bool make_spki(const struct tpm_public *public, struct crypto_spki *ret)
{
	enum crypto_curve curve;
	struct crypto_point point;

	if (public->type == TPM_ALG_RSA)
		return public->x_len == CRYPTO_RSA_SIZE && crypto_spki_rsa(public->x, ret);
	if (!tpm_public_point(public, &curve, &point))
		return false;
	crypto_spki_ec(curve, &point, ret);
	return true;
}

int attest_check_ek(struct attest_round *round, struct error *error)
{
	const struct api_attest *attest = &round->attest;
	const int which = find_template(attest->ek_template);
	struct tpm_public public;
	struct tpm_blob template;

	if (which >= 0)
		tpm_template((enum tpm_template)which, &template);
	if (which < 0 || !tpm_blob_set(&round->ek, attest->ek.bytes, attest->ek.len) ||
		!tpm_public_matches(&round->ek, &template) ||
		!tpm_public_read(&round->ek, &public) || !make_spki(&public, &round->ek_spki))
		return error_set(error, -EBADMSG, "the endorsement key is not of a known kind");
	int r = crypto_sha256(round->ek_spki.der, round->ek_spki.len, round->ek_sha256, error);
	if (r == 0)
		attest_found(&round->findings, "endorsement key", ATTEST_GOOD,
			"it is of the template %s", attest->ek_template);
	return r;
}

static bool is_pinned(const struct attest_round *round, const struct attest_pins *pins)
{
	for (size_t i = 0; i < pins->n; i++)
		if (memcmp(pins->sha256[i], round->ek_sha256, TPM_HASH_SIZE) == 0)
			return true;
	return false;
}

int attest_check_tier(
	struct attest_round *round, const struct attest_wanted *wanted, struct error *error)
{
	char hex[2 * TPM_HASH_SIZE + 1];

	text_format_hex(round->ek_sha256, sizeof(round->ek_sha256), hex);
	round->tier = wanted->roots ? ATTEST_CERTIFICATE : ATTEST_FIRST_USE;
	if (wanted->pins.n > 0) {
		if (!is_pinned(round, &wanted->pins))
			return error_set(error, -EBADMSG,
				"the endorsement key is not one of --ek: its SHA-256 is %s", hex);
		round->tier = ATTEST_PINNED;
	}
	switch (round->tier) {
	case ATTEST_PINNED:
		attest_found(&round->findings, "tier", ATTEST_GOOD, "pinned: the key is in --ek");
		break;
	case ATTEST_CERTIFICATE:
		attest_found(&round->findings, "tier", ATTEST_GOOD,
			"certificate: a TPM of a maker that --ek-roots names, of any machine");
		break;
	case ATTEST_FIRST_USE:
		attest_found(&round->findings, "tier", ATTEST_WARNING,
			"first use: nothing says whose TPM it is");
		break;
	}
	return 0;
}
