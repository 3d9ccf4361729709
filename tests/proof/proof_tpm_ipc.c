/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any frame between the TPM role and its parent, given to each decoder but that of certificates
 * (proof_tpm_certificate.c). Whether the parts of a sealed key fit together is any answer here.
 */
#include "any_frame.h"
#include "tpm/ipc.h"

bool tpm_sealed_check(const struct tpm_sealed *sealed)
{
	return any_bool();
}

int main(void)
{
	static struct tpm_sealed sealed;
	static struct tpm_seal_result result;
	static struct tpm_prove_order prove;
	static struct tpm_seal_order seal;
	static struct tpm_look look;
	static struct tpm_attest attest;
	static struct tpm_proof proof;
	static struct tpm_failure failure;
	uint8_t secret[TPM_SECRET_SIZE];
	const struct frame *frame = any_frame();
	uint32_t handle;

	tpm_ipc_decode_prove(frame, &prove);
	tpm_ipc_decode_seal(frame, &seal);
	tpm_ipc_decode_handle(frame, &handle);
	tpm_ipc_decode_sealed(frame, &sealed);
	tpm_ipc_decode_result(frame, &result);
	tpm_ipc_decode_looked(frame, &look);
	tpm_ipc_decode_attested(frame, &attest);
	tpm_ipc_decode_proved(frame, &proof);
	tpm_ipc_decode_opened(frame, secret);
	tpm_ipc_decode_failed(frame, &failure);
	return 0;
}
