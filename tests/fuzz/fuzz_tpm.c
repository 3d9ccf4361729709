/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The operations of tpm/ with a hostile TPM, which knows the key that sessions are salted with: its
 * answers have right HMACs and are encrypted, so that what is in them is looked at.
 *
 * Input: one byte, the operation; then for each command but FlushContext an answer: one byte (0:
 * in a session where the command is, 1: the bytes are the whole message), two of length, the
 * bytes: response code (2), handle (4), parameters. Without further bytes the TPM is gone.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "crypto/aes.h"
#include "tpm/attest.h"
#include "tpm/open.h"
#include "tpm/seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool cond)
{
	if (!cond)
		abort();
}

/* -- the TPM ---------------------------------------------------------------------------------- */

struct fake {
	struct tpm_transport transport;
	struct bytes_reader input;
	uint8_t nonce_caller[TPM_NONCE_SIZE], nonce_tpm[TPM_NONCE_SIZE], key[TPM_HASH_SIZE];
	bool salted, wrote_message;
	unsigned made, flushed; /* transient objects and sessions */
};

/* RFC 5903, section 8.1: a key whose private part is known. */
static const struct crypto_ecdh_key fake_key = {
	.curve = CRYPTO_CURVE_P256,
	.private = { 0xc8, 0x8f, 0x01, 0xf5, 0x10, 0xd9, 0xac, 0x3f, 0x70, 0xa2, 0x92, 0xda, 0xa2,
		0x31, 0x6d, 0xe5, 0x44, 0xe9, 0xaa, 0xb8, 0xaf, 0xe8, 0x40, 0x49, 0xc6, 0x2a, 0x9c,
		0x57, 0x86, 0x2d, 0x14, 0x33 },
	.public = { .x = { 0xda, 0xd0, 0xb6, 0x53, 0x94, 0x22, 0x1c, 0xf9, 0xb0, 0x51, 0xe1, 0xfe,
			    0xca, 0x57, 0x87, 0xd0, 0x98, 0xdf, 0xe6, 0x37, 0xfc, 0x90, 0xb9, 0xef,
			    0x94, 0x5d, 0x0c, 0x37, 0x72, 0x58, 0x11, 0x80 },
		.y = { 0x52, 0x71, 0xa0, 0x46, 0x1c, 0xdb, 0x82, 0x52, 0xd6, 0x1f, 0x1c, 0x45, 0x6f,
			0xa3, 0xe5, 0x9a, 0xb1, 0xf4, 0x5b, 0x33, 0xac, 0xcf, 0x5f, 0x58, 0x38,
			0x9e, 0x05, 0x77, 0xb8, 0x99, 0x0b, 0xb3 } },
};

/* What the TPM reads of a command with sessions. */
struct fake_command {
	uint32_t code;
	size_t n_auths;
	uint8_t attributes[TPM_AUTHS_MAX];
	bool is_session[TPM_AUTHS_MAX];
};

static size_t handles_of(uint32_t code)
{
	switch (code) {
	case TPM_CC_GET_CAPABILITY:
	case TPM_CC_PCR_READ:
	case TPM_CC_FLUSH_CONTEXT:
		return 0;
	case TPM_CC_EVICT_CONTROL:
	case TPM_CC_CERTIFY:
	case TPM_CC_ACTIVATE_CREDENTIAL:
	case TPM_CC_NV_READ:
	case TPM_CC_POLICY_SECRET:
	case TPM_CC_START_AUTH_SESSION:
		return 2;
	default:
		return 1;
	}
}

static bool answers_handle(uint32_t code)
{
	return code == TPM_CC_CREATE_PRIMARY || code == TPM_CC_LOAD ||
	       code == TPM_CC_START_AUTH_SESSION;
}

static void skip_sized(struct bytes_reader *r)
{
	must(bytes_view(r, bytes_read_be16(r)) != NULL);
}

