/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The derivations and formats against vectors.json: outputs of the released stprov. One TAP
 * point for each row. Usage: test_vectors VECTORS.JSON
 */
#include "vectors.h"

#include "base/text.h"
#include "crypto/kdf.h"
#include "hostkey/hostkey.h"
#include "json/json.h"
#include "secrets/otp.h"
#include "secrets/uds.h"

/* Longest byte string in a row. */
#define BYTES_MAX 1024

struct vector_bytes {
	size_t len;
	uint8_t data[BYTES_MAX];
};

static struct vector_bytes row_hex(const json_t *row, const char *key)
{
	struct vector_bytes b = { .len = strlen(row_text(row, key)) / 2 };

	if (b.len > sizeof(b.data) || text_parse_hex(row_text(row, key), b.data, b.len) < 0)
		tap_fail(__FILE__, __LINE__, "\"%s\" is not hex", key);
	return b;
}

static struct secret row_secret(const json_t *row, const char *key)
{
	struct vector_bytes b = row_hex(row, key);
	struct secret s = SECRET_INIT;

	tap_eq_int(secret_set(&s, b.data, b.len), 0);
	return s;
}

#define tap_eq_row_hex(got, got_len, row, key)                                                     \
	do {                                                                                       \
		struct vector_bytes want__ = row_hex((row), (key));                                \
		tap_eq_bytes((got), (got_len), want__.data, want__.len);                           \
	} while (0)

