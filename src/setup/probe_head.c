/* SPDX-License-Identifier: BSD-2-Clause */
/* HEAD on a URL: see probe_head.h. */
#include "setup/probe_head.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"
#include "crypto/tls_web.h"
#include "http/client.h"
#include "net/lookup.h"
#include "net/tcp.h"

/* Positive result of next_url(): that was the last answer, and it is good. */
enum {
	ANSWER_GOOD = 1,
};

static void tell_probe_stage(const struct probe *probe, const char *what, const char *whom)
{
	char text[PROBE_STAGE_MAX];

	snprintf(text, sizeof(text), "%s %s", what, whom);
	probe->stage(text);
}

/* -- from the name to a connection ----------------------------------------------------------- */

/* The addresses of the URL's host. */
static int resolve_host(const struct probe *probe, const struct url *url, struct net_addrs *ret,
	struct error *error)
{
	if (url->addr.family != 0) {
		*ret = (struct net_addrs){ .items = { url->addr }, .n = 1 };
		return 0;
	}
	tell_probe_stage(probe, "resolving", url->host);
	return net_lookup(url->host, ret, error);
}

static const char *connect_reason(int code, const struct error *error)
{
	switch (code) {
	case -ETIMEDOUT:
		return "no answer";
	case -ECONNREFUSED:
		return "connection refused";
	case -EHOSTUNREACH:
		return "the host cannot be reached";
	case -ENETUNREACH:
		return "there is no route to it";
	default:
		return error->text;
	}
}

/* One address after the other, each with its share of the time that is left. */
static int connect_any(const struct probe *probe, const struct url *url,
	const struct net_addrs *addresses, char address[NET_ENDPOINT_TEXT_MAX], int *ret_fd,
	struct error *error)
{
	struct error reasons = ERROR_INIT;
	int r = -EIO;

	for (size_t i = 0; i < addresses->n; i++) {
		struct error one = ERROR_INIT;
		int64_t now = clock_now_ms();
		int64_t share = (probe->deadline_ms - now) / (int64_t)(addresses->n - i);
		net_endpoint_format(&addresses->items[i], url->port, address);
		tell_probe_stage(probe, "connecting to", address);
		r = net_connect(&addresses->items[i], url->port, now + MAX(share, 0), ret_fd, &one);
		if (r == 0)
			return 0;
		/* The first one's reason first, so that it is not what is cut. */
		*error = reasons;
		r = error_set(&reasons, r, "%s%s%s: %s", error->text, i > 0 ? ", " : "", address,
			connect_reason(r, &one));
	}
	*error = reasons;
	return r;
}

/* -- the question ---------------------------------------------------------------------------- */

static int ask_stream(const struct probe *probe, const struct url *url, struct stream *stream,
	struct http_head *ret, struct error *error)
{
	char credentials[URL_BASIC_MAX];
	struct http_request request = {
		.method = "HEAD", .target = url->target, .host = url->authority
	};
	struct http_conn conn;

	if (url->has_user) {
		url_format_basic(url, credentials);
		request.authorization = credentials;
	}
	http_conn_init(&conn, stream);
	int r = http_call_head(&conn, &request, probe->deadline_ms, ret, error);
	http_conn_deinit(&conn);
	secret_wipe_bytes(credentials, sizeof(credentials));
	return r;
}

static int ask_tls(const struct probe *probe, const struct url *url, int fd, struct http_head *ret,
	struct error *error)
{
	_cleanup_tls_conn_ struct tls_conn *conn = NULL;
	int r = tls_conn_new(probe->tls, fd, &conn, error);

	if (r == 0)
		r = tls_conn_set_host(conn, url->host, error);
	if (r < 0)
		return r;
	r = tls_handshake(conn, probe->deadline_ms, error);
	if (r == -ETIMEDOUT)
		return error_prefix(error, r, "TLS handshake");
	if (r < 0)
		return r;
	if (r > 0)
		return -EPROTO;
	r = ask_stream(probe, url, tls_conn_stream(conn), ret, error);
	tls_close(conn);
	return r;
}