/* The salt and the session's key, as the TPM finds them. */
static void start_session(struct fake *fake, struct bytes_reader *r)
{
	uint8_t z[CRYPTO_COORDINATE_MAX], info[7 + 64] = "SECRET", nonces[2 * TPM_NONCE_SIZE];
	struct error error;
	struct crypto_point point;

	must(bytes_read_be16(r) == TPM_NONCE_SIZE &&
		bytes_read(r, fake->nonce_caller, TPM_NONCE_SIZE));
	memset(fake->nonce_tpm, 0x55, TPM_NONCE_SIZE);
	fake->salted = bytes_read_be16(r) != 0;
	if (!fake->salted)
		return;
	must(bytes_read_be16(r) == 32 && bytes_read(r, point.x, 32));
	must(bytes_read_be16(r) == 32 && bytes_read(r, point.y, 32));
	must(crypto_ecdh(&fake_key, &point, z, &error) == 0);
	memcpy(info + 7, point.x, 32);
	memcpy(info + 39, fake_key.public.x, 32);
	must(crypto_sskdf(CRYPTO_HASH_SHA256, z, 32, info, sizeof(info), fake->key, 32, &error) ==
		0);
	memcpy(nonces, fake->nonce_tpm, 32);
	memcpy(nonces + 32, fake->nonce_caller, 32);
	must(crypto_kbkdf(CRYPTO_HASH_SHA256, fake->key, 32, "ATH", nonces, sizeof(nonces),
		     fake->key, 32, &error) == 0);
}

static void read_command(
	struct fake *fake, const uint8_t *command, size_t len, struct fake_command *ret)
{
	struct bytes_reader r = bytes_reader(command, len);
	uint16_t tag = bytes_read_be16(&r);

	*ret = (struct fake_command){ .code = 0 };
	must(bytes_read_be32(&r) == len);
	ret->code = bytes_read_be32(&r);
	for (size_t i = 0; i < handles_of(ret->code); i++)
		bytes_read_be32(&r);
	if (tag == TPM_ST_SESSIONS) {
		size_t area = bytes_read_be32(&r);
		struct bytes_reader a = bytes_reader(bytes_view(&r, area), area);
		while (bytes_left(&a) > 0) {
			const size_t i = ret->n_auths++;
			must(i < TPM_AUTHS_MAX);
			ret->is_session[i] = bytes_read_be32(&a) != TPM_RH_PASSWORD;
			if (ret->is_session[i])
				must(bytes_read_be16(&a) == TPM_NONCE_SIZE &&
					bytes_read(&a, fake->nonce_caller, TPM_NONCE_SIZE));
			else
				skip_sized(&a);
			ret->attributes[i] = bytes_read_u8(&a);
			skip_sized(&a);
		}
	}
	if (ret->code == TPM_CC_START_AUTH_SESSION)
		start_session(fake, &r);
	must(bytes_reader_ok(&r));
}

/* The first parameter, as the session encrypts it; one that is truncated stays as it is. */
static void encrypt_first(const struct fake *fake, uint8_t *params, size_t len)
{
	uint8_t key[32], nonces[2 * TPM_NONCE_SIZE];
	struct bytes_reader r = bytes_reader(params, len);
	size_t n = bytes_read_be16(&r);
	struct error error;

	if (!bytes_view(&r, n))
		return;
	memcpy(nonces, fake->nonce_tpm, 32);
	memcpy(nonces + 32, fake->nonce_caller, 32);
	must(crypto_kbkdf(CRYPTO_HASH_SHA256, fake->key, 32, "CFB", nonces, sizeof(nonces), key, 32,
		     &error) == 0);
	must(crypto_aes_cfb_encrypt(key, 16, key + 16, params + 2, n, &error) == 0);
}

static void write_authorization(const struct fake *fake, struct bytes_writer *w, uint32_t code,
	const uint8_t *params, size_t len, uint8_t attributes)
{
	uint8_t bytes[TPM_MESSAGE_MAX + 8], hmac[TPM_HASH_SIZE];
	struct bytes_writer h = bytes_writer(bytes, sizeof(bytes));
	struct error error;

	bytes_write_be32(&h, 0);
	bytes_write_be32(&h, code);
	bytes_write(&h, params, len);
	must(crypto_sha256(bytes, h.len, hmac, &error) == 0);
	h.len = 0;
	bytes_write(&h, hmac, sizeof(hmac));
	bytes_write(&h, fake->nonce_tpm, TPM_NONCE_SIZE);
	bytes_write(&h, fake->nonce_caller, TPM_NONCE_SIZE);
	bytes_write_u8(&h, attributes);
	must(crypto_hmac(CRYPTO_HASH_SHA256, fake->key, 32, bytes, h.len, hmac, &error) == 0);
	bytes_write_be16(w, TPM_NONCE_SIZE);
	bytes_write(w, fake->nonce_tpm, TPM_NONCE_SIZE);
	bytes_write_u8(w, attributes);
	bytes_write_be16(w, fake->salted ? TPM_HASH_SIZE : 0);
	if (fake->salted)
		bytes_write(w, hmac, sizeof(hmac));
}

