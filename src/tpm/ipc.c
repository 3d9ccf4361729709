/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames between the TPM role and its parent: see ipc.h. */
#include "tpm/ipc.h"

#include <string.h>

#include "base/bytes.h"
#include "base/text.h"

#define ERRNO_MAX 4095
#define FLAG_MAX 1

/* -- parts ------------------------------------------------------------------------------------ */

static struct bytes_writer payload(uint8_t *out)
{
	return bytes_writer(out, TPM_IPC_PAYLOAD_MAX);
}

static size_t written(const struct bytes_writer *w)
{
	assert(bytes_writer_ok(w));
	return w->len;
}

static struct bytes_reader reader(const struct frame *frame)
{
	return bytes_reader(frame->payload, frame->len);
}

static bool read_bool(struct bytes_reader *r, bool *ret)
{
	uint8_t value = bytes_read_u8(r);

	*ret = value == 1;
	return value <= FLAG_MAX;
}

/* Length and bytes, padded with zeros to TPM_BLOB_MAX. */
static void write_blob(struct bytes_writer *w, const struct tpm_blob *blob)
{
	uint8_t bytes[TPM_BLOB_MAX] = { 0 };

	assert(blob->len <= sizeof(bytes));
	memcpy(bytes, blob->bytes, blob->len);
	bytes_write_be16(w, (uint16_t)blob->len);
	bytes_write(w, bytes, sizeof(bytes));
}

static bool read_blob(struct bytes_reader *r, struct tpm_blob *ret)
{
	ret->len = bytes_read_be16(r);
	return bytes_read(r, ret->bytes, sizeof(ret->bytes)) && ret->len <= sizeof(ret->bytes);
}

/* One that is not empty. */
static bool read_full_blob(struct bytes_reader *r, struct tpm_blob *ret)
{
	return read_blob(r, ret) && ret->len > 0;
}

static bool read_text(struct bytes_reader *r, char *ret, size_t size)
{
	return bytes_read(r, ret, size) && memchr(ret, '\0', size) &&
	       text_is_plain_utf8(ret, strlen(ret));
}

static void write_sealed(struct bytes_writer *w, const struct tpm_sealed *sealed)
{
	bytes_write_be32(w, sealed->parent);
	bytes_write_be16(w, (uint16_t)sealed->parent_name.len);
	bytes_write(w, sealed->parent_name.bytes, sizeof(sealed->parent_name.bytes));
	bytes_write_u8(w, (uint8_t)sealed->kind);
	bytes_write_be32(w, sealed->pcrs);
	write_blob(w, &sealed->public);
	write_blob(w, &sealed->private);
	write_blob(w, &sealed->signer);
	bytes_write_u8(w, (uint8_t)sealed->n_approvals);
	for (size_t i = 0; i < TPM_APPROVALS_MAX; i++) {
		const struct tpm_approval *approval = &sealed->approvals[i];
		bytes_write(w, approval->digest, sizeof(approval->digest));
		bytes_write_be16(w, (uint16_t)approval->len);
		bytes_write(w, approval->signature, sizeof(approval->signature));
	}
}

static bool read_sealed(struct bytes_reader *r, struct tpm_sealed *ret)
{
	struct tpm_sealed sealed;

	memset(&sealed, 0, sizeof(sealed));
	sealed.parent = bytes_read_be32(r);
	sealed.parent_name.len = bytes_read_be16(r);
	bytes_read(r, sealed.parent_name.bytes, sizeof(sealed.parent_name.bytes));
	uint8_t kind = bytes_read_u8(r);
	sealed.kind = kind;
	sealed.pcrs = bytes_read_be32(r);
	if (kind > TPM_KIND_SIGNED || !read_blob(r, &sealed.public) ||
		!read_blob(r, &sealed.private) || !read_blob(r, &sealed.signer))
		return false;
	sealed.n_approvals = bytes_read_u8(r);
	for (size_t i = 0; i < TPM_APPROVALS_MAX; i++) {
		struct tpm_approval *approval = &sealed.approvals[i];
		bytes_read(r, approval->digest, sizeof(approval->digest));
		approval->len = bytes_read_be16(r);
		bytes_read(r, approval->signature, sizeof(approval->signature));
		if (approval->len > sizeof(approval->signature))
			return false;
	}
	if (!bytes_reader_ok(r) || !tpm_sealed_check(&sealed))
		return false;
	*ret = sealed;
	return true;
}

static bool is_ek(uint8_t template)
{
	return template >= TPM_TEMPLATE_EK_L1 && template <= TPM_TEMPLATE_EK_H3;
}

/* -- requests --------------------------------------------------------------------------------- */

size_t tpm_ipc_encode_prove(const struct tpm_prove_order *order, uint8_t *out)
{
	struct bytes_writer w = payload(out);

	bytes_write_u8(&w, (uint8_t)order->ek);
	write_blob(&w, &order->credential);
	write_blob(&w, &order->secret);
	bytes_write(&w, order->qualifying, sizeof(order->qualifying));
	return written(&w);
}

