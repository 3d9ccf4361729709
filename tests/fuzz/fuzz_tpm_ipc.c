/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frames between the TPM role and its parent, both directions: whatever is decoded is encoded
 * again to the same, and what the parent takes from a role fits its request. Input: the frame's
 * type, its payload.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tpm/ipc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool cond)
{
	if (!cond)
		abort();
}

static struct frame frame;
static uint8_t again[TPM_IPC_PAYLOAD_MAX];

/* Padding after a run of bytes may differ, so lengths and what is decoded count. */
static void check_requests(void)
{
	static struct tpm_prove_order prove;
	static struct tpm_seal_order seal;
	static struct tpm_sealed sealed;
	uint32_t handle;

	if (tpm_ipc_decode_prove(&frame, &prove)) {
		must(tpm_ipc_encode_prove(&prove, again) == frame.len);
		must(prove.credential.len <= TPM_BLOB_MAX && prove.secret.len <= TPM_BLOB_MAX);
		must(tpm_ek_name(prove.ek)[1] == '-');
	}
	if (tpm_ipc_decode_seal(&frame, &seal)) {
		must(tpm_ipc_encode_seal(&seal, again) == frame.len);
		must(memcmp(again, frame.payload, frame.len) == 0);
	}
	if (tpm_ipc_decode_handle(&frame, &handle)) {
		must(tpm_ipc_encode_handle(handle, again) == frame.len);
		must(memcmp(again, frame.payload, frame.len) == 0);
	}
	if (tpm_ipc_decode_sealed(&frame, &sealed)) {
		must(tpm_ipc_encode_sealed(&sealed, again) == frame.len);
		must(tpm_sealed_check(&sealed));
	}
}

static void check_answers(void)
{
	static uint8_t secret[TPM_SECRET_SIZE];
	static struct tpm_seal_result result;
	static struct tpm_attest attest;
	static struct tpm_failure failure;
	static struct tpm_proof proof;
	static struct tpm_look look;

	if (tpm_ipc_decode_looked(&frame, &look)) {
		must(tpm_ipc_encode_looked(&look, again) == frame.len);
		must(look.n_banks <= TPM_BANKS_MAX);
	}
	memset(&attest, 0, sizeof(attest));
	if (tpm_ipc_decode_certificate(&frame, &attest))
		must(attest.certificate_len + attest.chain_len[0] == frame.len - 1);
	if (tpm_ipc_decode_attested(&frame, &attest))
		must(tpm_ipc_encode_attested(&attest, again) == frame.len);
	if (tpm_ipc_decode_proved(&frame, &proof))
		must(tpm_ipc_encode_proved(&proof, again) == frame.len);
	if (tpm_ipc_decode_result(&frame, &result)) {
		must(tpm_ipc_encode_result(&result, again) == frame.len);
		must(tpm_sealed_check(&result.sealed));
	}
	must(tpm_ipc_decode_opened(&frame, secret) == (frame.len == sizeof(secret)));
	if (tpm_ipc_decode_failed(&frame, &failure))
		must(failure.code != 0 && failure.error.text[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0 || size > TPM_IPC_PAYLOAD_MAX)
		return 0;
	frame.type = data[0];
	frame.len = size - 1;
	memcpy(frame.payload, data + 1, size - 1);
	check_requests();
	check_answers();
	return 0;
}
