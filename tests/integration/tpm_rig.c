/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs the operations of tpm/ on a TPM, for tests/integration/test_tpm.py.
 *
 *	tpm_rig [-r] [-b BUS_LOG] [-t LIMIT_MS] PATH look
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
 * file. -r: by the TPM role, which is this program too, started again. Exit codes: 0; 1 and a line
 * on stderr for a negative errno; 10 + a positive result.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "tpm/client.h"
#include "tpm/credential.h"
#include "tpm/role.h"

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

/* -- operations, here or by the role ----------------------------------------------------------- */

static struct tpm tpm;
static struct tpm_client client;
static bool by_role;
static int64_t limit_ms = LIMIT_MS;

/* Waits for the answer to a request that was sent. */
static int answered(int r)
{
	int result = 0;

	if (r == 0) {
		client.deadline_ms = clock_now_ms() + limit_ms;
		r = tpm_client_wait(&client, &result, &error);
	}
	return r == 0 ? result : r;
}

static int do_look(struct tpm_look *ret)
{
	if (!by_role)
		return tpm_look(&tpm, ret, &error);
	int r = answered(tpm_client_look(&client, &error));
	*ret = client.answer.look;
	return r;
}

static int do_seal(const struct tpm_seal_order *order, struct tpm_seal_result *ret)
{
	if (!by_role)
		return tpm_seal(&tpm, order, ret, &error);
	int r = answered(tpm_client_seal(&client, order, &error));
	*ret = client.answer.sealed;
	return r;
}

static int do_open(const struct tpm_sealed *sealed, uint8_t *ret)
{
	if (!by_role)
		return tpm_open(&tpm, sealed, ret, &error);
	int r = answered(tpm_client_open(&client, sealed, &error));
	memcpy(ret, client.answer.secret, TPM_SECRET_SIZE);
	return r;
}

static int do_match(const struct tpm_sealed *sealed)
{
	return by_role ? answered(tpm_client_match(&client, sealed, &error))
		       : tpm_match(&tpm, sealed, &error);
}

static int do_keep(uint32_t handle)
{
	return by_role ? answered(tpm_client_keep(&client, handle, &error))
		       : tpm_parents_keep(&tpm, handle, &error);
}

static int do_drop(uint32_t handle)
{
	return by_role ? answered(tpm_client_drop(&client, handle, &error))
		       : tpm_parents_drop(&tpm, handle, &error);
}

static int do_forget(void)
{
	return by_role ? answered(tpm_client_forget(&client, &error))
		       : tpm_parents_forget(&tpm, &error);
}

static int do_attest(struct tpm_attest *ret)
{
	if (!by_role)
		return tpm_attest(&tpm, ret, &error);
	int r = answered(tpm_client_attest(&client, &error));
	*ret = client.answer.attest;
	return r;
}

static int do_prove(const struct tpm_prove_order *order, struct tpm_proof *ret)
{
	if (!by_role)
		return tpm_prove(&tpm, order, ret, &error);
	int r = answered(tpm_client_prove(&client, order, &error));
	*ret = client.answer.proof;
	return r;
}

/* -- arguments and results --------------------------------------------------------------------- */

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

static int run_look(void)
{
	struct tpm_look look;
	int r = do_look(&look);

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

static int run_seal(char **argv)
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
	int r = do_seal(&order, &result);
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

static int run_open(bool match)
{
	static struct tpm_sealed_key key;
	uint8_t text[TPM_SEALED_TEXT_MAX + 1], secret[TPM_SECRET_SIZE];
	size_t len = fread(text, 1, sizeof(text), stdin);
	int r = tpm_sealed_read(text, len, &key, &error);

	if (r < 0)
		return r;
	if (match)
		return do_match(&key.sealed);
	r = do_open(&key.sealed, secret);
	if (r == 0)
		show("secret", secret, sizeof(secret));
	return r;
}

static int run_attest(void)
{
	static struct tpm_attest attest;
	size_t at = 0;
	int r = do_attest(&attest);

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

static int run_prove(char **argv)
{
	static struct tpm_prove_order order;
	static struct tpm_proof proof;

	order.ek = TPM_TEMPLATE_EK_L1;
	while (strcmp(tpm_ek_name(order.ek), argv[0]) != 0)
		order.ek++;
	order.credential.len = read_hex(argv[1], order.credential.bytes, TPM_BLOB_MAX);
	order.secret.len = read_hex(argv[2], order.secret.bytes, TPM_BLOB_MAX);
	read_hex(argv[3], order.qualifying, sizeof(order.qualifying));
	int r = do_prove(&order, &proof);
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

static int run(int argc, char **argv)
{
	const char *command = argc > 0 ? argv[0] : "";

	if (strcmp(command, "look") == 0)
		return run_look();
	if (strcmp(command, "seal") == 0 && argc == 6)
		return run_seal(argv + 1);
	if (strcmp(command, "open") == 0 || strcmp(command, "match") == 0)
		return run_open(command[0] == 'm');
	if (strcmp(command, "keep") == 0 && argc == 2)
		return do_keep((uint32_t)strtoul(argv[1], NULL, 0));
	if (strcmp(command, "drop") == 0 && argc == 2)
		return do_drop((uint32_t)strtoul(argv[1], NULL, 0));
	if (strcmp(command, "forget") == 0)
		return do_forget();
	if (strcmp(command, "attest") == 0)
		return run_attest();
	if (strcmp(command, "prove") == 0 && argc == 5)
		return run_prove(argv + 1);
	return error_set(&error, -EINVAL, "usage: see tpm_rig.c");
}

/* Runs the command on an open TPM. */
static int run_on(int fd, int argc, char **argv)
{
	static struct role_launcher launcher;
	int r;

	if (!by_role)
		return run(argc, argv);
	r = role_launcher_init(&launcher, &error);
	if (r == 0)
		r = tpm_client_start(&launcher, fd, &client, &error);
	if (r == 0)
		r = run(argc, argv);
	tpm_client_stop(&client);
	role_launcher_deinit(&launcher);
	return r;
}

static int run_on_path(int argc, char **argv, FILE *log)
{
	static struct tapped tapped;
	int fd = -1, r = argc > 0 ? tpm_device_open(argv[0], &fd, &error) : -EINVAL;

	if (r < 0)
		return r;
	tapped.log = log;
	tpm_device_init(&tapped.device, fd);
	tapped.transport.exchange = tapped_exchange;
	tpm.transport = &tapped.transport;
	tpm.deadline_ms = clock_now_ms() + limit_ms;
	r = run_on(fd, argc - 1, argv + 1);
	if (!by_role)
		printf("commands=%u\n", tapped.commands);
	close(fd);
	return r;
}

int main(int argc, char **argv)
{
	FILE *log = NULL;
	int c, r;

	if (strcmp(argv[0], TPM_ROLE_NAME) == 0)
		return tpm_role_main();
	signal(SIGPIPE, SIG_IGN);
	while ((c = getopt(argc, argv, "+rb:t:")) >= 0) {
		by_role |= c == 'r';
		if (c == 'b')
			log = fopen(optarg, "wb");
		if (c == 't')
			limit_ms = strtol(optarg, NULL, 10);
	}
	argc -= optind;
	argv += optind;
	if (argc == 5 && strcmp(argv[1], "credential") == 0)
		r = run_credential(argv + 2);
	else
		r = run_on_path(argc, argv, log);
	if (log)
		fclose(log);
	if (r != 0)
		fprintf(stderr, "%s\n", error.text);
	return r < 0 ? 1 : r > 0 ? EXIT_POSITIVE + r : 0;
}
