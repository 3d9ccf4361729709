/* SPDX-License-Identifier: BSD-2-Clause */
/* api/: bodies against the released program's, and the order of the server's checks. */
#include "tap.h"

#include "api/client.h"
#include "api/server.h"
#include "memory_stream.h"

#define AUTH "Authorization: Basic dTpw\r\n" /* u:p */
#define ENTROPY "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

static int decode_add_data(const char *json, struct api_add_data *ret)
{
	struct error error = ERROR_INIT;

	return api_add_data_decode(json, strlen(json), ret, &error);
}

static void add_data_is_written_as_the_released_client_does(void)
{
	struct api_add_data r = { .timestamp = 1738244941 };
	struct error error = ERROR_INIT;
	_cleanup_free_ char *json = NULL;

	for (int i = 0; i < API_ENTROPY_SIZE; i++)
		r.entropy[i] = (uint8_t)i;
	tap_eq_int(api_add_data_encode(&r, &json, &error), 0);
	tap_eq_text(json, "{\"entropy\":\"" ENTROPY "\",\"timestamp\":1738244941}");
	tap_eq_int(decode_add_data(json, &r), 0);
	tap_eq_int(r.entropy[31], 31);
}

static void add_data_takes_what_the_released_server_takes(void)
{
	static const char *const good[] = {
		"{\"entropy\":\"" ENTROPY "\"}",
		"{\"entropy\":\"" ENTROPY "\",\"timestamp\":null}",
		" {\"x\":[1,{}],\"timestamp\":5,\"entropy\":\"" ENTROPY "\"} \n",
	};
	struct api_add_data r;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		tap_eq_int(decode_add_data(good[i], &r), 0);
}

