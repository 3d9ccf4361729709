/* SPDX-License-Identifier: BSD-2-Clause */
/* api/: attest, attest-prove and seal, of the server's side, byte for byte. */
#define MEMORY_STREAM_OUT ((size_t)600 * 1024)
#include "tap.h"

#include "api/server.h"
#include "base/text.h"
#include "json/json.h"
#include "memory_stream.h"

/* What the operations were asked for, and what they answer. */
struct fake {
	int result;
	bool empty; /* attest has no certificate, chain or log */
	struct api_seal seal;
	struct api_prove prove;
};

static struct memory_stream stream;
static struct fake fake;

static int result(struct error *error)
{
	if (fake.result)
		(void)error_set(error, 0, "reason");
	return fake.result;
}

static int fake_attest(void *context, struct api_attest *ret, struct error *error)
{
	memset(ret, 0, sizeof(*ret));
	memset(ret->vendor, '<', sizeof(ret->vendor) - 1);
	snprintf(ret->manufacturer, sizeof(ret->manufacturer), "IBM");
	snprintf(ret->firmware, sizeof(ret->firmware), "1.2");
	snprintf(ret->ek_template, sizeof(ret->ek_template), "H-3");
	snprintf(ret->banks[0], sizeof(ret->banks[0]), "sha1");
	snprintf(ret->banks[1], sizeof(ret->banks[1]), "sha256");
	ret->banks_n = 2;
	ret->ek.len = ret->ak.len = fake.empty ? 3 : API_TPM_MAX;
	if (fake.result || fake.empty)
		return result(error);
	ret->certificate_len = API_CERTIFICATE_MAX;
	ret->chain_n = API_CHAIN_PARTS_MAX;
	for (size_t i = 0; i < ret->chain_n; i++)
		ret->chain_len[i] = API_CHAIN_MAX / API_CHAIN_PARTS_MAX;
	ret->log_len = API_LOG_MAX;
	tap_eq_int(api_attest_bytes_len(ret), API_ATTEST_BYTES_MAX);
	ret->bytes = malloc(API_ATTEST_BYTES_MAX);
	if (!ret->bytes)
		abort();
	memset(ret->bytes, 0xce, API_CERTIFICATE_MAX);
	for (size_t i = 0; i < ret->chain_n; i++)
		memset(ret->bytes + API_CERTIFICATE_MAX + i * ret->chain_len[0], (int)i,
			ret->chain_len[0]);
	memset(ret->bytes + API_CERTIFICATE_MAX + API_CHAIN_MAX, 0x106 & 0xff, API_LOG_MAX);
	return 0;
}

static int fake_prove(
	void *context, const struct api_prove *request, struct api_proof *ret, struct error *error)
{
	fake.prove = *request;
	memset(ret, 0, sizeof(*ret));
	for (int i = 0; i < API_QUOTED_PCRS; i++)
		memset(ret->pcrs[i], i, sizeof(ret->pcrs[i]));
	ret->quote.len = 1;
	ret->signature.len = 2;
	return result(error);
}

static int fake_seal(void *context, const struct api_seal *request, struct error *error)
{
	fake.seal = *request;
	return result(error);
}

/* None of these is asked for here. */
static int other_data(void *context, const struct api_add_data *request, struct error *error)
{
	return API_E_FAILED;
}

static int other_keys(void *context, const struct api_secure_boot *request, struct error *error)
{
	return API_E_FAILED;
}

static int other_prepare(void *context, struct api_commit *ret, struct error *error)
{
	return API_E_FAILED;
}

static int other_file(void *context, const struct api_file *file, struct error *error)
{
	return API_E_FAILED;
}

static int other_certificate(
	void *context, const struct api_certificate *certificate, struct error *error)
{
	return API_E_FAILED;
}

static int other_commit(void *context, const struct api_believed *believed, struct api_commit *ret,
	struct error *error)
{
	return API_E_FAILED;
}

static void no_log(void *context, const char *text)
{
}

