/* SPDX-License-Identifier: BSD-2-Clause */
/* Public areas of objects: see public.h. */
#include "tpm/public.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"

/* TPM_ALG_RSASSA: a scheme of the keys that sign policies. */
#define TPM_ALG_RSASSA 0x0014

#define RSA_BITS (8 * CRYPTO_RSA_SIZE)
/* RSA's exponent 65537 is written as 0, its default, or as it is. */
#define RSA_EXPONENT 65537

/* -- templates -------------------------------------------------------------------------------- */

/* P-256, AES-128-CFB; 0x00030472; coordinates of zeros. */
static const uint8_t template_srk[90] = { 0x00, 0x23, 0x00, 0x0b, 0x00, 0x03, 0x04, 0x72, 0x00,
	0x00, 0x00, 0x06, 0x00, 0x80, 0x00, 0x43, 0x00, 0x10, 0x00, 0x03, 0x00, 0x10, 0x00, 0x20,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x20 };

/* P-256, AES-128-CFB; 0x00030472: fixedTPM fixedParent sensitiveDataOrigin userWithAuth noDA
 * restricted decrypt. */
static const uint8_t template_storage[26] = { 0x00, 0x23, 0x00, 0x0b, 0x00, 0x03, 0x04, 0x72, 0x00,
	0x00, 0x00, 0x06, 0x00, 0x80, 0x00, 0x43, 0x00, 0x10, 0x00, 0x03, 0x00, 0x10, 0x00, 0x00,
	0x00, 0x00 };

/* P-256, ECDSA with SHA-256; 0x00050472: as storage, sign in place of decrypt. */
static const uint8_t template_ak[56] = { 0x00, 0x23, 0x00, 0x0b, 0x00, 0x05, 0x04, 0x72, 0x00, 0x00,
	0x00, 0x10, 0x00, 0x18, 0x00, 0x0b, 0x00, 0x03, 0x00, 0x10, 0x00, 0x20, 0x76, 0xab, 0xa1,
	0x0b, 0x4f, 0x29, 0x72, 0x9f, 0x88, 0x25, 0x13, 0xc3, 0x29, 0x66, 0x10, 0x56, 0x67, 0x42,
	0x9c, 0xb1, 0xb4, 0xd6, 0x63, 0xc9, 0x1f, 0x11, 0x89, 0x20, 0x63, 0x2e, 0xbb, 0x56, 0x00,
	0x00 };

/* RSA-2048, AES-128-CFB, PolicySecret(endorsement); 0x000300b2; a modulus of zeros. */
static const uint8_t template_ek_l1[314] = { 0x00, 0x01, 0x00, 0x0b, 0x00, 0x03, 0x00, 0xb2, 0x00,
	0x20, 0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5,
	0xd7, 0x24, 0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33,
	0x14, 0x69, 0xaa, 0x00, 0x06, 0x00, 0x80, 0x00, 0x43, 0x00, 0x10, 0x08, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x01 };

/* P-256, AES-128-CFB, PolicySecret(endorsement); 0x000300b2; coordinates of zeros. */
static const uint8_t template_ek_l2[122] = { 0x00, 0x23, 0x00, 0x0b, 0x00, 0x03, 0x00, 0xb2, 0x00,
	0x20, 0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5,
	0xd7, 0x24, 0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33,
	0x14, 0x69, 0xaa, 0x00, 0x06, 0x00, 0x80, 0x00, 0x43, 0x00, 0x10, 0x00, 0x03, 0x00, 0x10,
	0x00, 0x20, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x20 };

/* RSA-2048, AES-128-CFB; 0x000300f2. */
static const uint8_t template_ek_h1[58] = { 0x00, 0x01, 0x00, 0x0b, 0x00, 0x03, 0x00, 0xf2, 0x00,
	0x20, 0xca, 0x3d, 0x0a, 0x99, 0xa2, 0xb9, 0x39, 0x06, 0xf7, 0xa3, 0x34, 0x24, 0x14, 0xef,
	0xcf, 0xb3, 0xa3, 0x85, 0xd4, 0x4c, 0xd1, 0xfd, 0x45, 0x90, 0x89, 0xd1, 0x9b, 0x50, 0x71,
	0xc0, 0xb7, 0xa0, 0x00, 0x06, 0x00, 0x80, 0x00, 0x43, 0x00, 0x10, 0x08, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00 };

/* P-256, AES-128-CFB; 0x000300f2. */
static const uint8_t template_ek_h2[58] = { 0x00, 0x23, 0x00, 0x0b, 0x00, 0x03, 0x00, 0xf2, 0x00,
	0x20, 0xca, 0x3d, 0x0a, 0x99, 0xa2, 0xb9, 0x39, 0x06, 0xf7, 0xa3, 0x34, 0x24, 0x14, 0xef,
	0xcf, 0xb3, 0xa3, 0x85, 0xd4, 0x4c, 0xd1, 0xfd, 0x45, 0x90, 0x89, 0xd1, 0x9b, 0x50, 0x71,
	0xc0, 0xb7, 0xa0, 0x00, 0x06, 0x00, 0x80, 0x00, 0x43, 0x00, 0x10, 0x00, 0x03, 0x00, 0x10,
	0x00, 0x00, 0x00, 0x00 };