static void malformed_add_data_is_refused(void)
{
	static const char *const bad[] = {
		"",
		"{",
		"[]",
		"null",
		"\"x\"",
		"{}",
		"{\"entropy\":null}",
		"{\"entropy\":1}",
		"{\"entropy\":\"\"}",
		"{\"entropy\":\"AAAA\"}",
		"{\"entropy\":\"" ENTROPY "AAAA\"}",
		"{\"entropy\":\"" ENTROPY "=\"}",
		"{\"entropy\":\"AAECAwQ\"}",
		"{\"entropy\":\"" ENTROPY "\",\"timestamp\":-1}",
		"{\"entropy\":\"" ENTROPY "\",\"timestamp\":1.5}",
		"{\"entropy\":\"" ENTROPY "\",\"timestamp\":\"1\"}",
		"{\"entropy\":\"" ENTROPY "\",\"timestamp\":99999999999999999999}",
		"{\"entropy\":\"" ENTROPY "\",\"entropy\":\"" ENTROPY "\"}",
		"{\"entropy\":\"" ENTROPY "\"}{}",
		"{\"entropy\":\"" ENTROPY "\"} x",
	};
	struct api_add_data r = { .timestamp = 7 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (decode_add_data(bad[i], &r) != -EINVAL)
			tap_fail(__FILE__, __LINE__, "row %zu: %s", i, bad[i]);
	tap_eq_int(r.timestamp, 7);
}

static void secure_boot_needs_pk_kek_and_db(void)
{
	static const struct {
		const char *json, *text;
	} rows[] = {
		{ "{\"pk\":\"UEs=\",\"kek\":\"S0VL\",\"db\":\"ZGI=\",\"dbx\":\"ZGJ4\",\"reboot_"
		  "into_uefi_menu\":true}",
			"" },
		{ "{\"pk\":\"UEs=\",\"kek\":\"S0VL\",\"db\":\"ZGI=\",\"dbx\":null}", "" },
		{ "{\"pk\":null,\"kek\":\"S0VL\",\"db\":\"ZGI=\"}",
			"invalid request: PK is required" },
		{ "{\"pk\":\"UEs=\",\"db\":\"ZGI=\"}", "invalid request: KEK is required" },
		{ "{\"pk\":\"UEs=\",\"kek\":\"S0VL\",\"db\":\"\"}",
			"invalid request: db is required" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_api_secure_boot_ struct api_secure_boot r = { .reboot_into_uefi_menu =
									       false };
		struct error error = ERROR_INIT;
		int result = api_secure_boot_decode(rows[i].json, strlen(rows[i].json), &r, &error);
		tap_eq_int(result, *rows[i].text ? -EINVAL : 0);
		tap_eq_text(error.text, rows[i].text);
		tap_ok(result == 0 || (!r.blobs[EFI_SB_PK].data && !r.blobs[EFI_SB_KEK].data));
	}
}

static void secure_boot_is_written_as_the_released_client_does(void)
{
	struct api_secure_boot r = {
		.blobs[EFI_SB_PK] = { (uint8_t *)(uintptr_t) "PK", 2 },
		.blobs[EFI_SB_KEK] = { (uint8_t *)(uintptr_t) "KEK", 3 },
		.blobs[EFI_SB_DB] = { (uint8_t *)(uintptr_t) "db", 2 },
	};
	struct error error = ERROR_INIT;
	_cleanup_free_ char *json = NULL;

	tap_eq_int(api_secure_boot_encode(&r, &json, &error), 0);
	tap_eq_text(json, "{\"pk\":\"UEs=\",\"kek\":\"S0VL\",\"db\":\"ZGI=\",\"dbx\":null,"
			  "\"reboot_into_uefi_menu\":false}");
}

static void a_commit_answer_needs_all_its_texts(void)
{
	static const char good[] = "{\"publickey\":\"a\",\"fingerprint\":\"b\",\"hostname\":\"c\","
				   "\"authentication\":\"d\",\"identity\":\"e\",\"more\":1}";
	struct api_commit c;
	struct error error = ERROR_INIT;

	tap_eq_int(api_commit_decode(good, strlen(good), &c, &error), 0);
	tap_eq_text(c.hostname, "c");
	tap_eq_int(api_commit_decode("{\"publickey\":\"a\"}", 17, &c, &error), -EINVAL);
	tap_eq_text(error.text, "fingerprint is missing");
}

static void check_sealed(const char *sealed, const char *why)
{
	static const char texts[] = "{\"publickey\":\"a\",\"fingerprint\":\"b\",\"hostname\":\"c\","
				    "\"authentication\":\"d\",\"identity\":\"e\"";
	char json[512];
	struct api_commit c;
	struct error error = ERROR_INIT;
	_cleanup_free_ char *again = NULL;

	snprintf(json, sizeof(json), "%s%s}", texts, sealed);
	int r = api_commit_decode(json, strlen(json), &c, &error);
	tap_eq_int(r, why ? -EINVAL : 0);
	if (why)
		tap_eq_text(error.text, why);
	if (r < 0)
		return;
	tap_ok(c.sealed.given == (sealed[0] != '\0' && !strstr(sealed, "null")));
	tap_eq_int(api_commit_encode(&c, &again, &error), 0);
	if (!strstr(sealed, "null"))
		tap_eq_text(again, json);
}

static void a_sealed_key_is_told_whole_or_not_at_all(void)
{
	check_sealed("", NULL);
	check_sealed(",\"sealed\":null", NULL);
	check_sealed(",\"sealed\":{\"parent\":\"AQ==\",\"public\":\"AgM=\",\"certify\":\"BAUG\","
		     "\"signature\":\"Bw==\"}",
		NULL);
	check_sealed(",\"sealed\":true", "\"sealed\" is not an object");
	check_sealed(",\"sealed\":{\"parent\":\"AQ==\",\"public\":\"AgM=\",\"certify\":\"BAUG\"}",
		"sealed: signature is missing");
	check_sealed(",\"sealed\":{\"parent\":\"\"}", "sealed: parent is missing");
}

/* Operations that record their calls and return preset results. */
struct fake {
	char calls[256];
	int result;
	char log[512];
	struct api_seal seal;
};

static int fake_authenticate(
	void *context, const void *credentials, size_t len, struct error *error)
{
	struct fake *f = context;

	strcat(f->calls, "auth ");
	return len == 3 && memcmp(credentials, "u:p", 3) == 0 ? 0 : API_E_DENIED;
}

static int fake_result(struct fake *f, const char *call, struct error *error)
{
	strcat(f->calls, call);
	if (f->result)
		(void)error_set(error, 0, "reason");
	return f->result;
}

static int fake_add_data(void *context, const struct api_add_data *request, struct error *error)
{
	return fake_result(context, "data ", error);
}

static int fake_secure_boot(
	void *context, const struct api_secure_boot *request, struct error *error)
{
	return fake_result(context, "keys ", error);
}

static int fake_commit(void *context, const struct api_believed *believed, struct api_commit *ret,
	struct error *error)
{
	struct fake *f = context;
	char n[32] = "";

	if (believed && believed->files_n > 0)
		snprintf(
			n, sizeof(n), "%zu%s ", believed->files_n, believed->keep_files ? "+" : "");
	strcat(f->calls, n);
	memset(ret, 0, sizeof(*ret));
	memset(ret->hostname, '&', sizeof(ret->hostname) - 1);
	return fake_result(context, "commit ", error);
}

static int fake_add_file(void *context, const struct api_file *file, struct error *error)
{
	return fake_result(context, "file ", error);
}

static int fake_add_certificate(
	void *context, const struct api_certificate *certificate, struct error *error)
{
	return fake_result(context, "certificate ", error);
}

static int fake_seal(void *context, const struct api_seal *request, struct error *error)
{
	struct fake *f = context;

	f->seal = *request;
	return fake_result(context, "seal ", error);
}

/* test_api_attest.c has these two. */
static int fake_attest(void *context, struct api_attest *ret, struct error *error)
{
	return fake_result(context, "attest ", error);
}

static int fake_prove(
	void *context, const struct api_prove *request, struct api_proof *ret, struct error *error)
{
	return fake_result(context, "prove ", error);
}

static int fake_prepare(void *context, struct api_commit *ret, struct error *error)
{
	memset(ret, 0, sizeof(*ret));
	snprintf(ret->publickey, sizeof(ret->publickey), "key");
	snprintf(ret->identity, sizeof(ret->identity), "not told");
	return fake_result(context, "prepare ", error);
}

static void fake_log(void *context, const char *text)
{
	struct fake *f = context;

	strcat(f->log, text);
}

static void serve_protocol(enum api_protocol protocol, const char *in, int result,
	struct memory_stream *s, struct fake *f)
{
	static const struct api_server_ops ops = { .authenticate = fake_authenticate,
		.add_data = fake_add_data,
		.secure_boot = fake_secure_boot,
		.add_file = fake_add_file,
		.add_certificate = fake_add_certificate,
		.prepare = fake_prepare,
		.seal = fake_seal,
		.attest = fake_attest,
		.prove = fake_prove,
		.commit = fake_commit,
		.log = fake_log };
	static const struct http_limits limits;
	struct error error = ERROR_INIT;

	memory_stream_init(s, in, strlen(in));
	*f = (struct fake){ .result = result };
	(void)!api_serve(&s->stream, protocol, &ops, f, 0, &limits, &error);
}

static void serve(const char *in, int result, struct memory_stream *s, struct fake *f)
{
	serve_protocol(API_V0, in, result, s, f);
}

static void checks_come_in_the_protocols_order(void)
{
	static const struct {
		const char *in;
		int result;
		const char *status, *calls;
	} rows[] = {
		{ "GET /x HTTP/1.1\r\nHost: h\r\n\r\n", 0, "404", "" },
		{ "BREW /stprov/v0.0.1/commit HTTP/1.1\r\nHost: h\r\n\r\n", 0, "400", "" },
		{ "POST /stprov/v0.0.1/commit HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", 0,
			"405", "" },
		{ "GET /stprov/v0.0.1/add-data HTTP/1.1\r\nHost: h\r\n\r\n", 0, "405", "" },
		{ "GET /stprov/v0.0.1/commit HTTP/1.1\r\nHost: h\r\n\r\n", 0, "403", "auth " },
		{ "GET /stprov/v0.0.1/commit HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer "
		  "dTpw\r\n\r\n",
			0, "403", "auth " },
		{ "GET /stprov/v0.0.1/commit HTTP/1.1\r\nHost: h\r\nAuthorization: Basic "
		  "dTpx\r\n\r\n",
			0, "403", "auth " },
		{ "GET /stprov/v0.0.1/commit?x HTTP/1.1\r\nHost: h\r\nAuthorization: bAsIc "
		  "dTpw\r\n\r\n",
			0, "200", "auth commit " },
		{ "GET /stprov/v0.0.1/commit HTTP/1.1\r\nHost: h\r\n" AUTH "\r\n", API_E_CONFLICT,
			"409", "auth commit " },
		{ "GET /stprov/v0.0.1/commit HTTP/1.1\r\nHost: h\r\n" AUTH "\r\n", API_E_FAILED,
			"500", "auth commit " },
		{ "GET /stprov/v0.0.1/commit HTTP/1.1\r\nHost: h\r\n" AUTH
		  "Content-Length: 1\r\n\r\nx",
			0, "413", "auth " },
		{ "POST /stprov/v0.0.1/add-data HTTP/1.1\r\nHost: h\r\n" AUTH
		  "Content-Length: 2\r\n\r\n{}",
			0, "400", "auth " },
		{ "POST /stprov/v0.0.1/add-data HTTP/1.1\r\nHost: h\r\n" AUTH "\r\n", 0, "400",
			"auth " },
		{ "POST /stprov/v0.0.1/add-data HTTP/1.1\r\nHost: h\r\n" AUTH
		  "Content-Length: 58\r\n\r\n{\"entropy\":\"" ENTROPY "\"}",
			0, "200", "auth data " },
		{ "POST /stprov/v0.0.1/add-data HTTP/1.1\r\nHost: h\r\n" AUTH
		  "Content-Length: 4097\r\n\r\n",
			0, "413", "auth " },
		{ "POST /stprov/v0.0.1/add-secure-boot HTTP/1.1\r\nHost: h\r\n" AUTH
		  "Content-Length: 40\r\n\r\n{\"pk\":\"UEs=\",\"kek\":\"S0VL\",\"db\":\"ZGI=\"}  ",
			API_E_DENIED, "403", "auth keys " },
		/* Of v1 only. */
		{ "POST /stprov/v0.0.1/prepare HTTP/1.1\r\nHost: h\r\n" AUTH
		  "Content-Length: 2\r\n\r\n{}",
			0, "404", "" },
	};
	static struct memory_stream s;
	struct fake f;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		serve(rows[i].in, rows[i].result, &s, &f);
		if (strncmp(s.out, "HTTP/1.1 ", 9) != 0 ||
			strncmp(s.out + 9, rows[i].status, 3) != 0)
			tap_fail(__FILE__, __LINE__, "row %zu: want %s, got %.40s", i,
				rows[i].status, s.out);
		tap_eq_text(f.calls, rows[i].calls);
	}
}

static void a_wrong_method_names_the_right_one(void)
{
	static struct memory_stream s;
	struct fake f;

	serve("POST /stprov/v0.0.1/commit HTTP/1.1\r\nHost: h\r\n\r\n", 0, &s, &f);
	tap_ok(strstr(s.out, "\r\nAllow: GET\r\n"));
	serve("GET /stprov/v0.0.1/add-secure-boot HTTP/1.1\r\nHost: h\r\n\r\n", 0, &s, &f);
	tap_ok(strstr(s.out, "\r\nAllow: POST\r\n"));
}

static void the_longest_commit_answer_fits(void)
{
	static struct memory_stream s;
	struct fake f;

	serve("GET /stprov/v0.0.1/commit HTTP/1.1\r\nHost: h\r\n" AUTH "\r\n", 0, &s, &f);
	tap_ok(strstr(s.out, "\\u0026\",\"authentication\":\"\",\"identity\":\"\"}"));
}

static void a_refusal_is_logged_and_its_reason_answered(void)
{
	static struct memory_stream s;
	struct fake f;

	serve("GET /stprov/v0.0.1/commit HTTP/1.1\r\nHost: h\r\n" AUTH "\r\n", API_E_CONFLICT, &s,
		&f);
	tap_eq_text(f.log, "answered 409: reason");
	tap_ok(strstr(s.out, "\r\n\r\nreason\n"));
}

static void a_servers_reason_is_shown_printable(void)
{
	static struct memory_stream s;
	static const char in[] = "HTTP/1.1 400 Bad\r\nContent-Length: 10\r\n\r\na\x1b[31mred\n\n";
	_cleanup_api_client_ struct api_client client;
	struct secret password = SECRET_INIT;
	struct api_commit commit;
	struct error error = ERROR_INIT;

	memory_stream_init(&s, in, strlen(in));
	tap_eq_int(secret_set(&password, "p", 1), 0);
	tap_eq_int(api_client_init(&client, &s.stream, "h:1", &password, 0, &error), 0);
	tap_eq_int(api_client_commit(&client, NULL, &commit, &error), API_E_STATUS);
	tap_eq_text(error.text, "the platform answered 400 Bad: a\\x1b[31mred");
	tap_ok(strstr(s.out, "GET /stprov/v0.0.1/commit HTTP/1.1\r\nHost: h:1\r\n"));
	tap_ok(strstr(s.out, "Authorization: Basic ZXhhbXBsZS11c2VyOnA=\r\n"));
}

/* -- v1 -------------------------------------------------------------------------------------- */

#define V1 " /stprov/v1/"
#define HOST " HTTP/1.1\r\nHost: h\r\n"
#define KEYS "{\"pk\":\"UEs=\",\"kek\":\"S0VL\",\"db\":\"ZGI=\"}  "

static void v1_answers_json_and_asks_for_no_password(void)
{
	static const struct {
		const char *in;
		int result;
		const char *status, *calls, *body;
	} rows[] = {
		{ "GET /x" HOST "\r\n", 0, "404", "", "{\"error\":\"no such endpoint\"}" },
		{ "GET /stprov/v0.0.1/commit" HOST "\r\n", 0, "404", "",
			"{\"error\":\"no such endpoint\"}" },
		{ "POST /stprov/v1/" HOST "\r\n", 0, "404", "", "{\"error\":" },
		{ "GET" V1 "commit" HOST "\r\n", 0, "405", "",
			"{\"error\":\"method not allowed\"}" },
		{ "POST" V1 "commit" HOST "Content-Length: 2\r\n\r\n{}", 0, "200", "commit ",
			"{\"publickey\":" },
		{ "POST" V1 "commit" HOST "Content-Length: 2\r\n\r\n[]", 0, "400", "",
			"{\"error\":" },
		{ "POST" V1 "commit" HOST "\r\n", 0, "400", "", "{\"error\":" },
		{ "POST" V1 "commit" HOST "Content-Length: 8193\r\n\r\n", 0, "413", "",
			"{\"error\":\"the body is too large\"}" },
		{ "POST" V1 "commit" HOST "Content-Length: 75\r\n\r\n{\"files\":[{\"name\":\"a\","
		  "\"mac\":\"00\"},{\"name\":\"b\",\"mac\":\"\"}],\"keep_files\":true}",
			0, "200", "2+ commit ", "{\"publickey\":" },
		{ "POST" V1 "commit" HOST "Content-Length: 11\r\n\r\n{\"keys\":{}}", 0, "400", "",
			"{\"error\":" },
		{ "POST" V1 "commit" HOST "Content-Length: 12\r\n\r\n{\"sealed\":1}", 0, "400", "",
			"{\"error\":" },
		{ "POST" V1 "commit" HOST
		  "Content-Length: 28\r\n\r\n{\"certificate\":\"0123456789\"}",
			0, "400", "", "{\"error\":\"certificate is too long\"}" },
		{ "POST" V1 "commit" HOST "Content-Length: 12\r\n\r\n{\"files\":{}}", 0, "400", "",
			"{\"error\":" },
		{ "POST" V1 "commit" HOST "Content-Length: 14\r\n\r\n{\"files\":[{}]}", 0, "400",
			"", "{\"error\":\"name is missing\"}" },
		{ "POST" V1 "add-file" HOST
		  "Content-Length: 26\r\n\r\n{\"name\":\"a\",\"data\":\"eA==\"}",
			0, "200", "file ", "{}" },
		{ "POST" V1 "add-file" HOST
		  "Content-Length: 26\r\n\r\n{\"name\":\"a\",\"data\":\"eA==\"}",
			API_E_TOO_MUCH, "413", "file ", "{\"error\":\"reason\"}" },
		{ "POST" V1 "add-file" HOST
		  "Content-Length: 26\r\n\r\n{\"name\":\"A\",\"data\":\"eA==\"}",
			0, "400", "", "{\"error\":\"a file's name: it holds another character" },
		{ "POST" V1 "add-file" HOST
		  "Content-Length: 22\r\n\r\n{\"name\":\"a\",\"data\":\"\"}",
			0, "400", "", "{\"error\":\"file a is empty\"}" },
		{ "POST" V1 "add-file" HOST "Content-Length: 12\r\n\r\n{\"name\":\"a\"}", 0, "400",
			"", "{\"error\":\"data is missing\"}" },
		{ "POST" V1 "add-file" HOST "Content-Length: 12289\r\n\r\n", 0, "413", "",
			"{\"error\":\"the body is too large\"}" },
		{ "POST" V1 "add-certificate" HOST
		  "Content-Length: 19\r\n\r\n{\"certificate\":\"a\"}",
			0, "200", "certificate ", "{}" },
		{ "POST" V1 "add-certificate" HOST
		  "Content-Length: 22\r\n\r\n{\"certificate\":\"a\\nb\"}",
			0, "400", "", "{\"error\":\"certificate is not one printable line\"}" },
		{ "POST" V1 "add-certificate" HOST "Content-Length: 8193\r\n\r\n", 0, "413", "",
			"{\"error\":\"the body is too large\"}" },
		/* What is for the end is not told by prepare. */
		{ "POST" V1 "prepare" HOST "Content-Length: 2\r\n\r\n{}", 0, "200", "prepare ",
			"{\"publickey\":\"key\",\"fingerprint\":\"\",\"hostname\":\"\"}" },
		{ "POST" V1 "prepare" HOST "Content-Length: 2\r\n\r\n[]", 0, "400", "",
			"{\"error\":" },
		{ "GET" V1 "prepare" HOST "\r\n", 0, "405", "",
			"{\"error\":\"method not allowed\"}" },
		{ "POST" V1 "seal" HOST "Content-Length: 71\r\n\r\n{\"policy\":\"tpm\",\"nonce\":"
		  "\"" ENTROPY "\"}",
			0, "200", "seal ", "{}" },
		{ "POST" V1 "seal" HOST "Content-Length: 71\r\n\r\n{\"policy\":\"tpm\",\"nonce\":"
		  "\"" ENTROPY "\"}",
			API_E_UNABLE, "503", "seal ", "{\"error\":\"reason\"}" },
		{ "POST" V1 "seal" HOST "Content-Length: 14\r\n\r\n{\"nonce\":\"AA\"}", 0, "400",
			"", "{\"error\":\"policy is missing\"}" },
		{ "POST" V1 "seal" HOST
		  "Content-Length: 31\r\n\r\n{\"policy\":\"tpm\",\"nonce\":\"AAAA\"}",
			0, "400", "", "{\"error\":\"nonce must be 32 bytes\"}" },
		{ "POST" V1 "seal" HOST "Content-Length: 4097\r\n\r\n", 0, "413", "",
			"{\"error\":\"the body is too large\"}" },
		{ "POST" V1 "commit" HOST "Transfer-Encoding: chunked\r\n\r\n", 0, "411", "",
			"{\"error\":" },
		{ "POST" V1 "commit" HOST "Content-Length: 2\r\n\r\n{}", API_E_CONFLICT, "409",
			"commit ", "{\"error\":\"reason\"}" },
		{ "POST" V1 "commit" HOST "Content-Length: 2\r\n\r\n{}", -EIO, "500", "commit ",
			"{\"error\":\"reason\"}" },
		{ "POST" V1 "add-data" HOST "Content-Length: 58\r\n\r\n{\"entropy\":\"" ENTROPY
		  "\"}",
			0, "200", "data ", "{}" },
		{ "POST" V1 "add-data" HOST "Content-Length: 2\r\n\r\n{}", 0, "400", "",
			"{\"error\":\"entropy must be 32 bytes\"}" },
		{ "POST" V1 "add-secure-boot" HOST "Content-Length: 40\r\n\r\n" KEYS, 0, "200",
			"keys ", "{\"staged\":[{\"variable\":\"PK\",\"sha256\":\"" },
		{ "POST" V1 "add-secure-boot" HOST "Content-Length: 40\r\n\r\n" KEYS, API_E_DENIED,
			"403", "keys ", "{\"error\":\"reason\"}" },
	};
	static struct memory_stream s;
	struct fake f;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		serve_protocol(API_V1, rows[i].in, rows[i].result, &s, &f);
		const char *body = strstr(s.out, "\r\n\r\n");
		if (strncmp(s.out, "HTTP/1.1 ", 9) != 0 || !body ||
			strncmp(s.out + 9, rows[i].status, 3) != 0 ||
			strncmp(body + 4, rows[i].body, strlen(rows[i].body)) != 0 ||
			!strstr(s.out, "\r\nContent-Type: application/json\r\n"))
			tap_fail(__FILE__, __LINE__, "row %zu: want %s %s, got %s", i,
				rows[i].status, rows[i].body, s.out);
		tap_eq_text(f.calls, rows[i].calls);
	}
}

