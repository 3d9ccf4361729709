/* SPDX-License-Identifier: BSD-2-Clause */
/* The attestation of the platform within `local run`: see attestation.h. */
#include "local/attestation.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "attest/sealed.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "crypto/x509.h"
#include "enrol/enrol.h"
#include "local/limits.h"
#include "local/run.h"
#include "local/waiting.h"
#include "version.h"

#define RECORD_MODE 0600
#define SHOWN_MAX 128

/* -- options ---------------------------------------------------------------------------------- */

void attestation_deinit(struct attestation *attestation)
{
	wanted_deinit(&attestation->demands);
	attest_round_deinit(&attestation->round);
	free(attestation->boot_cert);
	free(attestation->image_cert);
	free(attestation->attest_answer);
	free(attestation->prove_answer);
}

const char *attestation_first(const struct attestation_options *o)
{
	const char *wanted = wanted_first(&o->wanted);

	if (o->record)
		return "--attest";
	if (wanted)
		return wanted;
	return o->boot_cert ? "--boot-cert" : o->image_cert ? "--image-cert" : NULL;
}

/* Whether the record can be replaced, before anything that cannot be undone. */
static int check_record(const char *path, struct error *error)
{
	const struct file_kind kind = { RECORD_MODE, FILE_ANY_ID, FILE_ANY_ID };
	char shown[SHOWN_MAX];
	struct stat st;
	int r = 0;

	if (!path[0])
		return error_set(error, -EINVAL, "--attest: the name of the file is empty");
	text_printable(path, strlen(path), shown, sizeof(shown));
	if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
		r = error_set(error, -ENOTSUP, "%s: not a regular file", shown);
	if (r == 0)
		r = file_check_replace_as(AT_FDCWD, path, &kind, error);
	return r < 0 ? error_prefix(error, r == -EINVAL ? -EBADF : r, "--attest") : 0;
}

/* The bytes of a file that is a certificate. */
static int read_certificate_file(
	const char *path, uint8_t **ret, size_t *ret_len, struct error *error)
{
	_cleanup_free_ uint8_t *der = NULL;
	char shown[SHOWN_MAX];
	size_t der_len = 0;
	int r = file_read(AT_FDCWD, path, CRYPTO_CERT_FILE_MAX, ret, ret_len, error);

	if (r < 0)
		return r;
	r = crypto_cert_read(*ret, *ret_len, &der, &der_len, error);
	text_printable(path, strlen(path), shown, sizeof(shown));
	return r < 0 ? error_prefix(error, r, "%s", shown) : 0;
}

static int read_certificate(
	const char *option, const char *path, uint8_t **ret, size_t *ret_len, struct error *error)
{
	int r = path ? read_certificate_file(path, ret, ret_len, error) : 0;

	return r < 0 ? error_prefix(error, r == -EINVAL ? -EBADF : r, "%s", option) : 0;
}

static bool is_wanted(const struct attestation_options *o, enum attestation_seal seal)
{
	return o->record || wanted_first(&o->wanted) || seal == SEAL_SECURE_BOOT;
}

int attestation_check(const struct attestation_options *o, enum attestation_seal seal,
	bool no_compare, struct error *error)
{
	if (seal == SEAL_SECURE_BOOT && !o->boot_cert)
		return error_set(error, -EINVAL,
			"--seal secure-boot needs --boot-cert, the certificate that signs what "
			"boots next");
	if (seal != SEAL_SECURE_BOOT && (o->boot_cert || o->image_cert))
		return error_set(error, -EINVAL, "%s needs --seal secure-boot",
			o->boot_cert ? "--boot-cert" : "--image-cert");
	if (is_wanted(o, seal) && no_compare && !o->wanted.ek)
		return error_set(error, -EINVAL,
			"%s and --no-compare exclude each other without --ek: any TPM could answer",
			seal == SEAL_SECURE_BOOT ? "--seal secure-boot" : attestation_first(o));
	return 0;
}

