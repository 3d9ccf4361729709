/* `stprov local run`: options and files first, then one connection with two or three requests. */
#include "local/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "api/client.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/otp.h"
#include "crypto/tls.h"
#include "efi/auth.h"
#include "hostkey/hostkey.h"
#include "net/tcp.h"
#include "secrets/otp.h"

#define CONNECT_MS (10 * 1000)
/* For the TLS handshake and for each answer. */
#define ANSWER_MS (30 * 1000)

struct run_options {
	char *otp;
	const char *address;
	uint16_t port;
	const char *pk, *kek, *db, *dbx;
	bool no_menu;
};

static const struct run_options run_defaults = { .port = 2009 };

#define RUN_OPTIONS(o)                                                                             \
	{                                                                                          \
		{ 'o', "otp", CLI_TEXT, &(o)->otp, "OTP", NULL,                                    \
			"one-time password; - asks for it without echo; without -o the "           \
			"environment variable STPROV_OTP serves" },                                \
			{ 'i', "ip", CLI_TEXT, &(o)->address, "IP", NULL,                          \
				"address of the platform, IPv4 or IPv6, required" },               \
			{ 'p', "port", CLI_PORT, &(o)->port, "PORT", "2009",                       \
				"port of the platform" },                                          \
			{ 0, "pk", CLI_TEXT, &(o)->pk, "FILE", NULL,                               \
				"Secure Boot PK in .auth form; --pk, --kek and --db go "           \
				"together" },                                                      \
			{ 0, "kek", CLI_TEXT, &(o)->kek, "FILE", NULL, "Secure Boot KEK" },        \
			{ 0, "db", CLI_TEXT, &(o)->db, "FILE", NULL, "Secure Boot db" },           \
			{ 0, "dbx", CLI_TEXT, &(o)->dbx, "FILE", NULL,                             \
				"Secure Boot dbx, optional" },                                     \
			{ 'n', "no-uefi-menu-reboot", CLI_FLAG, &(o)->no_menu, NULL, NULL,         \
				"do not ask the firmware to show its menu at the next boot" },     \
			{ 0 },                                                                     \
	}

/* Everything that is known before the platform is called. */
struct run {
	struct net_addr address;
	uint16_t port;
	char endpoint[NET_ENDPOINT_TEXT_MAX];
	bool has_keys;
	struct api_secure_boot keys;
	struct secret password, seed; /* of Basic authentication; of the expected TLS key */
};

static void run_deinit(struct run *run)
{
	api_secure_boot_deinit(&run->keys);
	secret_wipe_bytes(run, sizeof(*run));
}

void local_run_help(void)
{
	struct run_options unused = run_defaults;
	const struct cli_option table[] = RUN_OPTIONS(&unused);

	printf("stprov local run -o OTP -i IP [options]\n"
	       "  Provisions the platform on which `stprov remote run` waits, and prints\n"
	       "  publickey=, fingerprint=, hostname= and ip=, one a line.\n");
	cli_help_options(stdout, table);
}

static int read_key(const char *option, const char *path, struct api_blob *ret, struct error *error)
{
	char shown[128];
	struct error form;
	int r;

	if (!path)
		return 0;
	text_printable(path, strlen(path), shown, sizeof(shown));
	r = file_read(AT_FDCWD, path, API_BLOB_MAX, &ret->data, &ret->len, error);
	if (r < 0)
		return error_prefix(error, r, "%s", option);
	if (ret->len == 0)
		return error_set(error, -ENODATA, "%s: %s: the file is empty", option, shown);
	/* The platform decides; but an operator who mixed up his files is told right away. */
	if (efi_auth_check(ret->data, ret->len, &form) < 0)
		log_line("warning: %s: %s is not in .auth form: %s", option, shown, form.text);
	return 0;
}

static int read_keys(const struct run_options *o, struct run *run, struct error *error)
{
	run->has_keys = o->pk || o->kek || o->db || o->dbx;
	if (run->has_keys && !(o->pk && o->kek && o->db))
		return error_set(error, -EINVAL, "--pk, --kek and --db go together: %s is missing",
			!o->pk    ? "--pk"
			: !o->kek ? "--kek"
				  : "--db");
	run->keys.reboot_into_uefi_menu = !o->no_menu;
	int r = read_key("--pk", o->pk, &run->keys.pk, error);
	if (r == 0)
		r = read_key("--kek", o->kek, &run->keys.kek, error);
	if (r == 0)
		r = read_key("--db", o->db, &run->keys.db, error);
	if (r == 0)
		r = read_key("--dbx", o->dbx, &run->keys.dbx, error);
	return r;
}

static int read_address(const struct run_options *o, struct run *run, struct error *error)
{
	char shown[64];

	if (!o->address)
		return error_set(error, -EINVAL, "-i is needed: the platform's address");
	if (net_addr_parse_scoped(o->address, &run->address) < 0) {
		text_printable(o->address, strlen(o->address), shown, sizeof(shown));
		return error_set(error, -EINVAL, "-i: \"%s\" is no address", shown);
	}
	run->port = o->port;
	net_endpoint_format(&run->address, run->port, run->endpoint);
	return 0;
}

