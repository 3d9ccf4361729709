/* SPDX-License-Identifier: BSD-2-Clause */
/* A URL, and after a line end the target of its redirect. */
#include <stdlib.h>
#include <string.h>

#include "hostcfg/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct url *url)
{
	char shown[URL_TEXT_MAX], basic[URL_BASIC_MAX];
	struct url again;
	struct error error;

	url_format(url, shown);
	for (const char *p = shown; *p; p++)
		if (*p <= ' ' || *p > '~')
			abort();
	if (url->host[0] == '\0' || url->target[0] != '/' || url->port == 0)
		abort();
	/* Formatting adds at most the slash; then it may be too long to be parsed. */
	if (strlen(shown) < URL_MAX - 1 &&
		(url_parse(shown, &again, &error) < 0 || strcmp(again.host, url->host) != 0 ||
			strcmp(again.target, url->target) != 0 || again.port != url->port ||
			again.https != url->https || again.has_user))
		abort();
	url_format_basic(url, basic);
}

static void check_mask(const char *text)
{
	char out[URL_MASKED_MAX];

	url_mask(text, out, sizeof(out));
	for (const char *p = out; *p; p++)
		if (*p < ' ' || *p > '~')
			abort();
}

static void check_construct(const char *text, const char *user)
{
	_cleanup_url_text_ char *url = NULL, *list = NULL;
	struct error error;

	if (url_construct(text, user, user, &url, &error) == 0 &&
		url_join((const char *const *)&url, 1, &list, &error) == 0 &&
		strcmp(url, list) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)data, size);
	struct url url, next;
	struct error error;

	if (!text)
		return 0;
	char *location = strchr(text, '\n');
	if (location)
		*location++ = '\0';
	check_mask(text);
	check_construct(text, location ? location : "u");
	if (url_parse(text, &url, &error) < 0)
		return 0;
	check(&url);
	if (!location || url_resolve(&url, location, &next, &error) < 0)
		return 0;
	check(&next);
	bool same =
		url.https == next.https && url.port == next.port && !strcmp(url.host, next.host);
	if ((url.https && !next.https) || (next.has_user && !same))
		abort();
	return 0;
}
