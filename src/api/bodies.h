/*
 * The request and response bodies of protocol v0.0.1 (docs/protocol.md), to and from JSON.
 *
 * Decoding takes what the released program takes: unknown keys are ignored, an absent or null
 * timestamp is 0, an absent or null reboot_into_uefi_menu is false.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define API_PATH_ADD_DATA "/stprov/v0.0.1/add-data"
#define API_PATH_ADD_SECURE_BOOT "/stprov/v0.0.1/add-secure-boot"
#define API_PATH_COMMIT "/stprov/v0.0.1/commit"

#define API_ENTROPY_SIZE 32
/* One Secure Boot variable, decoded: what efi/ writes at most. */
#define API_BLOB_MAX (64 * 1024)
/* Bodies of requests; add-secure-boot holds four blobs in base64 and their keys. */
#define API_ADD_DATA_MAX 4096
#define API_ADD_SECURE_BOOT_MAX (512 * 1024)
/* Body of an answer that the client takes. */
#define API_ANSWER_MAX (64 * 1024)

struct api_add_data {
	uint8_t entropy[API_ENTROPY_SIZE];
	int64_t timestamp; /* seconds since 1970, not negative */
};

struct api_blob {
	uint8_t *data; /* owned; NULL: absent */
	size_t len;
};

struct api_secure_boot {
	struct api_blob pk, kek, db;
	struct api_blob dbx; /* may be absent */
	bool reboot_into_uefi_menu;
};

void api_secure_boot_deinit(struct api_secure_boot *request);
#define _cleanup_api_secure_boot_ _cleanup_(api_secure_boot_deinit)

/* Texts with their NUL. */
#define API_TEXT_MAX 256

struct api_commit {
	char publickey[API_TEXT_MAX];   /* as in authorized_keys, without comment */
	char fingerprint[API_TEXT_MAX]; /* SHA256:... */
	char hostname[API_TEXT_MAX];
	char authentication[API_TEXT_MAX], identity[API_TEXT_MAX]; /* hex */
};

/* @ret_json: the caller wipes and frees it. */
int api_add_data_encode(
	const struct api_add_data *request, char **ret_json, struct error *error) MUST_CHECK;
int api_secure_boot_encode(
	const struct api_secure_boot *request, char **ret_json, struct error *error) MUST_CHECK;
int api_commit_encode(
	const struct api_commit *response, char **ret_json, struct error *error) MUST_CHECK;

/* -EINVAL with a text that says what is wrong, for the peer to read. */
int api_add_data_decode(
	const void *json, size_t len, struct api_add_data *ret, struct error *error) MUST_CHECK;
/* Blobs are checked for presence here, not for form. On failure nothing is left to free. */
int api_secure_boot_decode(
	const void *json, size_t len, struct api_secure_boot *ret, struct error *error) MUST_CHECK;
int api_commit_decode(
	const void *json, size_t len, struct api_commit *ret, struct error *error) MUST_CHECK;