/* Names the address that a failure was met at. */
static int at_address(const struct probe_result *result, int r, struct error *error)
{
	return r < 0 ? error_prefix(error, r, "%s", result->address) : r;
}

/* One question and its answer, without redirects. */
static int ask_server(const struct probe *probe, const struct url *url, struct probe_result *result,
	struct http_head *ret, struct error *error)
{
	struct net_addrs addresses;
	_cleanup_close_ int fd = -1;
	struct stream_socket plain;
	int r = resolve_host(probe, url, &addresses, error);

	result->address[0] = '\0';
	if (r == 0)
		r = connect_any(probe, url, &addresses, result->address, &fd, error);
	if (r < 0)
		return r;
	tell_probe_stage(probe, "waiting for", result->address);
	if (url->https)
		return at_address(result, ask_tls(probe, url, fd, ret, error), error);
	stream_socket_init(&plain, fd);
	return at_address(result, ask_stream(probe, url, &plain.stream, ret, error), error);
}

/* -- the answer ------------------------------------------------------------------------------ */

static void keep_answer(const struct http_head *head, struct probe_result *result)
{
	const char *type = http_header(head, "content-type");

	result->status = head->status;
	result->has_length = head->has_length;
	result->length = head->has_length ? head->length : 0;
	text_printable(
		type ? type : "", type ? strlen(type) : 0, result->type, sizeof(result->type));
}

/* What the operator can do about a status, or "". */
static const char *status_hint(int status, bool has_user)
{
	if (status == 401)
		return has_user ? " (the user or the password is wrong)"
				: " (a user and password are needed)";
	switch (status) {
	case 300:
		return " (a choice of several: give the URL of one)";
	case 301:
	case 302:
	case 303:
	case 307:
	case 308:
		return " (a redirect without a destination)";
	case 304:
		return " (the answer to a condition, and stprov set none)";
	case 305:
	case 306:
		return " (it demands a proxy, and stprov uses none)";
	default:
		return "";
	}
}

static int judge_answer(const struct http_head *head, const struct url *url, struct error *error)
{
	char reason[100];

	if (head->status == 200)
		return 0;
	text_printable(head->reason, strlen(head->reason), reason, sizeof(reason));
	return error_set(error, -EPROTO, "the server says: %d%s%s%s", head->status,
		reason[0] ? " " : "", reason, status_hint(head->status, url->has_user));
}

/* What follows from an answer: ANSWER_GOOD, a next URL in @url (0), or a failure. */
static int next_url(const struct http_head *head, struct url *url, struct probe_result *result,
	struct error *error)
{
	const char *location = http_redirect_location(head);

	if (!location) {
		int r = judge_answer(head, url, error);
		return r < 0 ? r : ANSWER_GOOD;
	}
	if (result->redirects == PROBE_REDIRECTS_MAX)
		return error_set(error, -ELOOP, "more than %d redirects", PROBE_REDIRECTS_MAX);
	int r = url_resolve(url, location, url, error);
	if (r < 0)
		return r;
	result->redirects++;
	url_format(url, result->final_url);
	return 0;
}

static int follow_redirect(const struct probe *probe, struct url *url, struct probe_result *result,
	struct error *error)
{
	struct http_head head;

	for (;;) {
		int r = ask_server(probe, url, result, &head, error);
		if (r < 0) {
			/* What an earlier answer contained does not apply to this one. */
			result->status = 0;
			return r;
		}
		keep_answer(&head, result);
		r = next_url(&head, url, result, error);
		if (r == ANSWER_GOOD)
			return 0;
		if (r < 0)
			return at_address(result, r, error);
	}
}

void probe_head(const struct probe *probe, const char *url, struct probe_result *ret)
{
	_cleanup_url_ struct url parsed;
	struct error error = ERROR_INIT;

	memset(ret, 0, sizeof(*ret));
	memset(&parsed, 0, sizeof(parsed));
	int r = url_parse(url, &parsed, &error);
	if (r == 0)
		r = follow_redirect(probe, &parsed, ret, &error);
	if (r < 0)
		ret->error = error;
	/* What is foreign in it has been made printable where it was put in; the parent insists. */
	for (char *p = ret->error.text; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
}