/* What @json is decoded to is encoded to the same again; @why: NULL, or the refusal. */
static void check_believed(const char *json, const char *why)
{
	struct api_believed believed;
	struct error error = ERROR_INIT;
	_cleanup_free_ char *again = NULL;
	int r = api_believed_decode(json, strlen(json), &believed, &error);

	tap_eq_int(r, why ? -EINVAL : 0);
	if (why)
		tap_eq_text(error.text, why);
	if (r < 0)
		return;
	tap_eq_int(api_believed_encode(&believed, &again, &error), 0);
	tap_eq_text(again, json);
}

static void what_a_client_believes_goes_round(void)
{
	static const char keys[] = "keys names a variable twice, without a hash, or an unknown one";

	check_believed("{}", NULL);
	check_believed("{\"files\":[{\"name\":\"a\",\"mac\":\"0a1b2c3d\"},{\"name\":\"b\","
		       "\"mac\":\"\"}],\"certificate\":\"89abcdef\",\"keys\":[{\"variable\":"
		       "\"PK\",\"sha256\":\"00\"},{\"variable\":\"dbx\",\"sha256\":\"11\"}],"
		       "\"sealed\":true,\"keep_files\":true}",
		NULL);
	check_believed("{\"keys\":[{\"variable\":\"PK\",\"sha256\":\"\"}]}", keys);
	check_believed("{\"keys\":[{\"variable\":\"SetupMode\",\"sha256\":\"00\"}]}", keys);
	check_believed("{\"keys\":[{\"variable\":\"PK\",\"sha256\":\"00\"},{\"variable\":"
		       "\"PK\",\"sha256\":\"00\"}]}",
		keys);
	check_believed("{\"keys\":[{\"variable\":\"PK\"}]}", "sha256 is missing");
	check_believed("{\"files\":[{\"name\":\"a\"}]}", "mac is missing");
	check_believed("{\"files\":[{\"name\":\"a\",\"mac\":\"0a1b2c3d4\"}]}", "mac is too long");
}

