/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs the operations of tpm/ on a TPM, for tests/integration/test_tpm.py.
 *
 *	tpm_rig [-b BUS_LOG] [-t LIMIT_MS] PATH look
 *	tpm_rig PATH seal KIND PCRS POLICY NAMED QUALIFYING < secret    KIND: tpm, pcr; PCRS: a mask
 *	tpm_rig PATH keep|drop HANDLE
 *	tpm_rig PATH forget
 *	tpm_rig PATH open|match < text of STHostKeySealed
 *	tpm_rig PATH attest
 *	tpm_rig PATH prove EK CREDENTIAL SECRET QUALIFYING
 *	tpm_rig - credential EK_PUBLIC AK_PUBLIC CREDENTIAL      without a TPM
 *
 * Binary arguments are hex, `-` is none. Results are `key=value` lines on stdout, bytes as hex. The
 * secret, 68 bytes, begins with the Ed25519 seed. -b: every byte that is exchanged goes to this
 * file. Exit codes: 0; 1 and a line on stderr for a negative errno; 10 + a positive result.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "tpm/attest.h"
#include "tpm/credential.h"
#include "tpm/open.h"
#include "tpm/seal.h"

#define LIMIT_MS 60000
#define EXIT_POSITIVE 10

static struct error error;

/* A device whose traffic is written to a file. */
struct tapped {
	struct tpm_transport transport;
	struct tpm_device device;
	FILE *log;
	unsigned commands;
};

static int tapped_exchange(struct tpm_transport *transport, const uint8_t *command, size_t len,
	uint8_t *answer, size_t cap, int64_t deadline_ms, size_t *ret_len, struct error *ret_error)
{
	struct tapped *tapped = (struct tapped *)transport;
	struct tpm_transport *device = &tapped->device.transport;
	int r = device->exchange(
		device, command, len, answer, cap, deadline_ms, ret_len, ret_error);

	tapped->commands++;
	if (tapped->log) {
		fwrite(command, 1, len, tapped->log);
		if (r == 0)
			fwrite(answer, 1, *ret_len, tapped->log);
	}
	return r;
}

static void show(const char *key, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	printf("%s=", key);
	for (size_t i = 0; i < len; i++)
		printf("%02x", p[i]);
	printf("\n");
}

static void show_blob(const char *key, const struct tpm_blob *blob)
{
	show(key, blob->bytes, blob->len);
}

/* Hex of at most @cap bytes; ends the program if it is not. */
static size_t read_hex(const char *text, uint8_t *out, size_t cap)
{
	size_t len = strcmp(text, "-") == 0 ? 0 : strlen(text) / 2;

	if (len > cap || (len > 0 && text_parse_hex(text, out, len) < 0)) {
		fprintf(stderr, "tpm_rig: not hex: %s\n", text);
		exit(2);
	}
	return len;
}

static int run_look(struct tpm *tpm)
{
	struct tpm_look look;
	int r = tpm_look(tpm, &look, &error);

	if (r < 0)
		return r;
	printf("manufacturer=%s\nvendor=%s\nfirmware=%s\n", look.manufacturer, look.vendor,
		look.firmware);
	for (size_t i = 0; i < look.n_banks; i++) {
		char name[TPM_HASH_NAME_MAX];
		tpm_hash_name(look.banks[i].hash, name);
		printf("bank=%s %06x\n", name, look.banks[i].mask);
	}
	printf("in_lockout=%d\nlockout_counter=%u\nowner_password=%d\nendorsement_password=%d\n",
		look.in_lockout, look.lockout_counter, look.owner_password,
		look.endorsement_password);
	printf("storage_off=%d\nendorsement_off=%d\nparents=%d%d\n", look.storage_off,
		look.endorsement_off, look.parents[0], look.parents[1]);
	return 0;
}

static int run_seal(struct tpm *tpm, char **argv)
{
	struct tpm_seal_order order = { .kind = TPM_KIND_TPM };
	static struct tpm_sealed_key key;
	static struct tpm_seal_result result;
	char text[TPM_SEALED_TEXT_MAX + 1];
	size_t len = 0;

	if (strcmp(argv[0], "pcr") == 0)
		order.kind = TPM_KIND_PCR;
	order.pcrs = (uint32_t)strtoul(argv[1], NULL, 0);
	read_hex(argv[2], order.policy, sizeof(order.policy));
	for (size_t i = 0; i < TPM_PARENTS; i++)
		order.is_named[i] = strchr(argv[3], (int)('0' + i)) != NULL;
	order.certify = read_hex(argv[4], order.qualifying, sizeof(order.qualifying)) > 0;
	if (fread(order.secret, 1, sizeof(order.secret), stdin) != sizeof(order.secret))
		return error_set(&error, -EINVAL, "no secret");
	int r = tpm_seal(tpm, &order, &result, &error);
	if (r == 0)
		r = crypto_ed25519_public(order.secret, key.ssh_public, &error);
	if (r < 0)
		return r;
	key.sealed = result.sealed;
	r = tpm_sealed_write(&key, text, &len, &error);
	if (r < 0)
		return r;
	show("text", text, len);
	printf("parent=0x%08x\n", result.sealed.parent);
	show_blob("parent_public", &result.parent_public);
	show_blob("public", &result.sealed.public);
	show_blob("private", &result.sealed.private);
	show_blob("statement", &result.statement);
	show_blob("signature", &result.signature);
	return 0;
}

