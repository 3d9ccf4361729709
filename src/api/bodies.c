/* SPDX-License-Identifier: BSD-2-Clause */
/* Request and response bodies: see bodies.h. */
#include "api/bodies.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "json/json.h"

/* An absent key and null count as the type's zero, as in the released program. */
static bool is_absent(int r)
{
	return r == JSON_E_ABSENT || r == JSON_E_NULL;
}

void api_secure_boot_deinit(struct api_secure_boot *request)
{
	for (size_t i = 0; i < EFI_SB_N; i++)
		free(request->blobs[i].data);
	*request = (struct api_secure_boot){ .reboot_into_uefi_menu = false };
}

int api_add_data_encode(const struct api_add_data *request, char **ret_json, struct error *error)
{
	_cleanup_json_ struct json *object = NULL;
	int r = json_object_new(&object, error);

	if (r < 0)
		return r;
	json_set_base64(object, "entropy", request->entropy, sizeof(request->entropy));
	json_set_int(object, "timestamp", request->timestamp);
	return json_format(object, ret_json, error);
}

int api_add_data_decode(const void *json, size_t len, struct api_add_data *ret, struct error *error)
{
	_cleanup_json_ struct json *object = NULL;
	_cleanup_free_ uint8_t *entropy = NULL;
	size_t entropy_len = 0;
	int64_t timestamp = 0;

	int r = json_object_parse(json, len, &object, error);
	if (r < 0)
		return r;
	r = json_get_base64(object, "entropy", API_ADD_DATA_MAX, &entropy, &entropy_len, error);
	if (r < 0)
		return -EINVAL;
	if (is_absent(r) || entropy_len != API_ENTROPY_SIZE)
		return error_set(error, -EINVAL, "entropy must be %d bytes", API_ENTROPY_SIZE);
	r = json_get_int(object, "timestamp", &timestamp, error);
	if (r < 0)
		r = -EINVAL;
	else if (timestamp < 0)
		r = error_set(error, -EINVAL, "timestamp must not be negative");
	else
		r = 0;
	if (r == 0) {
		memcpy(ret->entropy, entropy, API_ENTROPY_SIZE);
		ret->timestamp = timestamp;
	}
	secret_wipe_bytes(entropy, entropy_len);
	return r;
}

int api_secure_boot_encode(
	const struct api_secure_boot *request, char **ret_json, struct error *error)
{
	_cleanup_json_ struct json *object = NULL;
	int r = json_object_new(&object, error);

	if (r < 0)
		return r;
	for (size_t i = 0; i < EFI_SB_N; i++)
		json_set_base64(object, efi_sb_variables[i].word, request->blobs[i].data,
			request->blobs[i].len);
	json_set_bool(object, "reboot_into_uefi_menu", request->reboot_into_uefi_menu);
	return json_format(object, ret_json, error);
}

/* An empty blob counts as an absent one. */
static int decode_blob(
	const struct json *object, const char *key, struct api_blob *ret, struct error *error)
{
	uint8_t *data = NULL;
	size_t len = 0;
	int r = json_get_base64(object, key, API_BLOB_MAX, &data, &len, error);

	if (r < 0)
		return -EINVAL;
	if (is_absent(r) || len == 0) {
		free(data);
		return 0;
	}
	*ret = (struct api_blob){ .data = data, .len = len };
	return 0;
}

static int decode_secure_boot(
	const struct json *object, struct api_secure_boot *ret, struct error *error)
{
	int r;

	for (size_t i = 0; i < EFI_SB_N; i++) {
		r = decode_blob(object, efi_sb_variables[i].word, &ret->blobs[i], error);
		if (r < 0)
			return r;
	}
	r = json_get_bool(object, "reboot_into_uefi_menu", &ret->reboot_into_uefi_menu, error);
	if (r < 0)
		return -EINVAL;
	for (size_t i = 0; i < EFI_SB_N; i++)
		if (!efi_sb_variables[i].optional && !ret->blobs[i].data)
			return error_set(error, -EINVAL, "invalid request: %s is required",
				efi_sb_variables[i].name->name);
	return 0;
}

