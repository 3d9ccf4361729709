/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers and values of TPM 2.0 (TCG TPM 2.0 Library, Part 2, Family 2.0 Level 00 Revision 1.59)
 * that the files of tpm/ share. All numbers in a TPM's bytes are big endian.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "crypto/kdf.h"

/* The longest command or answer, in bytes: what Linux passes on (TPM_BUFSIZE). */
#define TPM_MESSAGE_MAX 4096
/* Parameters of one command at most; what stprov sends is shorter. */
#define TPM_PARAMS_MAX 2048

/* TPM2_CC (Part 2, section 6.5.2). */
enum tpm_command {
	TPM_CC_EVICT_CONTROL = 0x120,
	TPM_CC_CREATE_PRIMARY = 0x131,
	TPM_CC_ACTIVATE_CREDENTIAL = 0x147,
	TPM_CC_CERTIFY = 0x148,
	TPM_CC_NV_READ = 0x14e,
	TPM_CC_POLICY_SECRET = 0x151,
	TPM_CC_CREATE = 0x153,
	TPM_CC_LOAD = 0x157,
	TPM_CC_QUOTE = 0x158,
	TPM_CC_UNSEAL = 0x15e,
	TPM_CC_FLUSH_CONTEXT = 0x165,
	TPM_CC_NV_READ_PUBLIC = 0x169,
	TPM_CC_READ_PUBLIC = 0x173,
	TPM_CC_START_AUTH_SESSION = 0x176,
	TPM_CC_GET_CAPABILITY = 0x17a,
	TPM_CC_PCR_READ = 0x17e,
	TPM_CC_POLICY_PCR = 0x17f,
};

/* TPM_ST (section 6.9). */
enum {
	TPM_ST_NO_SESSIONS = 0x8001,
	TPM_ST_SESSIONS = 0x8002,
};

/* TPM_ALG_ID (section 6.3). */
enum {
	TPM_ALG_RSA = 0x0001,
	TPM_ALG_SHA1 = 0x0004,
	TPM_ALG_AES = 0x0006,
	TPM_ALG_KEYEDHASH = 0x0008,
	TPM_ALG_SHA256 = 0x000b,
	TPM_ALG_SHA384 = 0x000c,
	TPM_ALG_SHA512 = 0x000d,
	TPM_ALG_NULL = 0x0010,
	TPM_ALG_SM3_256 = 0x0012,
	TPM_ALG_ECDSA = 0x0018,
	TPM_ALG_ECC = 0x0023,
	TPM_ALG_CFB = 0x0043,
};

/* TPM_ECC_CURVE (section 6.4). */
enum {
	TPM_ECC_P256 = 0x0003,
	TPM_ECC_P384 = 0x0004,
};

/* Handles (section 7.4 and following). */
#define TPM_RH_OWNER 0x40000001u
#define TPM_RH_NULL 0x40000007u
#define TPM_RH_PASSWORD 0x40000009u
#define TPM_RH_ENDORSEMENT 0x4000000bu

/* Response codes that stprov tells apart (section 6.6), with the number of their handle, session
 * or parameter. */
enum {
	TPM_RC_INITIALIZE = 0x100,     /* TPM2_Startup was not sent */
	TPM_RC_FAILURE = 0x101,        /* failure mode */
	TPM_RC_NV_SPACE = 0x14b,       /* no room for persistent objects */
	TPM_RC_HIERARCHY_1 = 0x185,    /* the hierarchy is off */
	TPM_RC_HANDLE_1 = 0x18b,       /* no such object */
	TPM_RC_INTEGRITY_P1 = 0x1df,   /* a blob of another parent or TPM */
	TPM_RC_YIELDED = 0x908,        /* send it again */
	TPM_RC_TESTING = 0x90a,        /* send it again */
	TPM_RC_RETRY = 0x922,          /* send it again */
	TPM_RC_POLICY_FAIL_S1 = 0x99d, /* the policy is not satisfied */
	TPM_RC_BAD_AUTH_S1 = 0x9a2,    /* wrong password */
};

/* TPMA_OBJECT (section 8.3). */
#define TPMA_OBJECT_POLICY_ONLY 0x00000412u /* fixedTPM fixedParent noDA */
#define TPMA_OBJECT_WITH_AUTH 0x00000452u   /* and userWithAuth */

/* Bytes of SHA-256: the hash of names, policies and PCRs that stprov makes. */
#define TPM_HASH_SIZE CRYPTO_SHA256_SIZE

/* PCRs of a PC (PC Client Platform TPM Profile); a set of them is a bit mask. */
#define TPM_PCRS 24
#define TPM_PCR_MASK_MAX ((1u << TPM_PCRS) - 1)

/*
 * One run of bytes, the content of a TPM2B: public and private areas, signatures, statements.
 * The longest that stprov meets is the public area of an RSA-2048 key, 314 bytes, and an NV_Read
 * of 512.
 */
#define TPM_BLOB_MAX 512
struct tpm_blob {
	size_t len;
	uint8_t bytes[TPM_BLOB_MAX];
};

/* The name of an entity: algorithm and hash of its public area; or its handle (section 16). */
#define TPM_NAME_MAX (2 + CRYPTO_HASH_MAX)
struct tpm_name {
	size_t len;
	uint8_t bytes[TPM_NAME_MAX];
};

/* Something that a command works on. */
struct tpm_entity {
	uint32_t handle;
	struct tpm_name name;
};

/* An entity whose name is its handle: a hierarchy, a PCR, a session. */
struct tpm_entity tpm_entity(uint32_t handle);

/* `Create`, as in the names of the commands in Part 3; "?" for one that stprov does not send. */
const char *tpm_command_name(enum tpm_command command);

/* Copies @len bytes in. False if they do not fit; *ret_blob is then unchanged. */
bool tpm_blob_set(struct tpm_blob *ret_blob, const void *bytes, size_t len);
