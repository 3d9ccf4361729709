/* SPDX-License-Identifier: BSD-2-Clause */
/* Bodies about the attestation of a platform, read by the client: see attest_client.h. */
#include "api/attest_client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "json/json.h"

#define BANK "sha256"

/* -- parts ------------------------------------------------------------------------------------ */

static int missing(int r, const char *key, struct error *error)
{
	return r < 0 ? -EINVAL : error_set(error, -EINVAL, "%s is missing", key);
}

static int read_object(
	const struct json *object, const char *key, const struct json **ret, struct error *error)
{
	int r = json_get_object(object, key, ret, error);

	return r == 0 ? 0 : missing(r, key, error);
}

static int read_text(
	const struct json *object, const char *key, char *out, size_t cap, struct error *error)
{
	const char *text = "";
	int r = json_get_text(object, key, &text, error);

	if (r != 0)
		return missing(r, key, error);
	if (strlen(text) >= cap)
		return error_set(error, -EINVAL, "%s is too long", key);
	memcpy(out, text, strlen(text) + 1);
	return 0;
}

/* From @min to @max bytes. */
static int read_bytes(const struct json *object, const char *key, size_t min, size_t max,
	uint8_t *out, size_t *ret_len, struct error *error)
{
	_cleanup_free_ uint8_t *data = NULL;
	size_t len = 0;
	int r = json_get_base64(object, key, max, &data, &len, error);

	if (r != 0)
		return missing(r, key, error);
	if (len < min)
		return error_set(error, -EINVAL, "%s is too short", key);
	memcpy(out, data, len);
	*ret_len = len;
	return 0;
}

static int read_tpm_part(
	const struct json *object, const char *key, struct api_tpm *ret, struct error *error)
{
	return read_bytes(object, key, 1, sizeof(ret->bytes), ret->bytes, &ret->len, error);
}

/* -- attest ----------------------------------------------------------------------------------- */

const uint8_t *api_attest_certificate(const struct api_attest *answer)
{
	return answer->bytes;
}

const uint8_t *api_attest_chain(const struct api_attest *answer, size_t index)
{
	size_t at = answer->certificate_len;

	assert(index < answer->chain_n);
	for (size_t i = 0; i < index; i++)
		at += answer->chain_len[i];
	return answer->bytes + at;
}

const uint8_t *api_attest_log(const struct api_attest *answer)
{
	return answer->bytes + api_attest_bytes_len(answer) - answer->log_len;
}

static int read_banks(const struct json *tpm, struct api_attest *ret, struct error *error)
{
	const struct json *banks = NULL;
	const char *text = "";
	int r = json_get_array(tpm, "banks", &banks, error);

	if (r != 0)
		return missing(r, "banks", error);
	if (json_array_count(banks) > API_BANKS_MAX)
		return error_set(error, -EINVAL, "too many banks");
	for (size_t i = 0; i < json_array_count(banks); i++) {
		r = json_array_text(banks, i, &text, error);
		if (r < 0)
			return r;
		if (strlen(text) >= API_BANK_TEXT_MAX)
			return error_set(error, -EINVAL, "a bank's name is too long");
		memcpy(ret->banks[ret->banks_n++], text, strlen(text) + 1);
	}
	return 0;
}

static int read_tpm(const struct json *root, struct api_attest *ret, struct error *error)
{
	const struct {
		const char *key;
		char *text;
	} texts[] = {
		{ "manufacturer", ret->manufacturer },
		{ "vendor", ret->vendor },
		{ "firmware", ret->firmware },
	};
	const struct json *tpm = NULL;
	int r = read_object(root, "tpm", &tpm, error);

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(texts); i++)
		r = read_text(tpm, texts[i].key, texts[i].text, API_TPM_TEXT_MAX, error);
	if (r == 0)
		r = read_banks(tpm, ret, error);
	if (r < 0)
		return r;
	r = json_get_bool(tpm, "in_lockout", &ret->in_lockout, error);
	return r == 0 ? 0 : missing(r, "in_lockout", error);
}

/* What follows certificates of @at bytes in all. */
static int read_chain(const struct json *ek, struct api_attest *ret, size_t at, struct error *error)
{
	const struct json *chain = NULL;
	const size_t end = at + API_CHAIN_MAX;
	int r = json_get_array(ek, "chain", &chain, error);

	if (r != 0)
		return MIN(r, 0);
	if (json_array_count(chain) > API_CHAIN_PARTS_MAX)
		return error_set(error, -EINVAL, "chain: too many certificates");
	for (size_t i = 0; i < json_array_count(chain); i++) {
		const char *text = "";
		size_t max = MIN(end - at, (size_t)API_CERTIFICATE_MAX);
		r = json_array_text(chain, i, &text, error);
		if (r == 0 && text_parse_base64(text, strlen(text), ret->bytes + at, max,
				      &ret->chain_len[i]) < 0)
			r = error_set(error, -EINVAL, "it is not base64, or too long");
		if (r < 0)
			return error_prefix(error, r, "chain");
		at += ret->chain_len[i];
		ret->chain_n++;
	}
	return 0;
}