bool tpm_ipc_decode_prove(const struct frame *frame, struct tpm_prove_order *ret)
{
	struct bytes_reader r = reader(frame);
	uint8_t ek = bytes_read_u8(&r);

	ret->ek = ek;
	return is_ek(ek) && read_blob(&r, &ret->credential) && read_blob(&r, &ret->secret) &&
	       bytes_read(&r, ret->qualifying, sizeof(ret->qualifying)) && bytes_reader_done(&r);
}

size_t tpm_ipc_encode_seal(const struct tpm_seal_order *order, uint8_t *out)
{
	struct bytes_writer w = payload(out);

	bytes_write_u8(&w, (uint8_t)order->kind);
	bytes_write_be32(&w, order->pcrs);
	bytes_write(&w, order->policy, sizeof(order->policy));
	bytes_write(&w, order->secret, sizeof(order->secret));
	for (size_t i = 0; i < TPM_PARENTS; i++)
		bytes_write_u8(&w, order->is_named[i]);
	bytes_write_u8(&w, order->certify);
	bytes_write(&w, order->qualifying, sizeof(order->qualifying));
	return written(&w);
}

bool tpm_ipc_decode_seal(const struct frame *frame, struct tpm_seal_order *ret)
{
	struct bytes_reader r = reader(frame);
	uint8_t kind = bytes_read_u8(&r);

	ret->kind = kind;
	ret->pcrs = bytes_read_be32(&r);
	bytes_read(&r, ret->policy, sizeof(ret->policy));
	bytes_read(&r, ret->secret, sizeof(ret->secret));
	for (size_t i = 0; i < TPM_PARENTS; i++)
		if (!read_bool(&r, &ret->is_named[i]))
			return false;
	if (!read_bool(&r, &ret->certify))
		return false;
	bytes_read(&r, ret->qualifying, sizeof(ret->qualifying));
	if (kind == TPM_KIND_TPM
			? ret->pcrs != 0
			: kind != TPM_KIND_PCR || ret->pcrs == 0 || ret->pcrs > TPM_PCR_MASK_MAX)
		return false;
	return bytes_reader_done(&r);
}

size_t tpm_ipc_encode_handle(uint32_t handle, uint8_t *out)
{
	struct bytes_writer w = payload(out);

	bytes_write_be32(&w, handle);
	return written(&w);
}

bool tpm_ipc_decode_handle(const struct frame *frame, uint32_t *ret)
{
	struct bytes_reader r = reader(frame);
	size_t index;

	*ret = bytes_read_be32(&r);
	return bytes_reader_done(&r) && tpm_parent_index(*ret, &index);
}

size_t tpm_ipc_encode_sealed(const struct tpm_sealed *sealed, uint8_t *out)
{
	struct bytes_writer w = payload(out);

	write_sealed(&w, sealed);
	return written(&w);
}

bool tpm_ipc_decode_sealed(const struct frame *frame, struct tpm_sealed *ret)
{
	struct bytes_reader r = reader(frame);

	return read_sealed(&r, ret) && bytes_reader_done(&r);
}

/* -- answers ---------------------------------------------------------------------------------- */

size_t tpm_ipc_encode_looked(const struct tpm_look *look, uint8_t *out)
{
	struct bytes_writer w = payload(out);
	const bool flags[] = { look->in_lockout, look->storage_off, look->endorsement_off,
		look->owner_password, look->endorsement_password, look->parents[0],
		look->parents[1] };

	bytes_write(&w, look->manufacturer, sizeof(look->manufacturer));
	bytes_write(&w, look->vendor, sizeof(look->vendor));
	bytes_write(&w, look->firmware, sizeof(look->firmware));
	bytes_write_u8(&w, (uint8_t)look->n_banks);
	for (size_t i = 0; i < TPM_BANKS_MAX; i++) {
		bytes_write_be16(&w, look->banks[i].hash);
		bytes_write_be32(&w, look->banks[i].mask);
	}
	bytes_write_be32(&w, look->lockout_counter);
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		bytes_write_u8(&w, flags[i]);
	return written(&w);
}

bool tpm_ipc_decode_looked(const struct frame *frame, struct tpm_look *ret)
{
	struct bytes_reader r = reader(frame);
	bool *const flags[] = { &ret->in_lockout, &ret->storage_off, &ret->endorsement_off,
		&ret->owner_password, &ret->endorsement_password, &ret->parents[0],
		&ret->parents[1] };

	memset(ret, 0, sizeof(*ret));
	if (!read_text(&r, ret->manufacturer, sizeof(ret->manufacturer)) ||
		!read_text(&r, ret->vendor, sizeof(ret->vendor)) ||
		!read_text(&r, ret->firmware, sizeof(ret->firmware)))
		return false;
	ret->n_banks = bytes_read_u8(&r);
	for (size_t i = 0; i < TPM_BANKS_MAX; i++) {
		ret->banks[i].hash = bytes_read_be16(&r);
		ret->banks[i].mask = bytes_read_be32(&r);
	}
	ret->lockout_counter = bytes_read_be32(&r);
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (!read_bool(&r, flags[i]))
			return false;
	return ret->n_banks <= TPM_BANKS_MAX && bytes_reader_done(&r);
}