int attestation_read(
	const struct attestation_options *o, struct attestation *ret, struct error *error)
{
	int r = wanted_read(&o->wanted, &ret->demands, error);

	ret->wanted = is_wanted(o, ret->seal);
	ret->path = o->record;
	if (r == 0)
		r = read_certificate(
			"--boot-cert", o->boot_cert, &ret->boot_cert, &ret->boot_cert_len, error);
	if (r == 0)
		r = read_certificate("--image-cert", o->image_cert, &ret->image_cert,
			&ret->image_cert_len, error);
	return r == 0 && o->record ? check_record(o->record, error) : r;
}

/* -- the round -------------------------------------------------------------------------------- */

static int exchange_attest(struct attestation *attestation, struct api_client *client,
	struct waiting_stream *waiting, struct error *error)
{
	waiting_for(waiting, "waiting for the platform's TPM", clock_now_ms() + TPM_MS);
	int r = api_client_attest(
		client, TPM_MS, &attestation->round.attest, &attestation->attest_answer, error);
	waiting_end(waiting);
	return r;
}

static int exchange_prove(struct attestation *attestation, struct api_client *client,
	struct waiting_stream *waiting, struct error *error)
{
	struct attest_round *round = &attestation->round;

	waiting_for(waiting, "waiting for the TPM's quote", clock_now_ms() + TPM_MS);
	int r = api_client_attest_prove(
		client, &round->prove, TPM_MS, &round->proof, &attestation->prove_answer, error);
	waiting_end(waiting);
	return r;
}

static int make_round(struct attestation *attestation, struct api_client *client,
	struct waiting_stream *waiting, struct error *error)
{
	const struct attest_wanted *wanted = &attestation->demands.attest;
	struct attest_round *round = &attestation->round;
	int r = exchange_attest(attestation, client, waiting, error);

	if (r == 0)
		r = attest_check_keys(round, wanted, error);
	if (r == 0)
		r = attest_make_challenge(round, error);
	if (r == 0)
		r = exchange_prove(attestation, client, waiting, error);
	return r == 0 ? attest_check_proof(round, wanted, false, error) : r;
}

/* PCR 7 of the next boot, with the keys of this run. */
static int predict(const struct run *run, struct attestation *attestation, struct error *error)
{
	const struct attest_round *round = &attestation->round;
	struct efi_secureboot_keys keys = { 0 };
	struct pcr7_question question = {
		.log = api_attest_log(&round->attest),
		.log_len = round->attest.log_len,
		.quoted = round->proof.pcrs,
		.boot_cert = { attestation->boot_cert, attestation->boot_cert_len },
		.image_cert = { attestation->image_cert, attestation->image_cert_len },
	};
	enum efi_sb which;
	int r = 0;

	if (!round->boot.has_log)
		return error_set(error, -EBADMSG,
			"the firmware left no usable log of this boot (is securityfs mounted?)");
	for (size_t i = 0; i < EFI_SB_N; i++)
		keys.blobs[i] =
			(struct efi_blob){ run->keys.blobs[i].data, run->keys.blobs[i].len };
	if (run->has_keys) {
		r = enrol_check(&keys, &which, error);
		question.keys = &keys;
	}
	if (r == 0)
		r = pcr7_predict(&question, &attestation->prediction, error);
	attestation->has_prediction = r == 0;
	return r;
}

/* -- the record ------------------------------------------------------------------------------- */

/* `2026-11-26T18:04:05Z` (RFC 3339). */
static int write_record(const struct run *run, const char *words, const struct api_commit *commit,
	struct error *error)
{
	const struct attestation *attestation = &run->attestation;
	_cleanup_free_ char *text = NULL;
	char ip[NET_ADDR_TEXT_MAX], time[RESULT_TIME_MAX];
	struct attest_record record = {
		.round = &attestation->round,
		.time = time,
		.ip = ip,
		.words = words,
		.hostname = commit ? commit->hostname : NULL,
		.program = STPROV_VERSION,
		.predicted = attestation->has_prediction ? attestation->prediction.pcr7 : NULL,
		.attest_answer = attestation->attest_answer,
		.prove_answer = attestation->prove_answer,
		.seal = commit && attestation->seal != SEAL_NONE ? &attestation->order : NULL,
		.commit = commit,
	};

