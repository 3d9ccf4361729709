/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames between monitor and session about the TPM: see session_ipc.h. */
#include "service/session_ipc.h"

#include <string.h>

#include "base/bytes.h"

/* -- parts ----------------------------------------------------------------------------------- */

/* Length, and the bytes in a field of @cap bytes, the rest of which is zero. */
static void write_run(struct bytes_writer *w, const uint8_t *bytes, size_t len, size_t cap)
{
	static const uint8_t zeros[API_TPM_MAX];

	assert(len <= cap && cap <= sizeof(zeros));
	bytes_write_be32(w, (uint32_t)len);
	bytes_write(w, bytes, len);
	bytes_write(w, zeros, cap - len);
}

static bool read_run(struct bytes_reader *r, uint8_t *out, size_t *ret_len, size_t min, size_t cap)
{
	size_t len = bytes_read_be32(r);

	if (!bytes_read(r, out, cap) || len < min || len > cap)
		return false;
	for (size_t i = len; i < cap; i++)
		if (out[i] != 0)
			return false;
	*ret_len = len;
	return true;
}

static bool read_tpm(struct bytes_reader *r, struct api_tpm *ret)
{
	return read_run(r, ret->bytes, &ret->len, 1, sizeof(ret->bytes));
}

static bool read_text(struct bytes_reader *r, char *out, size_t cap)
{
	return bytes_read(r, out, cap) && out[cap - 1] == '\0';
}

static void write_purpose(struct bytes_writer *w, const struct ipc_purpose *purpose)
{
	bytes_write(w, purpose->nonce, sizeof(purpose->nonce));
	bytes_write(w, purpose->binding, sizeof(purpose->binding));
}

static void read_purpose(struct bytes_reader *r, struct ipc_purpose *ret)
{
	bytes_read(r, ret->nonce, sizeof(ret->nonce));
	bytes_read(r, ret->binding, sizeof(ret->binding));
}

/* -- requests -------------------------------------------------------------------------------- */

size_t session_ipc_encode_seal(const struct ipc_seal *request, uint8_t *out)
{
	struct bytes_writer w = bytes_writer(out, IPC_SMALL_MAX);

	bytes_write_be32(&w, request->pcrs);
	bytes_write(&w, request->policy, sizeof(request->policy));
	write_purpose(&w, &request->purpose);
	return w.len;
}

bool session_ipc_decode_seal(const struct frame *frame, struct ipc_seal *ret)
{
	struct bytes_reader r = bytes_reader(frame->payload, frame->len);

	ret->pcrs = bytes_read_be32(&r);
	bytes_read(&r, ret->policy, sizeof(ret->policy));
	read_purpose(&r, &ret->purpose);
	return frame->type == IPC_SEAL && bytes_reader_done(&r) && ret->pcrs >> API_PCRS == 0;
}

size_t session_ipc_encode_prove(const struct ipc_prove *request, uint8_t *out)
{
	struct bytes_writer w = bytes_writer(out, IPC_SMALL_MAX);

	write_run(&w, request->credential, request->credential_len, sizeof(request->credential));
	write_run(&w, request->secret, request->secret_len, sizeof(request->secret));
	write_purpose(&w, &request->purpose);
	return w.len;
}

bool session_ipc_decode_prove(const struct frame *frame, struct ipc_prove *ret)
{
	struct bytes_reader r = bytes_reader(frame->payload, frame->len);
	bool ok = frame->type == IPC_PROVE &&
		  read_run(&r, ret->credential, &ret->credential_len, API_CREDENTIAL_MIN,
			  sizeof(ret->credential)) &&
		  read_run(&r, ret->secret, &ret->secret_len, API_SECRET_MIN, sizeof(ret->secret));

	read_purpose(&r, &ret->purpose);
	return ok && bytes_reader_done(&r);
}

/* -- answers --------------------------------------------------------------------------------- */

