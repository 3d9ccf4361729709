/* SPDX-License-Identifier: BSD-2-Clause */
/* What a TPM answers to each command: see codec.h. */
#include "tpm/codec.h"

#include "tpm/parts.h"

static struct bytes_reader params_of(const struct tpm_answer *answer)
{
	return bytes_reader(answer->params, answer->len);
}

/* Passes over a TPM2B. */
static bool skip_sized(struct bytes_reader *r)
{
	size_t len;

	return tpm_read_sized(r, &len) != NULL;
}

/* A ticket: tag, hierarchy, digest (Part 2, section 10.7). */
static bool skip_ticket(struct bytes_reader *r)
{
	bytes_read_be16(r);
	bytes_read_be32(r);
	return skip_sized(r);
}

bool tpm_decode_start_auth_session(
	const struct tpm_answer *answer, uint8_t ret_nonce[TPM_NONCE_SIZE])
{
	struct bytes_reader r = params_of(answer);

	/* As long as the caller's (Part 3, section 11.1.1). */
	return bytes_read_be16(&r) == TPM_NONCE_SIZE && bytes_read(&r, ret_nonce, TPM_NONCE_SIZE) &&
	       bytes_reader_done(&r);
}

bool tpm_decode_create_primary(
	const struct tpm_answer *answer, struct tpm_blob *ret_public, struct tpm_name *ret_name)
{
	struct bytes_reader r = params_of(answer);

	/* creationData, creationHash and creationTicket are of no use here. */
	return tpm_read_blob(&r, ret_public) && skip_sized(&r) && skip_sized(&r) &&
	       skip_ticket(&r) && tpm_read_name(&r, ret_name) && bytes_reader_done(&r);
}

bool tpm_decode_create(
	const struct tpm_answer *answer, struct tpm_blob *ret_private, struct tpm_blob *ret_public)
{
	struct bytes_reader r = params_of(answer);

	return tpm_read_blob(&r, ret_private) && tpm_read_blob(&r, ret_public) && skip_sized(&r) &&
	       skip_sized(&r) && skip_ticket(&r) && bytes_reader_done(&r);
}

bool tpm_decode_load(const struct tpm_answer *answer, struct tpm_name *ret_name)
{
	struct bytes_reader r = params_of(answer);

	return tpm_read_name(&r, ret_name) && bytes_reader_done(&r);
}

bool tpm_decode_read_public(
	const struct tpm_answer *answer, struct tpm_blob *ret_public, struct tpm_name *ret_name)
{
	struct bytes_reader r = params_of(answer);

	/* The last one is the qualified name. */
	return tpm_read_blob(&r, ret_public) && tpm_read_name(&r, ret_name) && skip_sized(&r) &&
	       bytes_reader_done(&r);
}

bool tpm_decode_unseal(const struct tpm_answer *answer, const uint8_t **ret, size_t *ret_len)
{
	struct bytes_reader r = params_of(answer);

	*ret = tpm_read_sized(&r, ret_len);
	return *ret && bytes_reader_done(&r);
}

bool tpm_decode_policy_secret(const struct tpm_answer *answer)
{
	struct bytes_reader r = params_of(answer);

	return skip_sized(&r) && skip_ticket(&r) && bytes_reader_done(&r);
}

/* One TPMS_PCR_SELECTION. PCRs beyond TPM_PCRS are not looked at. */
static bool read_selection(struct bytes_reader *r, struct tpm_bank *ret)
{
	*ret = (struct tpm_bank){ .hash = bytes_read_be16(r) };
	size_t size = bytes_read_u8(r);

	for (size_t i = 0; i < size; i++) {
		uint8_t bits = bytes_read_u8(r);
		if (i < TPM_PCRS / 8)
			ret->mask |= (uint32_t)bits << 8 * i;
	}
	return bytes_reader_ok(r);
}

bool tpm_decode_pcr_read(const struct tpm_answer *answer, uint32_t *ret_mask,
	uint8_t ret_values[TPM_PCR_READ_MAX][TPM_HASH_SIZE])
{
	struct bytes_reader r = params_of(answer);
	struct tpm_bank bank = { .hash = TPM_ALG_SHA256 };

	bytes_read_be32(&r); /* pcrUpdateCounter */
	uint32_t banks = bytes_read_be32(&r);
	/* Without such a bank the selection is empty, or is there without a PCR. */
	if (banks > 1 || (banks == 1 && !read_selection(&r, &bank)) || bank.hash != TPM_ALG_SHA256)
		return false;
	uint32_t n = bytes_read_be32(&r);
	if (n > TPM_PCR_READ_MAX || n != (uint32_t)__builtin_popcount(bank.mask))
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (bytes_read_be16(&r) != TPM_HASH_SIZE ||
			!bytes_read(&r, ret_values[i], TPM_HASH_SIZE))
			return false;
	*ret_mask = bank.mask;
	return bytes_reader_done(&r);
}