	if (!attestation->path)
		return 0;
	net_addr_format(&run->address, ip);
	result_format_time(time);
	int r = attest_record_format(&record, &text, error);
	if (r == 0)
		r = file_replace(
			AT_FDCWD, attestation->path, text, strlen(text), RECORD_MODE, error);
	return r < 0 ? error_prefix(error, r, "--attest") : 0;
}

/* -- in the run ------------------------------------------------------------------------------- */

/* One sentence, as the operator reads it. */
static int refuse(const char *what, int r, struct error *error)
{
	struct error why = *error;

	return error_set(error, r, "%s: %s; nothing was written", what, why.text);
}

int attestation_run(struct run *run, struct api_client *client, struct waiting_stream *waiting,
	const uint8_t binding[TLS_EXPORTER_SIZE], struct error *error)
{
	struct attestation *attestation = &run->attestation;

	if (!attestation->wanted)
		return 0;
	memcpy(attestation->round.exporter, binding, TLS_EXPORTER_SIZE);
	int r = make_round(attestation, client, waiting, error);
	if (r == API_E_STATUS && client->status == 404)
		return error_set(error, r,
			"the platform's stprov knows nothing of TPMs; nothing was written");
	if (r != 0)
		return refuse("attestation", r, error);
	attestation->done = true;
	if (attestation->seal == SEAL_SECURE_BOOT) {
		r = predict(run, attestation, error);
		if (r < 0)
			return refuse("--seal secure-boot", r, error);
	}
	attestation_show(NULL, &attestation->round, &attestation->demands.attest,
		attestation->has_prediction ? attestation->prediction.pcr7 : NULL, run->has_keys);
	r = write_record(run, NULL, NULL, error);
	return r < 0 ? refuse("attestation", r, error) : 0;
}

int attestation_order(struct attestation *attestation, struct error *error)
{
	struct api_seal *order = &attestation->order;

	*order = (struct api_seal){ .pcrs = 0 };
	if (attestation->seal == SEAL_SECURE_BOOT) {
		static_assert(sizeof(order->digest) == PCR7_SIZE, "SHA-256");
		assert(attestation->has_prediction);
		order->pcrs = 1u << 7;
		memcpy(order->digest, attestation->prediction.policy, sizeof(order->digest));
	}
	return random_bytes(order->nonce, sizeof(order->nonce), error);
}

int attestation_finish(struct run *run, const uint8_t binding[TLS_EXPORTER_SIZE], const char *words,
	const struct api_commit *commit, struct error *error)
{
	struct attestation *attestation = &run->attestation;
	struct error why = ERROR_INIT;
	int sealed = 0, r = 0;

	if (attestation->seal != SEAL_NONE)
		sealed = attest_check_sealed(binding, commit->publickey, &attestation->order,
			&commit->sealed, attestation->done ? &attestation->round : NULL, &why);
	if (sealed == 0 && attestation->seal != SEAL_NONE)
		attestation_show_sealed(NULL, &attestation->order);
	if (attestation->done && attestation->seal != SEAL_NONE && sealed == 0)
		attest_found(&attestation->round.findings, "host key", ATTEST_GOOD,
			"the TPM says that it is sealed as it was asked for");
	else if (attestation->done && sealed < 0)
		attest_found(
			&attestation->round.findings, "host key", ATTEST_WARNING, "%s", why.text);
	if (attestation->done)
		r = write_record(
			run, run->compare == COMPARE_NOTHING ? NULL : words, commit, error);
	if (sealed < 0)
		return error_set(
			error, sealed, "the host key was stored, but not as asked: %s", why.text);
	/* It is stored: the run does not fail for its record. */
	if (r < 0)
		log_line("warning: the record is not complete: %s", error->text);
	return 0;
}

int attestation_build(
	const struct attestation *attestation, struct json *object, struct error *error)
{
	struct json *child = NULL;

	if (!attestation->done) {
		json_set_null(object, "attestation");
		return 0;
	}
	int r = json_object_new(&child, error);
	if (r < 0)
		return r;
	if (attestation->path)
		json_set_printable(child, "record", attestation->path);
	else
		json_set_null(child, "record");
	r = attest_build(&attestation->round,
		attestation->has_prediction ? attestation->prediction.pcr7 : NULL, child, error);
	json_set_child(object, "attestation", child);
	return r;
}
