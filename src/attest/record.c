/* SPDX-License-Identifier: BSD-2-Clause */
/* The record of an attestation, written: see record.h. */
#include "attest/record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define PREFIX "POST " API_PREFIX_V1

void attest_format_pem(const struct crypto_point *point, char out[ATTEST_PEM_MAX])
{
	char base64[TEXT_BASE64_SIZE(sizeof(struct crypto_spki))];
	struct crypto_spki spki;
	size_t len = 0;

	crypto_spki_ec(CRYPTO_CURVE_P256, point, &spki);
	size_t left = text_format_base64(spki.der, spki.len, base64);
	len = (size_t)snprintf(out, ATTEST_PEM_MAX, "-----BEGIN PUBLIC KEY-----\n");
	for (const char *line = base64; left > 0;) {
		int n = (int)MIN(left, (size_t)64);
		len += (size_t)snprintf(out + len, ATTEST_PEM_MAX - len, "%.*s\n", n, line);
		line += n;
		left -= (size_t)n;
	}
	snprintf(out + len, ATTEST_PEM_MAX - len, "-----END PUBLIC KEY-----\n");
}

/* -- what was found --------------------------------------------------------------------------- */

static void set_hash(struct json *object, const char *key, const uint8_t *hash)
{
	char hex[2 * TPM_HASH_SIZE + 1];

	if (hash)
		text_format_hex(hash, TPM_HASH_SIZE, hex);
	json_set_text(object, key, hash ? hex : NULL);
}

static int set_secure_boot(const struct attest_round *round, const uint8_t *predicted,
	struct json *object, struct error *error)
{
	const struct attest_boot *boot = &round->boot;
	struct json *child = NULL;
	int r = json_object_new(&child, error);

	if (r < 0)
		return r;
	if (boot->knows_secure_boot) {
		json_set_bool(child, "enabled", boot->secure_boot);
		json_set_bool(child, "setup_mode", boot->setup_mode);
	} else {
		json_set_null(child, "enabled");
		json_set_null(child, "setup_mode");
	}
	set_hash(child, "pcr7_predicted", predicted);
	json_set_child(object, "secure_boot", child);
	return 0;
}

int attest_build(const struct attest_round *round, const uint8_t *predicted, struct json *object,
	struct error *error)
{
	struct json *findings = NULL;

	json_set_text(object, "tier", attest_tier_name(round->tier));
	set_hash(object, "ek_sha256", round->ek_sha256);
	int r = attest_findings_build(&round->findings, &findings, error);
	if (r < 0)
		return r;
	json_set_child(object, "findings", findings);
	return set_secure_boot(round, predicted, object, error);
}

static int set_tpm(const struct api_attest *attest, struct json *object, struct error *error)
{
	struct json *tpm = NULL, *banks = NULL;
	int r = json_object_new(&tpm, error);

	if (r < 0)
		return r;
	json_set_text(tpm, "family", "2.0");
	json_set_printable(tpm, "manufacturer", attest->manufacturer);
	json_set_printable(tpm, "vendor", attest->vendor);
	json_set_printable(tpm, "firmware", attest->firmware);
	r = json_array_new(&banks, error);
	for (size_t i = 0; r == 0 && i < attest->banks_n; i++)
		json_append_text(banks, attest->banks[i]);
	if (r == 0)
		json_set_child(tpm, "banks", banks);
	json_set_bool(tpm, "in_lockout", attest->in_lockout);
	json_set_child(object, "tpm", tpm);
	return r;
}

static int set_roots(const struct crypto_chain *chain, struct json *object, struct error *error)
{
	struct json *array = NULL;
	int r = json_array_new(&array, error);

	for (size_t i = 0; r == 0 && i < chain->n; i++) {
		char hex[2 * CRYPTO_SHA256_SIZE + 1];
		text_format_hex(chain->sha256[i], CRYPTO_SHA256_SIZE, hex);
		json_append_text(array, hex);
	}
	if (r == 0)
		json_set_child(object, "roots", array);
	return r;
}

/* -- messages --------------------------------------------------------------------------------- */

