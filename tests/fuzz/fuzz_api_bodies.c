/* SPDX-License-Identifier: BSD-2-Clause */
/* The JSON bodies of the protocol: each accepted body can be encoded and decoded again. */
#include <string.h>

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
		strcmp(a.hostname, b.hostname) != 0)
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	answers_of_v1(data, size);
	add_data(data, size);
	secure_boot(data, size);
	commit(data, size);
	return 0;
}