/* P-384, SHA-384, AES-256-CFB; 0x000300f2. */
static const uint8_t template_ek_h3[74] = { 0x00, 0x23, 0x00, 0x0c, 0x00, 0x03, 0x00, 0xf2, 0x00,
	0x30, 0xb2, 0x6e, 0x7d, 0x28, 0xd1, 0x1a, 0x50, 0xbc, 0x53, 0xd8, 0x82, 0xbc, 0xf5, 0xfd,
	0x3a, 0x1a, 0x07, 0x41, 0x48, 0xbb, 0x35, 0xd3, 0xb4, 0xe4, 0xcb, 0x1c, 0x0a, 0xd9, 0xbd,
	0xe4, 0x19, 0xca, 0xcb, 0x47, 0xba, 0x09, 0x69, 0x96, 0x46, 0x15, 0x0f, 0x9f, 0xc0, 0x00,
	0xf3, 0xf8, 0x0e, 0x12, 0x00, 0x06, 0x01, 0x00, 0x00, 0x43, 0x00, 0x10, 0x00, 0x04, 0x00,
	0x10, 0x00, 0x00, 0x00, 0x00 };

void tpm_template(enum tpm_template which, struct tpm_blob *ret)
{
	static const struct {
		const uint8_t *bytes;
		size_t len;
	} templates[TPM_TEMPLATES] = {
		[TPM_TEMPLATE_SRK] = { template_srk, sizeof(template_srk) },
		[TPM_TEMPLATE_STORAGE] = { template_storage, sizeof(template_storage) },
		[TPM_TEMPLATE_AK] = { template_ak, sizeof(template_ak) },
		[TPM_TEMPLATE_EK_L1] = { template_ek_l1, sizeof(template_ek_l1) },
		[TPM_TEMPLATE_EK_L2] = { template_ek_l2, sizeof(template_ek_l2) },
		[TPM_TEMPLATE_EK_H1] = { template_ek_h1, sizeof(template_ek_h1) },
		[TPM_TEMPLATE_EK_H2] = { template_ek_h2, sizeof(template_ek_h2) },
		[TPM_TEMPLATE_EK_H3] = { template_ek_h3, sizeof(template_ek_h3) },
	};
	bool fits = tpm_blob_set(ret, templates[which].bytes, templates[which].len);

	assert(fits);
}

const char *tpm_ek_name(enum tpm_template ek)
{
	static const char names[][4] = { "L-1", "L-2", "H-1", "H-2", "H-3" };

	assert(ek >= TPM_TEMPLATE_EK_L1 && ek <= TPM_TEMPLATE_EK_H3);
	return names[ek - TPM_TEMPLATE_EK_L1];
}

void tpm_template_sealed(const uint8_t policy[TPM_HASH_SIZE], struct tpm_blob *ret)
{
	struct bytes_writer w = bytes_writer(ret->bytes, sizeof(ret->bytes));

	bytes_write_be16(&w, TPM_ALG_KEYEDHASH);
	bytes_write_be16(&w, TPM_ALG_SHA256);
	bytes_write_be32(&w, policy ? TPMA_OBJECT_POLICY_ONLY : TPMA_OBJECT_WITH_AUTH);
	bytes_write_be16(&w, policy ? TPM_HASH_SIZE : 0);
	if (policy)
		bytes_write(&w, policy, TPM_HASH_SIZE);
	bytes_write_be16(&w, TPM_ALG_NULL); /* scheme */
	bytes_write_be16(&w, 0);            /* unique */
	assert(bytes_writer_ok(&w));
	ret->len = w.len;
}

/* -- reading ---------------------------------------------------------------------------------- */

/* A TPM2B of at most @max bytes, as a view. */
static bool read_sized(struct bytes_reader *r, size_t max, const uint8_t **ret, size_t *ret_len)
{
	size_t len = bytes_read_be16(r);

	*ret = bytes_view(r, len);
	*ret_len = len;
	return *ret && len <= max;
}

/* TPMT_SYM_DEF_OBJECT: AES in CFB mode, or none. */
static bool read_symmetric(struct bytes_reader *r, struct tpm_public *public)
{
	uint16_t algorithm = bytes_read_be16(r);

	if (algorithm == TPM_ALG_NULL)
		return true;
	public->symmetric_bits = bytes_read_be16(r);
	return algorithm == TPM_ALG_AES &&
	       (public->symmetric_bits == 128 || public->symmetric_bits == 256) &&
	       bytes_read_be16(r) == TPM_ALG_CFB;
}

/* A scheme: none, or @signing with a hash. */
static bool read_scheme(struct bytes_reader *r, uint16_t signing)
{
	uint16_t scheme = bytes_read_be16(r);

	if (scheme == TPM_ALG_NULL)
		return true;
	return scheme == signing && bytes_read_be16(r) == TPM_ALG_SHA256;
}

