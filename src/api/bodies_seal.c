/* SPDX-License-Identifier: BSD-2-Clause */
/* Bodies about the host key that is sealed to the platform's TPM: see bodies.h. */
#include "api/bodies.h"

#include <errno.h>
#include <string.h>

#include "json/json.h"

#define POLICY_TPM "tpm"

int api_seal_encode(const struct api_seal *request, char **ret_json, struct error *error)
{
	_cleanup_json_ struct json *object = NULL;
	int r = json_object_new(&object, error);

	if (r < 0)
		return r;
	json_set_text(object, "policy", POLICY_TPM);
	json_set_base64(object, "nonce", request->nonce, sizeof(request->nonce));
	return json_format(object, ret_json, error);
}

static int check_policy(const struct json *object, struct error *error)
{
	const char *policy = "";
	int r = json_get_text(object, "policy", &policy, error);

	if (r != 0)
		return r < 0 ? r : error_set(error, -EINVAL, "policy is missing");
	return strcmp(policy, POLICY_TPM) == 0
		       ? 0
		       : error_set(error, -EINVAL,
				 "this stprov seals by the policy " POLICY_TPM " only");
}

int api_seal_decode(const void *json, size_t len, struct api_seal *ret, struct error *error)
{
	_cleanup_json_ struct json *object = NULL;
	_cleanup_free_ uint8_t *nonce = NULL;
	size_t nonce_len = 0;
	int r = json_object_parse(json, len, &object, error);

	if (r == 0)
		r = check_policy(object, error);
	if (r < 0)
		return r;
	r = json_get_base64(object, "nonce", API_SEAL_MAX, &nonce, &nonce_len, error);
	if (r < 0)
		return -EINVAL;
	if (r > 0 || nonce_len != sizeof(ret->nonce))
		return error_set(error, -EINVAL, "nonce must be %d bytes", API_NONCE_SIZE);
	memcpy(ret->nonce, nonce, sizeof(ret->nonce));
	return 0;
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
