/* `stprov local run`: options and files first, then one connection with two or three requests. */
#include "local/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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
#include "opening/client.h"
#include "secrets/otp.h"

#define CONNECT_MS (10 * 1000)
/* For the opening, the TLS handshake, and each answer but v1's to commit. */
#define ANSWER_MS (30 * 1000)
/* While the platform is busy: tries go on for so long, with so much between them. */
#define BUSY_MS (20 * 1000)
#define BUSY_PAUSE_MS 500

struct run_options {
	char *otp;
	const char *address;
	uint16_t port;
	const char *pk, *kek, *db, *dbx;
	bool no_menu, compat;
};

static const struct run_options run_defaults = { .port = 2009 };

#define RUN_OPTIONS(o)                                                                             \
	{                                                                                          \
		{ 'o', "otp", CLI_TEXT, &(o)->otp, "OTP", NULL,                                    \
			"code or one-time password; - asks for it without echo; without -o the "   \
			"environment variable STPROV_OTP serves" },                                \
			{ 'i', "ip", CLI_TEXT, &(o)->address, "IP", NULL,                          \
				"address of the platform, IPv4 or IPv6, required" },               \
			{ 'p', "port", CLI_PORT, &(o)->port, "PORT", "2009",                       \
				"port of the platform" },                                          \
			{ 'c', "compat", CLI_FLAG, &(o)->compat, NULL, NULL,                       \
				"speak stprov/v0.0.1, as older platforms do" },                    \
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
	bool compat;
	struct spake2plus_prover prover; /* v1: from the code */
	struct secret password, seed;    /* v0.0.1: of Basic authentication; of the expected key */
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
	       "  Provisions the platform on which `stprov remote run` waits for the same code,\n"
	       "  and, once Enter was pressed there and all is stored, prints\n"
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

static void show_entropy(const struct api_add_data *request)
{
	_cleanup_free_ char *dump = text_format_dump(request->entropy, sizeof(request->entropy));

	fprintf(stderr, "added entropy\n\n%s\n", dump ? dump : "");
	if (dump)
		secret_wipe_bytes(dump, strlen(dump));
}

/* Sends the operator's entropy. In v0.0.1 it is shown, for comparing with the platform's console.
 */
static int add_entropy(struct api_client *client, struct error *error)
{
	struct api_add_data request = { .timestamp = clock_calendar_s() };

	int r = random_bytes(request.entropy, sizeof(request.entropy), error);
	if (r == 0)
		r = api_client_add_data(client, &request, error);
	if (r == API_E_STATUS && client->status == 403) {
		struct error answer = *error;
		r = error_set(error, r,
			"%s (is this machine's address in one of its allowed networks, -a?)",
			answer.text);
	}
	if (r == 0 && client->protocol == API_V0)
		show_entropy(&request);
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

static int add_keys(const struct run *run, struct api_client *client, struct error *error)
{
	int r = run->has_keys ? api_client_add_secure_boot(client, &run->keys, error) : 0;

	if (r != 0)
		return error_prefix(error, r, "Secure Boot keys");
	if (run->has_keys)
		log_line("Secure Boot keys were taken%s",
			run->compat ? "" : ", to be written after Enter");
	return 0;
}

static int commit(const struct run *run, struct api_client *client, struct error *error)
{
	struct api_commit commit;
	int r = api_client_commit(client, &commit, error);

	if (r != 0)
		return error_prefix(error, r, "commit");
	return report(run, &commit, error);
}

/* -- v0.0.1 ---------------------------------------------------------------------------------- */

static int provision_v0(const struct run *run, struct stream *stream, struct error *error)
{
	_cleanup_api_client_ struct api_client client;

	int r = api_client_init(&client, stream, run->endpoint, &run->password, ANSWER_MS, error);
	if (r == 0)
		r = add_entropy(&client, error);
	if (r == 0)
		r = add_keys(run, &client, error);
	if (r == 0)
		r = commit(run, &client, error);
	if (r == 0)
		log_line("committed: now press Enter on the platform's console");
	return r;
}

static int connect_v0(const struct run *run, struct error *error)
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
			"address may not be in one of its allowed networks (-a), or it was "
			"started without --compat");
	if (r != 0)
		return r;
	r = provision_v0(run, tls_conn_stream(conn), error);
	tls_close(conn);
	return r;
}

/* -- v1 -------------------------------------------------------------------------------------- */

/* The commit is the operator's on the platform's console; until then this waits, and says so. */
static int provision_v1(
	const struct run *run, struct stream *stream, const char *words, struct error *error)
{
	_cleanup_api_client_ struct api_client client;

	api_client_init_v1(&client, stream, run->endpoint, ANSWER_MS);
	int r = add_entropy(&client, error);
	if (r == 0)
		r = add_keys(run, &client, error);
	if (r != 0)
		return r;
	log_line("comparison words: %s", words);
	log_line("waiting for Enter on the platform's console, if it shows the same words");
	r = commit(run, &client, error);
	if (r == 0)
		log_line("stored on the platform, and read back");
	return r;
}