size_t tpm_ipc_encode_certificate(bool is_of_chain, const uint8_t *der, size_t len, uint8_t *out)
{
	struct bytes_writer w = payload(out);

	bytes_write_u8(&w, is_of_chain);
	bytes_write(&w, der, len);
	return written(&w);
}

static bool add_to_chain(struct tpm_attest *attest, struct bytes_reader *r, size_t len)
{
	size_t used = 0;

	if (attest->n_chain >= TPM_CHAIN_PARTS_MAX)
		return false;
	for (size_t i = 0; i < attest->n_chain; i++)
		used += attest->chain_len[i];
	if (used > sizeof(attest->chain) || len > sizeof(attest->chain) - used)
		return false;
	attest->chain_len[attest->n_chain++] = len;
	return bytes_read(r, attest->chain + used, len);
}

bool tpm_ipc_decode_certificate(const struct frame *frame, struct tpm_attest *attest)
{
	struct bytes_reader r = reader(frame);
	bool is_of_chain;

	if (!read_bool(&r, &is_of_chain))
		return false;
	size_t len = bytes_left(&r);
	if (len == 0 || len > TPM_CERTIFICATE_MAX)
		return false;
	if (is_of_chain)
		return add_to_chain(attest, &r, len);
	if (attest->certificate_len > 0)
		return false;
	attest->certificate_len = len;
	return bytes_read(&r, attest->certificate, len);
}

size_t tpm_ipc_encode_attested(const struct tpm_attest *attest, uint8_t *out)
{
	struct bytes_writer w = payload(out);

	bytes_write_u8(&w, (uint8_t)attest->ek);
	write_blob(&w, &attest->ek_public);
	write_blob(&w, &attest->ak_public);
	return written(&w);
}

bool tpm_ipc_decode_attested(const struct frame *frame, struct tpm_attest *attest)
{
	struct bytes_reader r = reader(frame);
	uint8_t ek = bytes_read_u8(&r);

	attest->ek = ek;
	return is_ek(ek) && read_full_blob(&r, &attest->ek_public) &&
	       read_full_blob(&r, &attest->ak_public) && bytes_reader_done(&r);
}

size_t tpm_ipc_encode_proved(const struct tpm_proof *proof, uint8_t *out)
{
	struct bytes_writer w = payload(out);

	bytes_write(&w, proof->credential, sizeof(proof->credential));
	bytes_write(&w, proof->pcrs, sizeof(proof->pcrs));
	write_blob(&w, &proof->quote);
	write_blob(&w, &proof->signature);
	return written(&w);
}

bool tpm_ipc_decode_proved(const struct frame *frame, struct tpm_proof *ret)
{
	struct bytes_reader r = reader(frame);

	return bytes_read(&r, ret->credential, sizeof(ret->credential)) &&
	       bytes_read(&r, ret->pcrs, sizeof(ret->pcrs)) && read_full_blob(&r, &ret->quote) &&
	       read_full_blob(&r, &ret->signature) && bytes_reader_done(&r);
}

size_t tpm_ipc_encode_result(const struct tpm_seal_result *result, uint8_t *out)
{
	struct bytes_writer w = payload(out);

	write_sealed(&w, &result->sealed);
	write_blob(&w, &result->parent_public);
	write_blob(&w, &result->statement);
	write_blob(&w, &result->signature);
	return written(&w);
}

bool tpm_ipc_decode_result(const struct frame *frame, struct tpm_seal_result *ret)
{
	struct bytes_reader r = reader(frame);

	return read_sealed(&r, &ret->sealed) && read_blob(&r, &ret->parent_public) &&
	       read_blob(&r, &ret->statement) && read_blob(&r, &ret->signature) &&
	       bytes_reader_done(&r);
}

bool tpm_ipc_decode_opened(const struct frame *frame, uint8_t ret_secret[TPM_SECRET_SIZE])
{
	struct bytes_reader r = reader(frame);

	return frame->len == TPM_SECRET_SIZE && bytes_read(&r, ret_secret, TPM_SECRET_SIZE);
}

size_t tpm_ipc_encode_failed(const struct tpm_failure *failure, uint8_t *out)
{
	struct bytes_writer w = payload(out);

	bytes_write_be32(&w, (uint32_t)failure->code);
	bytes_write(&w, failure->error.text, strlen(failure->error.text));
	return written(&w);
}

bool tpm_ipc_decode_failed(const struct frame *frame, struct tpm_failure *ret)
{
	struct bytes_reader r = reader(frame);
	struct error sent = ERROR_INIT;

	ret->code = (int)bytes_read_be32(&r);
	size_t len = bytes_left(&r);
	if (len == 0 || len >= sizeof(sent.text) || !bytes_read(&r, sent.text, len))
		return false;
	text_printable_again(sent.text, len, ret->error.text, sizeof(ret->error.text));
	return ret->code != 0 && ret->code >= -ERRNO_MAX && ret->code <= TPM_OPEN_E_OTHER;
}