/* Sends the operator's entropy and shows it, for comparing with the platform's console. */
static int add_entropy(struct api_client *client, struct error *error)
{
	struct api_add_data request = { .timestamp = clock_calendar_s() };
	_cleanup_free_ char *dump = NULL;

	int r = random_bytes(request.entropy, sizeof(request.entropy), error);
	if (r == 0)
		r = api_client_add_data(client, &request, error);
	if (r == API_E_STATUS && client->status == 403) {
		struct error answer = *error;
		r = error_set(error, r,
			"%s (is this machine's address in one of its allowed networks, -a?)",
			answer.text);
	}
	if (r == 0) {
		dump = text_format_dump(request.entropy, sizeof(request.entropy));
		fprintf(stderr, "added entropy\n\n%s\n", dump ? dump : "");
		if (dump)
			secret_wipe_bytes(dump, strlen(dump));
	}
	secret_wipe_bytes(&request, sizeof(request));
	return r;
}

/* Results for programs: whatever came is made printable, and it must fit together. */
static int report(const struct run *run, const struct api_commit *commit, struct error *error)
{
	char key[API_TEXT_MAX * TEXT_PRINTABLE_GROWTH], fingerprint[HOSTKEY_FINGERPRINT_MAX];
	char hostname[API_TEXT_MAX * TEXT_PRINTABLE_GROWTH], ip[NET_ADDR_TEXT_MAX];

	text_printable(commit->publickey, strlen(commit->publickey), key, sizeof(key));
	text_printable(commit->hostname, strlen(commit->hostname), hostname, sizeof(hostname));
	net_addr_format(&run->address, ip);
	int r = hostkey_public_check(commit->publickey, fingerprint, error);
	if (r < 0)
		return error_prefix(error, r, "the platform's public key \"%s\"", key);
	if (strcmp(fingerprint, commit->fingerprint) != 0)
		return error_set(error, -EPROTO,
			"the platform's fingerprint is not that of its public key, which is %s",
			fingerprint);
	printf("publickey=%s\nfingerprint=%s\nhostname=%s\nip=%s\n", key, fingerprint, hostname,
		ip);
	if (fflush(stdout) != 0)
		return error_set_errno(error, -errno, "stdout");
	return 0;
}

static int provision(const struct run *run, struct stream *stream, struct error *error)
{
	_cleanup_api_client_ struct api_client client;
	struct api_commit commit;

	int r = api_client_init(&client, stream, run->endpoint, &run->password, ANSWER_MS, error);
	if (r == 0)
		r = add_entropy(&client, error);
	if (r != 0)
		return r;
	if (run->has_keys) {
		r = api_client_add_secure_boot(&client, &run->keys, error);
		if (r != 0)
			return error_prefix(error, r, "Secure Boot keys");
		log_line("Secure Boot keys were taken");
	}
	r = api_client_commit(&client, &commit, error);
	if (r != 0)
		return error_prefix(error, r, "commit");
	r = report(run, &commit, error);
	if (r == 0)
		log_line("committed: now press Enter on the platform's console");
	return r;
}

static int connect_and_provision(const struct run *run, struct error *error)
{
	_cleanup_tls_context_ struct tls_context *context = NULL;
	_cleanup_tls_conn_ struct tls_conn *conn = NULL;
	_cleanup_close_ int fd = -1;

	int r = net_connect(&run->address, run->port, clock_now_ms() + CONNECT_MS, &fd, error);
	if (r == 0)
		r = tls_context_new_client(run->seed.bytes, &context, error);
	if (r == 0)
		r = tls_conn_new(context, fd, &conn, error);
	if (r != 0)
		return r;
	r = tls_handshake(conn, clock_now_ms() + ANSWER_MS, error);
	if (r == TLS_E_CERTIFICATE)
		return error_set(error, r,
			"the platform shows another certificate. "
			"The one-time password may be incorrect.");
	if (r == TLS_E_CLOSED || r == -ECONNRESET)
		return error_set(error, r,
			"the platform closed the connection before TLS: this machine's "
			"address may not be in one of its allowed networks (-a)");
	if (r != 0)
		return r;
	r = provision(run, tls_conn_stream(conn), error);
	tls_close(conn);
	return r;
}

/*
 * Options and files; nothing is asked for or connected to before all of them are right.
 * -EINVAL: the command line is wrong; anything else: what it names is.
 */
static int prepare(const struct run_options *o, struct run *run, struct error *error)
{
	_cleanup_secret_ struct secret otp = SECRET_INIT;
	bool ask;

	int r = cli_take_otp(o->otp, OTP_MAX, &otp, &ask, error);
	if (r == 0)
		r = read_address(o, run, error);
	if (r == 0)
		r = read_keys(o, run, error);
	if (r == 0 && ask)
		r = cli_ask_otp(OTP_MAX, &otp, error);
	if (r == 0)
		r = otp_derive(&otp, &run->password, &run->seed, error);
	return r;
}

static int run_parsed(const struct run_options *o, struct error *error)
{
	_cleanup_(run_deinit) struct run run;

	memset(&run, 0, sizeof(run));
	int r = prepare(o, &run, error);
	if (r < 0)
		return r == -EINVAL ? CLI_EXIT_USAGE : CLI_EXIT_FAILED;
	if (connect_and_provision(&run, error) != 0) {
		error_prefix(error, 0, "%s", run.endpoint);
		return CLI_EXIT_FAILED;
	}
	return CLI_EXIT_OK;
}

int local_run(int argc, char **argv)
{
	struct run_options o = run_defaults;
	const struct cli_option table[] = RUN_OPTIONS(&o);
	struct error error = ERROR_INIT;

	secret_protect_process();
	int r = cli_parse(table, argc, argv, &error);
	if (r == CLI_E_HELP) {
		local_run_help();
		return CLI_EXIT_OK;
	}
	int exit_code = r < 0 ? CLI_EXIT_USAGE : run_parsed(&o, &error);
	if (exit_code != CLI_EXIT_OK)
		log_line("stprov local run: %s", error.text);
	return exit_code;
}
