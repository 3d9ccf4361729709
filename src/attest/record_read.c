/* SPDX-License-Identifier: BSD-2-Clause */
/* The record of an attestation, read: see record.h. */
#include <errno.h>
#include <string.h>

#include "attest/record.h"
#include "base/text.h"

#define PREFIX "POST " API_PREFIX_V1

void attest_record_deinit(struct attest_record_content *content)
{
	attest_round_deinit(&content->round);
}

/* A text that is only shown; absent or null: empty. */
static int read_shown(
	const struct json *object, const char *key, char out[API_TEXT_MAX], struct error *error)
{
	const char *text = "";
	int r = json_get_text(object, key, &text, error);

	if (r < 0)
		return r;
	text_printable(text, strlen(text), out, API_TEXT_MAX);
	return 0;
}

static int take_attest(struct attest_record_content *content, const char *body, const char *answer,
	struct error *error)
{
	return api_attest_decode(answer, strlen(answer), &content->round.attest, error);
}

static int take_prove(struct attest_record_content *content, const char *body, const char *answer,
	struct error *error)
{
	int r = api_prove_decode(body, strlen(body), &content->round.prove, error);

	return r == 0 ? api_proof_decode(answer, strlen(answer), &content->round.proof, error) : r;
}

static int take_seal(struct attest_record_content *content, const char *body, const char *answer,
	struct error *error)
{
	content->has_seal = true;
	return api_seal_decode(body, strlen(body), &content->seal, error);
}

static int take_commit(struct attest_record_content *content, const char *body, const char *answer,
	struct error *error)
{
	_cleanup_json_ struct json *object = NULL;

	content->has_commit = true;
	/* A record has no more texts of it than prepare's answer. */
	int r = api_prepared_decode(answer, strlen(answer), &content->commit, error);
	if (r == 0)
		r = json_object_parse(answer, strlen(answer), &object, error);
	return r == 0 ? api_sealed_read(object, &content->commit.sealed, error) : r;
}

static const struct {
	const char *request;
	bool needed;
	int (*take)(struct attest_record_content *content, const char *body, const char *answer,
		struct error *error);
} kinds[] = {
	{ PREFIX API_ATTEST, true, take_attest },
	{ PREFIX API_PROVE, true, take_prove },
	{ PREFIX API_SEAL, false, take_seal },
	{ PREFIX API_COMMIT, false, take_commit },
};

/* A part of a message, as JSON. */
static int format_part(const struct json *message, const char *key, char **ret, struct error *error)
{
	const struct json *part = NULL;
	int r = json_get_object(message, key, &part, error);

	if (r != 0)
		return r < 0 ? r : error_set(error, -EINVAL, "%s is missing", key);
	return json_format(part, ret, error);
}

/* @seen: a bit for each kind. */
static int take_message(struct attest_record_content *content, const struct json *message,
	unsigned *seen, struct error *error)
{
	_cleanup_free_ char *body = NULL, *answer = NULL;
	const char *request = "";
	int r = json_get_text(message, "request", &request, error);

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(request, kinds[i].request) != 0)
			continue;
		if (*seen & 1u << i)
			return error_set(error, -EINVAL, "%s is there twice", request);
		*seen |= 1u << i;
		r = format_part(message, "body", &body, error);
		if (r == 0)
			r = format_part(message, "answer", &answer, error);
		if (r == 0)
			r = kinds[i].take(content, body, answer, error);
		return r < 0 ? error_prefix(error, r, "%s", kinds[i].request) : 0;
	}
	/* Requests of a later version. */
	return MIN(r, 0);
}

static int read_messages(
	const struct json *object, struct attest_record_content *content, struct error *error)
{
	const struct json *messages = NULL, *message = NULL;
	unsigned seen = 0;
	int r = json_get_array(object, "messages", &messages, error);

	if (r != 0)
		return r < 0 ? r : error_set(error, -EINVAL, "messages is missing");
	for (size_t i = 0; r == 0 && i < json_array_count(messages); i++) {
		r = json_array_object(messages, i, &message, error);
		if (r == 0)
			r = take_message(content, message, &seen, error);
	}
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].needed && !(seen & 1u << i))
			r = error_set(error, -EINVAL, "%s is missing", kinds[i].request);
	return r;
}

static int read_exporter(
	const struct json *object, uint8_t out[TLS_EXPORTER_SIZE], struct error *error)
{
	const char *hex = "";
	int r = json_get_text(object, "exporter", &hex, error);

	if (r < 0)
		return r;
	return r == 0 && text_parse_hex(hex, out, TLS_EXPORTER_SIZE) == 0
		       ? 0
		       : error_set(error, -EINVAL, "exporter is not 32 bytes in hex");
}

static int read_version(const struct json *object, struct error *error)
{
	int64_t version = 0;
	int r = json_get_int(object, "version", &version, error);

	if (r != 0)
		return r < 0 ? r : error_set(error, -EINVAL, "version is missing");
	return version == ATTEST_RECORD_VERSION
		       ? 0
		       : error_set(error, -EINVAL, "it is of a version that is not known here");
}

static int read_all(
	const struct json *object, struct attest_record_content *content, struct error *error)
{
	int r = read_version(object, error);

	if (r == 0)
		r = read_shown(object, "time", content->time, error);
	if (r == 0)
		r = read_shown(object, "hostname", content->hostname, error);
	if (r == 0)
		r = read_shown(object, "ip", content->ip, error);
	if (r == 0)
		r = read_shown(object, "tier", content->tier, error);
	if (r == 0)
		r = read_exporter(object, content->round.exporter, error);
	return r == 0 ? read_messages(object, content, error) : r;
}

int attest_record_read(
	const void *text, size_t len, struct attest_record_content *ret, struct error *error)
{
	_cleanup_json_ struct json *object = NULL;

	memset(ret, 0, sizeof(*ret));
	int r = json_object_parse(text, len, &object, error);
	if (r == 0)
		r = read_all(object, ret, error);
	if (r < 0)
		attest_record_deinit(ret);
	return r == 0 || r == -ENOMEM || r == -EIO ? r : -EINVAL;
}
