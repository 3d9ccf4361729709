/* SPDX-License-Identifier: BSD-2-Clause */
/* The statement about a sealed host key: see sealed.h. */
#include "attest/sealed.h"

#include <errno.h>
#include <string.h>

#include "attest/signed.h"

/* Byte for byte the template; unique is a hash. Anything else could open it another way. */
static int check_public(
	const struct tpm_blob *public, const struct api_seal *seal, struct error *error)
{
	struct tpm_blob template;
	struct tpm_public is;

	tpm_template_sealed(seal->pcrs ? seal->digest : NULL, &template);
	if (tpm_public_matches(public, &template) && tpm_public_read(public, &is) &&
		is.x_len == TPM_HASH_SIZE)
		return 0;
	return error_set(error, -EBADMSG,
		"the sealed object in the TPM does not have the policy and attributes that were "
		"asked for");
}

static int check_parent(const struct api_sealed *sealed, struct error *error)
{
	struct tpm_blob parent, template;

	tpm_template(TPM_TEMPLATE_STORAGE, &template);
	if (tpm_blob_set(&parent, sealed->parent.bytes, sealed->parent.len) &&
		tpm_public_matches(&parent, &template))
		return 0;
	return error_set(error, -EBADMSG, "its parent key in the TPM is not one of stprov");
}

static int check_name(
	const struct tpm_blob *public, const struct tpm_statement *statement, struct error *error)
{
	struct tpm_name name;
	int r = tpm_public_name(public, &name, error);

	if (r < 0 || tpm_name_equal(&name, &statement->name))
		return r;
	return error_set(error, -EBADMSG, "the TPM's statement is of another object");
}

int attest_check_sealed(const uint8_t exporter[TLS_EXPORTER_SIZE], const char *public,
	const struct api_seal *seal, const struct api_sealed *sealed,
	const struct attest_round *round, struct error *error)
{
	struct attest_purpose purpose = { .what = "statement",
		.type = TPM_STATEMENT_CERTIFY,
		.other = "the TPM's statement is not of this connection and host key" };
	struct tpm_blob bytes, signature, object;
	struct tpm_statement statement;

	static_assert(TLS_EXPORTER_SIZE == 32 && API_TPM_MAX <= TPM_BLOB_MAX, "they fit");
	bool fit = tpm_blob_set(&bytes, sealed->certify.bytes, sealed->certify.len) &&
		   tpm_blob_set(&signature, sealed->signature.bytes, sealed->signature.len) &&
		   tpm_blob_set(&object, sealed->public.bytes, sealed->public.len);
	assert(fit);
	int r = attest_extra_sealed(exporter, seal->nonce, public, purpose.extra, error);
	if (r == 0)
		r = attest_statement_read(&bytes, &purpose, &statement, error);
	if (r == 0 && round)
		r = attest_statement_verify(&bytes, &statement, &signature, &round->ak_point,
			&round->ak_name, purpose.what, error);
	if (r == 0)
		r = check_public(&object, seal, error);
	if (r == 0)
		r = check_name(&object, &statement, error);
	return r == 0 ? check_parent(sealed, error) : r;
}
