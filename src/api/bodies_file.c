/* SPDX-License-Identifier: BSD-2-Clause */
/* Bodies about files for the OS package and the host certificate, and commit: see bodies.h. */
#include "api/bodies.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "json/json.h"

void api_file_deinit(struct api_file *file)
{
	if (file->data)
		secret_wipe_bytes(file->data, file->len);
	free(file->data);
	*file = (struct api_file){ .data = NULL };
}

int api_file_encode(const struct api_file *file, char **ret_json, struct error *error)
{
	_cleanup_json_ struct json *object = NULL;
	int r = json_object_new(&object, error);

	if (r < 0)
		return r;
	json_set_text(object, "name", file->name);
	json_set_base64(object, "data", file->data, file->len);
	return json_format(object, ret_json, error);
}

/* Copies a text of @object that must be there and fit. */
static int take_text(
	const struct json *object, const char *key, char *out, size_t cap, struct error *error)
{
	const char *text = "";
	int r = json_get_text(object, key, &text, error);

	if (r != 0)
		return r < 0 ? r : error_set(error, -EINVAL, "%s is missing", key);
	if (strlen(text) >= cap)
		return error_set(error, -EINVAL, "%s is too long", key);
	memcpy(out, text, strlen(text) + 1);
	return 0;
}

static int check_file(const struct api_file *file, struct error *error)
{
	const char *why = hostfile_reason_against(file->name, strlen(file->name));

	if (why)
		return error_set(error, -EINVAL, "a file's name: %s", why);
	if (file->len == 0)
		return error_set(error, -EINVAL, "file %s is empty", file->name);
	return 0;
}

int api_file_decode(const void *json, size_t len, struct api_file *ret, struct error *error)
{
	_cleanup_api_file_ struct api_file file = { .data = NULL };
	_cleanup_json_ struct json *object = NULL;
	int r = json_object_parse(json, len, &object, error);

	if (r == 0)
		r = take_text(object, "name", file.name, sizeof(file.name), error);
	if (r < 0)
		return r;
	r = json_get_base64(object, "data", HOSTFILE_DATA_MAX, &file.data, &file.len, error);
	if (r == -E2BIG)
		return error_set(error, -EINVAL, "a file has at most %d bytes", HOSTFILE_DATA_MAX);
	if (r != 0)
		return r < 0 ? -EINVAL : error_set(error, -EINVAL, "data is missing");
	r = check_file(&file, error);
	if (r < 0)
		return r;
	*ret = file;
	file.data = NULL;
	return 0;
}

int api_certificate_encode(
	const struct api_certificate *request, char **ret_json, struct error *error)
{
	_cleanup_json_ struct json *object = NULL;
	char line[HOSTKEY_CERTIFICATE_MAX];
	int r = json_object_new(&object, error);

	if (r < 0)
		return r;
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(request->line, "\n"), request->line);
	json_set_text(object, "certificate", line);
	return json_format(object, ret_json, error);
}

int api_certificate_decode(
	const void *json, size_t len, struct api_certificate *ret, struct error *error)
{
	_cleanup_json_ struct json *object = NULL;
	struct api_certificate request = { .line = "" };
	int r = json_object_parse(json, len, &object, error);

	/* One byte less: the newline. */
	if (r == 0)
		r = take_text(object, "certificate", request.line, sizeof(request.line) - 1, error);
	if (r < 0)
		return r;
	size_t n = strlen(request.line);
	for (size_t i = 0; i < n; i++)
		if (request.line[i] < ' ' || request.line[i] > '~')
			return error_set(error, -EINVAL, "certificate is not one printable line");
	request.line[n] = '\n';
	request.line[n + 1] = '\0';
	*ret = request;
	return 0;
}

/* An object of two texts, at the end of @array. */
static int append_pair(struct json *array, const char *first, const char *first_value,
	const char *second, const char *second_value, struct error *error)
{
	struct json *item = NULL;
	int r = json_object_new(&item, error);

	if (r < 0)
		return r;
	json_set_text(item, first, first_value);
	json_set_text(item, second, second_value);
	json_append_child(array, item);
	return 0;
}

static int encode_files(
	const struct api_believed *request, struct json *object, struct error *error)
{
	_cleanup_json_ struct json *array = NULL;
	int r = json_array_new(&array, error);

	for (size_t i = 0; r == 0 && i < request->files_n; i++)
		r = append_pair(
			array, "name", request->files[i].name, "mac", request->files[i].mac, error);
	if (r == 0)
		json_set_child(object, "files", TAKE_PTR(array));
	return r;
}

