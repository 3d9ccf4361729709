/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether signed Secure Boot updates can be enrolled together: see enrol.h. */
#include "enrol/enrol.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "crypto/cms.h"
#include "efi/auth.h"
#include "efi/siglist.h"

/* The longest of the names, in UTF-16. */
#define NAME_UTF16_MAX (2 * 4)

/* Certificates of one variable, as views. */
struct certificates {
	struct crypto_part items[CRYPTO_CMS_TRUSTED_MAX];
	size_t n;
	size_t others; /* signatures that are not certificates, and certificates beyond the limit */
};

static void collect(const struct efi_auth *auth, struct certificates *ret)
{
	struct bytes_reader r = bytes_reader(auth->lists, auth->lists_len);
	struct efi_siglist_fault fault;
	struct efi_siglist list;

	ret->n = ret->others = 0;
	while (efi_siglist_read(&r, &list, &fault) == 0)
		for (size_t i = 0; i < list.n; i++) {
			struct efi_signature signature = efi_siglist_get(&list, i);
			if (list.kind != EFI_SIGNATURE_X509 || ret->n == ARRAY_SIZE(ret->items))
				ret->others++;
			else
				ret->items[ret->n++] =
					(struct crypto_part){ signature.data, signature.len };
		}
}

/* Whether the update is signed as one of this variable with these attributes; see cms.h. */
static int verify(const struct efi_auth *auth, enum efi_sb which, uint32_t attributes,
	const struct certificates *trusted, struct error *error)
{
	const struct efi_name *name = efi_sb_variables[which].name;
	uint8_t utf16[NAME_UTF16_MAX] = { 0 }, guid[EFI_GUID_SIZE];
	uint8_t little[4] = { (uint8_t)attributes, (uint8_t)(attributes >> 8),
		(uint8_t)(attributes >> 16), (uint8_t)(attributes >> 24) };
	size_t len = strlen(name->name);

	/* The names are ASCII, and their final NUL is not signed. */
	for (size_t i = 0; i < len && 2 * i < sizeof(utf16); i++)
		utf16[2 * i] = (uint8_t)name->name[i];
	efi_guid_parse(name->guid, guid);
	const struct crypto_part content[] = {
		{ utf16, 2 * len },
		{ guid, sizeof(guid) },
		{ little, sizeof(little) },
		{ auth->time, EFI_TIME_SIZE },
		{ auth->lists, auth->lists_len },
	};
	return crypto_cms_verify(auth->signature, auth->signature_len, content, ARRAY_SIZE(content),
		trusted->items, trusted->n, error);
}

/* A signature of something else: of which variable, if it is of one that we know. */
static int explain(const struct efi_auth *auth, enum efi_sb which, struct error *error)
{
	static const uint32_t attributes[] = { EFI_ATTRIBUTES_AUTHENTICATED,
		EFI_ATTRIBUTES_AUTHENTICATED | EFI_APPEND_WRITE };
	static const struct certificates any;
	struct error ignored;

	for (int other = 0; other < EFI_SB_N; other++)
		for (size_t i = 0; i < ARRAY_SIZE(attributes); i++)
			if (verify(auth, (enum efi_sb)other, attributes[i], &any, &ignored) == 0)
				return error_set(error, -EINVAL, "%s: it is an update of %s",
					efi_sb_variables[which].name->name,
					efi_sb_variables[other].name->name);
	return error_set(error, -EINVAL,
		"%s: its signature is not of this variable, time and value",
		efi_sb_variables[which].name->name);
}

static int check_one(const struct efi_auth *auth, enum efi_sb which, enum efi_sb signer,
	const struct certificates *trusted, bool *ret_append, struct error *error)
{
	const char *name = efi_sb_variables[which].name->name;
	const char *by = efi_sb_variables[signer].name->name;

	if (trusted->n == 0)
		return error_set(error, -EINVAL,
			"%s: there is no certificate in %s to check it with", name, by);
	*ret_append = false;
	int r = verify(auth, which, EFI_ATTRIBUTES_AUTHENTICATED, trusted, error);
	if (r == CRYPTO_CMS_E_SIGNATURE) {
		*ret_append = true;
		r = verify(auth, which, EFI_ATTRIBUTES_AUTHENTICATED | EFI_APPEND_WRITE, trusted,
			error);
	}
	if (r == CRYPTO_CMS_E_SIGNATURE)
		return explain(auth, which, error);
	if (r == CRYPTO_CMS_E_SIGNER) {
		struct error who = *error;
		return error_set(error, -EINVAL, "%s: %s, not by a key in %s", name, who.text, by);
	}
	if (r < 0)
		return error_prefix(error, -EINVAL, "%s", name);
	if (which == EFI_SB_PK && *ret_append)
		return error_set(error, -EINVAL,
			"PK: it is signed for appending, and PK cannot be appended to");
	return 0;
}

