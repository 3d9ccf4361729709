/* SPDX-License-Identifier: BSD-2-Clause */
/* The result of `stprov local run`, for programs to read: see run.h. */
#include "local/run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "hostkey/known_hosts.h"
#include "json/json.h"

#define AUTHORITY_LINE_MAX (32 + HOSTKEY_CERTIFICATE_TEXT_MAX + HOSTKEY_CERTIFICATE_CA_MAX)

static void take_text(const char from[API_TEXT_MAX], char to[API_TEXT_MAX * TEXT_PRINTABLE_GROWTH])
{
	text_printable(from, strlen(from), to, API_TEXT_MAX * TEXT_PRINTABLE_GROWTH);
}

int result_take(const struct run *run, const struct api_commit *commit, struct run_result *ret,
	struct error *error)
{
	char key[API_TEXT_MAX * TEXT_PRINTABLE_GROWTH];
	struct run_result result = { .words = "" };

	int r = hostkey_public_check(commit->publickey, result.fingerprint, error);
	if (r < 0) {
		text_printable(commit->publickey, strlen(commit->publickey), key, sizeof(key));
		return error_prefix(error, r, "the platform's public key \"%s\"", key);
	}
	if (strcmp(result.fingerprint, commit->fingerprint) != 0)
		return error_set(error, -EPROTO,
			"the platform's fingerprint does not match its public key, which has %s",
			result.fingerprint);
	if (run->has_keys)
		r = api_staged_of(&run->keys, &result.variables, error);
	if (r < 0)
		return r;
	/* Not truncated: its length was checked. */
	text_printable(commit->publickey, strlen(commit->publickey), result.publickey,
		sizeof(result.publickey));
	take_text(commit->hostname, result.hostname);
	take_text(commit->serial, result.serial);
	take_text(commit->uuid, result.uuid);
	take_text(commit->macs, result.macs);
	result.sealed = commit->sealed.given;
	net_addr_format(&run->address, result.ip);
	*ret = result;
	return 0;
}

static int flush_stdout(struct error *error)
{
	if (fflush(stdout) == 0)
		return 0;
	int r = error_set_errno(error, -errno, "stdout");
	/* Reported here; main() reports what was not. */
	clearerr(stdout);
	return r;
}

/* The CA's line for known_hosts, which trusts it for the names of the certificate. */
static void format_authority(
	const struct hostkey_certificate *certificate, char out[AUTHORITY_LINE_MAX])
{
	snprintf(out, AUTHORITY_LINE_MAX, "@cert-authority %s %s", certificate->principals,
		certificate->ca);
}

static void print_certificate(const struct hostkey_certificate *certificate)
{
	char end[CLOCK_TEXT_MAX], authority[AUTHORITY_LINE_MAX];

	hostkey_certificate_format_end(certificate->valid_before, end);
	format_authority(certificate, authority);
	printf("serial=%llu\nends=%s\nauthority=%s\n", (unsigned long long)certificate->serial, end,
		authority);
}

int result_print_lines(const struct run *run, const struct run_result *result, struct error *error)
{
	printf("publickey=%s\nfingerprint=%s\nhostname=%s\nip=%s\n", result->publickey,
		result->fingerprint, result->hostname, result->ip);
	if (result->sealed)
		printf("sealed=%s\n", run->attestation.order.pcrs ? "secure-boot" : "tpm");
	if (result->has_certificate)
		print_certificate(&result->certificate.content);
	return flush_stdout(error);
}

/* A name that a zone file accepts unchanged. */
static bool is_zone_name(const char *name)
{
	return known_hosts_is_name(name) && !strpbrk(name, ":%");
}

/* As ssh-keygen -r prints it, without SHA-1. */
static int add_sshfp(const struct run_result *result, struct json *object, struct error *error)
{
	char data[HOSTKEY_SSHFP_MAX], record[sizeof(result->hostname) + sizeof(data) + 16];
	struct json *array;

	int r = hostkey_format_sshfp(result->publickey, data, error);
	if (r == 0)
		r = json_array_new(&array, error);
	if (r < 0)
		return r;
	snprintf(record, sizeof(record), "%s IN SSHFP %s", result->hostname, data);
	if (is_zone_name(result->hostname))
		json_append_text(array, record);
	json_set_child(object, "sshfp", array);
	return 0;
}

static int fill_certificate(
	const struct hostkey_certificate *certificate, struct json *object, struct error *error)
{
	char serial[32], end[CLOCK_TEXT_MAX], authority[AUTHORITY_LINE_MAX];
	char principals[HOSTKEY_CERTIFICATE_TEXT_MAX], *rest = principals;
	struct json *array;
	int r = json_array_new(&array, error);

	if (r < 0)
		return r;
	memcpy(principals, certificate->principals, sizeof(principals));
	do {
		char *comma = strchr(rest, ',');
		if (comma)
			*comma++ = '\0';
		json_append_text(array, rest);
		rest = comma;
	} while (rest);
	snprintf(serial, sizeof(serial), "%llu", (unsigned long long)certificate->serial);
	hostkey_certificate_format_end(certificate->valid_before, end);
	format_authority(certificate, authority);
	json_set_text(object, "ca_fingerprint", certificate->ca_fingerprint);
	json_set_text(object, "key_id", certificate->key_id);
	/* A number of 64 bits is not one of every reader of JSON. */
	json_set_text(object, "serial", serial);
	json_set_text(object, "ends", end);
	json_set_child(object, "principals", array);
	json_set_text(object, "authority", authority);
	return 0;
}