/* Makes a request; returns the body of the answer, whose status is *ret_status. */
static const char *post(const char *name, const char *json, int *ret_status)
{
	static const struct api_server_ops ops = { .add_data = other_data,
		.secure_boot = other_keys,
		.prepare = other_prepare,
		.add_file = other_file,
		.add_certificate = other_certificate,
		.seal = fake_seal,
		.attest = fake_attest,
		.prove = fake_prove,
		.commit = other_commit,
		.log = no_log };
	static const struct http_limits limits;
	struct error error = ERROR_INIT;
	char in[8192];

	int n = snprintf(in, sizeof(in),
		"POST /stprov/v1/%s HTTP/1.1\r\nHost: h\r\nContent-Length: %zu\r\n\r\n%s", name,
		strlen(json), json);
	memory_stream_init(&stream, in, (size_t)n);
	(void)!api_serve(&stream.stream, API_V1, &ops, NULL, 0, &limits, &error);
	*ret_status = strncmp(stream.out, "HTTP/1.1 ", 9) == 0 ? atoi(stream.out + 9) : 0;
	const char *body = strstr(stream.out, "\r\n\r\n");
	return body ? body + 4 : "";
}

static void check_answer(const char *name, const char *json, int status, const char *body)
{
	int got;
	const char *answer = post(name, json, &got);

	if (got != status || strcmp(answer, body) != 0)
		tap_fail(__FILE__, __LINE__, "%s %s: got %d %s", name, json, got, answer);
}

/* Base64 of @len zero bytes. */
static const char *zeros(size_t len)
{
	static const uint8_t bytes[API_SECRET_MAX + 1];
	static char text[4][TEXT_BASE64_SIZE(sizeof(bytes))];
	static unsigned next;

	next = (next + 1) % ARRAY_SIZE(text);
	text_format_base64(bytes, len, text[next]);
	return text[next];
}

#define LONG_V                                                                                     \
	"\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c"     \
	"\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c"     \
	"\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c"     \
	"\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c"     \
	"\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c"     \
	"\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c"     \
	"\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c\\u003c"

static void what_is_not_there_is_null_or_empty(void)
{
	fake = (struct fake){ .empty = true };
	check_answer(API_ATTEST, "{}", 200,
		"{\"tpm\":{\"family\":\"2.0\",\"manufacturer\":\"IBM\",\"vendor\":\"" LONG_V
		"\",\"firmware\":\"1.2\",\"banks\":[\"sha1\",\"sha256\"],\"in_lockout\":false},"
		"\"ek\":{\"template\":\"H-3\",\"public\":\"AAAA\",\"certificate\":null,"
		"\"chain\":[]},\"ak\":{\"public\":\"AAAA\"},\"event_log\":null}");
	check_answer(API_ATTEST, "[]", 400, "{\"error\":\"malformed JSON: not an object\"}");
	fake.result = API_E_UNABLE;
	check_answer(API_ATTEST, "{}", 503, "{\"error\":\"reason\"}");
	fake.result = API_E_CONFLICT;
	check_answer(API_ATTEST, "{}", 409, "{\"error\":\"reason\"}");
}

/* Each byte of the run under this key is @byte. */
static void check_run(const struct json *object, const char *key, uint8_t byte, size_t len)
{
	_cleanup_free_ uint8_t *data = NULL;
	struct error error;
	size_t got = 0;

	tap_eq_int(json_get_base64(object, key, API_LOG_MAX, &data, &got, &error), 0);
	tap_eq_int(got, len);
	for (size_t i = 0; i < got; i++)
		if (data[i] != byte) {
			tap_fail(__FILE__, __LINE__, "%s: byte %zu is %02x", key, i, data[i]);
			return;
		}
}