/* UEFI 2.10 section 32.3.1: the platform key is one key. */
static int check_platform_key(const struct certificates *pk, struct error *error)
{
	if (pk->n == 1 && pk->others == 0)
		return 0;
	return error_set(error, -EINVAL, "PK: it must hold exactly one certificate, not %zu%s",
		pk->n, pk->others > 0 ? " and other signatures" : "");
}

int enrol_check(struct efi_secureboot_keys *io_keys, enum efi_sb *ret_which, struct error *error)
{
	/* Whose keys the firmware demands a signature of, once PK is set (section 8.2.2). */
	static const enum efi_sb signers[EFI_SB_N] = { [EFI_SB_PK] = EFI_SB_PK,
		[EFI_SB_KEK] = EFI_SB_PK,
		[EFI_SB_DB] = EFI_SB_KEK,
		[EFI_SB_DBX] = EFI_SB_KEK };
	struct efi_auth auths[EFI_SB_N];
	struct certificates trusted;

	for (int i = 0; i < EFI_SB_N; i++) {
		const struct efi_blob *blob = &io_keys->blobs[i];
		enum efi_sb which = (enum efi_sb)i;
		*ret_which = which;
		if (!blob->data && efi_sb_variables[i].optional)
			continue;
		if (efi_auth_parse(blob->data, blob->len, &auths[i], error) < 0)
			return error_prefix(error, -EINVAL, "%s", efi_sb_variables[i].name->name);
		collect(&auths[signers[i]], &trusted);
		int r = which == EFI_SB_PK ? check_platform_key(&trusted, error) : 0;
		if (r == 0)
			r = check_one(
				&auths[i], which, signers[i], &trusted, &io_keys->append[i], error);
		if (r < 0)
			return r;
	}
	return 0;
}

/* What the lists of one update say of the digests. */
struct verdict {
	bool has_certificate, has_digest;
};

static struct verdict look_up(
	const struct efi_blob *blob, const uint8_t (*digests)[ENROL_DIGEST_SIZE], size_t n)
{
	struct verdict verdict = { .has_certificate = false };
	struct efi_siglist_fault fault;
	struct efi_siglist list;
	struct efi_auth auth;
	struct error ignored;

	if (!blob->data || efi_auth_parse(blob->data, blob->len, &auth, &ignored) < 0)
		return verdict;
	struct bytes_reader r = bytes_reader(auth.lists, auth.lists_len);
	while (efi_siglist_read(&r, &list, &fault) == 0) {
		verdict.has_certificate |= list.kind == EFI_SIGNATURE_X509 && list.n > 0;
		if (list.kind != EFI_SIGNATURE_HASH ||
			list.size != EFI_GUID_SIZE + ENROL_DIGEST_SIZE)
			continue;
		for (size_t i = 0; i < list.n; i++)
			for (size_t k = 0; k < n; k++)
				verdict.has_digest |= memcmp(efi_siglist_get(&list, i).data,
							      digests[k], ENROL_DIGEST_SIZE) == 0;
	}
	return verdict;
}

enum enrol_boot enrol_would_boot(const struct efi_secureboot_keys *keys,
	const uint8_t (*digests)[ENROL_DIGEST_SIZE], size_t n)
{
	struct verdict db = look_up(&keys->blobs[EFI_SB_DB], digests, n);

	if (n == 0)
		return ENROL_BOOT_UNKNOWN;
	if (look_up(&keys->blobs[EFI_SB_DBX], digests, n).has_digest)
		return ENROL_BOOT_NO;
	if (db.has_digest)
		return ENROL_BOOT_YES;
	return db.has_certificate ? ENROL_BOOT_UNKNOWN : ENROL_BOOT_NO;
}