static bool read_rsa(struct bytes_reader *r, struct tpm_public *public)
{
	if (!read_symmetric(r, public) || !read_scheme(r, TPM_ALG_RSASSA) ||
		bytes_read_be16(r) != RSA_BITS)
		return false;
	uint32_t exponent = bytes_read_be32(r);
	return exponent == 0 || exponent == RSA_EXPONENT;
}

static bool read_ecc(struct bytes_reader *r, struct tpm_public *public)
{
	if (!read_symmetric(r, public) || !read_scheme(r, TPM_ALG_ECDSA))
		return false;
	public->curve = bytes_read_be16(r);
	if (public->curve != TPM_ECC_P256 && public->curve != TPM_ECC_P384)
		return false;
	return bytes_read_be16(r) == TPM_ALG_NULL; /* kdf */
}

static size_t name_hash_size(uint16_t name_alg)
{
	return crypto_hash_size(
		name_alg == TPM_ALG_SHA384 ? CRYPTO_HASH_SHA384 : CRYPTO_HASH_SHA256);
}

static bool read_parameters(struct bytes_reader *r, struct tpm_public *public)
{
	switch (public->type) {
	case TPM_ALG_RSA:
		return read_rsa(r, public);
	case TPM_ALG_ECC:
		return read_ecc(r, public);
	case TPM_ALG_KEYEDHASH:
		return bytes_read_be16(r) == TPM_ALG_NULL;
	default:
		return false;
	}
}

static bool read_unique(struct bytes_reader *r, struct tpm_public *public)
{
	size_t max = CRYPTO_RSA_SIZE;

	if (public->type == TPM_ALG_KEYEDHASH)
		max = name_hash_size(public->name_alg);
	if (public->type == TPM_ALG_ECC)
		max = crypto_curve_size(
			public->curve == TPM_ECC_P384 ? CRYPTO_CURVE_P384 : CRYPTO_CURVE_P256);
	if (!read_sized(r, max, &public->x, &public->x_len))
		return false;
	return public->type != TPM_ALG_ECC || read_sized(r, max, &public->y, &public->y_len);
}

bool tpm_public_read(const struct tpm_blob *bytes, struct tpm_public *ret)
{
	struct bytes_reader r = bytes_reader(bytes->bytes, bytes->len);
	struct tpm_public public = { .type = bytes_read_be16(&r) };

	public.name_alg = bytes_read_be16(&r);
	if (public.name_alg != TPM_ALG_SHA256 && public.name_alg != TPM_ALG_SHA384)
		return false;
	public.attributes = bytes_read_be32(&r);
	const size_t hash_size = name_hash_size(public.name_alg);
	if (!read_sized(&r, hash_size, &public.policy, &public.policy_len) ||
		(public.policy_len != 0 && public.policy_len != hash_size))
		return false;
	if (!read_parameters(&r, &public) || !bytes_reader_ok(&r))
		return false;
	public.unique_at = bytes_position(&r);
	if (!read_unique(&r, &public) || !bytes_reader_done(&r))
		return false;
	*ret = public;
	return true;
}

bool tpm_public_point(
	const struct tpm_public *public, enum crypto_curve *ret_curve, struct crypto_point *ret)
{
	enum crypto_curve curve =
		public->curve == TPM_ECC_P384 ? CRYPTO_CURVE_P384 : CRYPTO_CURVE_P256;
	const size_t size = crypto_curve_size(curve);

	if (public->type != TPM_ALG_ECC || public->x_len == 0 || public->y_len == 0)
		return false;
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->x + size - public->x_len, public->x, public->x_len);
	memcpy(ret->y + size - public->y_len, public->y, public->y_len);
	*ret_curve = curve;
	return true;
}

bool tpm_public_matches(const struct tpm_blob *bytes, const struct tpm_blob *template)
{
	struct tpm_public is, wanted;

	return tpm_public_read(bytes, &is) && tpm_public_read(template, &wanted) &&
	       is.unique_at == wanted.unique_at &&
	       memcmp(bytes->bytes, template->bytes, wanted.unique_at) == 0;
}

int tpm_public_name(const struct tpm_blob *bytes, struct tpm_name *ret, struct error *error)
{
	struct tpm_public public;
	uint8_t hash[CRYPTO_HASH_MAX];

	if (!tpm_public_read(bytes, &public))
		return error_set(error, -EINVAL, "a public area that stprov does not know");
	int r = crypto_hash(
		public.name_alg == TPM_ALG_SHA384 ? CRYPTO_HASH_SHA384 : CRYPTO_HASH_SHA256,
		bytes->bytes, bytes->len, hash, error);
	if (r < 0)
		return r;
	struct bytes_writer w = bytes_writer(ret->bytes, sizeof(ret->bytes));
	bytes_write_be16(&w, public.name_alg);
	bytes_write(&w, hash, name_hash_size(public.name_alg));
	ret->len = w.len;
	return 0;
}

bool tpm_name_equal(const struct tpm_name *a, const struct tpm_name *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}