static void a_certificate_goes_round_as_one_line(void)
{
	struct api_certificate a = { .line = "ssh-ed25519-cert-v01@openssh.com AAAA\n" }, b;
	struct error error = ERROR_INIT;
	_cleanup_free_ char *json = NULL;

	tap_eq_int(api_certificate_encode(&a, &json, &error), 0);
	tap_eq_text(json, "{\"certificate\":\"ssh-ed25519-cert-v01@openssh.com AAAA\"}");
	tap_eq_int(api_certificate_decode(json, strlen(json), &b, &error), 0);
	tap_eq_text(b.line, a.line);
}

static struct api_secure_boot small_keys(void)
{
	return (struct api_secure_boot){
		.blobs[EFI_SB_PK] = { (uint8_t *)(uintptr_t) "PK", 2 },
		.blobs[EFI_SB_KEK] = { (uint8_t *)(uintptr_t) "KEK", 3 },
		.blobs[EFI_SB_DB] = { (uint8_t *)(uintptr_t) "db", 2 },
	};
}

static void what_is_staged_has_the_hash_of_each_variable(void)
{
	struct api_secure_boot keys = small_keys();
	struct api_staged staged;
	struct error error = ERROR_INIT;
	_cleanup_free_ char *json = NULL;

	tap_eq_int(api_staged_of(&keys, &staged, &error), 0);
	tap_eq_int(staged.n, 3);
	tap_eq_text(staged.items[2].name, "db");
	tap_eq_text(staged.items[0].sha256,
		"fcab7fcc2b4cffd9bb45003bfc2e468a04ef6f77ca8200a7341f027631584d25");
	tap_eq_int(api_staged_encode(&staged, &json, &error), 0);
	tap_eq_int(api_staged_check(json, strlen(json), &staged, &error), 0);
	strstr(json, "KEK")[2] = 'k';
	tap_eq_int(api_staged_check(json, strlen(json), &staged, &error), -EINVAL);
	tap_eq_text(error.text, "KEK is not what was sent");
	staged.n = 2;
	tap_eq_int(api_staged_check(json, strlen(json), &staged, &error), -EINVAL);
	tap_eq_int(api_staged_check("{}", 2, &staged, &error), -EINVAL);
	tap_eq_int(api_staged_check("{\"staged\":[1,2]}", 16, &staged, &error), -EINVAL);
}

