/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The request and response bodies of protocols v0.0.1 and v1 (docs/protocol.md), to and from
 * JSON. Both have the same requests; what v1 answers with is at the end.
 *
 * Decoding accepts what the released program accepts: unknown keys are ignored, an absent or null
 * timestamp is 0, an absent or null reboot_into_uefi_menu is false.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "efi/secureboot.h"
#include "hostfile/hostfile.h"
#include "hostkey/certificate.h"

struct json;

/* Which protocol a connection speaks. */
enum api_protocol {
	API_V0, /* stprov/v0.0.1 */
	API_V1, /* stprov/v1: the connection itself is authenticated */
	API_PROTOCOLS,
};

/* The TCP port of either protocol, when none is given. */
#define API_PORT 2009
#define API_PORT_TEXT STRINGIFY(API_PORT)

/* Where the requests of a protocol are. */
#define API_PREFIX_V0 "/stprov/v0.0.1/"
#define API_PREFIX_V1 "/stprov/v1/"
#define API_ADD_DATA "add-data"
#define API_ADD_SECURE_BOOT "add-secure-boot"
#define API_ADD_FILE "add-file"
#define API_ADD_CERTIFICATE "add-certificate"
#define API_PREPARE "prepare"
#define API_SEAL "seal"
#define API_ATTEST "attest"
#define API_PROVE "attest-prove"
#define API_COMMIT "commit"

#define API_ENTROPY_SIZE 32
/* One Secure Boot variable, decoded: what efi/ writes at most. */
#define API_BLOB_MAX (64 * 1024)
/* Bodies of requests; add-secure-boot holds four blobs in base64 and their keys. */
#define API_ADD_DATA_MAX 4096
#define API_ADD_SECURE_BOOT_MAX (512 * 1024)
#define API_ADD_FILE_MAX (12 * 1024)
#define API_ADD_CERTIFICATE_MAX (8 * 1024)
#define API_PREPARE_MAX 1024
#define API_SEAL_MAX 4096
#define API_ATTEST_MAX 1024
#define API_PROVE_MAX 4096
#define API_COMMIT_MAX (8 * 1024)
/* The largest body of an answer that the client accepts; and of attest's. */
#define API_ANSWER_MAX (64 * 1024)
#define API_ATTEST_ANSWER_MAX (512 * 1024)

struct api_add_data {
	uint8_t entropy[API_ENTROPY_SIZE];
	int64_t timestamp; /* seconds since 1970, not negative */
};

struct api_blob {
	uint8_t *data; /* owned; NULL: absent */
	size_t len;
};

struct api_secure_boot {
	struct api_blob blobs[EFI_SB_N]; /* the optional ones may be absent */
	bool reboot_into_uefi_menu;
};

#define API_SHA256_HEX_MAX 65

struct api_variable {
	const char *name; /* PK, KEK, db, dbx */
	char sha256[API_SHA256_HEX_MAX];
};

/* v1's answer to add-secure-boot: what was staged, not yet written. */
struct api_staged {
	struct api_variable items[EFI_SB_N];
	size_t n;
};

void api_secure_boot_deinit(struct api_secure_boot *request);
#define _cleanup_api_secure_boot_ _cleanup_(api_secure_boot_deinit)

/* Texts with their NUL. */
#define API_TEXT_MAX 256

/* A structure of a TPM, opaque here. */
#define API_TPM_MAX 512
struct api_tpm {
	size_t len;
	uint8_t bytes[API_TPM_MAX];
};

/* The host key is sealed: what the TPM says of that. */
struct api_sealed {
	bool given;
	struct api_tpm parent, public;     /* TPMT_PUBLIC of the parent key and the sealed object */
	struct api_tpm certify, signature; /* TPMS_ATTEST and TPMT_SIGNATURE by its key */
};

/* Its parts, for code that treats them alike. */
#define API_SEALED_PARTS 4
struct api_sealed_part {
	const char *key; /* in JSON */
	struct api_tpm *part;
};
void api_sealed_parts(struct api_sealed *sealed, struct api_sealed_part ret[API_SEALED_PARTS]);

struct api_commit {
	char publickey[API_TEXT_MAX];   /* as in authorized_keys, without comment */
	char fingerprint[API_TEXT_MAX]; /* SHA256:... */
	char hostname[API_TEXT_MAX];
	char authentication[API_TEXT_MAX], identity[API_TEXT_MAX]; /* hex */
	/* v1; empty: not told. @macs: with a space between two. */
	char serial[API_TEXT_MAX], uuid[API_TEXT_MAX], macs[API_TEXT_MAX];
	struct api_sealed sealed; /* v1 */
};

/* The texts of a commit, for code that treats them alike. */
#define API_COMMIT_TEXTS 8
struct api_commit_text {
	const char *key; /* in JSON */
	char *text;      /* API_TEXT_MAX bytes */
	bool prepared;   /* prepare tells it, too */
	bool optional;   /* may be empty, and is then left out */
};
void api_commit_texts(struct api_commit *commit, struct api_commit_text ret[API_COMMIT_TEXTS]);

/* @ret_json: the caller wipes and frees it. */
int api_add_data_encode(
	const struct api_add_data *request, char **ret_json, struct error *error) MUST_CHECK;
int api_secure_boot_encode(
	const struct api_secure_boot *request, char **ret_json, struct error *error) MUST_CHECK;
int api_commit_encode(
	const struct api_commit *response, char **ret_json, struct error *error) MUST_CHECK;