/* @body, @answer: JSON. */
static int append_message(struct json *array, const char *request, const char *body,
	const char *answer, struct error *error)
{
	_cleanup_json_ struct json *item = NULL, *sent = NULL, *got = NULL;
	int r = json_object_new(&item, error);

	if (r == 0)
		r = json_object_parse(body, strlen(body), &sent, error);
	if (r == 0)
		r = json_object_parse(answer, strlen(answer), &got, error);
	if (r < 0)
		return error_prefix(error, r, "the record");
	json_set_text(item, "request", request);
	json_set_child(item, "body", TAKE_PTR(sent));
	json_set_child(item, "answer", TAKE_PTR(got));
	json_append_child(array, TAKE_PTR(item));
	return 0;
}

static int append_prove(const struct attest_record *record, struct json *array, struct error *error)
{
	_cleanup_free_ char *body = NULL;
	int r = api_prove_encode(&record->round->prove, &body, error);

	return r < 0 ? r
		     : append_message(array, PREFIX API_PROVE, body, record->prove_answer, error);
}

static int append_seal(const struct attest_record *record, struct json *array, struct error *error)
{
	_cleanup_free_ char *body = NULL;
	int r = record->seal ? api_seal_encode(record->seal, &body, error) : 0;

	return r < 0 || !record->seal ? r
				      : append_message(array, PREFIX API_SEAL, body, "{}", error);
}

/*
 * What names the host key, and no more: from the device's secret come two other texts, and a file's
 * MAC in the request would be one under a key that is in this record.
 */
static int append_commit(
	const struct attest_record *record, struct json *array, struct error *error)
{
	const struct api_commit *commit = record->commit;
	_cleanup_json_ struct json *answer = NULL;
	_cleanup_free_ char *text = NULL;
	int r = commit ? json_object_new(&answer, error) : 0;

	if (r < 0 || !commit)
		return r;
	json_set_text(answer, "publickey", commit->publickey);
	json_set_text(answer, "fingerprint", commit->fingerprint);
	json_set_text(answer, "hostname", commit->hostname);
	r = api_sealed_build(&commit->sealed, answer, error);
	if (r == 0)
		r = json_format(answer, &text, error);
	return r < 0 ? r : append_message(array, PREFIX API_COMMIT, "{}", text, error);
}

static int set_messages(
	const struct attest_record *record, struct json *object, struct error *error)
{
	_cleanup_json_ struct json *array = NULL;
	int r = json_array_new(&array, error);

	if (r == 0)
		r = append_message(array, PREFIX API_ATTEST, "{}", record->attest_answer, error);
	if (r == 0)
		r = append_prove(record, array, error);
	if (r == 0)
		r = append_seal(record, array, error);
	if (r == 0)
		r = append_commit(record, array, error);
	if (r == 0)
		json_set_child(object, "messages", TAKE_PTR(array));
	return r;
}

static int build(const struct attest_record *record, struct json *object, struct error *error)
{
	const struct attest_round *round = record->round;
	char pem[ATTEST_PEM_MAX];

	json_set_int(object, "version", ATTEST_RECORD_VERSION);
	json_set_text(object, "time", record->time);
	json_set_text(object, "hostname", record->hostname);
	json_set_text(object, "ip", record->ip);
	json_set_text(object, "comparison_words", record->words);
	int r = attest_build(round, record->predicted, object, error);
	if (r == 0)
		r = set_tpm(&round->attest, object, error);
	if (r == 0)
		r = set_messages(record, object, error);
	if (r == 0)
		r = set_roots(&round->chain, object, error);
	if (r < 0)
		return r;
	set_hash(object, "exporter", round->exporter);
	attest_format_pem(&round->ak_point, pem);
	json_set_text(object, "ak_pem", pem);
	json_set_text(object, "stprov_version", record->program);
	return 0;
}

int attest_record_format(const struct attest_record *record, char **ret_text, struct error *error)
{
	_cleanup_json_ struct json *object = NULL;
	_cleanup_free_ char *line = NULL;

	static_assert(TLS_EXPORTER_SIZE == TPM_HASH_SIZE, "the same");
	int r = json_object_new(&object, error);
	if (r == 0)
		r = build(record, object, error);
	if (r == 0)
		r = json_format(object, &line, error);
	if (r < 0)
		return r;
	*ret_text = text_new("%s\n", line);
	return *ret_text ? 0 : error_set_errno(error, -ENOMEM, "the record");
}