static size_t write_answer(struct fake *fake, const struct fake_command *command,
	struct bytes_reader *record, uint8_t *out, size_t cap)
{
	uint8_t params[TPM_MESSAGE_MAX] = { 0 };
	struct bytes_writer w = bytes_writer(out, cap);
	uint32_t code = bytes_read_be16(record), handle = bytes_read_be32(record);
	size_t len = 0;
	const uint8_t *rest = bytes_rest(record, &len);

	len = MIN(len, (size_t)2048);
	if (rest && len > 0)
		memcpy(params, rest, len);
	if (command->code == TPM_CC_START_AUTH_SESSION && code == 0) {
		memcpy(params, "\0\x20", 2);
		memcpy(params + 2, fake->nonce_tpm, TPM_NONCE_SIZE);
		len = 2 + TPM_NONCE_SIZE;
	}
	bytes_write_be16(&w, command->n_auths > 0 ? TPM_ST_SESSIONS : TPM_ST_NO_SESSIONS);
	bytes_write_be32(&w, 0); /* the length: below */
	bytes_write_be32(&w, code);
	if (code == 0) {
		if (answers_handle(command->code)) {
			bytes_write_be32(&w, handle);
			fake->made += handle != 0;
		}
		if (command->n_auths > 0)
			bytes_write_be32(&w, (uint32_t)len);
		for (size_t i = 0; i < command->n_auths; i++)
			if (command->attributes[i] & TPM_SESSION_ENCRYPT)
				encrypt_first(fake, params, len);
		bytes_write(&w, params, len);
		for (size_t i = 0; i < command->n_auths; i++)
			if (command->is_session[i])
				write_authorization(fake, &w, command->code, params, len,
					command->attributes[i]);
			else
				bytes_write(&w, "\0\0\1\0\0", 5);
	}
	must(bytes_writer_ok(&w));
	out[4] = (uint8_t)(w.len >> 8);
	out[5] = (uint8_t)w.len;
	return w.len;
}

static int fake_exchange(struct tpm_transport *transport, const uint8_t *message, size_t len,
	uint8_t *answer, size_t cap, int64_t deadline_ms, size_t *ret_len, struct error *error)
{
	struct fake *fake = (struct fake *)transport;
	struct fake_command command;

	read_command(fake, message, len, &command);
	if (command.code == TPM_CC_FLUSH_CONTEXT) {
		struct bytes_reader none = bytes_reader("\0\0\0\0\0", 6);
		fake->flushed++;
		*ret_len = write_answer(fake, &command, &none, answer, cap);
		return 0;
	}
	uint8_t raw = bytes_read_u8(&fake->input);
	size_t record_len = bytes_read_be16(&fake->input);
	const uint8_t *bytes = bytes_view(&fake->input, MIN(record_len, cap));
	if (!bytes)
		return error_set(error, -EPIPE, "the TPM has gone");
	if (raw & 1) {
		memcpy(answer, bytes, MIN(record_len, cap));
		*ret_len = MIN(record_len, cap);
		fake->wrote_message = true;
		return 0;
	}
	struct bytes_reader record = bytes_reader(bytes, record_len);
	*ret_len = write_answer(fake, &command, &record, answer, cap);
	return 0;
}

/* -- the operations --------------------------------------------------------------------------- */

static struct tpm tpm;
static struct error error;

