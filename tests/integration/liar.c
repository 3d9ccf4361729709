/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stprov with a TPM role that was taken over: what should be its TPM is a socket of the test. So
 * tests/integration/test_attest.py can act as such a role. It does not test the sandbox;
 * test_tpm_role.py does.
 */
#include "taken_over.h"
#include "tpm/role.h"

int tpm_role_main(void)
{
	if (fcntl(ROLE_WORK_FD, F_SETFL, 0) < 0)
		return 1;
	pass_both_ways();
	return 0;
}