/* What an operator can do about an opening that failed. */
static int explain_opening(int r, struct error *error)
{
	switch (r) {
	case OPENING_E_CODE:
		return error_set(error, r,
			"wrong code: type it again as it stands on the platform's console; "
			"if it is right, somebody else answers at this address");
	case OPENING_E_SILENT:
		return error_set(error, r,
			"the platform closed the connection without a word: this machine's address "
			"may not be in one of its allowed networks (-a), or it speaks stprov/v0.0.1 "
			"only, as --compat does");
	case OPENING_E_CLOSED:
		return error_set(error, r,
			"the platform closed the connection: its console says why");
	case OPENING_E_OLD:
		return error_set(error, r,
			"the platform speaks stprov/v0.0.1 only, in which a short code is not "
			"safe: --compat speaks it too");
	default:
		return r;
	}
}

/* One try: a connection, and the opening on it. */
static int open_once(const struct run *run, int *ret_fd, struct opening_result *ret,
	enum opening_status *ret_status, struct error *error)
{
	_cleanup_close_ int fd = -1;
	struct stream_socket raw;
	int r = net_connect(&run->address, run->port, clock_now_ms() + CONNECT_MS, &fd, error);

	if (r != 0)
		return r;
	stream_socket_init(&raw, fd);
	r = opening_connect(
		&raw.stream, &run->prover, clock_now_ms() + ANSWER_MS, ret, ret_status, error);
	if (r == 0)
		*ret_fd = TAKE_FD(fd);
	return r == OPENING_E_STATUS ? r : explain_opening(r, error);
}

/* Another client's attempt takes some seconds at most. */
static int open_patiently(
	const struct run *run, int *ret_fd, struct opening_result *ret, struct error *error)
{
	int64_t until_ms = clock_now_ms() + BUSY_MS;
	enum opening_status status = OPENING_GO_ON;

	for (bool told = false;; told = true) {
		int r = open_once(run, ret_fd, ret, &status, error);
		if (r != OPENING_E_STATUS || status != OPENING_BUSY || clock_now_ms() >= until_ms)
			return r;
		if (!told)
			log_line("%s: trying again for a while", error->text);
		poll(NULL, 0, BUSY_PAUSE_MS);
	}
}

static int connect_v1(const struct run *run, struct error *error)
{
	_cleanup_tls_context_ struct tls_context *context = NULL;
	_cleanup_tls_conn_ struct tls_conn *conn = NULL;
	_cleanup_close_ int fd = -1;
	struct opening_result result;
	char words[CODE_TEXT_MAX];

	int r = open_patiently(run, &fd, &result, error);
	if (r == 0)
		r = tls_context_new_psk(false, &context, error);
	if (r == 0)
		r = tls_conn_new(context, fd, &conn, error);
	if (r != 0)
		return r;
	tls_conn_set_psk(conn, result.psk);
	code_format(result.words, ' ', words);
	secret_wipe_bytes(&result, sizeof(result));
	r = tls_handshake(conn, clock_now_ms() + ANSWER_MS, error);
	if (r == 0)
		r = provision_v1(run, tls_conn_stream(conn), words, error);
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
	if (r == 0 && run->compat)
		r = otp_derive(&otp, &run->password, &run->seed, error);
	else if (r == 0)
		r = opening_prover(&otp, &run->prover, error);
	return r;
}

static int run_parsed(void *options, struct error *error)
{
	const struct run_options *o = options;
	_cleanup_(run_deinit) struct run run;

	memset(&run, 0, sizeof(run));
	run.compat = o->compat;
	int r = prepare(o, &run, error);
	if (r < 0)
		return r == -EINVAL ? CLI_EXIT_USAGE : CLI_EXIT_FAILED;
	if ((run.compat ? connect_v0(&run, error) : connect_v1(&run, error)) != 0) {
		error_prefix(error, 0, "%s", run.endpoint);
		return CLI_EXIT_FAILED;
	}
	return CLI_EXIT_OK;
}

int local_run(int argc, char **argv)
{
	struct run_options o = run_defaults;
	const struct cli_option table[] = RUN_OPTIONS(&o);
	const struct cli_call call = {
		.table = table, .help = local_run_help, .run = run_parsed, .options = &o
	};
	struct error error = ERROR_INIT;

	secret_protect_process();
	int exit_code = cli_run(&call, argc, argv, &error);
	if (exit_code != CLI_EXIT_OK)
		log_line("stprov local run: %s", error.text);
	return exit_code;
}
