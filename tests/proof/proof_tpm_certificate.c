/* SPDX-License-Identifier: BSD-2-Clause */
/* Any frame with a certificate, after any others: they go one after the other into one buffer. */
#include "any_frame.h"
#include "tpm/ipc.h"

int main(void)
{
	static struct tpm_attest attest;

	Frama_C_make_unknown((char *)&attest, sizeof(attest));
	return tpm_ipc_decode_certificate(any_frame(), &attest);
}