static int add_certificate(
	const struct run_result *result, struct json *object, struct error *error)
{
	_cleanup_json_ struct json *certificate = NULL;

	if (!result->has_certificate) {
		json_set_null(object, "host_certificate");
		return 0;
	}
	int r = json_object_new(&certificate, error);
	if (r == 0)
		r = fill_certificate(&result->certificate.content, certificate, error);
	if (r == 0)
		json_set_child(object, "host_certificate", TAKE_PTR(certificate));
	return r;
}

static int append_file(const struct run *run, size_t i, struct json *array, struct error *error)
{
	struct json *item = NULL;
	int r = json_object_new(&item, error);

	if (r < 0)
		return r;
	json_set_text(item, "name", run->files.items[i].name);
	json_set_int(item, "bytes", (int64_t)run->files.items[i].len);
	json_set_text(item, "mac", run->files.macs[i]);
	json_append_child(array, item);
	return 0;
}

static int add_files(const struct run *run, struct json *object, struct error *error)
{
	_cleanup_json_ struct json *array = NULL;
	int r = json_array_new(&array, error);

	for (size_t i = 0; r == 0 && i < run->files.n; i++)
		r = append_file(run, i, array, error);
	if (r == 0)
		json_set_child(object, "files", TAKE_PTR(array));
	return r;
}

static int add_machine(const struct run_result *result, struct json *object, struct error *error)
{
	char macs[sizeof(result->macs)], *rest = NULL;
	struct json *array;
	int r = json_array_new(&array, error);

	if (r < 0)
		return r;
	json_set_text(object, "serial", result->serial[0] ? result->serial : NULL);
	json_set_text(object, "uuid", result->uuid[0] ? result->uuid : NULL);
	memcpy(macs, result->macs, sizeof(macs));
	for (char *mac = strtok_r(macs, " ", &rest); mac; mac = strtok_r(NULL, " ", &rest))
		json_append_text(array, mac);
	json_set_child(object, "macs", array);
	return 0;
}

void result_format_time(char out[RESULT_TIME_MAX])
{
	time_t now = clock_time_t(clock_calendar_s());
	struct tm tm;

	if (!gmtime_r(&now, &tm) || strftime(out, RESULT_TIME_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		out[0] = '\0';
}

static int add_sealed(const struct run *run, const struct run_result *result, struct json *object,
	struct error *error)
{
	const struct api_seal *order = &run->attestation.order;
	char hex[2 * API_DIGEST_SIZE + 1];
	struct json *child = NULL;
	int r = result->sealed ? json_object_new(&child, error) : 0;

	if (r < 0)
		return r;
	if (!child) {
		json_set_null(object, "sealed");
		return 0;
	}
	json_set_text(child, "policy", order->pcrs ? "pcr" : "tpm");
	if (order->pcrs) {
		r = json_set_bits(child, "pcrs", order->pcrs, error);
		text_format_hex(order->digest, sizeof(order->digest), hex);
		json_set_text(child, "digest", hex);
	}
	json_set_child(object, "sealed", child);
	return r;
}

static int build_result(const struct run *run, const struct run_result *result, struct json *object,
	struct error *error)
{
	struct json *variables;
	char time[RESULT_TIME_MAX];

	json_set_text(object, "publickey", result->publickey);
	json_set_text(object, "fingerprint", result->fingerprint);
	json_set_text(object, "hostname", result->hostname);
	json_set_text(object, "ip", result->ip);
	int r = add_sshfp(result, object, error);
	if (r < 0)
		return r;
	json_set_text(object, "comparison_words", result->words[0] ? result->words : NULL);
	json_set_bool(object, "compared", run->compare != COMPARE_NOTHING);
	r = api_staged_build(&result->variables, &variables, error);
	if (r < 0)
		return r;
	json_set_child(object, "variables", variables);
	r = add_files(run, object, error);
	if (r == 0)
		r = add_certificate(result, object, error);
	if (r == 0)
		r = add_sealed(run, result, object, error);
	if (r == 0)
		r = attestation_build(&run->attestation, object, error);
	if (r < 0)
		return r;
	r = add_machine(result, object, error);
	result_format_time(time);
	json_set_text(object, "time", time);
	return r;
}

int result_print_json(const struct run *run, const struct run_result *result, struct error *error)
{
	_cleanup_json_ struct json *object = NULL;
	_cleanup_free_ char *text = NULL;

	int r = json_object_new(&object, error);
	if (r == 0)
		r = build_result(run, result, object, error);
	if (r == 0)
		r = json_format(object, &text, error);
	if (r < 0)
		return r;
	printf("%s\n", text);
	return flush_stdout(error);
}
