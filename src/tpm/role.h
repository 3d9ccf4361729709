/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TPM role: a process of its own in the sandbox that alone parses what the TPM says. It works
 * on one descriptor, the TPM's. client.h has its parent's side.
 */
#pragma once

/* argv[0] of the role, by which main() starts it. */
#define TPM_ROLE_NAME "stprov-tpm"

/* The role's main function; its exit code. */
int tpm_role_main(void);