static int read_keys(const struct json *root, struct api_attest *ret, struct error *error)
{
	const struct json *ek = NULL, *ak = NULL;
	_cleanup_free_ uint8_t *certificate = NULL;
	int r = read_object(root, "ek", &ek, error);

	if (r == 0)
		r = read_text(ek, "template", ret->ek_template, sizeof(ret->ek_template), error);
	if (r == 0)
		r = read_tpm_part(ek, "public", &ret->ek, error);
	if (r == 0)
		r = MIN(json_get_base64(ek, "certificate", API_CERTIFICATE_MAX, &certificate,
				&ret->certificate_len, error),
			0);
	if (r == 0 && certificate)
		memcpy(ret->bytes, certificate, ret->certificate_len);
	if (r == 0)
		r = read_chain(ek, ret, ret->certificate_len, error);
	if (r < 0)
		return error_prefix(error, r, "ek");
	r = read_object(root, "ak", &ak, error);
	if (r == 0)
		r = read_tpm_part(ak, "public", &ret->ak, error);
	return r < 0 ? error_prefix(error, r, "ak") : 0;
}

static int read_log(const struct json *root, struct api_attest *ret, struct error *error)
{
	_cleanup_free_ uint8_t *log = NULL;
	const size_t at = api_attest_bytes_len(ret);
	size_t len = 0;
	int r = json_get_base64(root, "event_log", API_LOG_MAX, &log, &len, error);

	if (r != 0)
		return MIN(r, 0);
	memcpy(ret->bytes + at, log, len);
	ret->log_len = len;
	return 0;
}

int api_attest_decode(const void *json, size_t len, struct api_attest *ret, struct error *error)
{
	_cleanup_json_ struct json *root = NULL;
	_cleanup_api_attest_ struct api_attest attest;

	memset(&attest, 0, sizeof(attest));
	int r = json_object_parse(json, len, &root, error);
	if (r < 0)
		return r;
	attest.bytes = malloc(API_ATTEST_BYTES_MAX);
	if (!attest.bytes)
		return error_set_errno(error, -ENOMEM, "the answer");
	r = read_tpm(root, &attest, error);
	if (r < 0)
		return error_prefix(error, r == -ENOMEM ? r : -EINVAL, "tpm");
	r = read_keys(root, &attest, error);
	if (r == 0)
		r = read_log(root, &attest, error);
	if (r < 0)
		return r == -ENOMEM ? r : -EINVAL;
	*ret = attest;
	attest.bytes = NULL;
	return 0;
}

/* -- attest-prove ----------------------------------------------------------------------------- */

int api_prove_encode(const struct api_prove *request, char **ret_json, struct error *error)
{
	_cleanup_json_ struct json *root = NULL;
	int r = json_object_new(&root, error);

	if (r < 0)
		return r;
	json_set_base64(root, "credential", request->credential, request->credential_len);
	json_set_base64(root, "secret", request->secret, request->secret_len);
	json_set_base64(root, "nonce", request->nonce, sizeof(request->nonce));
	return json_format(root, ret_json, error);
}

static int read_pcrs(const struct json *root, struct api_proof *ret, struct error *error)
{
	const struct json *pcrs = NULL, *bank = NULL;
	int r = read_object(root, "pcrs", &pcrs, error);

	if (r == 0)
		r = read_object(pcrs, BANK, &bank, error);
	for (size_t i = 0; r == 0 && i < API_QUOTED_PCRS; i++) {
		char number[8], hex[2 * API_DIGEST_SIZE + 1];
		snprintf(number, sizeof(number), "%u", (unsigned)i);
		r = read_text(bank, number, hex, sizeof(hex), error);
		if (r == 0 && text_parse_hex(hex, ret->pcrs[i], sizeof(ret->pcrs[i])) < 0)
			r = error_set(error, -EINVAL, "PCR %s is not 32 bytes in hex", number);
	}
	return r < 0 ? error_prefix(error, r, "pcrs") : 0;
}

int api_proof_decode(const void *json, size_t len, struct api_proof *ret, struct error *error)
{
	_cleanup_json_ struct json *root = NULL;
	struct api_proof proof;
	size_t credential_len = 0;

	memset(&proof, 0, sizeof(proof));
	int r = json_object_parse(json, len, &root, error);
	if (r == 0)
		r = read_bytes(root, "credential", sizeof(proof.credential),
			sizeof(proof.credential), proof.credential, &credential_len, error);
	if (r == 0)
		r = read_tpm_part(root, "quote", &proof.quote, error);
	if (r == 0)
		r = read_tpm_part(root, "signature", &proof.signature, error);
	if (r == 0)
		r = read_pcrs(root, &proof, error);
	if (r < 0)
		return r == -ENOMEM ? r : -EINVAL;
	*ret = proof;
	return 0;
}
