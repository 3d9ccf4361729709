/* SPDX-License-Identifier: BSD-2-Clause */
/* Heads of HTTP/1.1 messages: parsing, pure. See http.h and RFC 9112 sections 3 to 6. */
#include "http/http.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"

/* Longest text of one Content-Length, with blanks around it and a NUL. */
#define HTTP_LENGTH_TEXT_MAX 64

static const struct {
	size_t head, headers;
} limits[] = {
	[HTTP_REQUEST] = { HTTP_REQUEST_HEAD_MAX, HTTP_REQUEST_HEADERS_MAX },
	[HTTP_RESPONSE] = { HTTP_RESPONSE_HEAD_MAX, HTTP_RESPONSE_HEADERS_MAX },
};

const char *http_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} table[] = {
		{ 200, "OK" },
		{ 400, "Bad Request" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 409, "Conflict" },
		{ 411, "Length Required" },
		{ 413, "Request Entity Too Large" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" },
		{ 503, "Service Unavailable" },
		{ 505, "HTTP Version Not Supported" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].status == status)
			return table[i].reason;
	return "Unknown";
}

void http_head_wipe(struct http_head *head)
{
	secret_wipe_bytes(head, offsetof(struct http_head, text) + head->len + 1);
}

const char *http_header(const struct http_head *head, const char *name)
{
	for (size_t i = 0; i < head->n; i++)
		if (strcmp(head->headers[i].name, name) == 0)
			return head->headers[i].value;
	return NULL;
}

/* RFC 9110 section 5.6.2. */
static bool is_token(const char *text)
{
	if (*text == '\0')
		return false;
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && !strchr("!#$%&'*+-.^_`|~", *text))
			return false;
	return true;
}

/* Printable ASCII without spaces. */
static bool is_visible(const char *text)
{
	if (*text == '\0')
		return false;
	for (; *text; text++)
		if (*text <= 0x20 || *text > 0x7e)
			return false;
	return true;
}

/* RFC 9110 section 5.5: no controls but the tab. */
static bool is_field_value(const char *text)
{
	for (; *text; text++)
		if (((unsigned char)*text < 0x20 && *text != '\t') || *text == 0x7f)
			return false;
	return true;
}

/* Cuts the next line off and returns it; NULL if there is none that ends. */
static char *next_line(char **cursor)
{
	char *line = *cursor;
	char *end = strchr(line, '\n');

	if (!end)
		return NULL;
	*cursor = end + 1;
	if (end > line && end[-1] == '\r')
		end--;
	*end = '\0';
	return line;
}

