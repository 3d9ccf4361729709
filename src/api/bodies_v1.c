/* SPDX-License-Identifier: BSD-2-Clause */
/* Bodies that only stprov/v1 has: see bodies.h. */
#include "api/bodies.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "crypto/kdf.h"
#include "json/json.h"

static int add_variable(struct api_staged *staged, const char *name, const struct api_blob *blob,
	struct error *error)
{
	struct api_variable *variable = &staged->items[staged->n];
	uint8_t hash[CRYPTO_SHA256_SIZE];

	if (!blob->data)
		return 0;
	int r = crypto_sha256(blob->data, blob->len, hash, error);
	if (r < 0)
		return r;
	variable->name = name;
	text_format_hex(hash, sizeof(hash), variable->sha256);
	staged->n++;
	return 0;
}

int api_staged_of(
	const struct api_secure_boot *request, struct api_staged *ret, struct error *error)
{
	struct api_staged staged = { .n = 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < EFI_SB_N; i++)
		r = add_variable(
			&staged, efi_sb_variables[i].name->name, &request->blobs[i], error);
	if (r == 0)
		*ret = staged;
	return r;
}

int api_staged_build(const struct api_staged *staged, struct json **ret, struct error *error)
{
	_cleanup_json_ struct json *array = NULL;
	struct json *item = NULL;
	int r = json_array_new(&array, error);

	for (size_t i = 0; r == 0 && i < staged->n; i++) {
		r = json_object_new(&item, error);
		if (r < 0)
			break;
		json_set_text(item, "variable", staged->items[i].name);
		json_set_text(item, "sha256", staged->items[i].sha256);
		json_append_child(array, item);
	}
	if (r == 0)
		*ret = TAKE_PTR(array);
	return r;
}

int api_staged_encode(const struct api_staged *response, char **ret_json, struct error *error)
{
	_cleanup_json_ struct json *object = NULL;
	struct json *array = NULL;
	int r = json_object_new(&object, error);

	if (r == 0)
		r = api_staged_build(response, &array, error);
	if (r < 0)
		return r;
	json_set_child(object, "staged", array);
	return json_format(object, ret_json, error);
}

static bool is_text(const struct json *object, const char *key, const char *want)
{
	const char *text = "";
	struct error ignored;

	return json_get_text(object, key, &text, &ignored) == 0 && strcmp(text, want) == 0;
}

int api_staged_check(
	const void *json, size_t len, const struct api_staged *expected, struct error *error)
{
	_cleanup_json_ struct json *object = NULL;
	const struct json *array = NULL, *item = NULL;

	int r = json_object_parse(json, len, &object, error);
	if (r == 0)
		r = json_get_array(object, "staged", &array, error);
	if (r != 0)
		return r < 0 ? r : error_set(error, -EINVAL, "staged is missing");
	if (json_array_count(array) != expected->n)
		return error_set(error, -EINVAL, "%zu variable%s, not %zu", json_array_count(array),
			text_plural(json_array_count(array), "", "s"), expected->n);
	for (size_t i = 0; i < expected->n; i++) {
		r = json_array_object(array, i, &item, error);
		if (r < 0)
			return r;
		if (!is_text(item, "variable", expected->items[i].name) ||
			!is_text(item, "sha256", expected->items[i].sha256))
			return error_set(
				error, -EINVAL, "%s is not what was sent", expected->items[i].name);
	}
	return 0;
}

int api_empty_decode(const void *json, size_t len, struct error *error)
{
	_cleanup_json_ struct json *object = NULL;

	return json_object_parse(json, len, &object, error);
}

int api_error_encode(const char *text, char **ret_json, struct error *error)
{
	_cleanup_json_ struct json *object = NULL;
	int r = json_object_new(&object, error);

	if (r < 0)
		return r;
	json_set_text(object, "error", text);
	return json_format(object, ret_json, error);
}

int api_error_decode(
	const void *json, size_t len, char ret_text[ERROR_TEXT_MAX], struct error *error)
{
	_cleanup_json_ struct json *object = NULL;
	const char *text = "";

	int r = json_object_parse(json, len, &object, error);
	if (r == 0)
		r = json_get_text(object, "error", &text, error);
	if (r != 0)
		return r < 0 ? r : error_set(error, -EINVAL, "error is missing");
	size_t n = MIN(strlen(text), (size_t)ERROR_TEXT_MAX - 1);
	memcpy(ret_text, text, n);
	ret_text[n] = '\0';
	return 0;
}