/* What is stored: below the TPM's key, under a policy of zeros. */
static void make_sealed(enum tpm_kind kind, struct tpm_sealed *ret)
{
	static const uint8_t policy[TPM_HASH_SIZE], unique[TPM_HASH_SIZE] = { 1 };
	struct tpm_blob parent;

	memset(ret, 0, sizeof(*ret));
	tpm_template(TPM_TEMPLATE_STORAGE, &parent);
	parent.len -= 4;
	struct bytes_writer w = bytes_writer(parent.bytes + parent.len, 68);
	bytes_write_be16(&w, 32);
	bytes_write(&w, fake_key.public.x, 32);
	bytes_write_be16(&w, 32);
	bytes_write(&w, fake_key.public.y, 32);
	parent.len += 68;
	must(tpm_public_name(&parent, &ret->parent_name, &error) == 0);
	ret->parent = TPM_PARENT_FIRST;
	ret->kind = kind;
	ret->pcrs = kind == TPM_KIND_PCR ? 1u << 7 : 0;
	tpm_template_sealed(kind == TPM_KIND_PCR ? policy : NULL, &ret->public);
	ret->public.bytes[ret->public.len - 1] = TPM_HASH_SIZE;
	memcpy(ret->public.bytes + ret->public.len, unique, sizeof(unique));
	ret->public.len += sizeof(unique);
	ret->private.len = 4;
	must(tpm_sealed_check(ret));
}

static int run_seal(enum tpm_kind kind)
{
	static struct tpm_seal_result result;
	struct tpm_seal_order order = { .kind = kind, .certify = kind == TPM_KIND_PCR };

	order.pcrs = kind == TPM_KIND_PCR ? 1u << 7 : 0;
	int r = tpm_seal(&tpm, &order, &result, &error);
	must(r != 0 || (tpm_sealed_check(&result.sealed) && result.sealed.private.len > 0));
	must(r != 0 || (result.statement.len > 0) == order.certify);
	return r;
}

static int run_open(enum tpm_kind kind, bool match)
{
	uint8_t secret[TPM_SECRET_SIZE];
	struct tpm_sealed sealed;

	make_sealed(kind, &sealed);
	return match ? tpm_match(&tpm, &sealed, &error) : tpm_open(&tpm, &sealed, secret, &error);
}

static int run_prove(enum tpm_template ek)
{
	static struct tpm_prove_order order;
	static struct tpm_proof proof;

	order.ek = ek;
	order.credential.len = 68;
	order.secret.len = 68;
	return tpm_prove(&tpm, &order, &proof, &error);
}

static int run_attest(void)
{
	static struct tpm_attest attest;
	size_t chain = 0;
	int r = tpm_attest(&tpm, &attest, &error);

	for (size_t i = 0; r == 0 && i < attest.n_chain; i++)
		chain += attest.chain_len[i];
	must(chain <= sizeof(attest.chain));
	must(r != 0 || attest.certificate_len <= sizeof(attest.certificate));
	return r;
}

static int run(uint8_t operation)
{
	static struct tpm_look look;

	switch (operation) {
	case 0:
		return tpm_look(&tpm, &look, &error);
	case 1:
		return run_seal(TPM_KIND_TPM);
	case 2:
		return run_seal(TPM_KIND_PCR);
	case 3:
		return run_open(TPM_KIND_TPM, false);
	case 4:
		return run_open(TPM_KIND_PCR, false);
	case 5:
		return run_open(TPM_KIND_PCR, true);
	case 6:
		return tpm_parents_forget(&tpm, &error);
	case 7:
		return run_attest();
	case 8:
		return run_prove(TPM_TEMPLATE_EK_L2);
	default:
		return run_prove(TPM_TEMPLATE_EK_H2);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fake fake;

	if (size == 0)
		return 0;
	memset(&fake, 0, sizeof(fake));
	fake.transport.exchange = fake_exchange;
	fake.input = bytes_reader(data + 1, size - 1);
	memset(&tpm, 0, sizeof(tpm));
	tpm.transport = &fake.transport;
	/* In the past: a TPM that wants its command again gets it at once. */
	tpm.deadline_ms = 0;
	error = ERROR_INIT;
	int r = run(data[0] % 10);
	must(r <= TPM_OPEN_E_OTHER);
	must(r == 0 || error.text[0] != '\0');
	/* All that was made is flushed, unless an answer that was not authentic hid its handle. */
	must(fake.wrote_message || fake.flushed == fake.made);
	/* No secret is left in the buffers. */
	for (size_t i = 0; i < sizeof(tpm.request.params); i++)
		must(tpm.request.params[i] == 0);
	return 0;
}