static void the_longest_attestation_is_whole(void)
{
	_cleanup_json_ struct json *root = NULL;
	const struct json *ek, *chain;
	struct error error = ERROR_INIT;
	const char *part = "";
	int status;

	fake = (struct fake){ .result = 0 };
	const char *body = post(API_ATTEST, "{}", &status);
	tap_eq_int(status, 200);
	tap_ok(strlen(body) > (size_t)350 * 1024 && strlen(body) <= API_ATTEST_ANSWER_MAX);
	tap_ok(strstr(stream.out, "\r\nContent-Type: application/json\r\n") != NULL);
	tap_eq_int(json_object_parse(body, strlen(body), &root, &error), 0);
	tap_eq_int(json_get_object(root, "ek", &ek, &error), 0);
	check_run(ek, "certificate", 0xce, API_CERTIFICATE_MAX);
	check_run(root, "event_log", 0x06, API_LOG_MAX);
	tap_eq_int(json_get_array(ek, "chain", &chain, &error), 0);
	tap_eq_int(json_array_count(chain), API_CHAIN_PARTS_MAX);
	for (size_t i = 0; i < API_CHAIN_PARTS_MAX; i++) {
		uint8_t bytes[API_CHAIN_MAX / API_CHAIN_PARTS_MAX];
		size_t len = 0;
		tap_eq_int(json_array_text(chain, i, &part, &error), 0);
		tap_eq_int(text_parse_base64(part, strlen(part), bytes, sizeof(bytes), &len), 0);
		tap_ok(len == sizeof(bytes) && bytes[0] == i && bytes[len - 1] == i);
	}
}

static void check_prove(size_t credential, size_t secret, size_t nonce, const char *why)
{
	char json[2048], body[256];
	int status;

	snprintf(json, sizeof(json), "{\"credential\":\"%s\",\"secret\":\"%s\",\"nonce\":\"%s\"}",
		zeros(credential), zeros(secret), zeros(nonce));
	if (why) {
		snprintf(body, sizeof(body), "{\"error\":\"%s\"}", why);
		check_answer(API_PROVE, json, 400, body);
		return;
	}
	fake.prove.credential_len = 0;
	(void)post(API_PROVE, json, &status);
	tap_eq_int(status, 200);
	tap_eq_int(fake.prove.credential_len, credential);
	tap_eq_int(fake.prove.secret_len, secret);
}

static void a_credential_has_its_bounds(void)
{
	fake = (struct fake){ .result = 0 };
	check_prove(68, 68, 32, NULL);
	check_prove(104, 256, 32, NULL);
	check_prove(67, 68, 32, "credential must be 68 to 104 bytes");
	check_prove(105, 68, 32, "credential must be 68 to 104 bytes");
	check_prove(68, 67, 32, "secret must be 68 to 256 bytes");
	check_prove(68, 257, 32, "secret must be 68 to 256 bytes");
	check_prove(68, 68, 31, "nonce must be 32 bytes");
	check_prove(68, 68, 33, "nonce must be 32 bytes");
	check_answer(API_PROVE, "{}", 400, "{\"error\":\"credential is missing\"}");
	check_answer(
		API_PROVE, "{\"credential\":null}", 400, "{\"error\":\"credential is missing\"}");
	check_answer(API_PROVE, "", 400, "{\"error\":\"malformed JSON: line 1, column 0\"}");
	check_answer(API_PROVE, "{\"nonce\":\"\",\"nonce\":\"\"}", 400,
		"{\"error\":\"duplicate key in JSON: line 1, column 19\"}");
}

static void a_proof_has_each_pcr(void)
{
	char json[1024];
	int status;

	fake = (struct fake){ .result = 0 };
	snprintf(json, sizeof(json), "{\"credential\":\"%s\",\"secret\":\"%s\",\"nonce\":\"%s\"}",
		zeros(68), zeros(68), zeros(32));
	const char *body = post(API_PROVE, json, &status);
	static const char begin[] =
		"{\"credential\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\",\"quote\":"
		"\"AA==\",\"signature\":\"AAA=\",\"pcrs\":{\"sha256\":{\"0\":\""
		"0000000000000000000000000000000000000000000000000000000000000000\",\"1\":\""
		"0101010101010101010101010101010101010101010101010101010101010101\",";
	static const char rest[] =
		"\"15\":\"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f\"}}}";
	tap_ok(status == 200 && strncmp(body, begin, sizeof(begin) - 1) == 0);
	tap_eq_text(body + strlen(body) - (sizeof(rest) - 1), rest);
	fake.result = API_E_CONFLICT;
	check_answer(API_PROVE, json, 409, "{\"error\":\"reason\"}");
}

