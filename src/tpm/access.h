/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TPM for commands that do nothing else meanwhile: opens the device, starts the role (role.h),
 * and waits for each answer.
 */
#pragma once

#include "tpm/client.h"
#include "tpm/transport.h"

struct tpm_access;

/*
 * Which TPM a command uses: @option, what --tpm names; TPM_DEVICE without it; NULL, and no TPM is
 * touched, where @efivars (-E) names another directory and --tpm nothing.
 */
const char *tpm_access_path(const char *option, const char *efivars);

/* The row of an option table, for @field, a const char * in the struct of options @type. */
#define TPM_OPTION(type, field)                                                                    \
	{                                                                                          \
		0, "tpm", CLI_TEXT, offsetof(type, field), "PATH", TPM_DEVICE,                     \
			"the TPM: a device, or a unix socket"                                      \
	}

/* 0; negative errnos with a text, as of tpm_device_open() and tpm_client_start(). */
int tpm_access_open(const char *path, struct tpm_access **ret, struct error *error) MUST_CHECK;
/* Ends the role and closes the device. NULL is left. */
void tpm_access_close(struct tpm_access **access);
#define _cleanup_tpm_access_ _cleanup_(tpm_access_close)

/*
 * Each makes one request and waits for its answer, at most TPM_CLIENT_LIMIT_MS. 0; a negative errno
 * with a text; open and match also TPM_OPEN_E_..., with the text of open.h. After an error of the
 * role itself every further request fails with the same text.
 */
int tpm_access_look(
	struct tpm_access *access, struct tpm_look *ret, struct error *error) MUST_CHECK;
/* @ret_secret: TPM_SECRET_SIZE bytes, which the caller wipes. */
int tpm_access_unseal(struct tpm_access *access, const struct tpm_sealed *sealed,
	uint8_t ret_secret[TPM_SECRET_SIZE], struct error *error) MUST_CHECK;
int tpm_access_match(
	struct tpm_access *access, const struct tpm_sealed *sealed, struct error *error) MUST_CHECK;
int tpm_access_forget(struct tpm_access *access, struct error *error) MUST_CHECK;
int tpm_access_drop(struct tpm_access *access, uint32_t handle, struct error *error) MUST_CHECK;
