/* SPDX-License-Identifier: BSD-2-Clause */
/* Any answer of a TPM, and the content of any answer, taken for that of each command. */
#include "any.h"
#include "tpm/codec.h"

static void any_message(struct tpm_answer *answer)
{
	static struct tpm_request request;
	struct tpm_authorization authorizations[TPM_AUTHS_MAX];
	size_t len = any_len();
	uint32_t code;

	request.answers_handle = any_bool();
	(void)!tpm_message_length(any_buffer, len);
	(void)!tpm_message_read(any_buffer, len, &request, Frama_C_interval(0, TPM_AUTHS_MAX),
		&code, answer, authorizations);
}

static void decode_objects(const struct tpm_answer *answer)
{
	static struct tpm_blob public, private;
	static struct tpm_name name;
	uint8_t nonce[TPM_NONCE_SIZE], credential[TPM_HASH_SIZE];
	const uint8_t *data;
	size_t len;

	(void)!tpm_decode_start_auth_session(answer, nonce);
	(void)!tpm_decode_create_primary(answer, &public, &name);
	(void)!tpm_decode_create(answer, &private, &public);
	(void)!tpm_decode_load(answer, &name);
	(void)!tpm_decode_read_public(answer, &public, &name);
	(void)!tpm_decode_policy_secret(answer);
	(void)!tpm_decode_attest(answer, &public, &private);
	(void)!tpm_decode_unseal(answer, &data, &len);
	(void)!tpm_decode_activate_credential(answer, credential, sizeof(credential), &len);
	(void)!tpm_decode_nv_read_public(answer, &len, &name);
	(void)!tpm_decode_nv_read(answer, &public);
}

static void decode_lists(const struct tpm_answer *answer)
{
	static struct tpm_property properties[TPM_CAPABILITY_MAX];
	static struct tpm_bank banks[TPM_BANKS_MAX];
	static uint8_t values[TPM_PCR_READ_MAX][TPM_HASH_SIZE];
	uint32_t handles[TPM_CAPABILITY_MAX], mask;
	size_t n;
	bool more;

	(void)!tpm_decode_pcr_read(answer, &mask, values);
	(void)!tpm_decode_properties(answer, properties, &n, &more);
	(void)!tpm_decode_handles(answer, handles, &n, &more);
	(void)!tpm_decode_banks(answer, banks, &n);
}

int main(void)
{
	static struct tpm_answer answer;

	any_message(&answer);
	Frama_C_make_unknown((char *)&answer, sizeof(answer));
	answer.len = any_len();
	decode_objects(&answer);
	decode_lists(&answer);
	return 0;
}
