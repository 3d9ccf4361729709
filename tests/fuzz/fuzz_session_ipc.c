/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames between the monitor and a session, in both directions: the first byte is the type. */
#include <string.h>

#include "service/session_ipc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was decoded must encode to the same bytes. */
static void same(const struct frame *frame, const uint8_t *out, size_t len)
{
	if (len != frame->len || memcmp(out, frame->payload, len) != 0)
		abort();
}

/* What is asked of a TPM, and answered. */
static void check_tpm(const struct frame *frame)
{
	uint8_t out[IPC_SMALL_MAX];
	struct ipc_seal seal;
	struct ipc_prove prove;
	struct api_attest attest;
	struct api_proof proof;

	if (session_ipc_decode_seal(frame, &seal))
		same(frame, out, session_ipc_encode_seal(&seal, out));
	if (session_ipc_decode_prove(frame, &prove))
		same(frame, out, session_ipc_encode_prove(&prove, out));
	if (session_ipc_decode_attested(frame, &attest)) {
		if (attest.bytes || api_attest_bytes_len(&attest) > API_ATTEST_BYTES_MAX)
			abort();
		same(frame, out, session_ipc_encode_attested(&attest, out));
	}
	if (session_ipc_decode_proved(frame, &proof))
		same(frame, out, session_ipc_encode_proved(&proof, out));
}

/* What v1's client sends more than v0.0.1's. */
static void check_v1(const struct frame *frame)
{
	static uint8_t out[IPC_SMALL_MAX + MAX(HOSTFILE_DATA_MAX, HOSTKEY_CERTIFICATE_MAX)];
	char text[HOSTKEY_CERTIFICATE_MAX + 1];
	struct api_believed believed;
	struct ipc_file file;
	struct ipc_certificate about;
	const uint8_t *bytes = NULL;
	size_t len = 0;

	if (session_ipc_decode_commit(frame, &believed))
		same(frame, out, session_ipc_encode_commit(&believed, out));
	if (session_ipc_decode_file(frame, &file, &bytes, &len)) {
		if (hostfile_reason_against(file.name, strlen(file.name)) || len == 0 ||
			len > HOSTFILE_DATA_MAX)
			abort();
		same(frame, out, session_ipc_encode_file(&file, bytes, len, out));
	}
	if (!session_ipc_decode_certificate(frame, &about, &bytes, &len) || memchr(bytes, 0, len))
		return;
	memcpy(text, bytes, len);
	text[len] = '\0';
	same(frame, out, session_ipc_encode_certificate(&about, text, out));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct frame frame;
	uint8_t out[IPC_SMALL_MAX];
	struct ipc_start start;
	struct ipc_answer answer;
	struct api_commit commit;
	struct api_add_data request;

	if (size < 1 || size - 1 > sizeof(frame.payload))
		return 0;
	frame.type = data[0];
	frame.len = size - 1;
	memcpy(frame.payload, data + 1, frame.len);
	/* Two flags at its end: whatever is not 1 is false. */
	if (session_ipc_decode_start(&frame, &start) && frame.payload[frame.len - 1] < 2 &&
		frame.payload[frame.len - 2] < 2)
		same(&frame, out, session_ipc_encode_start(&start, out));
	if (session_ipc_decode_answer(&frame, &answer) &&
		!memchr(frame.payload + 1, 0, frame.len - 1))
		same(&frame, out, session_ipc_encode_answer(&answer, out));
	/* Shorter if a text has a NUL in it. */
	if (session_ipc_decode_committed(&frame, IPC_COMMITTED, &commit)) {
		size_t len = session_ipc_encode_committed(&commit, out);
		if (len > frame.len)
			abort();
		if (len == frame.len)
			same(&frame, out, len);
	}
	if (session_ipc_decode_add_data(&frame, &request))
		same(&frame, out, session_ipc_encode_add_data(&request, out));
	check_v1(&frame);
	check_tpm(&frame);
	return 0;
}
