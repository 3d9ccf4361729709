/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * setup/urlcheck.h and its frames, with probes of this file's own in the place of the real one:
 * good ones, and those that a server has taken over. The real one is driven by tests/integration.
 */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "crypto/tls_web.h"
#include "hostcfg/trust_policy.h"
#include "setup/probe_ipc.h"
#include "setup/probe_role.h"
#include "setup/urlcheck.h"

#define SECRET "sikritpassword"
#define SLOW_MS 500

/* -- the fake probe: its URL's host says what it does ---------------------------------------- */

static struct frame frame;

static void send_frame(enum probe_type type, const void *payload, size_t len)
{
	struct error e = ERROR_INIT;

	if (frame_send(ROLE_FRAME_FD, type, payload, len, &e) < 0)
		_exit(9);
}

static void send_text(enum probe_type type, const char *text)
{
	send_frame(type, text, strlen(text));
}

static void send_result(const struct probe_result *result)
{
	static uint8_t payload[PROBE_PAYLOAD_MAX];

	send_frame(PROBE_RESULT, payload, probe_encode_result(result, payload));
}

/* Takes the roots slowly; their sum is the length it tells. */
static uint64_t sum_of_roots(size_t len)
{
	struct error e = ERROR_INIT;
	uint64_t sum = 0;

	while (len > 0) {
		usleep(2000);
		if (frame_receive(ROLE_FRAME_FD, &frame, &e) != 0 || frame.type != PROBE_ROOTS)
			_exit(8);
		for (size_t i = 0; i < frame.len; i++)
			sum += frame.payload[i];
		len -= frame.len;
	}
	return sum;
}

static void behave(const struct url *url, struct probe_result *result)
{
	const char *what = url->host;

	if (!strcmp(what, "slow"))
		usleep(SLOW_MS * 1000);
	else if (!strcmp(what, "exit"))
		_exit(0);
	else if (!strcmp(what, "sigsys"))
		raise(SIGSYS);
	else if (!strcmp(what, "segv"))
		raise(SIGSEGV);
	else if (!strcmp(what, "failed"))
		send_text(PROBE_FAILED, "no seccomp here");
	else if (!strcmp(what, "unknown"))
		send_text((enum probe_type)99, "x");
	else if (!strcmp(what, "short"))
		send_frame(PROBE_RESULT, "\0\0\0\310", 4);
	else if (!strcmp(what, "control"))
		strcpy(result->type, "a\x1b[2J");
	else if (!strcmp(what, "liar"))
		result->status = 404;
	else if (!strcmp(what, "hang"))
		send_text(PROBE_STAGE, "connecting to 192.0.2.1:80");
	else if (!strcmp(what, "badstage"))
		send_text(PROBE_STAGE, "connecting\nto");
	if (!strcmp(what, "hang") || !strcmp(what, "failed"))
		pause();
}

static int fake_probe(void)
{
	static struct probe_start start;
	struct probe_result result = { .status = 200,
		.has_length = true,
		.type = "a/b",
		.address = "192.0.2.1:80",
		.redirects = 2,
		.final_url = "http://z/" };
	struct error e = ERROR_INIT;
	struct url url;

	signal(SIGSEGV, SIG_DFL);
	if (!role_is_child() || frame_receive(ROLE_FRAME_FD, &frame, &e) != 0 ||
		!probe_decode_start(&frame, &start) || url_parse(start.url, &url, &e) < 0)
		return 1;
	result.length = sum_of_roots(start.roots_len);
	send_frame(PROBE_READY, NULL, 0);
	behave(&url, &result);
	if (!strcmp(url.host, "password"))
		result.has_length = strcmp(url.password, SECRET) == 0;
	send_result(&result);
	return 0;
}

/* -- running --------------------------------------------------------------------------------- */

#define RESULTS_MAX 80

struct seen {
	size_t n;
	struct {
		size_t index;
		bool good, has_length;
		uint64_t length;
		char url[100], error[ERROR_TEXT_MAX], type[20], address[40], final_url[40];
	} items[RESULTS_MAX];
};

static void keep(void *context, const struct urlcheck_result *r)
{
	struct seen *seen = context;

	if (seen->n == RESULTS_MAX)
		return;
	seen->items[seen->n].index = r->index;
	seen->items[seen->n].good = r->good;
	seen->items[seen->n].has_length = r->has_length;
	seen->items[seen->n].length = r->length;
	snprintf(seen->items[seen->n].url, 100, "%.99s", r->url);
	snprintf(seen->items[seen->n].type, 20, "%.19s", r->type);
	snprintf(seen->items[seen->n].address, 40, "%.39s", r->address);
	snprintf(seen->items[seen->n].final_url, 40, "%.39s", r->final_url);
	strcpy(seen->items[seen->n++].error, r->error.text);
}

