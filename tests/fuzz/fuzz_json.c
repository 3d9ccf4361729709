/* SPDX-License-Identifier: BSD-2-Clause */
/* json/: any text is parsed or refused; what is parsed answers every getter and is written again.
 */
#include <string.h>

#include "json/json.h"

/* Names that the corpus uses. */
static const char *const keys[] = { "entropy", "timestamp", "pk", "dbx", "reboot_into_uefi_menu",
	"dns", "network_interfaces", "a", "" };

#define LIMIT 64

static void get_all(const struct json *object, int depth);

static void get_items(const struct json *array, int depth)
{
	struct error e = ERROR_INIT;

	for (size_t i = 0; i <= json_array_count(array); i++) {
		const char *text;
		const struct json *item;
		if (json_array_text(array, i, &text, &e) == 0 && strlen(text) > SIZE_MAX / 2)
			abort();
		if (json_array_object(array, i, &item, &e) == 0)
			get_all(item, depth + 1);
	}
}

static void get_all(const struct json *object, int depth)
{
	struct error e = ERROR_INIT;

	if (depth > JSON_DEPTH_MAX)
		abort();
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *text;
		int64_t number;
		bool flag;
		size_t len;
		uint8_t *data;
		const struct json *array;
		if (json_get_text(object, keys[i], &text, &e) == 0 && strlen(text) > SIZE_MAX / 2)
			abort();
		(void)!json_get_int(object, keys[i], &number, &e);
		(void)!json_get_bool(object, keys[i], &flag, &e);
		if (json_get_base64(object, keys[i], LIMIT, &data, &len, &e) == 0) {
			if (len > LIMIT)
				abort();
			free(data);
		}
		if (json_get_array(object, keys[i], &array, &e) == 0)
			get_items(array, depth);
	}
}

/* In ASCII it is the same to who reads it. */
static void write_ascii(const struct json *json, const char *plain)
{
	struct error e = ERROR_INIT;
	_cleanup_free_ char *ascii = NULL, *second = NULL;
	_cleanup_json_ struct json *again = NULL;

	if (json_format_ascii(json, &ascii, &e) != 0)
		abort();
	for (const char *p = ascii; *p; p++)
		if (*p < ' ' || *p > '~')
			abort();
	if (json_object_parse(ascii, strlen(ascii), &again, &e) != 0 ||
		json_format(again, &second, &e) != 0 || strcmp(plain, second) != 0)
		abort();
}

/* What is written is read again, and written the same. */
static void write_twice(const struct json *json)
{
	struct error e = ERROR_INIT;
	_cleanup_free_ char *first = NULL, *second = NULL;
	_cleanup_json_ struct json *again = NULL;

	if (json_format(json, &first, &e) != 0)
		return; /* a number that is not whole */
	if (json_object_parse(first, strlen(first), &again, &e) != 0 ||
		json_format(again, &second, &e) != 0 || strcmp(first, second) != 0)
		abort();
	write_ascii(json, first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error e = ERROR_INIT;
	_cleanup_json_ struct json *json = NULL;

	if (json_object_parse(data, size, &json, &e) != 0) {
		if (e.text[0] == '\0')
			abort();
		return 0;
	}
	get_all(json, 1);
	write_twice(json);
	return 0;
}