static char *trim(char *text)
{
	char *end = text + strlen(text);

	while (end > text && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = '\0';
	return text + strspn(text, " \t");
}

static int parse_header(
	enum http_kind kind, struct http_head *head, char *line, struct error *error)
{
	char *colon = strchr(line, ':');

	if (head->n == limits[kind].headers)
		return error_set(error, 431, "more than %zu header lines", limits[kind].headers);
	if (!colon)
		return error_set(error, 400, "malformed header line");
	*colon = '\0';
	char *value = trim(colon + 1);
	if (!is_token(line) || !is_field_value(value))
		return error_set(error, 400, "malformed header line");
	for (char *p = line; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	head->headers[head->n++] = (struct http_header){ .name = line, .value = value };
	return 0;
}

/*
 * RFC 9110 section 8.6: 1*DIGIT, so leading zeros do not count; and where it comes twice, as a list
 * or in two lines, all of them must be the same. Only a response may make use of that here.
 */
static int parse_length(
	enum http_kind kind, const char *value, struct http_head *head, struct error *error)
{
	char copy[HTTP_LENGTH_TEXT_MAX];
	uint64_t length;

	for (const char *next = value; next;) {
		size_t len = strcspn(next, ",");
		if (len >= sizeof(copy))
			return error_set(error, 400, "malformed Content-Length");
		memcpy(copy, next, len);
		copy[len] = '\0';
		const char *digits = trim(copy);
		size_t zeros = kind == HTTP_RESPONSE ? strspn(digits, "0") : 0;
		if (zeros > 0 && digits[zeros] == '\0')
			zeros--;
		if (text_parse_u64(digits + zeros, 0, INT64_MAX, &length) < 0)
			return error_set(error, 400, "malformed Content-Length");
		if (head->has_length && (kind == HTTP_REQUEST || length != head->length))
			return error_set(error, 400, "more than one Content-Length");
		head->has_length = true;
		head->length = length;
		next = next[len] ? next + len + 1 : NULL;
	}
	return 0;
}

/* The headers that say how long the message is and what follows it. */
static int check_framing(
	enum http_kind kind, struct http_head *head, bool bodyless, struct error *error)
{
	bool encoded = false;

	for (size_t i = 0; i < head->n; i++) {
		const struct http_header *h = &head->headers[i];
		if (strcmp(h->name, "transfer-encoding") == 0)
			encoded = true;
		if (strcmp(h->name, "connection") == 0 && text_contains_any_case(h->value, "close"))
			head->close = true;
		if (strcmp(h->name, "content-length") != 0)
			continue;
		int r = parse_length(kind, h->value, head, error);
		if (r != 0)
			return r;
	}
	if (encoded && !bodyless)
		return error_set(error, 411, "Content-Length is needed");
	/* With Transfer-Encoding it is ignored (RFC 9112 section 6.3). */
	if (encoded)
		head->has_length = false;
	return 0;
}

/* A CR is the beginning of a line's end, and nothing else (RFC 9112 section 2.2). */
static bool has_good_line_ends(enum http_kind kind, const char *text)
{
	for (const char *p = text; *p; p++) {
		if (*p == '\r' && p[1] != '\n')
			return false;
		if (*p == '\n' && kind == HTTP_REQUEST && (p == text || p[-1] != '\r'))
			return false;
	}
	return true;
}

/*
 * RFC 9112 section 5.2: a user agent replaces each fold by blanks. Not after the first line: white
 * space there is no fold (section 2.2), and that line is malformed.
 */
static void unfold(char *text)
{
	char *end = strchr(text, '\n');

	while (end && (end = strchr(end + 1, '\n'))) {
		bool is_empty = end[-1] == '\n' || (end[-1] == '\r' && end[-2] == '\n');
		if (is_empty || (end[1] != ' ' && end[1] != '\t'))
			continue;
		*end = ' ';
		if (end[-1] == '\r')
			end[-1] = ' ';
	}
}

/* Copies the head, checks that it is text in lines, and cuts off its first line. */
static int begin(enum http_kind kind, const void *bytes, size_t len, struct http_head *head,
	char **ret_cursor, char **ret_line, struct error *error)
{
	memset(head, 0, offsetof(struct http_head, text));
	if (len > limits[kind].head)
		return error_set(error, 431, "head larger than %zu bytes", limits[kind].head);
	memcpy(head->text, bytes, len);
	head->text[len] = '\0';
	head->len = len;
	if (strlen(head->text) != len)
		return error_set(error, 400, "NUL in the head");
	if (!has_good_line_ends(kind, head->text))
		return error_set(error, 400, "lines must end in CRLF");
	if (kind == HTTP_RESPONSE)
		unfold(head->text);
	*ret_cursor = head->text;
	*ret_line = next_line(ret_cursor);
	if (!*ret_line)
		return error_set(error, 400, "head without an empty line at its end");
	return 0;
}

static int parse_headers(
	enum http_kind kind, struct http_head *head, char *cursor, struct error *error)
{
	for (;;) {
		char *line = next_line(&cursor);
		if (!line)
			return error_set(error, 400, "head without an empty line at its end");
		if (*line == '\0')
			break;
		int r = parse_header(kind, head, line, error);
		if (r != 0)
			return r;
	}
	if (*cursor != '\0')
		return error_set(error, 400, "bytes after the head");
	return 0;
}

int http_request_parse(const void *bytes, size_t len, struct http_head *ret, struct error *error)
{
	char *cursor, *line;
	int r = begin(HTTP_REQUEST, bytes, len, ret, &cursor, &line, error);
	if (r != 0)
		return r;
	char *target = strchr(line, ' ');
	char *version = target ? strchr(target + 1, ' ') : NULL;
	if (!version)
		return error_set(error, 400, "malformed request line");
	*target++ = '\0';
	*version++ = '\0';
	if (!is_token(line) || !is_visible(target))
		return error_set(error, 400, "malformed request line");
	/* RFC 9112 section 2.3: one digit, a dot, one digit. */
	if (strncmp(version, "HTTP/", 5) != 0 || !isdigit((unsigned char)version[5]) ||
		version[6] != '.' || !isdigit((unsigned char)version[7]) || version[8] != '\0')
		return error_set(error, 400, "malformed request line");
	if (strcmp(version, "HTTP/1.1") != 0)
		return error_set(error, 505, "only HTTP/1.1 is supported");
	ret->method = line;
	ret->target = target;
	r = parse_headers(HTTP_REQUEST, ret, cursor, error);
	if (r == 0)
		r = check_framing(HTTP_REQUEST, ret, false, error);
	if (r != 0)
		return r;
	if (!http_header(ret, "host"))
		return error_set(error, 400, "Host is missing");
	return 0;
}

static int response_parse(
	const void *bytes, size_t len, bool bodyless, struct http_head *ret, struct error *error)
{
	char *cursor, *line;
	uint64_t status;
	int r = begin(HTTP_RESPONSE, bytes, len, ret, &cursor, &line, error);

	if (r != 0)
		return r;
	/* `HTTP/1.1 200 OK`: RFC 9112 section 4; some servers leave the last space out too. A
	 * higher minor version is understood as 1.1 (RFC 9110 section 2.5). */
	if (strncmp(line, "HTTP/1.", 7) != 0 || !isdigit((unsigned char)line[7]) ||
		line[8] != ' ' || strlen(line) < 12 || (line[12] != ' ' && line[12] != '\0'))
		return error_set(error, -EPROTO, "the answer is not HTTP/1.1");
	ret->reason = line[12] ? line + 13 : "";
	if (line[7] == '0')
		ret->close = true;
	line[12] = '\0';
	/* Above 599 is treated as a server's error (RFC 9110 section 15). */
	if (text_parse_u64(line + 9, 100, 999, &status) < 0 || !is_field_value(ret->reason))
		return error_set(error, -EPROTO, "the answer is not HTTP/1.1");
	ret->status = (int)status;
	r = parse_headers(HTTP_RESPONSE, ret, cursor, error);
	return r == 0 ? check_framing(HTTP_RESPONSE, ret, bodyless, error) : r;
}

int http_response_parse(const void *bytes, size_t len, struct http_head *ret, struct error *error)
{
	return response_parse(bytes, len, false, ret, error) == 0 ? 0 : -EPROTO;
}

int http_bodyless_parse(const void *bytes, size_t len, struct http_head *ret, struct error *error)
{
	int r = response_parse(bytes, len, true, ret, error);

	return r == 0 ? 0 : r == 431 ? -EFBIG : -EPROTO;
}