static int v1_commit_answered(const char *in, struct error *error)
{
	static struct memory_stream s;
	_cleanup_api_client_ struct api_client client;
	struct api_commit commit;

	memory_stream_init(&s, in, strlen(in));
	api_client_init_v1(&client, &s.stream, "h:1", 1000);
	static const struct api_believed believed;
	int r = api_client_commit(&client, &believed, &commit, error);
	tap_ok(strstr(s.out, "POST /stprov/v1/commit HTTP/1.1\r\nHost: h:1\r\n"));
	tap_ok(!strstr(s.out, "Authorization"));
	tap_ok(strcmp(s.out + s.out_len - 6, "\r\n\r\n{}") == 0);
	return r;
}

static void a_v1_sentence_stands_alone(void)
{
	struct error error = ERROR_INIT;

	tap_eq_int(v1_commit_answered("HTTP/1.1 409 Conflict\r\nContent-Length: 24\r\n\r\n"
				      "{\"error\":\"a\\u001b[31mr\"}",
			   &error),
		API_E_STATUS);
	tap_eq_text(error.text, "a\x1b[31mr");
	tap_eq_int(v1_commit_answered("HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\n[]", &error),
		API_E_STATUS);
	tap_eq_text(error.text, "the platform answered 500 Oh: []");
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(add_data_is_written_as_the_released_client_does),
		TAP_TEST(add_data_takes_what_the_released_server_takes),
		TAP_TEST(malformed_add_data_is_refused),
		TAP_TEST(secure_boot_needs_pk_kek_and_db),
		TAP_TEST(secure_boot_is_written_as_the_released_client_does),
		TAP_TEST(a_commit_answer_needs_all_its_texts),
		TAP_TEST(a_sealed_key_is_told_whole_or_not_at_all),
		TAP_TEST(checks_come_in_the_protocols_order),
		TAP_TEST(a_wrong_method_names_the_right_one),
		TAP_TEST(the_longest_commit_answer_fits),
		TAP_TEST(a_refusal_is_logged_and_its_reason_answered),
		TAP_TEST(a_servers_reason_is_shown_printable),
		TAP_TEST(v1_answers_json_and_asks_for_no_password),
		TAP_TEST(what_a_client_believes_goes_round),
		TAP_TEST(a_certificate_goes_round_as_one_line),
		TAP_TEST(what_is_staged_has_the_hash_of_each_variable),
		TAP_TEST(a_v1_sentence_stands_alone),
		{ 0 },
	};
	return tap_run(tests);
}