size_t session_ipc_encode_attested(const struct api_attest *attest, uint8_t *out)
{
	struct bytes_writer w = bytes_writer(out, IPC_SMALL_MAX);

	bytes_write(&w, attest->manufacturer, sizeof(attest->manufacturer));
	bytes_write(&w, attest->vendor, sizeof(attest->vendor));
	bytes_write(&w, attest->firmware, sizeof(attest->firmware));
	bytes_write(&w, attest->ek_template, sizeof(attest->ek_template));
	bytes_write_u8(&w, attest->in_lockout);
	bytes_write_u8(&w, (uint8_t)attest->banks_n);
	for (size_t i = 0; i < API_BANKS_MAX; i++)
		bytes_write(&w, attest->banks[i], sizeof(attest->banks[i]));
	write_run(&w, attest->ek.bytes, attest->ek.len, sizeof(attest->ek.bytes));
	write_run(&w, attest->ak.bytes, attest->ak.len, sizeof(attest->ak.bytes));
	bytes_write_be32(&w, (uint32_t)attest->certificate_len);
	bytes_write_u8(&w, (uint8_t)attest->chain_n);
	for (size_t i = 0; i < API_CHAIN_PARTS_MAX; i++)
		bytes_write_be32(&w, (uint32_t)attest->chain_len[i]);
	bytes_write_be32(&w, (uint32_t)attest->log_len);
	assert(bytes_writer_ok(&w));
	return w.len;
}

/* Lengths of what follows; those after the last one of the chain are zero. */
static bool read_lengths(struct bytes_reader *r, struct api_attest *ret)
{
	size_t chain = 0;

	ret->certificate_len = bytes_read_be32(r);
	ret->chain_n = bytes_read_u8(r);
	for (size_t i = 0; i < API_CHAIN_PARTS_MAX; i++) {
		size_t len = ret->chain_len[i] = bytes_read_be32(r);
		if ((len > 0) != (i < ret->chain_n) || len > API_CERTIFICATE_MAX)
			return false;
		chain += len;
	}
	ret->log_len = bytes_read_be32(r);
	return ret->certificate_len <= API_CERTIFICATE_MAX && ret->chain_n <= API_CHAIN_PARTS_MAX &&
	       chain <= API_CHAIN_MAX && ret->log_len <= API_LOG_MAX;
}

bool session_ipc_decode_attested(const struct frame *frame, struct api_attest *ret)
{
	struct bytes_reader r = bytes_reader(frame->payload, frame->len);
	struct api_attest attest;

	memset(&attest, 0, sizeof(attest));
	bool ok = frame->type == IPC_ATTESTED &&
		  read_text(&r, attest.manufacturer, sizeof(attest.manufacturer)) &&
		  read_text(&r, attest.vendor, sizeof(attest.vendor)) &&
		  read_text(&r, attest.firmware, sizeof(attest.firmware)) &&
		  read_text(&r, attest.ek_template, sizeof(attest.ek_template));
	uint8_t in_lockout = bytes_read_u8(&r);
	attest.in_lockout = in_lockout == 1;
	attest.banks_n = bytes_read_u8(&r);
	for (size_t i = 0; ok && i < API_BANKS_MAX; i++)
		ok = read_text(&r, attest.banks[i], sizeof(attest.banks[i]));
	ok = ok && in_lockout <= 1 && attest.banks_n <= API_BANKS_MAX && read_tpm(&r, &attest.ek) &&
	     read_tpm(&r, &attest.ak) && read_lengths(&r, &attest) && bytes_reader_done(&r);
	if (ok)
		*ret = attest;
	return ok;
}

size_t session_ipc_encode_proved(const struct api_proof *proof, uint8_t *out)
{
	struct bytes_writer w = bytes_writer(out, IPC_SMALL_MAX);

	bytes_write(&w, proof->credential, sizeof(proof->credential));
	write_run(&w, proof->quote.bytes, proof->quote.len, sizeof(proof->quote.bytes));
	write_run(&w, proof->signature.bytes, proof->signature.len, sizeof(proof->signature.bytes));
	bytes_write(&w, proof->pcrs, sizeof(proof->pcrs));
	assert(bytes_writer_ok(&w));
	return w.len;
}

bool session_ipc_decode_proved(const struct frame *frame, struct api_proof *ret)
{
	struct bytes_reader r = bytes_reader(frame->payload, frame->len);

	return frame->type == IPC_PROVED &&
	       bytes_read(&r, ret->credential, sizeof(ret->credential)) &&
	       read_tpm(&r, &ret->quote) && read_tpm(&r, &ret->signature) &&
	       bytes_read(&r, ret->pcrs, sizeof(ret->pcrs)) && bytes_reader_done(&r);
}
