/* SPDX-License-Identifier: BSD-2-Clause */
/* crypto/tls_web.h: roots, and the server name before a handshake. Servers: tests/integration. */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/file.h"
#include "crypto/tls_web.h"

/* A seed of the fuzz target's corpus; the caller frees it. */
static uint8_t *sample(const char *name, size_t *ret_len)
{
	struct error e = ERROR_INIT;
	uint8_t *data = NULL;
	char path[500];

	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/pem_roots/%s", getenv("STPROV_SOURCE"),
		name);
	if (file_read(AT_FDCWD, path, 1 << 20, &data, ret_len, &e) < 0)
		tap_fail(__FILE__, __LINE__, "%s", e.text);
	return data;
}

static void roots_are_counted_or_refused(void)
{
	static const struct {
		const char *name;
		int result;
		size_t n;
	} rows[] = { { "one", 0, 1 }, { "two", 0, 2 }, { "crlf", 0, 1 }, { "empty", -EINVAL, 0 },
		{ "no-certificate", -EINVAL, 0 }, { "key", -EINVAL, 0 }, { "cut", -EINVAL, 0 },
		{ "bad-base64", -EINVAL, 0 }, { "encrypted", -EINVAL, 0 } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct error e = ERROR_INIT;
		size_t len = 0, n = 0;
		_cleanup_free_ uint8_t *pem = sample(rows[i].name, &len);
		int r = pem ? tls_web_roots_check(pem, len, &n, &e) : -1;
		if (r != rows[i].result || n != rows[i].n)
			tap_fail(__FILE__, __LINE__, "%s: %d, %zu", rows[i].name, r, n);
		tap_eq_int(e.text[0] != '\0', r < 0);
	}
}

static void more_roots_than_the_limit_are_refused(void)
{
	_cleanup_free_ uint8_t *pem = calloc(1, TLS_WEB_ROOTS_MAX + 1);
	struct error e = ERROR_INIT;
	size_t n;

	tap_eq_int(tls_web_roots_check(pem, TLS_WEB_ROOTS_MAX + 1, &n, &e), -EFBIG);
}

static void bad_roots_make_no_context(void)
{
	struct tls_web web = { .roots = "nothing", .roots_len = 7 };
	struct tls_context *context = NULL;
	struct error e = ERROR_INIT;

	tap_eq_int(tls_context_new_web(&web, &context, &e), -EINVAL);
	tap_ok(context == NULL);
}

static void a_handshake_with_nobody_in_particular_is_refused(void)
{
	static const struct tls_web web;
	_cleanup_tls_context_ struct tls_context *context = NULL;
	_cleanup_tls_conn_ struct tls_conn *conn = NULL;
	struct error e = ERROR_INIT;
	int pair[2];

	tap_eq_int(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	tap_eq_int(tls_context_new_web(&web, &context, &e), 0);
	tap_eq_int(tls_conn_new(context, pair[0], &conn, &e), 0);
	tap_eq_int(tls_handshake(conn, clock_now_ms() + 200, &e), -EINVAL);
	tap_eq_int(tls_conn_set_host(conn, "", &e), -EINVAL);
	tap_eq_int(tls_handshake(conn, clock_now_ms() + 200, &e), -EINVAL);
	tap_eq_int(tls_conn_set_host(conn, "x.example", &e), 0);
	tap_eq_int(tls_handshake(conn, clock_now_ms() + 200, &e), -ETIMEDOUT);
	tls_conn_free(&conn);
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(roots_are_counted_or_refused),
		TAP_TEST(more_roots_than_the_limit_are_refused),
		TAP_TEST(bad_roots_make_no_context),
		TAP_TEST(a_handshake_with_nobody_in_particular_is_refused),
		{ 0 },
	};
	return tap_run(tests);
}