static int encode_keys(const struct api_believed *request, struct json *object, struct error *error)
{
	_cleanup_json_ struct json *array = NULL;
	int r = json_array_new(&array, error);

	for (size_t i = 0; r == 0 && i < EFI_SB_N; i++)
		if (request->keys[i][0])
			r = append_pair(array, "variable", efi_sb_variables[i].name->name, "sha256",
				request->keys[i], error);
	if (r == 0)
		json_set_child(object, "keys", TAKE_PTR(array));
	return r;
}

static bool has_keys(const struct api_believed *request)
{
	for (size_t i = 0; i < EFI_SB_N; i++)
		if (request->keys[i][0])
			return true;
	return false;
}

int api_believed_encode(const struct api_believed *request, char **ret_json, struct error *error)
{
	_cleanup_json_ struct json *object = NULL;
	int r = json_object_new(&object, error);

	if (r == 0 && request->files_n > 0)
		r = encode_files(request, object, error);
	if (r == 0 && request->certificate[0])
		json_set_text(object, "certificate", request->certificate);
	if (r == 0 && has_keys(request))
		r = encode_keys(request, object, error);
	if (r < 0)
		return r;
	if (request->sealed)
		json_set_bool(object, "sealed", true);
	if (request->keep_files)
		json_set_bool(object, "keep_files", true);
	return json_format(object, ret_json, error);
}

static int decode_files(
	const struct json *array, struct api_believed *believed, struct error *error)
{
	size_t n = json_array_count(array);

	if (n > HOSTFILE_FILES_MAX)
		return error_set(error, -EINVAL, "more than %d files", HOSTFILE_FILES_MAX);
	for (size_t i = 0; i < n; i++) {
		struct api_believed_file *file = &believed->files[i];
		const struct json *item = NULL;
		int r = json_array_object(array, i, &item, error);
		if (r == 0)
			r = take_text(item, "name", file->name, sizeof(file->name), error);
		if (r == 0)
			r = take_text(item, "mac", file->mac, sizeof(file->mac), error);
		if (r < 0)
			return r;
	}
	believed->files_n = n;
	return 0;
}

static int decode_key(const struct json *item, struct api_believed *believed, struct error *error)
{
	char sha256[API_SHA256_HEX_MAX], variable[16];
	int r = take_text(item, "variable", variable, sizeof(variable), error);

	if (r == 0)
		r = take_text(item, "sha256", sha256, sizeof(sha256), error);
	if (r < 0)
		return r;
	for (size_t i = 0; i < EFI_SB_N; i++) {
		if (strcmp(efi_sb_variables[i].name->name, variable) != 0)
			continue;
		if (believed->keys[i][0] || !sha256[0])
			break;
		memcpy(believed->keys[i], sha256, sizeof(sha256));
		return 0;
	}
	return error_set(
		error, -EINVAL, "keys names a variable twice, without a hash, or an unknown one");
}

static int decode_keys(const struct json *array, struct api_believed *believed, struct error *error)
{
	size_t n = json_array_count(array);
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		const struct json *item = NULL;
		r = json_array_object(array, i, &item, error);
		if (r == 0)
			r = decode_key(item, believed, error);
	}
	return r;
}

/* A negative result only: what is absent or null is not staged. */
static int decode_believed(
	const struct json *object, struct api_believed *believed, struct error *error)
{
	const struct json *array = NULL;
	const char *text = NULL;
	int r = json_get_array(object, "files", &array, error);

	if (r == 0)
		r = decode_files(array, believed, error);
	if (r >= 0)
		r = json_get_array(object, "keys", &array, error);
	if (r == 0)
		r = decode_keys(array, believed, error);
	if (r >= 0)
		r = json_get_text(object, "certificate", &text, error);
	if (r == 0)
		r = take_text(object, "certificate", believed->certificate,
			sizeof(believed->certificate), error);
	if (r >= 0)
		r = json_get_bool(object, "sealed", &believed->sealed, error);
	if (r >= 0)
		r = json_get_bool(object, "keep_files", &believed->keep_files, error);
	return MIN(r, 0);
}

int api_believed_decode(const void *json, size_t len, struct api_believed *ret, struct error *error)
{
	_cleanup_json_ struct json *object = NULL;
	struct api_believed believed = { .files_n = 0 };
	int r = json_object_parse(json, len, &object, error);

	if (r == 0)
		r = decode_believed(object, &believed, error);
	if (r < 0)
		return r;
	*ret = believed;
	return 0;
}