int api_secure_boot_decode(
	const void *json, size_t len, struct api_secure_boot *ret, struct error *error)
{
	_cleanup_api_secure_boot_ struct api_secure_boot request = { .reboot_into_uefi_menu =
									     false };
	_cleanup_json_ struct json *object = NULL;
	int r = json_object_parse(json, len, &object, error);

	if (r == 0)
		r = decode_secure_boot(object, &request, error);
	if (r < 0)
		return r;
	*ret = request;
	request = (struct api_secure_boot){ .reboot_into_uefi_menu = false };
	return 0;
}

void api_commit_texts(struct api_commit *commit, struct api_commit_text ret[API_COMMIT_TEXTS])
{
	const struct api_commit_text texts[API_COMMIT_TEXTS] = {
		{ "publickey", commit->publickey, .prepared = true },
		{ "fingerprint", commit->fingerprint, .prepared = true },
		{ "hostname", commit->hostname, .prepared = true },
		{ "authentication", commit->authentication },
		{ "identity", commit->identity },
		{ "serial", commit->serial, .optional = true },
		{ "uuid", commit->uuid, .optional = true },
		{ "macs", commit->macs, .optional = true },
	};

	memcpy(ret, texts, sizeof(texts));
}

static int encode_commit(
	const struct api_commit *response, bool prepared, char **ret_json, struct error *error)
{
	_cleanup_json_ struct json *object = NULL;
	struct api_commit copy = *response;
	struct api_commit_text texts[API_COMMIT_TEXTS];
	int r = json_object_new(&object, error);

	if (r < 0)
		return r;
	api_commit_texts(&copy, texts);
	for (size_t i = 0; i < API_COMMIT_TEXTS; i++)
		if ((texts[i].prepared || !prepared) && (!texts[i].optional || texts[i].text[0]))
			json_set_text(object, texts[i].key, texts[i].text);
	r = prepared ? 0 : api_sealed_build(&response->sealed, object, error);
	return r < 0 ? r : json_format(object, ret_json, error);
}

int api_commit_encode(const struct api_commit *response, char **ret_json, struct error *error)
{
	return encode_commit(response, false, ret_json, error);
}

int api_prepared_encode(const struct api_commit *response, char **ret_json, struct error *error)
{
	return encode_commit(response, true, ret_json, error);
}

static int decode_text(
	const struct json *object, const struct api_commit_text *ret, struct error *error)
{
	const char *text = "";
	int r = json_get_text(object, ret->key, &text, error);

	if (r < 0)
		return r;
	if (r > 0)
		return ret->optional ? 0 : error_set(error, -EINVAL, "%s is missing", ret->key);
	if (strlen(text) >= API_TEXT_MAX)
		return error_set(error, -EINVAL, "%s is too long", ret->key);
	memcpy(ret->text, text, strlen(text) + 1);
	return 0;
}

static int decode_commit(
	const void *json, size_t len, bool prepared, struct api_commit *ret, struct error *error)
{
	_cleanup_json_ struct json *object = NULL;
	struct api_commit response = { .publickey = "" };
	struct api_commit_text texts[API_COMMIT_TEXTS];

	api_commit_texts(&response, texts);
	int r = json_object_parse(json, len, &object, error);
	for (size_t i = 0; r == 0 && i < API_COMMIT_TEXTS; i++)
		if (texts[i].prepared || !prepared)
			r = decode_text(object, &texts[i], error);
	if (r == 0 && !prepared)
		r = api_sealed_read(object, &response.sealed, error);
	if (r == 0)
		*ret = response;
	return r;
}

int api_commit_decode(const void *json, size_t len, struct api_commit *ret, struct error *error)
{
	return decode_commit(json, len, false, ret, error);
}

int api_prepared_decode(const void *json, size_t len, struct api_commit *ret, struct error *error)
{
	return decode_commit(json, len, true, ret, error);
}