static void check_seal(const char *policy, int status, const char *why)
{
	char json[512], body[256] = "{}";

	snprintf(json, sizeof(json), "{%s,\"nonce\":\"%s\"}", policy, zeros(32));
	if (why)
		snprintf(body, sizeof(body), "{\"error\":\"%s\"}", why);
	check_answer(API_SEAL, json, status, body);
}

#define PCR "\"policy\":\"pcr\""
#define DIGEST "\"digest\":\"//////////////////////////////////////////8=\""
#define ORDER "pcrs must be numbers from 0 to 23 in ascending order"
#define POLICIES "this stprov seals by the policies tpm and pcr only"

static void a_key_is_sealed_by_pcrs_in_their_order(void)
{
	uint8_t digest[API_DIGEST_SIZE];
	_cleanup_free_ char *json = NULL;
	struct error error = ERROR_INIT;

	memset(digest, 0xff, sizeof(digest));
	fake = (struct fake){ .result = 0 };
	check_seal("\"policy\":\"tpm\",\"pcrs\":[7]", 200, NULL);
	tap_eq_int(fake.seal.pcrs, 0);
	check_seal(PCR ",\"pcrs\":[7]," DIGEST, 200, NULL);
	tap_eq_int(fake.seal.pcrs, 1 << 7);
	tap_eq_bytes(fake.seal.digest, sizeof(digest), digest, sizeof(digest));
	check_seal(PCR ",\"pcrs\":[0,4,23]," DIGEST, 200, NULL);
	tap_eq_int(fake.seal.pcrs, 1 | 1 << 4 | 1 << 23);
	/* The laptop's side. */
	tap_eq_int(api_seal_encode(&fake.seal, &json, &error), 0);
	fake.seal.pcrs = 0;
	check_answer(API_SEAL, json, 200, "{}");
	tap_eq_int(fake.seal.pcrs, 1 | 1 << 4 | 1 << 23);
	check_seal(PCR ",\"pcrs\":[24]," DIGEST, 400, ORDER);
	check_seal(PCR ",\"pcrs\":[-1]," DIGEST, 400, ORDER);
	check_seal(PCR ",\"pcrs\":[7,7]," DIGEST, 400, ORDER);
	check_seal(PCR ",\"pcrs\":[7,4]," DIGEST, 400, ORDER);
	check_seal(PCR ",\"pcrs\":[]," DIGEST, 400, "pcrs is empty");
	check_seal(PCR "," DIGEST, 400, "pcrs is missing");
	check_seal(PCR ",\"pcrs\":[\"7\"]," DIGEST, 400, "pcrs: item 1 is not a whole number");
	check_seal(PCR ",\"pcrs\":[7.0]," DIGEST, 400, "pcrs: item 1 is not a whole number");
	check_seal(PCR ",\"pcrs\":7," DIGEST, 400, "\\\"pcrs\\\" is not an array");
	check_seal(PCR ",\"pcrs\":[7]", 400, "digest must be 32 bytes");
	check_seal(PCR ",\"pcrs\":[7],\"digest\":\"AAAA\"", 400, "digest must be 32 bytes");
	check_seal("\"policy\":\"signed\",\"pcrs\":[7]," DIGEST, 400, POLICIES);
	check_seal("\"policy\":\"\"", 400, POLICIES);
	check_seal("\"x\":1", 400, "policy is missing");
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(what_is_not_there_is_null_or_empty),
		TAP_TEST(the_longest_attestation_is_whole),
		TAP_TEST(a_credential_has_its_bounds),
		TAP_TEST(a_proof_has_each_pcr),
		TAP_TEST(a_key_is_sealed_by_pcrs_in_their_order),
		{ 0 },
	};
	return tap_run(tests);
}