/* -EINVAL with the reason as text, for the peer to read. */
int api_add_data_decode(
	const void *json, size_t len, struct api_add_data *ret, struct error *error) MUST_CHECK;
/* Blobs are checked for presence here, not for form. On failure nothing is left to free. */
int api_secure_boot_decode(
	const void *json, size_t len, struct api_secure_boot *ret, struct error *error) MUST_CHECK;
int api_commit_decode(
	const void *json, size_t len, struct api_commit *ret, struct error *error) MUST_CHECK;

/* -- v1 only --------------------------------------------------------------------------------- */

/* The variables of @request, with the hash of each whole descriptor. */
int api_staged_of(const struct api_secure_boot *request, struct api_staged *ret,
	struct error *error) MUST_CHECK;
/* As a list of {"variable", "sha256"}; the caller frees it with json_free(). */
int api_staged_build(
	const struct api_staged *staged, struct json **ret, struct error *error) MUST_CHECK;
int api_staged_encode(
	const struct api_staged *response, char **ret_json, struct error *error) MUST_CHECK;
/* Exactly the variables and hashes of @expected, in its order; -EINVAL otherwise. */
int api_staged_check(const void *json, size_t len, const struct api_staged *expected,
	struct error *error) MUST_CHECK;

/*
 * v1's answer to prepare: publickey, fingerprint and hostname of a commit; the other texts are not
 * in it, and empty in @ret.
 */
int api_prepared_encode(
	const struct api_commit *response, char **ret_json, struct error *error) MUST_CHECK;
int api_prepared_decode(
	const void *json, size_t len, struct api_commit *ret, struct error *error) MUST_CHECK;

/* A file for the OS package. */
struct api_file {
	char name[HOSTFILE_NAME_MAX];
	uint8_t *data; /* owned */
	size_t len;
};

void api_file_deinit(struct api_file *file);
#define _cleanup_api_file_ _cleanup_(api_file_deinit)

int api_file_encode(const struct api_file *file, char **ret_json, struct error *error) MUST_CHECK;
/* -EINVAL also for a name or a size that no file may have. On failure nothing is left to free. */
int api_file_decode(
	const void *json, size_t len, struct api_file *ret, struct error *error) MUST_CHECK;

/* A host certificate: the line as STHostCert holds it, with its newline, and a NUL. */
struct api_certificate {
	char line[HOSTKEY_CERTIFICATE_MAX];
};

/* What the review shows in a line each: longer ones are refused. With their NUL. */
#define API_KEY_ID_MAX 320
#define API_PRINCIPALS_MAX 768

int api_certificate_encode(
	const struct api_certificate *request, char **ret_json, struct error *error) MUST_CHECK;
/* The line's form is not checked, but it is one line of printable ASCII; -EINVAL otherwise. */
int api_certificate_decode(
	const void *json, size_t len, struct api_certificate *ret, struct error *error) MUST_CHECK;

/*
 * The host key is to be sealed to the platform's TPM. Any system on that machine opens it: the
 * policy `tpm`; or only one that finds certain values in certain PCRs: the policy `pcr`.
 */
#define API_NONCE_SIZE 32
#define API_DIGEST_SIZE 32
/* PCRs of a TPM. */
#define API_PCRS 24
struct api_seal {
	uint32_t pcrs;                   /* a mask; 0: the policy `tpm` */
	uint8_t digest[API_DIGEST_SIZE]; /* of the policy `pcr`; else zero */
	uint8_t nonce[API_NONCE_SIZE];   /* for the TPM's statement about it */
};

int api_seal_encode(
	const struct api_seal *request, char **ret_json, struct error *error) MUST_CHECK;
/* -EINVAL also for another policy. PCRs come in ascending order. */
int api_seal_decode(
	const void *json, size_t len, struct api_seal *ret, struct error *error) MUST_CHECK;

/* Within a commit's answer; nothing is set of one that is not given. */
int api_sealed_build(
	const struct api_sealed *sealed, struct json *object, struct error *error) MUST_CHECK;
/* Absent or null: not given. */
int api_sealed_read(
	const struct json *object, struct api_sealed *ret, struct error *error) MUST_CHECK;

/*
 * What the client believes to be staged: the body of v1's commit. What is absent is not staged. The
 * platform refuses to commit anything else.
 */
struct api_believed {
	struct api_believed_file {
		char name[HOSTFILE_NAME_MAX], mac[HOSTFILE_MAC_MAX];
	} files[HOSTFILE_FILES_MAX];
	size_t files_n;
	bool keep_files; /* those that the platform has and that are not named stay */
	char certificate[HOSTFILE_MAC_MAX];      /* its MAC; empty: none */
	char keys[EFI_SB_N][API_SHA256_HEX_MAX]; /* SHA-256 of each blob; empty: none */
	bool sealed;                             /* the host key is to be sealed to the TPM */
};

int api_believed_encode(
	const struct api_believed *request, char **ret_json, struct error *error) MUST_CHECK;
/* An absent list is empty. */
int api_believed_decode(
	const void *json, size_t len, struct api_believed *ret, struct error *error) MUST_CHECK;

/* Any object: the body of v1's requests that have no content. */
int api_empty_decode(const void *json, size_t len, struct error *error) MUST_CHECK;

/* A sentence for the peer. */
int api_error_encode(const char *text, char **ret_json, struct error *error) MUST_CHECK;
/* The sentence as it came, truncated at ERROR_TEXT_MAX; the caller makes it printable. */
int api_error_decode(const void *json, size_t len, char ret_text[ERROR_TEXT_MAX],
	struct error *error) MUST_CHECK;
