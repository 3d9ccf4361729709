/* SPDX-License-Identifier: BSD-2-Clause */
/* Bodies about the host key that is sealed to the platform's TPM: see bodies.h. */
#include "api/bodies.h"

#include <errno.h>
#include <string.h>

#include "json/json.h"

#define POLICY_TPM "tpm"
#define POLICY_PCR "pcr"

int api_seal_encode(const struct api_seal *request, char **ret_json, struct error *error)
{
	_cleanup_json_ struct json *object = NULL;
	int r = json_object_new(&object, error);

	if (r < 0)
		return r;
	json_set_text(object, "policy", request->pcrs ? POLICY_PCR : POLICY_TPM);
	if (request->pcrs) {
		r = json_set_bits(object, "pcrs", request->pcrs, error);
		json_set_base64(object, "digest", request->digest, sizeof(request->digest));
	}
	json_set_base64(object, "nonce", request->nonce, sizeof(request->nonce));
	return r < 0 ? r : json_format(object, ret_json, error);
}

/* Exactly @size bytes. */
static int read_bytes(
	const struct json *object, const char *key, uint8_t *out, size_t size, struct error *error)
{
	_cleanup_free_ uint8_t *data = NULL;
	size_t len = 0;
	int r = json_get_base64(object, key, API_SEAL_MAX, &data, &len, error);

	if (r < 0)
		return -EINVAL;
	if (r > 0 || len != size)
		return error_set(error, -EINVAL, "%s must be %zu bytes", key, size);
	memcpy(out, data, size);
	return 0;
}

static int read_pcrs(const struct json *object, uint32_t *ret_mask, struct error *error)
{
	const struct json *array = NULL;
	int64_t last = -1;
	uint32_t mask = 0;
	int r = json_get_array(object, "pcrs", &array, error);

	if (r != 0)
		return r < 0 ? r : error_set(error, -EINVAL, "pcrs is missing");
	for (size_t i = 0; i < json_array_count(array); i++) {
		int64_t pcr = 0;
		r = json_array_int(array, i, &pcr, error);
		if (r < 0)
			return error_prefix(error, r, "pcrs");
		if (pcr <= last || pcr >= API_PCRS)
			return error_set(error, -EINVAL,
				"pcrs must be numbers from 0 to %d in ascending order",
				API_PCRS - 1);
		mask |= 1u << pcr;
		last = pcr;
	}
	if (mask == 0)
		return error_set(error, -EINVAL, "pcrs is empty");
	*ret_mask = mask;
	return 0;
}

static int read_policy(const struct json *object, struct api_seal *ret, struct error *error)
{
	const char *policy = "";
	int r = json_get_text(object, "policy", &policy, error);

	if (r != 0)
		return r < 0 ? r : error_set(error, -EINVAL, "policy is missing");
	if (strcmp(policy, POLICY_TPM) == 0)
		return 0;
	if (strcmp(policy, POLICY_PCR) != 0)
		return error_set(error, -EINVAL,
			"this stprov seals by the policies " POLICY_TPM " and " POLICY_PCR " only");
	r = read_pcrs(object, &ret->pcrs, error);
	return r == 0 ? read_bytes(object, "digest", ret->digest, sizeof(ret->digest), error) : r;
}

int api_seal_decode(const void *json, size_t len, struct api_seal *ret, struct error *error)
{
	_cleanup_json_ struct json *object = NULL;
	struct api_seal seal = { .pcrs = 0 };
	int r = json_object_parse(json, len, &object, error);

	if (r == 0)
		r = read_policy(object, &seal, error);
	if (r == 0)
		r = read_bytes(object, "nonce", seal.nonce, sizeof(seal.nonce), error);
	if (r == 0)
		*ret = seal;
	return r;
}

void api_sealed_parts(struct api_sealed *sealed, struct api_sealed_part ret[API_SEALED_PARTS])
{
	const struct api_sealed_part parts[API_SEALED_PARTS] = {
		{ "parent", &sealed->parent },
		{ "public", &sealed->public },
		{ "certify", &sealed->certify },
		{ "signature", &sealed->signature },
	};

	memcpy(ret, parts, sizeof(parts));
}

int api_sealed_build(const struct api_sealed *sealed, struct json *object, struct error *error)
{
	struct api_sealed copy = *sealed;
	struct api_sealed_part parts[API_SEALED_PARTS];
	struct json *child = NULL;
	int r = sealed->given ? json_object_new(&child, error) : 0;

	if (r < 0 || !sealed->given)
		return r;
	api_sealed_parts(&copy, parts);
	for (size_t i = 0; i < API_SEALED_PARTS; i++)
		json_set_base64(child, parts[i].key, parts[i].part->bytes, parts[i].part->len);
	json_set_child(object, "sealed", child);
	return 0;
}

static int read_part(
	const struct json *object, const struct api_sealed_part *ret, struct error *error)
{
	_cleanup_free_ uint8_t *data = NULL;
	size_t len = 0;
	int r = json_get_base64(object, ret->key, API_TPM_MAX, &data, &len, error);

	if (r < 0)
		return -EINVAL;
	if (r > 0 || len == 0)
		return error_set(error, -EINVAL, "%s is missing", ret->key);
	memcpy(ret->part->bytes, data, len);
	ret->part->len = len;
	return 0;
}

int api_sealed_read(const struct json *object, struct api_sealed *ret, struct error *error)
{
	struct api_sealed sealed = { .given = true };
	struct api_sealed_part parts[API_SEALED_PARTS];
	const struct json *child = NULL;
	int r = json_get_object(object, "sealed", &child, error);

	if (r != 0)
		return MIN(r, 0);
	api_sealed_parts(&sealed, parts);
	for (size_t i = 0; r == 0 && i < API_SEALED_PARTS; i++)
		r = read_part(child, &parts[i], error);
	if (r < 0)
		return error_prefix(error, r, "sealed");
	*ret = sealed;
	return 0;
}
