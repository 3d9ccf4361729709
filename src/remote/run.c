/* SPDX-License-Identifier: BSD-2-Clause */
/* `stprov remote run`: options, the host name, then the monitor. */
#include "remote/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "api/bodies.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "cli/otp.h"
#include "config.h"
#include "driver/message.h"
#include "eventlog/eventlog.h"
#include "hostcfg/trust_policy.h"
#include "net/own_addrs.h"
#include "provisioned/provisioned.h"
#include "secrets/otp.h"
#include "service/apart.h"
#include "service/monitor.h"
#include "setup/claim.h"
#include "store/store.h"
#include "tpm/transport.h"

struct run_options {
	char *otp;
	const char *address;
	uint16_t port;
	struct cli_list allow;
	bool compat, json, require_seal;
	struct store_choice store;
	const char *trust_policy, *tpm;
};

#define DEFAULT_ADDRESS "0.0.0.0"

static const struct run_options run_defaults = {
	.address = DEFAULT_ADDRESS,
	.port = API_PORT,
	.trust_policy = TRUST_POLICY_PATH,
};

#define AT(field) offsetof(struct run_options, field)

static const struct cli_option run_table[] = {
	{ 'o', "otp", CLI_TEXT, AT(otp), "OTP", NULL,
		"code or one-time password; - asks for it without echo; without -o the "
		"environment variable STPROV_OTP is used; otherwise a code is generated" },
	{ 'i', "ip", CLI_TEXT, AT(address), "IP", DEFAULT_ADDRESS,
		"listening address, IPv4 or IPv6" },
	{ 'p', "port", CLI_PORT, AT(port), "PORT", API_PORT_TEXT, "listening port", .outer = true },
	{ 'a', "allow", CLI_LIST, AT(allow), "NET", STPROV_DEFAULT_ALLOWED_NETWORKS,
		"networks that may connect, CIDR; a list with commas or "
		"repeated",
		.outer = true },
	{ 'c', "compat", CLI_FLAG, AT(compat), NULL, NULL,
		"serve clients of stprov/v0.0.1 too; wants a long password" },
	{ 0, "json", CLI_FLAG, AT(json), NULL, NULL,
		"print one JSON object a line, for a program, and read its answer from stdin" },
	STORE_OPTIONS(struct run_options, store),
	{ 0, "tpm", CLI_TEXT, AT(tpm), "PATH", TPM_DEVICE,
		"the TPM, if a laptop asks for a sealed host key; with -E or another store none is "
		"used without this option" },
	{ 0, "require-seal", CLI_FLAG, AT(require_seal), NULL, NULL,
		"take a host key only from a laptop that has it sealed to the TPM" },
	{ 'T', "trust-policy", CLI_TEXT, AT(trust_policy), "DIR", TRUST_POLICY_PATH,
		"trust policy (not used by run)" },
	{ 0 },
};

/* Checks of values that need more than the option table knows. */
static int read_networks(
	const struct run_options *o, struct monitor_config *config, struct error *error)
{
	char shown[64];

	if (net_addr_parse_scoped(o->address, &config->address) < 0) {
		text_printable(o->address, strlen(o->address), shown, sizeof(shown));
		return error_set(error, -EINVAL, "-i: \"%s\" is not an address", shown);
	}
	for (size_t i = 0; i < o->allow.n; i++)
		if (net_allow_add(&config->allow, o->allow.items[i], error) < 0)
			return error_prefix(error, -EINVAL, "-a");
	config->port = o->port;
	return 0;
}

/* v0.0.1: what every request must bring, `user:password`. */
static void set_credentials(struct monitor_config *config, const struct secret *basic)
{
	static const char user[] = OTP_BASIC_USER ":";
	struct secret *out = &config->credentials;

	out->len = strlen(user) + basic->len;
	memcpy(out->bytes, user, strlen(user));
	memcpy(out->bytes + strlen(user), basic->bytes, basic->len);
}

/* Given, or made and written to @code. */
static int find_password(
	const struct run_options *o, char *code, struct secret *ret, struct error *error)
{
	bool ask = false;
	int r;

	if (!cli_otp_given(o->otp)) {
		r = code_make(code, error);
		return r == 0 ? secret_set(ret, code, strlen(code)) : r;
	}
	r = cli_take_otp(o->otp, OTP_MAX, ret, &ask, error);
	return r == 0 && ask ? cli_ask_otp(OTP_MAX, ret, error) : r;
}