static int run_open(struct tpm *tpm, bool match)
{
	static struct tpm_sealed_key key;
	uint8_t text[TPM_SEALED_TEXT_MAX + 1], secret[TPM_SECRET_SIZE];
	size_t len = fread(text, 1, sizeof(text), stdin);
	int r = tpm_sealed_read(text, len, &key, &error);

	if (r < 0)
		return r;
	if (match)
		return tpm_match(tpm, &key.sealed, &error);
	r = tpm_open(tpm, &key.sealed, secret, &error);
	if (r == 0)
		show("secret", secret, sizeof(secret));
	return r;
}

static int run_attest(struct tpm *tpm)
{
	static struct tpm_attest attest;
	size_t at = 0;
	int r = tpm_attest(tpm, &attest, &error);

	if (r < 0)
		return r;
	printf("ek=%s\n", tpm_ek_name(attest.ek));
	show_blob("ek_public", &attest.ek_public);
	show_blob("ak_public", &attest.ak_public);
	show("certificate", attest.certificate, attest.certificate_len);
	for (size_t i = 0; i < attest.n_chain; i++) {
		show("chain", attest.chain + at, attest.chain_len[i]);
		at += attest.chain_len[i];
	}
	return 0;
}

static int run_prove(struct tpm *tpm, char **argv)
{
	static struct tpm_prove_order order;
	static struct tpm_proof proof;

	order.ek = TPM_TEMPLATE_EK_L1;
	while (strcmp(tpm_ek_name(order.ek), argv[0]) != 0)
		order.ek++;
	order.credential.len = read_hex(argv[1], order.credential.bytes, TPM_BLOB_MAX);
	order.secret.len = read_hex(argv[2], order.secret.bytes, TPM_BLOB_MAX);
	read_hex(argv[3], order.qualifying, sizeof(order.qualifying));
	int r = tpm_prove(tpm, &order, &proof, &error);
	if (r < 0)
		return r;
	show("credential", proof.credential, sizeof(proof.credential));
	for (size_t i = 0; i < TPM_QUOTED_PCRS_N; i++)
		show("pcr", proof.pcrs[i], TPM_HASH_SIZE);
	show_blob("quote", &proof.quote);
	show_blob("signature", &proof.signature);
	return 0;
}

static int run_credential(char **argv)
{
	struct tpm_blob ek = { .len = 0 }, ak = { .len = 0 }, credential, secret;
	uint8_t clear[TPM_CREDENTIAL_SIZE];
	struct tpm_name name;

	ek.len = read_hex(argv[0], ek.bytes, TPM_BLOB_MAX);
	ak.len = read_hex(argv[1], ak.bytes, TPM_BLOB_MAX);
	read_hex(argv[2], clear, sizeof(clear));
	int r = tpm_public_name(&ak, &name, &error);
	if (r == 0)
		r = tpm_credential_make(
			&ek, &name, clear, sizeof(clear), &credential, &secret, &error);
	if (r < 0)
		return r;
	show_blob("credential", &credential);
	show_blob("secret", &secret);
	return 0;
}

static int run(struct tpm *tpm, int argc, char **argv)
{
	const char *command = argc > 0 ? argv[0] : "";

	if (strcmp(command, "look") == 0)
		return run_look(tpm);
	if (strcmp(command, "seal") == 0 && argc == 6)
		return run_seal(tpm, argv + 1);
	if (strcmp(command, "open") == 0 || strcmp(command, "match") == 0)
		return run_open(tpm, command[0] == 'm');
	if (strcmp(command, "keep") == 0 && argc == 2)
		return tpm_parents_keep(tpm, (uint32_t)strtoul(argv[1], NULL, 0), &error);
	if (strcmp(command, "drop") == 0 && argc == 2)
		return tpm_parents_drop(tpm, (uint32_t)strtoul(argv[1], NULL, 0), &error);
	if (strcmp(command, "forget") == 0)
		return tpm_parents_forget(tpm, &error);
	if (strcmp(command, "attest") == 0)
		return run_attest(tpm);
	if (strcmp(command, "prove") == 0 && argc == 5)
		return run_prove(tpm, argv + 1);
	return error_set(&error, -EINVAL, "usage: see tpm_rig.c");
}

int main(int argc, char **argv)
{
	static struct tpm tpm;
	static struct tapped tapped;
	int64_t limit_ms = LIMIT_MS;
	int fd = -1, r;

	signal(SIGPIPE, SIG_IGN);
	for (; argc > 2 && argv[1][0] == '-' && argv[1][1] != '\0'; argc -= 2, argv += 2) {
		if (argv[1][1] == 'b')
			tapped.log = fopen(argv[2], "wb");
		else
			limit_ms = strtol(argv[2], NULL, 10);
	}
	if (argc == 6 && strcmp(argv[2], "credential") == 0)
		r = run_credential(argv + 3);
	else if ((r = argc > 1 ? tpm_device_open(argv[1], &fd, &error) : -EINVAL) == 0) {
		tpm_device_init(&tapped.device, fd);
		tapped.transport.exchange = tapped_exchange;
		tpm.transport = &tapped.transport;
		tpm.deadline_ms = clock_now_ms() + limit_ms;
		r = run(&tpm, argc - 2, argv + 2);
		printf("commands=%u\n", tapped.commands);
	}
	if (tapped.log)
		fclose(tapped.log);
	if (r != 0)
		fprintf(stderr, "%s\n", error.text);
	return r < 0 ? 1 : r > 0 ? EXIT_POSITIVE + r : 0;
}
