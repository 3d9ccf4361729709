/* SPDX-License-Identifier: BSD-2-Clause */
/* URLs as texts: made, listed, masked and shown. See url.h. */
#include "hostcfg/url.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"

/* What -u and -p replace. */
#define PLACEHOLDER "user:password"

void url_free(char **url)
{
	if (!*url)
		return;
	secret_wipe_bytes(*url, strlen(*url));
	free(*url);
	*url = NULL;
}

int url_check_scheme(const char *text, struct error *error)
{
	if (strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0)
		return 0;
	return error_set(error, -EINVAL, "provisioning URL must start with http:// or https://");
}

bool url_has_placeholder(const char *text)
{
	return strstr(text, PLACEHOLDER) != NULL;
}

int url_construct(const char *text, const char *user, const char *password, char **ret_url,
	struct error *error)
{
	_cleanup_url_text_ char *url = NULL;
	const char *place = strstr(text, PLACEHOLDER);
	int r = url_check_scheme(text, error);

	if (r < 0)
		return r;
	if (place && (strchr(user, ',') || strchr(password, ',')))
		return error_set(error, -EINVAL,
			"a comma in user or password of a URL must be written as %%2C");
	if (place)
		url = text_new("%.*s%s:%s%s", (int)(place - text), text, user, password,
			place + strlen(PLACEHOLDER));
	else
		url = strdup(text);
	if (!url)
		return error_set_errno(error, -ENOMEM, "URL");
	if (strlen(url) >= URL_MAX)
		return error_set(error, -E2BIG, "the URL is longer than %d bytes", URL_MAX - 1);
	*ret_url = TAKE_PTR(url);
	return 0;
}

int url_join(const char *const *urls, size_t n, char **ret_list, struct error *error)
{
	size_t size = 1;

	for (size_t i = 0; i < n; i++) {
		if (urls[i][0] == '\0' || strchr(urls[i], ','))
			return error_set(error, -EINVAL, "a URL is empty or has a comma in it");
		size += strlen(urls[i]) + 1;
	}
	char *list = malloc(size);
	if (!list)
		return error_set_errno(error, -ENOMEM, "URLs");
	char *end = list;
	*end = '\0';
	for (size_t i = 0; i < n; i++)
		end += sprintf(end, "%s%s", i > 0 ? "," : "", urls[i]);
	*ret_list = list;
	return 0;
}

bool url_list_is_plain(const char *list)
{
	_cleanup_url_ struct url url;
	struct error unused;

	for (const char *part = list; part; part = strchr(part, ',')) {
		part += part > list;
		_cleanup_url_text_ char *one = strndup(part, strcspn(part, ","));
		if (!one || url_parse(one, &url, &unused) < 0)
			return false;
	}
	return true;
}

void url_format(const struct url *url, char out[URL_TEXT_MAX])
{
	snprintf(out, URL_TEXT_MAX, "%s://%s%s", url->https ? "https" : "http", url->authority,
		url->target);
}

/* What follows `scheme://`, or the whole text if it does not begin so. */
static const char *behind_scheme(const char *text)
{
	const char *p = text;

	while (isalnum((unsigned char)*p))
		p++;
	return strncmp(p, "://", 3) == 0 ? p + 3 : text;
}

void url_mask(const char *text, char *out, size_t cap)
{
	const char *at = strrchr(text, '@');
	const char *colon = strchr(behind_scheme(text), ':');

	if (cap == 0)
		return;
	if (!at || !colon || colon > at) {
		text_printable(text, strlen(text), out, cap);
		return;
	}
	size_t n = text_printable(text, (size_t)(colon - text), out, cap);
	n += text_printable(":***", 4, out + n, cap - n);
	text_printable(at, strlen(at), out + n, cap - n);
}

void url_format_basic(const struct url *url, char out[URL_BASIC_MAX])
{
	char credentials[2 * URL_USER_MAX];
	int n = snprintf(credentials, sizeof(credentials), "%s:%s", url->user, url->password);

	memcpy(out, "Basic ", 6);
	text_format_base64(credentials, (size_t)n, out + 6);
	secret_wipe_bytes(credentials, sizeof(credentials));
}
