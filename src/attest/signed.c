/* SPDX-License-Identifier: BSD-2-Clause */
/* Statements of a TPM: see signed.h. */
#include "attest/signed.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/text.h"
#include "crypto/spki.h"

#define QUOTE "stprov/v1 quote"
#define SEALED "stprov/v1 sealed"

/* -- what for --------------------------------------------------------------------------------- */

/* Prefix and NUL, exporter, nonce, and @tail. */
static int hash_purpose(const char *prefix, const uint8_t exporter[32], const uint8_t nonce[32],
	const uint8_t *tail, size_t tail_len, uint8_t out[TPM_HASH_SIZE], struct error *error)
{
	uint8_t bytes[32 + 3 * 32];
	struct bytes_writer w = bytes_writer(bytes, sizeof(bytes));

	bytes_write(&w, prefix, strlen(prefix) + 1);
	bytes_write(&w, exporter, 32);
	bytes_write(&w, nonce, 32);
	bytes_write(&w, tail, tail_len);
	assert(bytes_writer_ok(&w));
	return crypto_sha256(bytes, w.len, out, error);
}

int attest_extra_quote(const uint8_t exporter[32], const uint8_t nonce[32],
	uint8_t out[TPM_HASH_SIZE], struct error *error)
{
	return hash_purpose(QUOTE, exporter, nonce, NULL, 0, out, error);
}

int attest_extra_sealed(const uint8_t exporter[32], const uint8_t nonce[32], const char *public,
	uint8_t out[TPM_HASH_SIZE], struct error *error)
{
	uint8_t blob[HOSTKEY_PUBLIC_MAX], hash[CRYPTO_SHA256_SIZE];
	const char *text = strchr(public, ' ');
	size_t len = 0;

	if (!text || text_parse_base64(text + 1, strlen(text + 1), blob, sizeof(blob), &len) < 0)
		return error_set(error, -EINVAL, "the host key is not one of OpenSSH");
	int r = crypto_sha256(blob, len, hash, error);
	return r == 0 ? hash_purpose(SEALED, exporter, nonce, hash, sizeof(hash), out, error) : r;
}

int attest_statement_read(const struct tpm_blob *bytes, const struct attest_purpose *purpose,
	struct tpm_statement *ret, struct error *error)
{
	if (!tpm_statement_read(bytes, ret) || ret->type != purpose->type)
		return error_set(error, -EBADMSG, "the TPM's %s is malformed", purpose->what);
	if (ret->extra_len != sizeof(purpose->extra) ||
		memcmp(ret->extra, purpose->extra, sizeof(purpose->extra)) != 0)
		return error_set(error, -EBADMSG, "%s", purpose->other);
	return 0;
}

/* -- by whom ---------------------------------------------------------------------------------- */

/* TPMT_SIGNATURE of ECDSA with SHA-256 (Part 2, section 11.3.4): views of r and s. */
static bool read_signature(const struct tpm_blob *signature, const uint8_t **ret_r, size_t *r_len,
	const uint8_t **ret_s, size_t *s_len)
{
	struct bytes_reader reader = bytes_reader(signature->bytes, signature->len);
	bool is_ecdsa = bytes_read_be16(&reader) == TPM_ALG_ECDSA;
	bool is_sha256 = bytes_read_be16(&reader) == TPM_ALG_SHA256;

	*r_len = bytes_read_be16(&reader);
	*ret_r = bytes_view(&reader, *r_len);
	*s_len = bytes_read_be16(&reader);
	*ret_s = bytes_view(&reader, *s_len);
	return is_ecdsa && is_sha256 && bytes_reader_done(&reader);
}

/* The qualified name of a primary key of the endorsement hierarchy (Part 1, section 26.5). */
static int qualify(const struct tpm_name *name, struct tpm_name *ret, struct error *error)
{
	uint8_t bytes[4 + TPM_NAME_MAX], hash[TPM_HASH_SIZE];
	struct bytes_writer w = bytes_writer(bytes, sizeof(bytes));
	struct bytes_writer out = bytes_writer(ret->bytes, sizeof(ret->bytes));

	bytes_write_be32(&w, TPM_RH_ENDORSEMENT);
	bytes_write(&w, name->bytes, name->len);
	assert(bytes_writer_ok(&w));
	int r = crypto_sha256(bytes, w.len, hash, error);
	bytes_write_be16(&out, TPM_ALG_SHA256);
	bytes_write(&out, hash, sizeof(hash));
	ret->len = out.len;
	return r;
}

int attest_statement_verify(const struct tpm_blob *bytes, const struct tpm_statement *statement,
	const struct tpm_blob *signature, const struct crypto_point *point,
	const struct tpm_name *ak, const char *what, struct error *error)
{
	const uint8_t *r_bytes, *s_bytes;
	size_t r_len, s_len;
	struct tpm_name wanted = { .len = 0 };

	int r = read_signature(signature, &r_bytes, &r_len, &s_bytes, &s_len)
			? crypto_ecdsa_verify(point, bytes->bytes, bytes->len, r_bytes, r_len,
				  s_bytes, s_len, error)
			: CRYPTO_ECDSA_E_WRONG;
	if (r > 0)
		return error_set(
			error, -EBADMSG, "the TPM's %s is not signed by the attestation key", what);
	if (r == 0)
		r = qualify(ak, &wanted, error);
	if (r < 0)
		return r;
	if (!tpm_name_equal(&statement->signer, &wanted))
		return error_set(error, -EBADMSG,
			"the TPM's %s is not by a primary key of the endorsement hierarchy", what);
	return 0;
}
