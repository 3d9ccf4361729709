/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts that many of a TPM's structures have (TPM2B, Part 2 section 10.4), read from its bytes. */
#pragma once

#include "base/bytes.h"
#include "tpm/types.h"

/* A TPM2B as a view; NULL if it is truncated. */
const uint8_t *tpm_read_sized(struct bytes_reader *r, size_t *ret_len);
/* A TPM2B that is copied; false if it is truncated or too long. */
bool tpm_read_blob(struct bytes_reader *r, struct tpm_blob *ret);
bool tpm_read_name(struct bytes_reader *r, struct tpm_name *ret);
