/* SPDX-License-Identifier: BSD-2-Clause */
/* `stprov local run`: options and files first, then the exchange, then its result. */
#include "local/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "cli/otp.h"
#include "config.h"
#include "efi/auth.h"
#include "enrol/enrol.h"
#include "local/run_options.h"
#include "local/trust.h"
#include "opening/opening.h"
#include "secrets/otp.h"

static const struct run_options run_defaults = { .port = API_PORT };

#define AT(field) offsetof(struct run_options, field)

static const struct cli_option run_table[] = {
	{ 'o', "otp", CLI_TEXT, AT(otp), "OTP", NULL,
		"code or one-time password; - asks for it without echo; without -o the "
		"environment variable STPROV_OTP is used" },
	{ 'i', "ip", CLI_TEXT, AT(address), "IP", NULL,
		"address or name of the platform, also as HOST:PORT or [IPV6]:PORT, required" },
	{ 'p', "port", CLI_PORT, AT(port), "PORT", API_PORT_TEXT, "port of the platform",
		AT(port_given) },
	{ 'c', "compat", CLI_FLAG, AT(compat), NULL, NULL,
		"speak stprov/v0.0.1, as older platforms do" },
	{ 0, "words", CLI_TEXT, AT(words), "SOURCE", NULL,
		"where the comparison words come from, instead of the terminal: - is a line of "
		"stdin" },
	{ 0, "no-compare", CLI_FLAG, AT(no_compare), NULL, NULL,
		"do not compare the comparison words: anyone who can read the code can then "
		"intercept the connection" },
	RUN_OPTIONS(0),
	{ 0 },
};

void run_deinit(struct run *run)
{
	api_secure_boot_deinit(&run->keys);
	run_files_deinit(&run->files);
	attestation_deinit(&run->attestation);
	secret_wipe_bytes(run, sizeof(*run));
}

/* @io_good: false if the file has not the form of an update. */
static int read_key_file(enum efi_sb which, const char *path, struct api_blob *ret, bool *io_good,
	struct error *error)
{
	const char *option = efi_sb_variables[which].word;
	char shown[128];
	struct error form;
	int r;

	if (!path)
		return 0;
	text_printable(path, strlen(path), shown, sizeof(shown));
	r = file_read(AT_FDCWD, path, API_BLOB_MAX, &ret->data, &ret->len, error);
	if (r < 0)
		return error_prefix(error, r, "--%s", option);
	if (ret->len == 0)
		return error_set(error, -ENODATA, "--%s: %s: the file is empty", option, shown);
	/* The platform decides; this only warns an operator who has mixed up files. */
	if (efi_auth_check(ret->data, ret->len, &form) < 0) {
		log_line("warning: --%s: %s is not in .auth form: %s", option, shown, form.text);
		*io_good = false;
	}
	return 0;
}

/* What the platform will refuse is known here already, with the file's name. */
static void warn_of_wrong_signers(const struct run_options *o, const struct api_secure_boot *keys)
{
	struct efi_secureboot_keys all = { 0 };
	char shown[128];
	enum efi_sb which;
	struct error why;

	for (size_t i = 0; i < EFI_SB_N; i++)
		all.blobs[i] = (struct efi_blob){ keys->blobs[i].data, keys->blobs[i].len };
	if (enrol_check(&all, &which, &why) == 0)
		return;
	text_printable(o->keys[which], strlen(o->keys[which]), shown, sizeof(shown));
	log_line("warning: --%s: %s: the platform will refuse it: %s", efi_sb_variables[which].word,
		shown, why.text);
}

static int check_keys_complete(const struct run_options *o, struct error *error)
{
	for (size_t i = 0; i < EFI_SB_N; i++)
		if (!efi_sb_variables[i].optional && !o->keys[i])
			return error_set(error, -EINVAL,
				"--pk, --kek and --db go together: --%s is missing",
				efi_sb_variables[i].word);
	return 0;
}

static int read_key_files(const struct run_options *o, struct run *run, struct error *error)
{
	bool good = true;
	int r = 0;

	for (size_t i = 0; i < EFI_SB_N; i++)
		run->has_keys |= o->keys[i] != NULL;
	run->keys.reboot_into_uefi_menu = !o->no_menu;
	if (run->has_keys)
		r = check_keys_complete(o, error);
	for (size_t i = 0; r == 0 && i < EFI_SB_N; i++)
		r = read_key_file((enum efi_sb)i, o->keys[i], &run->keys.blobs[i], &good, error);
	if (r == 0 && run->has_keys && good)
		warn_of_wrong_signers(o, &run->keys);
	return r;
}

