/* SPDX-License-Identifier: BSD-2-Clause */
/* Bodies about the attestation of a platform: see attest.h. */
#include "api/attest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "json/json.h"

/* Only such a TPM is spoken to. */
#define TPM_FAMILY "2.0"

/* -- attest ---------------------------------------------------------------------------------- */

void api_attest_deinit(struct api_attest *answer)
{
	free(answer->bytes);
	answer->bytes = NULL;
}

size_t api_attest_bytes_len(const struct api_attest *answer)
{
	size_t len = answer->certificate_len + answer->log_len;

	for (size_t i = 0; i < answer->chain_n; i++)
		len += answer->chain_len[i];
	return len;
}

static int build_tpm(const struct api_attest *answer, struct json *root, struct error *error)
{
	struct json *object = NULL, *banks = NULL;
	int r = json_object_new(&object, error);

	if (r < 0)
		return r;
	json_set_text(object, "family", TPM_FAMILY);
	json_set_text(object, "manufacturer", answer->manufacturer);
	json_set_text(object, "vendor", answer->vendor);
	json_set_text(object, "firmware", answer->firmware);
	r = json_array_new(&banks, error);
	for (size_t i = 0; r == 0 && i < answer->banks_n; i++)
		json_append_text(banks, answer->banks[i]);
	if (r == 0)
		json_set_child(object, "banks", banks);
	json_set_bool(object, "in_lockout", answer->in_lockout);
	json_set_child(root, "tpm", object);
	return r;
}

/* Base64 as an item of an array. */
static int append_base64(struct json *array, const uint8_t *data, size_t len, struct error *error)
{
	_cleanup_free_ char *text = malloc(TEXT_BASE64_SIZE(len));

	if (!text)
		return error_set_errno(error, -ENOMEM, "certificate");
	text_format_base64(data, len, text);
	json_append_text(array, text);
	return 0;
}

static int build_ek(const struct api_attest *answer, struct json *root, struct error *error)
{
	const uint8_t *next = answer->bytes;
	struct json *object = NULL, *chain = NULL;
	int r = json_object_new(&object, error);

	if (r < 0)
		return r;
	json_set_text(object, "template", answer->ek_template);
	json_set_base64(object, "public", answer->ek.bytes, answer->ek.len);
	json_set_base64(object, "certificate", answer->certificate_len > 0 ? next : NULL,
		answer->certificate_len);
	r = json_array_new(&chain, error);
	for (size_t i = 0; r == 0 && i < answer->chain_n; i++) {
		next += i > 0 ? answer->chain_len[i - 1] : answer->certificate_len;
		r = append_base64(chain, next, answer->chain_len[i], error);
	}
	if (chain)
		json_set_child(object, "chain", chain);
	json_set_child(root, "ek", object);
	return r;
}

int api_attest_encode(const struct api_attest *answer, char **ret_json, struct error *error)
{
	_cleanup_json_ struct json *root = NULL;
	struct json *ak = NULL;
	int r = json_object_new(&root, error);

	if (r == 0)
		r = build_tpm(answer, root, error);
	if (r == 0)
		r = build_ek(answer, root, error);
	if (r == 0)
		r = json_object_new(&ak, error);
	if (r < 0)
		return r;
	json_set_base64(ak, "public", answer->ak.bytes, answer->ak.len);
	json_set_child(root, "ak", ak);
	const uint8_t *log = answer->bytes;
	if (log)
		log += api_attest_bytes_len(answer) - answer->log_len;
	json_set_base64(root, "event_log", answer->log_len > 0 ? log : NULL, answer->log_len);
	return json_format(root, ret_json, error);
}

/* -- attest-prove ---------------------------------------------------------------------------- */

static int read_run(const struct json *object, const char *key, size_t min, size_t max,
	uint8_t *out, size_t *ret_len, struct error *error)
{
	_cleanup_free_ uint8_t *data = NULL;
	size_t len = 0;
	int r = json_get_base64(object, key, API_PROVE_MAX, &data, &len, error);

	if (r < 0)
		return -EINVAL;
	if (r > 0)
		return error_set(error, -EINVAL, "%s is missing", key);
	if (len < min || len > max)
		return min == max ? error_set(error, -EINVAL, "%s must be %zu bytes", key, min)
				  : error_set(error, -EINVAL, "%s must be %zu to %zu bytes", key,
					    min, max);
	memcpy(out, data, len);
	*ret_len = len;
	return 0;
}

int api_prove_decode(const void *json, size_t len, struct api_prove *ret, struct error *error)
{
	_cleanup_json_ struct json *object = NULL;
	struct api_prove prove = { .credential_len = 0 };
	size_t nonce_len;
	int r = json_object_parse(json, len, &object, error);

	if (r == 0)
		r = read_run(object, "credential", API_CREDENTIAL_MIN, API_CREDENTIAL_MAX,
			prove.credential, &prove.credential_len, error);
	if (r == 0)
		r = read_run(object, "secret", API_SECRET_MIN, API_SECRET_MAX, prove.secret,
			&prove.secret_len, error);
	if (r == 0)
		r = read_run(object, "nonce", API_NONCE_SIZE, API_NONCE_SIZE, prove.nonce,
			&nonce_len, error);
	if (r == 0)
		*ret = prove;
	return r;
}

static int build_pcrs(const struct api_proof *answer, struct json *root, struct error *error)
{
	struct json *pcrs = NULL, *bank = NULL;
	int r = json_object_new(&pcrs, error);

	if (r < 0)
		return r;
	r = json_object_new(&bank, error);
	for (size_t i = 0; r == 0 && i < API_QUOTED_PCRS; i++) {
		char hex[2 * API_DIGEST_SIZE + 1], number[8];
		snprintf(number, sizeof(number), "%zu", i);
		text_format_hex(answer->pcrs[i], sizeof(answer->pcrs[i]), hex);
		json_set_text(bank, number, hex);
	}
	if (bank)
		json_set_child(pcrs, "sha256", bank);
	json_set_child(root, "pcrs", pcrs);
	return r;
}

int api_proof_encode(const struct api_proof *answer, char **ret_json, struct error *error)
{
	_cleanup_json_ struct json *root = NULL;
	int r = json_object_new(&root, error);

	if (r < 0)
		return r;
	json_set_base64(root, "credential", answer->credential, sizeof(answer->credential));
	json_set_base64(root, "quote", answer->quote.bytes, answer->quote.len);
	json_set_base64(root, "signature", answer->signature.bytes, answer->signature.len);
	r = build_pcrs(answer, root, error);
	return r == 0 ? json_format(root, ret_json, error) : r;
}
