/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of `stprov local run`, most of which are also those of `stprov local console`. */
#pragma once

#include "cli/cli.h"
#include "config.h"
#include "efi/secureboot.h"
#include "local/host_ca.h"
#include "local/run.h"

struct run_options {
	char *otp;
	const char *address;
	uint16_t port;
	const char *keys[EFI_SB_N]; /* files */
	const char *known_hosts;
	const char *words, *name, *authorized_keys, *host_ca, *validity, *seal;
	struct attestation_options attestation;
	struct cli_list files, principals;
	int64_t wait_ms;
	bool port_given, no_menu, compat, json, no_compare, replace, keep_files;
	/* `local console`: code, address and comparison are not options. */
	bool driven;
};

#define RUN_AT(base, field) ((base) + offsetof(struct run_options, field))

/*
 * Rows of the options that have a meaning in both commands. @base: where the struct run_options is
 * in the command's struct.
 */
/* clang-format off: it takes the rows for blocks. */
#define RUN_OPTIONS(base)                                                                          \
	{ 0, "wait", CLI_DURATION, RUN_AT(base, wait_ms), "TIME", "0s",                            \
		"if no platform answers, try again for this long" },                               \
		{ 0, "name", CLI_TEXT, RUN_AT(base, name), "NAME", NULL,                           \
			"the host name that the platform must have; another one is an error" },    \
		{ 0, "pk", CLI_TEXT, RUN_AT(base, keys[EFI_SB_PK]), "FILE", NULL,                  \
			"Secure Boot PK in .auth form; --pk, --kek and --db go together" },        \
		{ 0, "kek", CLI_TEXT, RUN_AT(base, keys[EFI_SB_KEK]), "FILE", NULL,                \
			"Secure Boot KEK" },                                                       \
		{ 0, "db", CLI_TEXT, RUN_AT(base, keys[EFI_SB_DB]), "FILE", NULL,                  \
			"Secure Boot db" },                                                        \
		{ 0, "dbx", CLI_TEXT, RUN_AT(base, keys[EFI_SB_DBX]), "FILE", NULL,                \
			"Secure Boot dbx, optional" },                                             \
		{ 0, "file", CLI_REPEATED, RUN_AT(base, files), "NAME=PATH", NULL,                 \
			"a file for the OS package, of at most 4096 bytes; repeatable" },          \
		{ 0, "authorized-keys", CLI_TEXT, RUN_AT(base, authorized_keys), "PATH", NULL,     \
			"public keys that may log in as root: --file "                             \
			"ssh.authorized_keys.root=PATH" },                                         \
		{ 0, "keep-files", CLI_FLAG, RUN_AT(base, keep_files), NULL, NULL,                 \
			"keep files that the platform has and that are not given now" },           \
		{ 0, "host-ca", CLI_TEXT, RUN_AT(base, host_ca), "KEY", NULL,                      \
			"sign the host key as an SSH host certificate with ssh-keygen: a "         \
			"private key, or the public key of one in ssh-agent" },                    \
		{ 0, "principals", CLI_LIST, RUN_AT(base, principals), "LIST", NULL,               \
			"names and addresses for which the certificate is valid; without it "      \
			"that of --name" },                                                        \
		{ 0, "validity", CLI_TEXT, RUN_AT(base, validity), "INTERVAL", HOST_CA_VALIDITY,   \
			"how long the certificate is valid, as ssh-keygen -V" },                   \
		{ 0, "seal", CLI_TEXT, RUN_AT(base, seal), "HOW", STPROV_DEFAULT_SEAL,             \
			"how the host key is stored: none is in the clear; tpm is sealed to the "  \
			"platform's TPM, so that only that machine opens it; secure-boot only "    \
			"for what --boot-cert signs" },                                            \
		{ 0, "boot-cert", CLI_TEXT, RUN_AT(base, attestation.boot_cert), "FILE", NULL,     \
			"with --seal secure-boot: the certificate of what boots next" },           \
		{ 0, "image-cert", CLI_TEXT, RUN_AT(base, attestation.image_cert), "FILE", NULL,   \
			"with --seal secure-boot: the certificate of the provisioning image; "     \
			"without it that of --boot-cert" },                                        \
		{ 0, "attest", CLI_TEXT, RUN_AT(base, attestation.record), "FILE", NULL,           \
			"have the platform's TPM attest this connection and what it started, "     \
			"and write the record to this file" },                                     \
		{ 0, "ek", CLI_TEXT, RUN_AT(base, attestation.wanted.ek), "HEX", NULL,             \
			"SHA-256 of the TPM's endorsement key, or @FILE with one a line: another " \
			"TPM is refused" },                                                        \
		{ 0, "ek-roots", CLI_TEXT, RUN_AT(base, attestation.wanted.ek_roots), "PATH",      \
			NULL,                                                                      \
			"certificates in PEM, a file or a directory: a TPM of another maker is "   \
			"refused" },                                                               \
		{ 0, "image", CLI_TEXT, RUN_AT(base, attestation.wanted.image), "FILE", NULL,      \
			"the image that the platform must have started" },                         \
		{ 0, "defaults", CLI_TEXT, RUN_AT(base, attestation.wanted.defaults), "FILE",      \
			NULL,                                                                      \
			"the defaults that are on the boot medium beside the image, or the value " \
			"of PCR 12 that scripts/stamp printed" },                                  \
		{ 'n', "no-uefi-menu-reboot", CLI_FLAG, RUN_AT(base, no_menu), NULL, NULL,         \
			"do not ask the firmware to show its menu at the next boot" },             \
		{ 0, "known-hosts", CLI_TEXT, RUN_AT(base, known_hosts), "FILE", NULL,             \
			"add the host key to this known_hosts file of OpenSSH, under host name "   \
			"and address" },                                                           \
		{ 0, "replace", CLI_FLAG, RUN_AT(base, replace), NULL, NULL,                       \
			"replace another key in known_hosts also under a name that was not "       \
			"typed" },                                                                 \
	{                                                                                          \
		0, "json", CLI_FLAG, RUN_AT(base, json), NULL, NULL,                               \
			"print one JSON object instead, which includes SSHFP records"              \
	}
/* clang-format on */

/*
 * Checks options and files. -EINVAL: the command line is wrong; another errno: a file that it names
 * is.
 */
int run_prepare(const struct run_options *o, struct run *run, struct known_hosts_file *file,
	struct error *error) MUST_CHECK;
/* The exchange, its result on stdout, and known_hosts. Exit code; the text of a failure. */
int run_provision(struct run *run, struct error *error) MUST_CHECK;
