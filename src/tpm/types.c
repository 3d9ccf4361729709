/* SPDX-License-Identifier: BSD-2-Clause */
/* Small functions on the values of TPM 2.0: see types.h. */
#include "tpm/types.h"

#include <string.h>

#include "base/bytes.h"

struct tpm_entity tpm_entity(uint32_t handle)
{
	struct tpm_entity entity = { .handle = handle };
	struct bytes_writer w = bytes_writer(entity.name.bytes, sizeof(entity.name.bytes));

	bytes_write_be32(&w, handle);
	entity.name.len = w.len;
	return entity;
}

const char *tpm_command_name(enum tpm_command command)
{
	static const struct {
		enum tpm_command command;
		const char *name;
	} names[] = {
		{ TPM_CC_EVICT_CONTROL, "EvictControl" },
		{ TPM_CC_CREATE_PRIMARY, "CreatePrimary" },
		{ TPM_CC_ACTIVATE_CREDENTIAL, "ActivateCredential" },
		{ TPM_CC_CERTIFY, "Certify" },
		{ TPM_CC_NV_READ, "NV_Read" },
		{ TPM_CC_POLICY_SECRET, "PolicySecret" },
		{ TPM_CC_CREATE, "Create" },
		{ TPM_CC_LOAD, "Load" },
		{ TPM_CC_QUOTE, "Quote" },
		{ TPM_CC_UNSEAL, "Unseal" },
		{ TPM_CC_FLUSH_CONTEXT, "FlushContext" },
		{ TPM_CC_NV_READ_PUBLIC, "NV_ReadPublic" },
		{ TPM_CC_READ_PUBLIC, "ReadPublic" },
		{ TPM_CC_START_AUTH_SESSION, "StartAuthSession" },
		{ TPM_CC_GET_CAPABILITY, "GetCapability" },
		{ TPM_CC_PCR_READ, "PCR_Read" },
		{ TPM_CC_POLICY_PCR, "PolicyPCR" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].command == command)
			return names[i].name;
	return "?";
}

bool tpm_blob_set(struct tpm_blob *ret_blob, const void *bytes, size_t len)
{
	if (len > sizeof(ret_blob->bytes))
		return false;
	ret_blob->len = len;
	memcpy(ret_blob->bytes, bytes, len);
	return true;
}