static int read_target(const struct run_options *o, struct run *run, struct error *error)
{
	if (!o->address)
		return error_set(error, -EINVAL, "-i is needed: the platform's address");
	return target_parse(o->address, o->port, o->port_given, &run->target, error);
}

/* How the comparison words are compared, which v0.0.1 does not have. */
static int read_comparison(const struct run_options *o, struct run *run, struct error *error)
{
	if (o->words && o->no_compare)
		return error_set(error, -EINVAL, "--words and --no-compare exclude each other");
	if (o->compat && (o->words || o->no_compare))
		return error_set(error, -EINVAL,
			"--%s: stprov/v0.0.1 (--compat) has no comparison words",
			o->words ? "words" : "no-compare");
	if (o->words && strcmp(o->words, "-") != 0)
		return error_set(
			error, -EINVAL, "--words takes only -: each connection has new words");
	run->compare = o->compat || o->no_compare ? COMPARE_NOTHING
		       : o->words                 ? COMPARE_STDIN
						  : COMPARE_TERMINAL;
	return 0;
}

/* The first option about what v0.0.1 has not, or what must not be sent uncompared; or NULL. */
static const char *find_extra(const struct run_options *o, bool sent_only)
{
	if (o->files.given)
		return "--file";
	if (o->authorized_keys)
		return "--authorized-keys";
	if (o->host_ca)
		return "--host-ca";
	if (sent_only)
		return NULL;
	if (o->keep_files)
		return "--keep-files";
	return o->principals.given ? "--principals" : o->validity ? "--validity" : NULL;
}

/* Files for the OS package, and what the host certificate is signed with. */
static int read_extras(const struct run_options *o, struct run *run, struct error *error)
{
	const char *extra = find_extra(o, false), *sent = find_extra(o, true);

	run->keep_files = o->keep_files;
	if (o->compat && extra)
		return error_set(error, -EINVAL,
			"%s: stprov/v0.0.1 (--compat) has no files and no host certificate", extra);
	/* The channel of a pinned TPM is its own. */
	if (o->no_compare && sent && !o->attestation.wanted.ek)
		return error_set(error, -EINVAL,
			"%s and --no-compare exclude each other without --ek: anyone who can read "
			"the code could get the files, or a certificate",
			sent);
	int r = run_files_read(&o->files, o->authorized_keys, &run->files, error);
	return r == 0 ? host_ca_read(
				o->host_ca, &o->principals, o->validity, o->name, &run->ca, error)
		      : r;
}

/* How the host key is kept. */
static int read_seal(const struct run_options *o, struct run *run, struct error *error)
{
	const char *how = o->seal ? o->seal : STPROV_DEFAULT_SEAL;
	char shown[64];

	/* A default of the build does not hinder a platform of v0.0.1. */
	if (o->compat && o->seal)
		return error_set(error, -EINVAL, "--seal needs stprov/v1");
	if (o->compat || strcmp(how, "none") == 0)
		return 0;
	run->attestation.seal = strcmp(how, "secure-boot") == 0 ? SEAL_SECURE_BOOT : SEAL_TPM;
	if (run->attestation.seal == SEAL_TPM && strcmp(how, "tpm") != 0) {
		text_printable(how, strlen(how), shown, sizeof(shown));
		return error_set(error, -EINVAL,
			"--seal: \"%s\" is not one of none, tpm, secure-boot", shown);
	}
	if (o->keep_files)
		return error_set(error, -EINVAL,
			"--keep-files and --seal exclude each other: the files beside a sealed "
			"host key are encrypted with a key that is new");
	return 0;
}

/* What the platform's TPM is to attest. */
static int read_attestation(const struct run_options *o, struct run *run, struct error *error)
{
	const struct attestation_options *options = &o->attestation;
	const char *first = attestation_first(options);

	if (o->compat && first)
		return error_set(error, -EINVAL, "%s needs stprov/v1", first);
	int r = attestation_check(options, run->attestation.seal, o->no_compare, error);
	return r == 0 ? attestation_read(options, &run->attestation, error) : r;
}

static int read_trust(const struct run_options *o, struct run *run, struct error *error)
{
	char shown[128];

	run->name = o->name;
	run->replace = o->replace;
	if (o->known_hosts && !o->known_hosts[0])
		return error_set(error, -EINVAL, "--known-hosts: the name of the file is empty");
	if (o->replace && !o->known_hosts)
		return error_set(error, -EINVAL, "--replace needs --known-hosts");
	if (!o->name || net_hostname_check(o->name, strlen(o->name), NET_HOSTNAME_TYPED))
		return 0;
	text_printable(o->name, strlen(o->name), shown, sizeof(shown));
	return error_set(error, -EINVAL, "--name: \"%s\" is not a host name", shown);
}

