/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports and requests as JSON: see message.h. */
#include "driver/message.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

static const char *const report_types[] = {
	[DRIVER_HELLO] = "hello",
	[DRIVER_TOLD] = "line",
	[DRIVER_ADDRESSES] = "addresses",
	[DRIVER_LISTENING] = "listening",
	[DRIVER_OPENED] = "opened",
	[DRIVER_REVIEW] = "review",
	[DRIVER_DONE] = "done",
};

static const char *const request_types[] = {
	[DRIVER_SETUP] = "setup",
	[DRIVER_RUN] = "run",
	[DRIVER_CONFIRM] = "confirm",
	[DRIVER_ABORT] = "abort",
	[DRIVER_PING] = "ping",
	[DRIVER_LEAVE] = "leave",
};

/* The index of the object's type; @n: it is none of them. */
static int take_type(const struct json *object, const char *const *types, size_t n, size_t *ret,
	struct error *error)
{
	const char *type;
	int r = json_get_text(object, "type", &type, error);

	if (r > 0)
		return error_set(error, -EINVAL, "type is missing");
	if (r < 0)
		return r;
	for (*ret = 0; *ret < n; (*ret)++)
		if (strcmp(type, types[*ret]) == 0)
			break;
	return 0;
}

/* -- reports --------------------------------------------------------------------------------- */

/* Absent and null are the empty text. */
static int take_text(
	const struct json *object, const char *key, char *out, size_t cap, struct error *error)
{
	const char *text;
	int r = json_get_text(object, key, &text, error);

	if (r < 0)
		return r;
	out[0] = '\0';
	if (r == 0)
		text_printable_again(text, strlen(text), out, cap);
	return 0;
}

static int take_number(
	const struct json *object, const char *key, int64_t *ret, struct error *error)
{
	int r = json_get_int(object, key, ret, error);

	return r > 0 ? 0 : r;
}

static int take_addresses(
	const struct json *object, struct driver_report *report, struct error *error)
{
	const struct json *array;
	int r = json_get_array(object, "addresses", &array, error);

	if (r != 0)
		return r > 0 ? 0 : r;
	for (size_t i = 0; r == 0 && i < json_array_count(array); i++) {
		const char *text;
		if (report->addresses_n == DRIVER_ADDRESSES_MAX)
			return error_set(error, -EINVAL, "there are too many addresses");
		r = json_array_text(array, i, &text, error);
		if (r == 0)
			text_printable(text, strlen(text), report->addresses[report->addresses_n++],
				DRIVER_WORD_MAX);
	}
	return r;
}

/* Absent and null: it is not known. */
static int take_flag(
	const struct json *object, const char *key, enum driver_flag *ret, struct error *error)
{
	bool value;
	int r = json_get_bool(object, key, &value, error);

	if (r == 0)
		*ret = value ? DRIVER_YES : DRIVER_NO;
	return r > 0 ? 0 : r;
}

/* Of `hello`; keys of `remote status -j`. */
static int take_status(const struct json *object, struct driver_report *report, struct error *error)
{
	const struct json *status, *part;
	int r = json_get_object(object, "status", &status, error);

	if (r != 0)
		return r > 0 ? 0 : r;
	r = take_flag(status, "provisioned", &report->provisioned, error);
	if (r == 0)
		r = json_get_object(status, "host_name", &part, error);
	if (r == 0)
		r = take_text(part, "value", report->hostname, sizeof(report->hostname), error);
	if (r >= 0)
		r = json_get_object(status, "secure_boot", &part, error);
	if (r == 0)
		r = take_flag(part, "setup_mode", &report->setup_mode, error);
	return r > 0 ? 0 : r;
}

/* What must not be empty. */
static int check_report(const struct driver_report *report, struct error *error)
{
	const char *missing = NULL;

	if (report->type == DRIVER_LISTENING && (report->port < 1 || report->port > 65535))
		missing = "port";
	if (report->type == DRIVER_LISTENING && report->addresses_n == 0)
		missing = "addresses";
	if ((report->type == DRIVER_OPENED || report->type == DRIVER_REVIEW) && !report->words[0])
		missing = "words";
	if ((report->type == DRIVER_OPENED || report->type == DRIVER_REVIEW) && !report->client[0])
		missing = "client";
	if (report->type == DRIVER_REVIEW && !report->fingerprint[0])
		missing = "fingerprint";
	return missing ? error_set(error, -EINVAL, "%s: %s is missing or wrong",
				 report_types[report->type], missing)
		       : 0;
}

