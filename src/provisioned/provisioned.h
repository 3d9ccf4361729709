/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stprov stored of this platform, read again and checked: host name, host configuration, host
 * key, host certificate, files.
 */
#pragma once

#include "efi/efi.h"
#include "hostcfg/words.h"
#include "hostfile/hostfile.h"
#include "hostkey/certificate.h"
#include "hostkey/hostkey.h"
#include "provisioned/sealed.h"

/* The data of a variable, which may hold secrets. */
struct provisioned_data {
	uint8_t *bytes; /* owned; NULL: none */
	size_t len;
};

/* Wipes and frees. */
void provisioned_data_deinit(struct provisioned_data *data);
#define _cleanup_provisioned_data_ _cleanup_(provisioned_data_deinit)

/*
 * STHostName as text (NET_HOSTNAME_STORED). The caller frees it.
 * EFI_E_ABSENT, PROVISIONED_E_BAD, or a negative errno; with a text.
 */
int provisioned_hostname(const struct efi_dir *efi, char **ret, struct error *error) MUST_CHECK;

/*
 * The other parts, each with the data that was checked. EFI_E_ABSENT, PROVISIONED_E_BAD, or a
 * negative errno; with a text. Outputs are written only on success. A host configuration that
 * stboot would refuse (-EINVAL) is in @ret_cfg all the same if @ret_has_cfg is true; the caller
 * deinits it.
 */
int provisioned_config(const struct efi_dir *efi, struct provisioned_data *ret_json,
	struct hostcfg *ret_cfg, bool *ret_has_cfg, struct error *error) MUST_CHECK;
/* STHostKey, which is not sealed. */
int provisioned_key(const struct efi_dir *efi, struct provisioned_data *ret_pem,
	char ret_public[HOSTKEY_PUBLIC_MAX], char ret_fingerprint[HOSTKEY_FINGERPRINT_MAX],
	struct error *error) MUST_CHECK;
/* STHostCert, of whatever key. */
int provisioned_certificate(const struct efi_dir *efi, struct provisioned_data *ret_line,
	struct hostkey_certificate *ret, struct error *error) MUST_CHECK;
/*
 * The file of @name (hostfile_reason_against()). @key: the files' key beside a sealed host key,
 * CRYPTO_GCM_KEY bytes, with which every file has to be encrypted; NULL: there is none, and an
 * encrypted file is PROVISIONED_E_BAD.
 */
int provisioned_file(const struct efi_dir *efi, const char *name, const uint8_t *key,
	struct provisioned_data *ret_file, struct error *error) MUST_CHECK;

enum provisioned_state {
	PROVISIONED_ABSENT,
	PROVISIONED_BROKEN,     /* it is there, and cannot be used */
	PROVISIONED_UNREADABLE, /* it cannot be read, so it is not known what it is */
	PROVISIONED_GOOD,
};

/* What follows for a variable from how reading it ended: efi_read() and what took it apart. */
enum provisioned_state provisioned_state_of(int r);

struct provisioned_part {
	enum provisioned_state state;
	struct error error; /* why, unless it is good */
};

/* More variables are an error of the part `files`. */
#define PROVISIONED_FILES_MAX EFI_LIST_MAX

/* A variable STFile-NAME, of any name. */
struct provisioned_listed {
	struct provisioned_part part;
	char variable[EFI_FILE_NAME_MAX];
	size_t len; /* of the file in it */
	bool encrypted;
};

struct provisioned {
	struct provisioned_part name, config, key;
	/* What need not be there. A certificate of another key is broken. A sealed key is good if
	 * its text is; whether it opens is not known here. */
	struct provisioned_part certificate, sealed, files;
	struct hostkey_certificate certificate_content; /* if it is good */
	struct provisioned_listed listed[PROVISIONED_FILES_MAX];
	size_t listed_n;
	char *hostname;     /* owned; NULL unless it is good */
	struct hostcfg cfg; /* with its passwords; as it is, also if stboot would refuse it */
	bool has_cfg;       /* it could be decoded */
	char public[HOSTKEY_PUBLIC_MAX]; /* of STHostKey, if it is good */
	char fingerprint[HOSTKEY_FINGERPRINT_MAX];
	struct provisioned_sealed sealed_key; /* of STHostKeySealed, if it is good */
};

/* The host key that counts: the sealed one where there is one, whether it can be used or not. */
struct provisioned_counting {
	const struct provisioned_part *part;
	const char *public, *fingerprint; /* if it is good */
	bool sealed;
};
struct provisioned_counting provisioned_host_key(const struct provisioned *p);

/* STHostKey is beside STHostKeySealed: it does not count, and is readable all the same. */
bool provisioned_has_both_keys(const struct provisioned *p);
#define PROVISIONED_BOTH_KEYS                                                                      \
	"STHostKey is there too, in the clear: STHostKeySealed counts, and STHostKey is not used"

/*
 * Reads all of these, whatever becomes of one. For showing them: the private key is gone again when
 * this returns. @ret is then to be deinited. The configuration is
 * good if stboot would take it: hostcfg_decode() and hostcfg_check().
 */
void provisioned_read(const struct efi_dir *efi, struct provisioned *ret);
/* What is known without a directory to look into: nothing, because of @error. */
void provisioned_unknown(const struct error *error, struct provisioned *ret);
void provisioned_deinit(struct provisioned *p);
#define _cleanup_provisioned_ _cleanup_(provisioned_deinit)

/* All warnings about the configuration, as hostcfg_warnings(); returns their number. */
#define PROVISIONED_WARNINGS_MAX (HOSTCFG_WARNINGS_MAX + 1)
size_t provisioned_warnings(
	const struct provisioned *p, struct error ret[PROVISIONED_WARNINGS_MAX]);

/*
 * Of all three together: the worst state, and in @ret_why one sentence about each that is not
 * good. What is known to be missing or broken counts for more than what cannot be read.
 */
enum provisioned_state provisioned_verdict(const struct provisioned *p, struct error *ret_why);