/* Wipes the password afterwards, except a code that is still to be shown. */
static int derive_keys(
	const struct run_options *o, struct monitor_config *config, char *code, struct error *error)
{
	_cleanup_secret_ struct secret password = SECRET_INIT;
	struct apart_keys keys;
	bool made = !cli_otp_given(o->otp);

	int r = find_password(o, code, &password, error);
	code_trim(&password);
	if (r == 0)
		r = apart_derive(&password, o->compat, &keys, error);
	if (r != 0)
		return r;
	config->verifier = keys.verifier;
	config->seed = keys.seed;
	set_credentials(config, &keys.basic);
	config->code = made ? code : NULL;
	config->bits = code_strength(&password);
	config->compat = o->compat;
	secret_wipe_bytes(&keys, sizeof(keys));
	return 0;
}

/* It goes into JSON and onto the console. */
static int read_stored_hostname(const struct efi_dir *efi, char **ret, struct error *error)
{
	const char *store = efi->bare ? " -S label" : "";
	int r = provisioned_hostname(efi, ret, error);

	if (r == EFI_E_ABSENT)
		return error_set(error, -ENOENT,
			"STHostName is not there: run `stprov remote static%s` or `stprov remote "
			"dhcp%s` first",
			store, store);
	if (r == PROVISIONED_E_BAD) {
		struct error why = *error;
		return error_set(error, -EINVAL,
			"%s: run `stprov remote static` or `stprov remote dhcp` again", why.text);
	}
	return r < 0 ? error_prefix(error, r,
			       "STHostName cannot be read (`stprov remote static` or `dhcp` "
			       "writes it)")
		     : 0;
}

/* After a reboot the links are down, and no client could connect. */
static int check_links(
	const struct run_options *o, const struct monitor_config *config, struct error *error)
{
	/* For trying stprov out on one machine. */
	bool for_this_machine = o->allow.given && net_allow_is_loopback(&config->allow);

	if (for_this_machine || !net_has_only_idle_links())
		return 0;
	return error_set(error, -ENONET,
		"no link has an address: stprov remote first (it sets up the network)");
}

/* Not sealed. */
static bool is_clear_key_there(const struct store *store)
{
	uint8_t *pem = NULL;
	struct error ignored;
	size_t len = 0;
	int r = efi_read(&store->dir, &efi_host_key, &pem, &len, &ignored);

	if (pem)
		secret_wipe_bytes(pem, len);
	free(pem);
	return r != EFI_E_ABSENT;
}

/* What is left to do. The host name is read again: it may have changed while the service waited. */
static int tell_end(const struct store *store, struct error *error)
{
	_cleanup_free_ char *hostname = NULL;
	const char *note = store_key_note(store);
	int r = read_stored_hostname(&store->dir, &hostname, error);

	if (r == 0 && note && is_clear_key_there(store))
		log_line("%s", note);
	if (r == 0)
		log_line("provisioned: %s%s", hostname,
			store->dir.efivarfs || store->kind == STORE_LABEL
				? ". Unmount the medium, then type: reboot"
				: "");
	return r;
}

/* By default only the firmware's variables and this machine's TPM go together. */
static const char *choose_tpm(const struct run_options *o, const struct store *store)
{
	if (o->tpm)
		return o->tpm;
	return store->kind == STORE_EFI && !o->store.efivars ? TPM_DEVICE : NULL;
}

/* Another store of this machine, whose sealed host key stays: the firmware's variables, or none. */
static const struct efi_dir *open_other_store(
	const struct run_options *o, const struct store *store, struct efi_dir *opened)
{
	struct error ignored;

	if (store->kind == STORE_LABEL)
		return store->nvram.fd >= 0 ? &store->nvram : NULL;
	if (!o->store.efivars || !o->tpm || efi_open(EFI_VARS_PATH, opened, &ignored) < 0)
		return NULL;
	return opened;
}