static int read_report(const struct json *object, struct driver_report *ret, struct error *error)
{
	const struct {
		const char *key;
		char *out;
		size_t cap;
	} texts[] = {
		{ "version", ret->version, sizeof(ret->version) },
		{ "text", ret->text, sizeof(ret->text) },
		{ "code", ret->code, sizeof(ret->code) },
		{ "client", ret->client, sizeof(ret->client) },
		{ "words", ret->words, sizeof(ret->words) },
		{ "hostname", ret->hostname, sizeof(ret->hostname) },
		{ "fingerprint", ret->fingerprint, sizeof(ret->fingerprint) },
	};
	size_t type;
	int r = take_type(object, report_types, ARRAY_SIZE(report_types), &type, error);

	ret->type = type < ARRAY_SIZE(report_types) ? (enum driver_report_type)type : DRIVER_OTHER;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(texts); i++)
		r = take_text(object, texts[i].key, texts[i].out, texts[i].cap, error);
	if (r == 0)
		r = take_number(object, "protocol", &ret->protocol, error);
	if (r == 0)
		r = take_number(object, "exit", &ret->exit, error);
	if (r == 0)
		r = take_number(object, "port", &ret->port, error);
	if (r == 0)
		r = take_addresses(object, ret, error);
	if (r == 0 && ret->type == DRIVER_HELLO)
		r = take_status(object, ret, error);
	return r == 0 ? check_report(ret, error) : r;
}

int driver_report_parse(
	const char *text, size_t len, struct driver_report *ret, struct error *error)
{
	_cleanup_json_ struct json *object = NULL;
	int r = json_object_parse(text, len, &object, error);

	memset(ret, 0, sizeof(*ret));
	if (r == 0)
		r = read_report(object, ret, error);
	return r < 0 ? error_prefix(error, -EINVAL, "a message of the platform") : 0;
}

int driver_report_new(enum driver_report_type type, struct json **ret, struct error *error)
{
	assert(type < DRIVER_OTHER);
	int r = json_object_new(ret, error);

	if (r == 0)
		json_set_text(*ret, "type", report_types[type]);
	return r;
}

/* -- requests -------------------------------------------------------------------------------- */

void driver_request_deinit(struct driver_request *request)
{
	json_free(&request->object);
}

static int take_argv(struct driver_request *request, struct error *error)
{
	const struct json *array;
	int r = json_get_array(request->object, "argv", &array, error);

	if (r != 0)
		return r > 0 ? error_set(error, -EINVAL, "argv is missing") : r;
	for (size_t i = 0; r == 0 && i < json_array_count(array); i++) {
		if (request->argc == DRIVER_ARGV_MAX)
			return error_set(error, -EINVAL, "argv has too many words");
		r = json_array_text(array, i, &request->argv[request->argc++], error);
	}
	request->argv[request->argc] = NULL;
	return r;
}

static int read_request(struct driver_request *request, struct error *error)
{
	size_t type;
	int r = take_type(request->object, request_types, ARRAY_SIZE(request_types), &type, error);

	if (r == 0 && type == ARRAY_SIZE(request_types))
		r = error_set(error, -EINVAL, "its type is not known");
	if (r < 0)
		return r;
	request->type = (enum driver_request_type)type;
	if (request->type == DRIVER_SETUP || request->type == DRIVER_RUN)
		return take_argv(request, error);
	if (request->type != DRIVER_CONFIRM)
		return 0;
	r = json_get_text(request->object, "words", &request->words, error);
	return r > 0 ? error_set(error, -EINVAL, "words are missing") : r;
}

int driver_request_parse(
	const char *text, size_t len, struct driver_request *ret, struct error *error)
{
	_cleanup_driver_request_ struct driver_request request = DRIVER_REQUEST_INIT;
	int r = json_object_parse(text, len, &request.object, error);

	if (r == 0)
		r = read_request(&request, error);
	if (r < 0)
		return error_prefix(error, -EINVAL, "a message of the laptop");
	*ret = request;
	request.object = NULL;
	return 0;
}

int driver_request_format(enum driver_request_type type, const char *const *argv, const char *words,
	char **ret, struct error *error)
{
	_cleanup_json_ struct json *object = NULL;
	struct json *array;
	int r = json_object_new(&object, error);

	if (r < 0)
		return r;
	json_set_text(object, "type", request_types[type]);
	if (argv) {
		r = json_array_new(&array, error);
		if (r < 0)
			return r;
		for (size_t i = 0; argv[i]; i++)
			json_append_text(array, argv[i]);
		json_set_child(object, "argv", array);
	}
	if (words)
		json_set_text(object, "words", words);
	return json_format_ascii(object, ret, error);
}
