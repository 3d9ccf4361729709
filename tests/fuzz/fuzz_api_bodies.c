/* SPDX-License-Identifier: BSD-2-Clause */
/* The JSON bodies of the protocol: each accepted body can be encoded and decoded again. */
#include <string.h>

#include "api/attest.h"
#include "api/bodies.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add_data(const uint8_t *data, size_t size)
{
	struct api_add_data a, b;
	struct error error;
	_cleanup_free_ char *json = NULL;

	if (api_add_data_decode(data, size, &a, &error) < 0)
		return;
	if (api_add_data_encode(&a, &json, &error) < 0 ||
		api_add_data_decode(json, strlen(json), &b, &error) < 0 ||
		memcmp(a.entropy, b.entropy, sizeof(a.entropy)) != 0 || a.timestamp != b.timestamp)
		abort();
}

static void secure_boot(const uint8_t *data, size_t size)
{
	_cleanup_api_secure_boot_ struct api_secure_boot a = { .reboot_into_uefi_menu = false };
	_cleanup_api_secure_boot_ struct api_secure_boot b = { .reboot_into_uefi_menu = false };
	struct error error;
	_cleanup_free_ char *json = NULL;

	if (api_secure_boot_decode(data, size, &a, &error) < 0)
		return;
	if (api_secure_boot_encode(&a, &json, &error) < 0 ||
		api_secure_boot_decode(json, strlen(json), &b, &error) < 0 ||
		a.blobs[EFI_SB_PK].len != b.blobs[EFI_SB_PK].len ||
		memcmp(a.blobs[EFI_SB_PK].data, b.blobs[EFI_SB_PK].data, a.blobs[EFI_SB_PK].len) !=
			0)
		abort();
}

static void commit(const uint8_t *data, size_t size)
{
	struct api_commit a, b;
	struct error error;
	_cleanup_free_ char *json = NULL;

	if (api_commit_decode(data, size, &a, &error) < 0)
		return;
	if (api_commit_encode(&a, &json, &error) < 0 ||
		api_commit_decode(json, strlen(json), &b, &error) < 0 ||
		strcmp(a.hostname, b.hostname) != 0 || a.sealed.given != b.sealed.given)
		abort();
	struct api_sealed_part was[API_SEALED_PARTS], is[API_SEALED_PARTS];
	api_sealed_parts(&a.sealed, was);
	api_sealed_parts(&b.sealed, is);
	for (size_t i = 0; i < API_SEALED_PARTS; i++)
		if (was[i].part->len != is[i].part->len ||
			memcmp(was[i].part->bytes, is[i].part->bytes, is[i].part->len) != 0)
			abort();
}

static void seal(const uint8_t *data, size_t size)
{
	struct api_seal a, b;
	struct error error;
	_cleanup_free_ char *json = NULL;

	if (api_seal_decode(data, size, &a, &error) < 0)
		return;
	if (api_seal_encode(&a, &json, &error) < 0 ||
		api_seal_decode(json, strlen(json), &b, &error) < 0 ||
		memcmp(&a, &b, sizeof(a)) != 0)
		abort();
}

static void prove(const uint8_t *data, size_t size)
{
	struct api_prove prove;
	struct error error;

	if (api_prove_decode(data, size, &prove, &error) < 0)
		return;
	if (prove.credential_len < API_CREDENTIAL_MIN ||
		prove.credential_len > API_CREDENTIAL_MAX || prove.secret_len < API_SECRET_MIN ||
		prove.secret_len > API_SECRET_MAX)
		abort();
}

static void answers_of_v1(const uint8_t *data, size_t size)
{
	static const struct api_staged expected = { .n = 2,
		.items = { { "PK", "00" }, { "db", "11" } } };
	char text[ERROR_TEXT_MAX];
	struct error error;

	(void)!api_empty_decode(data, size, &error);
	(void)!api_staged_check(data, size, &expected, &error);
	if (api_error_decode(data, size, text, &error) == 0 && strlen(text) >= sizeof(text))
		abort();
}

static void file(const uint8_t *data, size_t size)
{
	_cleanup_api_file_ struct api_file a = { .data = NULL }, b = { .data = NULL };
	struct error error;
	_cleanup_free_ char *json = NULL;

	if (api_file_decode(data, size, &a, &error) < 0)
		return;
	if (hostfile_reason_against(a.name, strlen(a.name)) || a.len == 0 ||
		a.len > HOSTFILE_DATA_MAX || api_file_encode(&a, &json, &error) < 0 ||
		api_file_decode(json, strlen(json), &b, &error) < 0 ||
		strcmp(a.name, b.name) != 0 || a.len != b.len || memcmp(a.data, b.data, a.len) != 0)
		abort();
}

static void certificate(const uint8_t *data, size_t size)
{
	struct api_certificate a, b;
	struct error error;
	_cleanup_free_ char *json = NULL;

	if (api_certificate_decode(data, size, &a, &error) < 0)
		return;
	if (strcspn(a.line, "\n") != strlen(a.line) - 1 ||
		api_certificate_encode(&a, &json, &error) < 0 ||
		api_certificate_decode(json, strlen(json), &b, &error) < 0 ||
		strcmp(a.line, b.line) != 0)
		abort();
}

static void believed(const uint8_t *data, size_t size)
{
	struct api_believed a, b;
	struct error error;
	_cleanup_free_ char *json = NULL;

	if (api_believed_decode(data, size, &a, &error) < 0)
		return;
	if (api_believed_encode(&a, &json, &error) < 0 ||
		api_believed_decode(json, strlen(json), &b, &error) < 0 || a.files_n != b.files_n ||
		a.sealed != b.sealed || a.keep_files != b.keep_files ||
		strcmp(a.certificate, b.certificate) != 0 ||
		memcmp(a.keys, b.keys, sizeof(a.keys)) != 0)
		abort();
	for (size_t i = 0; i < a.files_n; i++)
		if (strcmp(a.files[i].name, b.files[i].name) != 0 ||
			strcmp(a.files[i].mac, b.files[i].mac) != 0)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	answers_of_v1(data, size);
	file(data, size);
	certificate(data, size);
	believed(data, size);
	seal(data, size);
	prove(data, size);
	add_data(data, size);
	secure_boot(data, size);
	commit(data, size);
	return 0;
}