static int run_monitor(
	const struct run_options *o, struct monitor_config *config, struct error *error)
{
	_cleanup_store_ struct store store = STORE_INIT;
	_cleanup_efi_claim_ struct efi_claim claim = EFI_CLAIM_INIT;
	_cleanup_free_ char *hostname = NULL;
	_cleanup_efi_ struct efi_dir other = EFI_DIR_INIT;
	struct error no_firmware = ERROR_INIT;

	bool busy;

	int r = setup_open_store(
		&o->store, "stprov remote run is waiting", &store, &claim, &busy, error);
	if (r == 0)
		r = read_stored_hostname(&store.dir, &hostname, error);
	if (r == 0)
		r = check_links(o, config, error);
	if (r < 0)
		return r;
	config->efi = &store.dir;
	config->firmware = store_firmware(&store, STORE_CHANGE, &no_firmware);
	config->no_firmware = no_firmware.text;
	config->key_note = store_key_note(&store);
	config->tpm = choose_tpm(o, &store);
	config->other_store = open_other_store(o, &store, &other);
	config->hostname = hostname;
	config->boot_log = EVENTLOG_PATH;
	config->seal = cli_outer_value("seal");
	config->require_seal = o->require_seal;
	if (o->require_seal && (!config->seal || strcmp(config->seal, "none") == 0))
		config->seal = "tpm";
	config->read_hostname = read_stored_hostname;
	r = monitor_run(config, error);
	return r == 0 ? tell_end(&store, error) : r;
}

/*
 * --json: the objects go to what was stdout, and everything that a person would see, also the
 * question, to stderr.
 */
static int open_report(
	const struct run_options *o, struct monitor_config *config, struct error *error)
{
	/* v0.0.1 has no such request. */
	if (o->require_seal && o->compat)
		return error_set(error, -EINVAL, "--require-seal and --compat exclude each other");
	if (!o->json)
		return 0;
	if (o->compat)
		return error_set(error, -EINVAL, "--json and --compat exclude each other");
	config->report_fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (config->report_fd < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
		config->report_fd = MAX(config->report_fd, 0);
		return error_set_errno(error, -EIO, "--json: standard output");
	}
	return 0;
}

/* The last object. */
static void report_done(int fd, int exit_code, const struct error *why)
{
	_cleanup_json_ struct json *object = NULL;
	_cleanup_free_ char *text = NULL;
	struct error error;

	if (driver_report_new(DRIVER_DONE, &object, &error) < 0)
		return;
	json_set_int(object, "exit", exit_code);
	json_set_text(object, "text", why->text);
	/* A program that does not read it sees the end of the pipe, and the exit code. */
	if (json_format_ascii(object, &text, &error) == 0)
		(void)!dprintf(fd, "%s\n", text);
}

static int run_remote_run(void *options, struct error *error)
{
	const struct run_options *o = options;
	struct monitor_config *config = calloc(1, sizeof(*config));
	char code[CODE_TEXT_MAX];
	enum store_kind kind;
	int exit_code;

	secret_protect_process();
	if (!config) {
		(void)error_set(error, 0, "no memory");
		return CLI_EXIT_FAILED;
	}
	int r = open_report(o, config, error);
	if (r == 0)
		r = derive_keys(o, config, code, error);
	if (r == 0)
		r = read_networks(o, config, error);
	if (r == 0)
		r = store_choice_check(&o->store, &kind, error);
	/* Up to here -EINVAL means that the command line is wrong. */
	exit_code = r == -EINVAL ? CLI_EXIT_USAGE : CLI_EXIT_FAILED;
	if (r == 0 && run_monitor(o, config, error) == 0) {
		exit_code = CLI_EXIT_OK;
		if (!o->json)
			log_script_line("command remote \"run\" succeeded");
	}
	if (config->report_fd > 0)
		report_done(config->report_fd, exit_code, error);
	secret_wipe_bytes(config, sizeof(*config));
	secret_wipe_bytes(code, sizeof(code));
	free(config);
	return exit_code;
}

int remote_run_check(int argc, char **argv, struct error *error)
{
	struct run_options o = run_defaults;
	struct monitor_config *config = calloc(1, sizeof(*config));
	int r = config ? cli_parse(run_table, &o, argc, argv, error)
		       : error_set_errno(error, -ENOMEM, "options");

	if (r == 0)
		r = read_networks(&o, config, error);
	else if (r == CLI_E_HELP)
		r = error_set(error, -EINVAL, "--help is not an option here");
	cli_options_deinit(run_table, &o);
	free(config);
	return r;
}

const struct cli_command remote_run_command = {
	.name = "run",
	.summary = "then wait for the laptop",
	.usage = "[options]",
	.help = "Waits for `stprov local run`, asks for Enter, and stores the SSH host key.",
	.options = run_table,
	.defaults = &run_defaults,
	.size = sizeof(run_defaults),
	.run = run_remote_run,
};
