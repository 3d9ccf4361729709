/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside `remote status` only: the TPM, and whether the sealed host key opens now. */
#pragma once

#include "json/json.h"
#include "provisioned/provisioned.h"

struct status_tpm {
	/*
	 * Good: @look. Absent: there is none. Broken: it is of no use to stprov (a TPM 1.2).
	 * Unreadable: it is not known.
	 */
	enum provisioned_state state;
	struct error error; /* why, unless it is good */
	struct tpm_look look;
	int64_t event_log_bytes; /* of the firmware's log of this boot; negative: not known */
	/* Of the sealed host key, where there is one whose text is good. */
	enum {
		STATUS_TPM_NOT_KNOWN,
		STATUS_TPM_OPENS,
		STATUS_TPM_OPENS_NOT,
	} opens;
	struct error why_not; /* unless it opens */
};

/* @path: of tpm_access_path(). Opens no key. */
void status_tpm_look(const char *path, const struct provisioned *p, struct status_tpm *ret);

/* `IBM SW TPM, firmware 20191023.00163636, SHA-256`, or why there is nothing to say. */
#define STATUS_TPM_TEXT_MAX (2 * ERROR_TEXT_MAX)
void status_tpm_format(const struct status_tpm *tpm, char out[STATUS_TPM_TEXT_MAX]);

/* `tpm` of `remote status -j`; -ENOMEM with its text. */
int status_tpm_set(struct json *root, const struct status_tpm *tpm, struct error *error) MUST_CHECK;
/* `sealed` of its `host_key`. */
int status_tpm_set_sealed(struct json *part, const struct tpm_sealed *sealed,
	const struct status_tpm *tpm, struct error *error) MUST_CHECK;