static struct urlcheck check_of(const char *const *urls, size_t n, struct seen *seen)
{
	*seen = (struct seen){ .n = 0 };
	return (struct urlcheck){ .urls = urls,
		.n = n,
		.timeout_ms = 5000,
		.stop_fd = -1,
		.done = keep,
		.context = seen };
}

static int run(const struct urlcheck *check, size_t *ret_failed, struct error *error)
{
	struct role_launcher launcher = ROLE_LAUNCHER_INIT;

	*error = ERROR_INIT;
	int r = role_launcher_init(&launcher, error);
	if (r == 0)
		r = urlcheck_run(&launcher, check, ret_failed, error);
	role_launcher_deinit(&launcher);
	/* No process remains, not even a zombie. */
	tap_ok(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
	return r;
}

/* One URL; its result is seen->items[0]. */
static void run_one(const char *url, struct seen *seen)
{
	struct urlcheck check = check_of(&url, 1, seen);
	struct error e;
	size_t failed = 99;

	tap_eq_int(run(&check, &failed, &e), 0);
	tap_eq_text(e.text, "");
	tap_eq_int(seen->n, 1);
	tap_eq_int(failed, !seen->items[0].good);
}

static void a_good_result_is_passed_on(void)
{
	struct seen seen;

	run_one("https://u:" SECRET "@password/x", &seen);
	tap_ok(seen.items[0].good && seen.items[0].has_length);
	tap_eq_text(seen.items[0].url, "https://u:***@password/x");
	tap_eq_text(seen.items[0].type, "a/b");
	tap_eq_text(seen.items[0].address, "192.0.2.1:80");
	tap_eq_text(seen.items[0].final_url, "http://z/");
	tap_eq_text(seen.items[0].error, "");
}

static void a_probe_that_misbehaves_is_a_failed_check(void)
{
	static const char *const rows[][2] = {
		{ "http://exit/", "the probe ended early (exit code 0)" },
		{ "http://sigsys/", "the probe broke the rules of its sandbox and was killed" },
		{ "http://segv/", "the probe was killed by signal 11" },
		{ "http://unknown/", "the probe sent a message that it may not send" },
		{ "http://short/", "the probe sent a message that it may not send" },
		{ "http://control/", "the probe sent a message that it may not send" },
		{ "http://liar/", "the probe sent a message that it may not send" },
		{ "http://badstage/", "the probe sent a message that it may not send" },
		{ "ftp://exit/", "the URL must start with http:// or https://" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct seen seen;
		run_one(rows[i][0], &seen);
		tap_ok(!seen.items[0].good);
		tap_eq_text(seen.items[0].error, rows[i][1]);
	}
}

static void a_probe_that_hangs_is_ended_and_says_where(void)
{
	const char *url = "http://hang/";
	struct seen seen;
	struct urlcheck check = check_of(&url, 1, &seen);
	struct error e;
	size_t failed = 0;
	int64_t began = clock_now_ms();

	check.timeout_ms = 3000;
	tap_eq_int(run(&check, &failed, &e), 0);
	tap_eq_int(failed, 1);
	tap_eq_text(seen.items[0].error, "no answer within 3 s (connecting to 192.0.2.1:80)");
	tap_ok(clock_now_ms() - began >= 3000);
}

static void without_a_sandbox_there_is_no_check(void)
{
	static const char *const urls[] = { "http://hang/", "http://failed/" };
	struct seen seen;
	struct urlcheck check = check_of(urls, 2, &seen);
	struct error e;
	size_t failed = 77;

	tap_eq_int(run(&check, &failed, &e), -EPERM);
	tap_eq_text(e.text, "sandbox: no seccomp here");
	tap_eq_int(failed, 77);
}

static void it_can_be_interrupted(void)
{
	static const char *const urls[] = { "http://hang/", "http://hang/" };
	struct seen seen;
	struct urlcheck check = check_of(urls, 2, &seen);
	struct error e;
	size_t failed;

	check.stop_fd = eventfd(1, EFD_CLOEXEC);
	tap_eq_int(run(&check, &failed, &e), -EINTR);
	tap_eq_int(seen.n, 0);
	close(check.stop_fd);
}

static void all_urls_are_reported_once_at_most_16_at_a_time(void)
{
	const char *urls[40];
	struct seen seen;
	struct error e;
	size_t failed, count[40] = { 0 };
	int64_t began = clock_now_ms();

	for (size_t i = 0; i < ARRAY_SIZE(urls); i++)
		urls[i] = i % 10 == 9 ? "http://exit/" : "http://slow/";
	struct urlcheck check = check_of(urls, ARRAY_SIZE(urls), &seen);
	tap_eq_int(run(&check, &failed, &e), 0);
	tap_eq_int(failed, 4);
	tap_eq_int(seen.n, ARRAY_SIZE(urls));
	for (size_t i = 0; i < seen.n; i++) {
		tap_ok(seen.items[i].good == (seen.items[i].index % 10 != 9));
		count[seen.items[i].index]++;
	}
	for (size_t i = 0; i < ARRAY_SIZE(urls); i++)
		tap_eq_int(count[i], 1);
	/* 36 of them are slow: three turns of 16, and far less than one after the other. */
	tap_ok(clock_now_ms() - began >= 3 * SLOW_MS);
	tap_ok(clock_now_ms() - began < 36 * SLOW_MS);
}

static void no_urls_are_no_work(void)
{
	struct seen seen;
	struct urlcheck check = check_of(NULL, 0, &seen);
	struct error e;
	size_t failed = 1;

	tap_eq_int(run(&check, &failed, &e), 0);
	tap_eq_int(failed, 0);
}

static void large_roots_arrive_whole(void)
{
	const char *urls[] = { "http://a/", "http://b/", "http://c/" };
	uint8_t *roots = malloc(TLS_WEB_ROOTS_MAX + 1);
	struct seen seen;
	struct urlcheck check = check_of(urls, 3, &seen);
	struct error e;
	uint64_t sum = 0;
	size_t failed;

	for (size_t i = 0; i < TLS_WEB_ROOTS_MAX; i++)
		sum += roots[i] = (uint8_t)(i * 7 + i / 256);
	check.roots = roots;
	check.roots_len = TLS_WEB_ROOTS_MAX;
	tap_eq_int(run(&check, &failed, &e), 0);
	tap_eq_int(failed, 0);
	for (size_t i = 0; i < seen.n; i++)
		tap_eq_int(seen.items[i].length, sum);
	check.roots_len++;
	tap_eq_int(run(&check, &failed, &e), -EFBIG);
	free(roots);
}

/* -- frames ---------------------------------------------------------------------------------- */

static const struct probe_result whole = { .status = 200,
	.has_length = true,
	.length = 1ULL << 60,
	.redirects = 10,
	.type = "text/html",
	.address = "[2001:db8::1]:443",
	.final_url = "https://x/" };

static void encode_result(const struct probe_result *result)
{
	frame.type = PROBE_RESULT;
	frame.len = probe_encode_result(result, frame.payload);
}

static void results_survive_their_frame(void)
{
	struct probe_result got;

	encode_result(&whole);
	tap_ok(probe_decode_result(&frame, &got));
	tap_eq_int(got.status, whole.status);
	tap_ok(got.has_length);
	tap_eq_int(got.length, whole.length);
	tap_eq_int(got.redirects, whole.redirects);
	tap_eq_text(got.type, whole.type);
	tap_eq_text(got.address, whole.address);
	tap_eq_text(got.final_url, whole.final_url);
	tap_eq_text(got.error.text, "");
}

static void cut_and_extended_results_are_refused(void)
{
	struct probe_result got;

	encode_result(&whole);
	for (size_t len = frame.len; len-- > 0;) {
		struct frame *cut = malloc(sizeof(*cut));
		memcpy(cut, &frame, sizeof(*cut));
		cut->len = len;
		tap_ok(!probe_decode_result(cut, &got));
		free(cut);
	}
	frame.payload[frame.len++] = 0;
	tap_ok(!probe_decode_result(&frame, &got));
	encode_result(&whole);
	frame.type = PROBE_STAGE;
	tap_ok(!probe_decode_result(&frame, &got));
}

static void impossible_results_are_refused(void)
{
	struct probe_result bad = whole, got;

	bad.status = 600;
	encode_result(&bad);
	tap_ok(!probe_decode_result(&frame, &got));
	bad.status = -1;
	encode_result(&bad);
	tap_ok(!probe_decode_result(&frame, &got));
	bad = whole;
	bad.redirects = 101;
	encode_result(&bad);
	tap_ok(!probe_decode_result(&frame, &got));
	bad = whole;
	strcpy(bad.error.text, "bad\x07");
	encode_result(&bad);
	tap_ok(!probe_decode_result(&frame, &got));
}

static void starts_survive_their_frame(void)
{
	struct probe_start start = { .deadline_ms = 1LL << 50,
		.floor_s = 1LL << 40,
		.roots_len = 123456,
		.url = "https://u:p@x/" },
			   got;

	frame.type = PROBE_START;
	frame.len = probe_encode_start(&start, frame.payload);
	tap_ok(probe_decode_start(&frame, &got));
	tap_eq_int(got.deadline_ms, start.deadline_ms);
	tap_eq_int(got.floor_s, start.floor_s);
	tap_eq_int(got.roots_len, start.roots_len);
	tap_eq_text(got.url, start.url);
	frame.len--;
	tap_ok(!probe_decode_start(&frame, &got));
}

/* -- roots ----------------------------------------------------------------------------------- */

/* A self-signed certificate; it need not be one that would be accepted. */
#define CERTIFICATE                                                                                \
	"-----BEGIN CERTIFICATE-----\n"                                                            \
	"MIIBMTCB5KADAgECAhQUfGuWBGOqNvV1ZgYkVyYtlOZD7DAFBgMrZXAwDDEKMAgG\n"                       \
	"-----END CERTIFICATE-----\n"

static char directory[] = "/tmp/stprov-test-probe-XXXXXX";

static void write_roots(const char *text)
{
	char path[100];

	snprintf(path, sizeof(path), "%s/%s", directory, TRUST_POLICY_ROOTS);
	FILE *f = fopen(path, "w");
	tap_ok(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

static void a_missing_file_means_no_roots(void)
{
	uint8_t *roots = (uint8_t *)"x";
	size_t len = 1;
	struct error e = ERROR_INIT;

	tap_eq_int(urlcheck_read_roots(directory, &roots, &len, &e), 0);
	tap_ok(roots == NULL && len == 0);
	tap_eq_int(urlcheck_read_roots("/nonexistent/x", &roots, &len, &e), 0);
}

static void a_file_without_certificates_is_an_error_that_names_it(void)
{
	static const char *const bad[] = { "", "nothing\n",
		"-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA"
		"\n-----END PUBLIC KEY-----\n",
		CERTIFICATE, "-----BEGIN CERTIFICATE-----\nMIIB\n" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		uint8_t *roots = NULL;
		size_t len;
		struct error e = ERROR_INIT;
		write_roots(bad[i]);
		tap_eq_int(urlcheck_read_roots(directory, &roots, &len, &e), -EINVAL);
		tap_ok(strstr(e.text, directory) && strstr(e.text, "tls_roots.pem: HTTPS roots"));
		tap_ok(roots == NULL);
	}
}

static void what_cannot_be_read_is_an_error(void)
{
	uint8_t *roots = NULL;
	size_t len;
	struct error e = ERROR_INIT;
	char path[100];

	snprintf(path, sizeof(path), "%s/%s", directory, TRUST_POLICY_ROOTS);
	unlink(path);
	mkdir(path, 0700);
	tap_ok(urlcheck_read_roots(directory, &roots, &len, &e) < 0);
	rmdir(path);
}

static void the_build_date_is_the_least_that_a_clock_says(void)
{
	tap_ok(urlcheck_clock_is_early(99, 100));
	tap_ok(!urlcheck_clock_is_early(100, 100));
}

int main(int argc, char **argv)
{
	static const struct tap_test tests[] = {
		TAP_TEST(a_good_result_is_passed_on),
		TAP_TEST(a_probe_that_misbehaves_is_a_failed_check),
		TAP_TEST(a_probe_that_hangs_is_ended_and_says_where),
		TAP_TEST(without_a_sandbox_there_is_no_check),
		TAP_TEST(it_can_be_interrupted),
		TAP_TEST(all_urls_are_reported_once_at_most_16_at_a_time),
		TAP_TEST(no_urls_are_no_work),
		TAP_TEST(large_roots_arrive_whole),
		TAP_TEST(results_survive_their_frame),
		TAP_TEST(cut_and_extended_results_are_refused),
		TAP_TEST(impossible_results_are_refused),
		TAP_TEST(starts_survive_their_frame),
		TAP_TEST(a_missing_file_means_no_roots),
		TAP_TEST(a_file_without_certificates_is_an_error_that_names_it),
		TAP_TEST(what_cannot_be_read_is_an_error),
		TAP_TEST(the_build_date_is_the_least_that_a_clock_says),
		{ 0 },
	};
	char path[100];

	if (argc > 0 && strcmp(argv[0], PROBE_ROLE_NAME) == 0)
		return fake_probe();
	if (!mkdtemp(directory))
		return 1;
	int code = tap_run(tests);
	snprintf(path, sizeof(path), "%s/%s", directory, TRUST_POLICY_ROOTS);
	unlink(path);
	rmdir(directory);
	return code;
}