#define tap_succeeds(call, error)                                                                  \
	do {                                                                                       \
		if ((call) != 0)                                                                   \
			tap_fail(__FILE__, __LINE__, "%s: %s", #call, (error).text);               \
	} while (0)

static void check_reader(const json_t *row)
{
	struct error e = ERROR_INIT;
	struct vector_bytes out = { .len = strlen(row_text(row, "out")) / 2 };
	const char *secret = row_text(row, "secret");

	tap_succeeds(crypto_hkdf(secret, strlen(secret), row_text(row, "salt"),
			     row_text(row, "info"), out.data, out.len, &e),
		e);
	tap_eq_row_hex(out.data, out.len, row, "out");
}

static void check_secrets(const json_t *row)
{
	struct error e = ERROR_INIT;
	struct secret password = row_secret(row, "secret_hex"), basic, seed;
	struct vector_bytes want_seed = row_hex(row, "ed25519_seed");
	uint8_t public[CRYPTO_ED25519_PUBLIC_SIZE], cert[CRYPTO_CERT_MAX];
	uint8_t hash[CRYPTO_SHA256_SIZE];
	size_t cert_len = 0;

	tap_eq_bytes(password.bytes, password.len, row_text(row, "secret"),
		strlen(row_text(row, "secret")));
	tap_succeeds(otp_derive(&password, &basic, &seed, &e), e);
	tap_eq_bytes(
		basic.bytes, basic.len, row_text(row, "basicAuthPassword"), OTP_BASIC_PASSWORD_LEN);
	tap_eq_bytes(seed.bytes, seed.len, want_seed.data, want_seed.len);
	tap_succeeds(crypto_ed25519_public(seed.bytes, public, &e), e);
	tap_eq_row_hex(public, sizeof(public), row, "ed25519_public");
	tap_succeeds(crypto_cert_make(seed.bytes, cert, &cert_len, &e), e);
	tap_eq_row_hex(cert, cert_len, row, "cert_der");
	tap_succeeds(crypto_sha256(cert, cert_len, hash, &e), e);
	tap_eq_row_hex(hash, sizeof(hash), row, "cert_sha256");
}

static void check_uds_mix(const json_t *row)
{
	struct error e = ERROR_INIT;
	struct vector_bytes platform = row_hex(row, "platform_entropy");
	struct vector_bytes received = row_hex(row, "received_entropy");
	struct secret uds = SECRET_INIT;

	tap_succeeds(uds_mix(platform.data, received.data, &uds, &e), e);
	tap_eq_row_hex(uds.bytes, uds.len, row, "uds");
}

static void check_uds_texts(const json_t *row, const struct secret *uds)
{
	struct error e = ERROR_INIT;
	char identity[UDS_HEX_LEN + 1] = "", authentication[UDS_HEX_LEN + 1] = "";

	tap_succeeds(uds_identity(uds, identity, &e), e);
	tap_eq_text(identity, row_text(row, "identity"));
	tap_succeeds(uds_authentication(uds, authentication, &e), e);
	tap_eq_text(authentication, row_text(row, "authentication"));
}

static void check_uds(const json_t *row)
{
	struct error e = ERROR_INIT;
	struct secret uds = row_secret(row, "uds"), ssh = SECRET_INIT;
	struct hostkey key = { .public = "" };
	char fingerprint[HOSTKEY_FINGERPRINT_MAX] = "";

	check_uds_texts(row, &uds);
	tap_succeeds(uds_ssh(&uds, &ssh, &e), e);
	tap_eq_row_hex(ssh.bytes, 32, row, "ssh_seed");
	tap_eq_row_hex(ssh.bytes + 32, ssh.len - 32, row, "ssh_checkint_hex");
	tap_succeeds(hostkey_make(&ssh, &key, &e), e);
	tap_eq_bytes(key.pem.bytes, key.pem.len, row_text(row, "ssh_pem"),
		strlen(row_text(row, "ssh_pem")));
	tap_eq_text(key.public, row_text(row, "ssh_publickey"));
	tap_eq_text(key.fingerprint, row_text(row, "ssh_fingerprint"));
	tap_eq_text(HOSTKEY_COMMENT, row_text(row, "ssh_comment"));
	tap_succeeds(hostkey_public_check(key.public, fingerprint, &e), e);
	tap_eq_text(fingerprint, row_text(row, "ssh_fingerprint"));
}

static void check_hexify(const json_t *row)
{
	struct vector_bytes in = row_hex(row, "in");
	_cleanup_free_ char *dump = text_format_dump(in.data, in.len);

	tap_eq_text(dump, row_text(row, "out"));
}

static void check_formatted(struct json *json, const char *want)
{
	struct error e = ERROR_INIT;
	_cleanup_free_ char *text = NULL;

	tap_succeeds(json_format(json, &text, &e), e);
	tap_eq_text(text, want);
}

static void check_add_data_request(const json_t *row)
{
	struct error e = ERROR_INIT;
	struct vector_bytes entropy = row_hex(row, "entropy");
	int64_t timestamp = json_integer_value(json_object_get(row, "timestamp")), got = -1;
	_cleanup_json_ struct json *made = NULL, *read = NULL;
	_cleanup_free_ uint8_t *data = NULL;
	size_t len = 0;

	tap_succeeds(json_object_new(&made, &e), e);
	json_set_base64(made, "entropy", entropy.data, entropy.len);
	json_set_int(made, "timestamp", timestamp);
	check_formatted(made, row_text(row, "json"));

	tap_succeeds(
		json_object_parse(row_text(row, "json"), strlen(row_text(row, "json")), &read, &e),
		e);
	tap_succeeds(json_get_base64(read, "entropy", UDS_ENTROPY_SIZE, &data, &len, &e), e);
	tap_eq_bytes(data, len, entropy.data, entropy.len);
	tap_succeeds(json_get_int(read, "timestamp", &got, &e), e);
	tap_eq_int(got, timestamp);
}

/* A copy, made with our writer, of the value that jansson read. */
static struct json *copy_tree(const json_t *value);

static struct json *copy_array(const json_t *value)
{
	struct error e = ERROR_INIT;
	struct json *array = NULL;
	size_t i;
	json_t *item;

	tap_succeeds(json_array_new(&array, &e), e);
	json_array_foreach(value, i, item)
	{
		if (json_is_string(item))
			json_append_text(array, json_string_value(item));
		else
			json_append_child(array, copy_tree(item));
	}
	return array;
}

static struct json *copy_tree(const json_t *value)
{
	struct error e = ERROR_INIT;
	struct json *object = NULL;
	const char *key;
	json_t *item;

	if (json_is_array(value))
		return copy_array(value);
	tap_succeeds(json_object_new(&object, &e), e);
	json_object_foreach((json_t *)(uintptr_t)value, key, item)
	{
		if (json_is_null(item))
			json_set_null(object, key);
		else if (json_is_string(item))
			json_set_text(object, key, json_string_value(item));
		else
			json_set_child(object, key, copy_tree(item));
	}
	return object;
}

static void check_host_config(const json_t *row)
{
	struct error e = ERROR_INIT;
	const char *want = row_text(row, "json");
	uint8_t hash[CRYPTO_SHA256_SIZE];
	json_t *tree = json_loads(want, 0, NULL);
	_cleanup_json_ struct json *made = copy_tree(tree), *read = NULL;

	check_formatted(made, want);
	tap_succeeds(json_object_parse(want, strlen(want), &read, &e), e);
	check_formatted(read, want);
	tap_succeeds(crypto_sha256(want, strlen(want), hash, &e), e);
	tap_eq_row_hex(hash, sizeof(hash), row, "json_sha256");
	json_decref(tree);
}

struct vector_check {
	const char *name;
	/* The number of rows of this file, so that a missing row is detected. */
	size_t rows;
	void (*run)(const json_t *row);
};

static const struct vector_check vector_checks[] = {
	{ "reader", 4, check_reader },
	{ "secrets", 3, check_secrets },
	{ "uds_mix", 3, check_uds_mix },
	{ "uds", 2, check_uds },
	{ "hexify", 4, check_hexify },
	{ "add_data_request", 3, check_add_data_request },
	{ "host_config", 5, check_host_config },
};

static int run_check(const struct vector_check *check, const json_t *rows, int *count)
{
	int failures = 0;

	for (size_t i = 0; i < check->rows; i++) {
		const json_t *row = json_array_get(rows, i);
		tap_failed = false;
		if (row)
			check->run(row);
		else
			tap_fail(__FILE__, __LINE__, "no such row");
		printf("%s %d - %s %zu\n", tap_failed ? "not ok" : "ok", ++*count, check->name,
			i + 1);
		failures += tap_failed;
	}
	if (json_array_size(rows) != check->rows) {
		printf("Bail out! %s has %zu rows\n", check->name, json_array_size(rows));
		failures++;
	}
	return failures;
}

int main(int argc, char **argv)
{
	json_error_t e;
	vectors = argc == 2 ? json_load_file(argv[1], 0, &e) : NULL;
	int count = 0, failures = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!vectors) {
		printf("Bail out! cannot read the vectors\n");
		return 1;
	}
	for (size_t i = 0; i < ARRAY_SIZE(vector_checks); i++)
		failures += run_check(
			&vector_checks[i], json_object_get(vectors, vector_checks[i].name), &count);
	printf("1..%d\n", count);
	json_decref(vectors);
	return failures > 0;
}