/* TPMT_SIGNATURE of ECDSA with SHA-256 and P-256. */
static bool check_signature(const struct tpm_blob *signature)
{
	struct bytes_reader r = bytes_reader(signature->bytes, signature->len);
	size_t r_len, s_len;

	return bytes_read_be16(&r) == TPM_ALG_ECDSA && bytes_read_be16(&r) == TPM_ALG_SHA256 &&
	       tpm_read_sized(&r, &r_len) && r_len <= 32 && tpm_read_sized(&r, &s_len) &&
	       s_len <= 32 && bytes_reader_done(&r);
}

bool tpm_decode_attest(const struct tpm_answer *answer, struct tpm_blob *ret_statement,
	struct tpm_blob *ret_signature)
{
	struct bytes_reader r = params_of(answer);

	if (!tpm_read_blob(&r, ret_statement))
		return false;
	ret_signature->len = bytes_left(&r);
	return ret_signature->len <= sizeof(ret_signature->bytes) &&
	       bytes_read(&r, ret_signature->bytes, ret_signature->len) &&
	       check_signature(ret_signature);
}

bool tpm_decode_activate_credential(
	const struct tpm_answer *answer, uint8_t *ret, size_t cap, size_t *ret_len)
{
	struct bytes_reader r = params_of(answer);

	*ret_len = bytes_read_be16(&r);
	return *ret_len <= cap && bytes_read(&r, ret, *ret_len) && bytes_reader_done(&r);
}

bool tpm_decode_nv_read_public(
	const struct tpm_answer *answer, size_t *ret_size, struct tpm_name *ret_name)
{
	struct bytes_reader r = params_of(answer);
	size_t len = bytes_read_be16(&r), begin = bytes_position(&r);

	/* TPMS_NV_PUBLIC (Part 2, section 13.5), which has exactly this length. */
	bytes_read_be32(&r); /* index */
	bytes_read_be16(&r); /* nameAlg */
	bytes_read_be32(&r); /* attributes */
	if (!skip_sized(&r))
		return false;
	*ret_size = bytes_read_be16(&r);
	return bytes_position(&r) - begin == len && tpm_read_name(&r, ret_name) &&
	       bytes_reader_done(&r);
}

bool tpm_decode_nv_read(const struct tpm_answer *answer, struct tpm_blob *ret)
{
	struct bytes_reader r = params_of(answer);

	return tpm_read_blob(&r, ret) && bytes_reader_done(&r);
}

/* Begins TPMS_CAPABILITY_DATA. */
static bool read_capability(struct bytes_reader *r, enum tpm_capability capability, size_t max,
	size_t *ret_n, bool *ret_more)
{
	uint8_t more = bytes_read_u8(r);

	if (more > 1 || bytes_read_be32(r) != capability)
		return false;
	*ret_more = more;
	*ret_n = bytes_read_be32(r);
	return bytes_reader_ok(r) && *ret_n <= max;
}

bool tpm_decode_properties(const struct tpm_answer *answer,
	struct tpm_property ret[TPM_CAPABILITY_MAX], size_t *ret_n, bool *ret_more)
{
	struct bytes_reader r = params_of(answer);

	if (!read_capability(&r, TPM_CAP_PROPERTIES, TPM_CAPABILITY_MAX, ret_n, ret_more))
		return false;
	for (size_t i = 0; i < *ret_n; i++) {
		ret[i].property = bytes_read_be32(&r);
		ret[i].value = bytes_read_be32(&r);
	}
	return bytes_reader_done(&r);
}

bool tpm_decode_handles(const struct tpm_answer *answer, uint32_t ret[TPM_CAPABILITY_MAX],
	size_t *ret_n, bool *ret_more)
{
	struct bytes_reader r = params_of(answer);

	if (!read_capability(&r, TPM_CAP_HANDLES, TPM_CAPABILITY_MAX, ret_n, ret_more))
		return false;
	for (size_t i = 0; i < *ret_n; i++)
		ret[i] = bytes_read_be32(&r);
	return bytes_reader_done(&r);
}

bool tpm_decode_banks(
	const struct tpm_answer *answer, struct tpm_bank ret[TPM_BANKS_MAX], size_t *ret_n)
{
	struct bytes_reader r = params_of(answer);
	bool more = false;

	if (!read_capability(&r, TPM_CAP_PCRS, TPM_BANKS_MAX, ret_n, &more))
		return false;
	for (size_t i = 0; i < *ret_n; i++)
		if (!read_selection(&r, &ret[i]))
			return false;
	return bytes_reader_done(&r);
}