static int read_options(const struct run_options *o, struct run *run, struct error *error)
{
	int r = o->driven ? 0 : read_target(o, run, error);

	run->wait_ms = o->wait_ms;
	run->json = o->json;
	if (o->driven)
		run->compare = COMPARE_CONSOLE;
	else if (r == 0)
		r = read_comparison(o, run, error);
	if (r == 0)
		r = read_trust(o, run, error);
	if (r == 0)
		r = read_key_files(o, run, error);
	if (r == 0)
		r = read_extras(o, run, error);
	if (r == 0)
		r = read_seal(o, run, error);
	if (r == 0)
		r = read_attestation(o, run, error);
	if (r == 0 && run->compare == COMPARE_TERMINAL && !compare_has_terminal())
		r = error_set(error, -EINVAL,
			"there is no terminal to type the comparison words on: --words - reads "
			"them from stdin, --no-compare does not compare them");
	return r;
}

/* A bad file is not an error of the command line, so the result is never -EINVAL. */
static int open_known_hosts(const char *path, struct known_hosts_file *ret, struct error *error)
{
	int r = path ? known_hosts_file_open(path, ret, error) : 0;

	return r < 0 ? error_prefix(error, r == -EINVAL ? -EBADF : r, "--known-hosts") : 0;
}

/* A mistyped code would cost one of the platform's attempts. It may also be a password. */
static int check_code(struct secret *otp, struct error *error)
{
	code_trim(otp);
	const char *why = code_looks_mistyped(otp);

	if (!why || !isatty(STDIN_FILENO))
		return 0;
	log_line("this looks like a mistyped code: %s", why);
	int r = cli_ask_otp_again(OTP_MAX, otp, error);
	code_trim(otp);
	return r;
}

int run_prepare(const struct run_options *o, struct run *run, struct known_hosts_file *file,
	struct error *error)
{
	int r = read_options(o, run, error);

	if (r == 0)
		r = open_known_hosts(o->known_hosts, file, error);
	run->hosts = o->known_hosts ? file : NULL;
	return r;
}

/*
 * Checks options and files. The code is asked for only when all of them are right. -EINVAL: the
 * command line is wrong; another errno: a file that it names is.
 */
static int prepare_run(const struct run_options *o, struct run *run, struct known_hosts_file *file,
	struct error *error)
{
	_cleanup_secret_ struct secret otp = SECRET_INIT;
	bool ask;

	int r = cli_take_otp(o->otp, OTP_MAX, &otp, &ask, error);
	if (r == 0)
		r = run_prepare(o, run, file, error);
	if (r == 0 && ask)
		r = cli_ask_otp(OTP_MAX, &otp, error);
	if (r == 0)
		r = check_code(&otp, error);
	if (r == 0 && run->compat)
		r = otp_derive(&otp, &run->password, &run->seed, error);
	else if (r == 0)
		r = opening_prover(&otp, &run->prover, error);
	return r;
}

int run_provision(struct run *run, struct error *error)
{
	struct run_result result;
	struct error text;

	if (exchange_run(run, &result, error) != 0)
		return CLI_EXIT_FAILED;
	/* v0.0.1's platform tells its name with the commit only, and has not written it yet. */
	if (run->compat && trust_check(run, &result, error) != 0)
		return CLI_EXIT_FAILED;
	int r = run->json ? result_print_json(run, &result, error)
			  : result_print_lines(run, &result, error);
	log_line(run->compat ? "committed: now press Enter on the platform's console"
			     : "stored on the platform, and read back");
	int trusted = trust_put(run, &result, &text);
	if (r == 0 && trusted != 0)
		*error = text;
	return r < 0 || trusted != 0 ? CLI_EXIT_FAILED : CLI_EXIT_OK;
}

static int local_run_parsed(void *options, struct error *error)
{
	_cleanup_known_hosts_file_ struct known_hosts_file file = KNOWN_HOSTS_FILE_INIT;
	_cleanup_(run_deinit) struct run run;
	const struct run_options *o = options;

	secret_protect_process();
	memset(&run, 0, sizeof(run));
	run.compat = o->compat;
	int r = prepare_run(o, &run, &file, error);
	if (r < 0)
		return r == -EINVAL ? CLI_EXIT_USAGE : CLI_EXIT_FAILED;
	return run_provision(&run, error);
}

const struct cli_command local_run_command = {
	.name = "run",
	.usage = "-o OTP -i IP [options]",
	.help = "Provisions the platform on which `stprov remote run` waits for the same code, "
		"and prints publickey=, fingerprint=, hostname= and ip=, one on a line, after the "
		"operator pressed Enter there and everything is stored.",
	.options = run_table,
	.defaults = &run_defaults,
	.size = sizeof(run_defaults),
	.run = local_run_parsed,
};
