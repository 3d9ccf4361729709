/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and variables of files for the OS package: see hostfile.h. */
#include "hostfile/hostfile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "base/text.h"
#include "crypto/kdf.h"

/*
 * Credentials that systemd itself acts on (systemd.system-credentials(7), also those of versions
 * after Debian 12's): a name that ends in `.` stands for all that begin with it. An attacker who
 * was root once, and could write NVRAM, must not plant code beneath a later signed OS package.
 */
static const char *const refused[] = {
	"sysctl.extra",
	"tmpfiles.extra",
	"sysusers.extra",
	"fstab.extra",
	"passwd.",
	"shell.",
	"udev.",
	"network.",
	"systemd.",
	"userdb.",
	"home.",
	"import.",
	"ssh.",
};

static bool is_refused(const char *name, size_t len)
{
	static const char root_keys[] = HOSTFILE_ROOT_KEYS;

	if (len == strlen(root_keys) && memcmp(name, root_keys, len) == 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		size_t n = strlen(refused[i]);
		bool is_prefix = refused[i][n - 1] == '.';
		if ((is_prefix ? len >= n : len == n) && memcmp(name, refused[i], n) == 0)
			return true;
	}
	return false;
}

static bool is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

const char *hostfile_reason_against(const char *name, size_t len)
{
	if (len == 0)
		return "it is empty";
	if (len >= HOSTFILE_NAME_MAX)
		return "it is longer than 40 characters";
	for (size_t i = 0; i < len; i++)
		if (!is_letter_or_digit(name[i]) && (name[i] == '\0' || !strchr(".-_", name[i])))
			return "it holds another character than a-z 0-9 . - _";
	if (!is_letter_or_digit(name[0]))
		return "it does not begin with a letter or digit";
	if (is_refused(name, len))
		return "systemd would run code or set passwords by it";
	return NULL;
}

void hostfile_variable(const char *name, struct hostfile_variable *ret)
{
	assert(strlen(name) < HOSTFILE_NAME_MAX);
	snprintf(ret->name, sizeof(ret->name), HOSTFILE_PREFIX "%s", name);
	ret->efi = (struct efi_name){
		.name = ret->name,
		.guid = EFI_GUID_STPROV,
		.attributes = EFI_ATTRIBUTES_PLAIN,
	};
}

int hostfile_mac(const uint8_t binding[HOSTFILE_BINDING_SIZE], const char *name, const void *data,
	size_t len, char out[HOSTFILE_MAC_MAX], struct error *error)
{
	uint8_t text[HOSTFILE_NAME_MAX + HOSTFILE_DATA_MAX], mac[CRYPTO_SHA256_SIZE];
	size_t name_len = strlen(name) + 1;

	assert(name_len <= HOSTFILE_NAME_MAX && len <= HOSTFILE_DATA_MAX);
	memcpy(text, name, name_len);
	memcpy(text + name_len, data, len);
	int r = crypto_hmac(CRYPTO_HASH_SHA256, binding, HOSTFILE_BINDING_SIZE, text,
		name_len + len, mac, error);
	secret_wipe_bytes(text, sizeof(text));
	if (r == 0)
		text_format_hex(mac, (HOSTFILE_MAC_MAX - 1) / 2, out);
	return r;
}

int hostfile_decode(const uint8_t *bytes, size_t len, enum hostfile_format *ret_format,
	const uint8_t **ret_data, size_t *ret_len, struct error *error)
{
	struct bytes_reader r = bytes_reader(bytes, len);
	uint8_t format = bytes_read_u8(&r);
	size_t data_len = 0;
	const uint8_t *data = bytes_rest(&r, &data_len);

	if (!bytes_reader_ok(&r))
		return error_set(error, -EINVAL, "it has no byte that tells its format");
	if (format != HOSTFILE_PLAIN && format != HOSTFILE_ENCRYPTED)
		return error_set(error, -EINVAL, "its format %u is unknown", format);
	if (data_len == 0)
		return error_set(error, -EINVAL, "the file in it is empty");
	if (format == HOSTFILE_PLAIN && data_len > HOSTFILE_DATA_MAX)
		return error_set(error, -EINVAL, "the file in it is larger than %d bytes",
			HOSTFILE_DATA_MAX);
	*ret_format = (enum hostfile_format)format;
	*ret_data = data;
	*ret_len = data_len;
	return 0;
}

int hostfile_encrypt(const uint8_t key[HOSTFILE_KEY_SIZE], const char *name, const void *data,
	size_t len, uint8_t *out, struct error *error)
{
	struct hostfile_variable variable;

	hostfile_variable(name, &variable);
	out[0] = HOSTFILE_ENCRYPTED;
	return crypto_gcm_seal(
		key, variable.name, strlen(variable.name), data, len, out + 1, error);
}

int hostfile_list(const struct efi_dir *dir, struct efi_list *ret, struct error *error)
{
	return efi_list_read(dir, EFI_GUID_STPROV, HOSTFILE_PREFIX, ret, error);
}

const char *hostfile_name_of(const char *variable)
{
	assert(strncmp(variable, HOSTFILE_PREFIX, strlen(HOSTFILE_PREFIX)) == 0);
	return variable + strlen(HOSTFILE_PREFIX);
}
