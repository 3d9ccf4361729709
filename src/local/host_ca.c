/* SPDX-License-Identifier: BSD-2-Clause */
/* A certificate of the host key: see host_ca.h. */
#include "local/host_ca.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/random.h"
#include "base/signals.h"
#include "base/text.h"
#include "local/keygen.h"
#include "local/validity.h"
#include "net/addr.h"
#include "net/hostname.h"

/* The largest file of a key that is looked into. */
#define KEY_FILE_MAX (64 * 1024)
/* How much of a value an error shows. */
#define SHOWN_MAX 128
#define SERIAL_TEXT_MAX 24
/* Directory, `/host-cert.pub` and NUL. */
#define PATH_TEXT_MAX 512
/* On the way in, a clock may be set by a moment. */
#define CLOCK_TOLERANCE_S 1

/* -- options --------------------------------------------------------------------------------- */

static int refuse(const char *option, const char *value, const char *why, struct error *error)
{
	char shown[SHOWN_MAX];

	text_printable(value, strlen(value), shown, sizeof(shown));
	return error_set(error, -EINVAL, "%s %s: %s", option, value[0] ? shown : "\"\"", why);
}

/* A name in lower case without the dot at its end, or an address as it is written everywhere. */
static bool normalise_principal(const char *text, char out[NET_HOSTNAME_ANY_MAX])
{
	struct net_addr addr;
	size_t len = strlen(text);

	if (net_addr_parse(text, &addr) == 0) {
		net_addr_format(&addr, out);
		return true;
	}
	if (len > 0 && text[len - 1] == '.')
		len--;
	if (!net_hostname_check(text, len, NET_HOSTNAME_TYPED) || len >= NET_HOSTNAME_ANY_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		out[i] = (char)tolower((unsigned char)text[i]);
	out[len] = '\0';
	return true;
}

/* Whether the list has this one already. */
static bool has_principal(const char *list, const char *one)
{
	size_t len = strlen(one);

	for (const char *p = list; *p; p += strcspn(p, ","), p += *p == ',')
		if (strcspn(p, ",") == len && memcmp(p, one, len) == 0)
			return true;
	return false;
}

static int add_principal(
	const char *option, const char *text, struct host_ca *ca, struct error *error)
{
	char one[NET_HOSTNAME_ANY_MAX];
	size_t len = strlen(ca->principals);

	if (!normalise_principal(text, one))
		return refuse(option, text, "not a host name or an address", error);
	if (has_principal(ca->principals, one))
		return refuse(option, text, "it is in the list already", error);
	if (len + 1 + strlen(one) >= sizeof(ca->principals))
		return refuse(option, text, "the list is too long", error);
	snprintf(ca->principals + len, sizeof(ca->principals) - len, "%s%s", len > 0 ? "," : "",
		one);
	return 0;
}

static int read_principals(
	const struct cli_list *list, const char *name, struct host_ca *ca, struct error *error)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < list->n; i++)
		r = add_principal("--principals", list->items[i], ca, error);
	if (r == 0 && list->n == 0 && name)
		r = add_principal("--name", name, ca, error);
	if (r == 0 && !ca->principals[0])
		r = error_set(error, -EINVAL,
			"--host-ca needs --principals or --name: for which names the certificate "
			"is valid");
	return r;
}

static int read_validity(const char *text, struct error *error)
{
	struct validity validity;
	int64_t now_s = clock_calendar_s();

	if (validity_parse(text, now_s, &validity) < 0)
		return refuse("--validity", text, "not an interval of ssh-keygen -V", error);
	return validity.to > (uint64_t)now_s
		       ? 0
		       : refuse("--validity", text, "it is over already", error);
}

/* A FIFO without a writer must not make it wait. */
static int read_key_file(const char *path, struct host_ca *ca, struct error *error)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	_cleanup_free_ uint8_t *data = NULL;
	static const char private[] = "PRIVATE KEY";
	struct error why;
	struct stat st;
	size_t len = 0;

	if (fd < 0 || fstat(fd, &st) < 0)
		return refuse("--host-ca", path, strerror(errno), error);
	if (!S_ISREG(st.st_mode))
		return refuse("--host-ca", path,
			S_ISDIR(st.st_mode) ? "it is a directory" : "it is not a regular file",
			error);
	int r = file_read_fd(fd, path, KEY_FILE_MAX, &data, &len, &why);
	if (r < 0)
		return refuse("--host-ca", path,
			r == -EFBIG ? "it is too large for a key" : strerror(-r), error);
	ca->in_agent = !text_find(data, len, private);
	secret_wipe_bytes(data, len);
	return 0;
}

/* `256 SHA256:... COMMENT (ED25519)` */
static int read_fingerprint(struct host_ca *ca, struct error *error)
{
	const char *const argv[] = { "ssh-keygen", "-l", "-E", "sha256", "-f", ca->key, NULL };
	char out[KEYGEN_OUTPUT_MAX];
	struct error why;
	int r = keygen_run(argv, out, &why);

	if (r == -EIO)
		return refuse("--host-ca", ca->key, "ssh-keygen -l reads no key in it", error);
	if (r < 0) {
		*error = why;
		return error_prefix(error, r, "--host-ca");
	}
	const char *begin = strstr(out, " SHA256:");
	size_t len = begin ? strcspn(begin + 1, " \n") : 0;
	if (len == 0 || len >= sizeof(ca->fingerprint))
		return refuse("--host-ca", ca->key, "ssh-keygen -l tells no fingerprint", error);
	memcpy(ca->fingerprint, begin + 1, len);
	ca->fingerprint[len] = '\0';
	return 0;
}

int host_ca_read(const char *key, const struct cli_list *principals, const char *validity,
	const char *name, struct host_ca *ret, struct error *error)
{
	struct host_ca ca = { .key = key, .validity = validity ? validity : HOST_CA_VALIDITY };

	*ret = (struct host_ca){ .key = NULL };
	if (!key && (principals->n > 0 || validity))
		return error_set(error, -EINVAL, "%s needs --host-ca",
			principals->n > 0 ? "--principals" : "--validity");
	if (!key)
		return 0;
	int r = read_principals(principals, name, &ca, error);
	if (r == 0)
		r = read_validity(ca.validity, error);
	if (r == 0)
		r = read_key_file(key, &ca, error);
	if (r == 0)
		r = read_fingerprint(&ca, error);
	if (r == 0)
		*ret = ca;
	return r;
}

/* -- signing --------------------------------------------------------------------------------- */

/* Where ssh-keygen reads the public key and writes the certificate. */
struct place {
	char dir[PATH_TEXT_MAX - 64];
	char public[PATH_TEXT_MAX], certificate[PATH_TEXT_MAX];
};

static int make_place(struct place *place, struct error *error)
{
	const char *parent = getenv("TMPDIR");

	if (!parent || !parent[0])
		parent = "/tmp";
	int n = snprintf(place->dir, sizeof(place->dir), "%s/stprov-XXXXXX", parent);
	if (n < 0 || (size_t)n >= sizeof(place->dir))
		return error_set(error, -ENAMETOOLONG, "TMPDIR is too long");
	if (!mkdtemp(place->dir)) {
		int r = -errno;
		return error_set_errno(error, r, "a temporary directory in %.100s", parent);
	}
	snprintf(place->public, sizeof(place->public), "%s/host.pub", place->dir);
	snprintf(place->certificate, sizeof(place->certificate), "%s/host-cert.pub", place->dir);
	return 0;
}

static void remove_place(const struct place *place)
{
	(void)!unlink(place->public);
	(void)!unlink(place->certificate);
	(void)!rmdir(place->dir);
}

/* What the certificate must say. */
struct expected {
	const char *public;
	uint64_t serial;
	char serial_text[SERIAL_TEXT_MAX], key_id[API_KEY_ID_MAX];
	uint64_t earliest_end, latest_end;
};

static int expect(
	const char *public, const char *hostname, struct expected *ret, struct error *error)
{
	struct expected e = { .public = public };
	int r = random_bytes(&e.serial, sizeof(e.serial), error);

	if (r < 0)
		return r;
	/* Not 0, which means none. */
	e.serial |= 1;
	snprintf(e.serial_text, sizeof(e.serial_text), "%llu", (unsigned long long)e.serial);
	snprintf(e.key_id, sizeof(e.key_id), "stprov:%.300s", hostname);
	*ret = e;
	return 0;
}

static int end_at(const struct host_ca *ca, int64_t now_s, uint64_t *ret, struct error *error)
{
	struct validity validity;

	if (validity_parse(ca->validity, now_s, &validity) < 0)
		return refuse("--validity", ca->validity, "there is nothing left of it", error);
	*ret = validity.to;
	return 0;
}

/* The end may be relative to the moment at which ssh-keygen looks at its clock. */
static int run_signing(const struct host_ca *ca, const struct place *place, struct expected *e,
	struct error *error)
{
	const char *argv[20];
	size_t n = 0;

	argv[n++] = "ssh-keygen";
	if (ca->in_agent)
		argv[n++] = "-U";
	const char *const rest[] = { "-q", "-s", ca->key, "-h", "-I", e->key_id, "-z",
		e->serial_text, "-n", ca->principals, "-V", ca->validity, place->public, NULL };
	memcpy(argv + n, rest, sizeof(rest));
	int r = end_at(ca, clock_calendar_s() - CLOCK_TOLERANCE_S, &e->earliest_end, error);
	if (r == 0)
		r = keygen_run(argv, NULL, error);
	return r == 0 ? end_at(ca, clock_calendar_s() + CLOCK_TOLERANCE_S, &e->latest_end, error)
		      : r;
}

/* Whether a line of @out is @text after its blanks. */
static bool has_line(const char *out, const char *text)
{
	size_t len = strlen(text);

	for (const char *line = out; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *begin = line + strspn(line, " ");
		if (strncmp(begin, text, len) == 0 && (begin[len] == '\n' || begin[len] == '\0'))
			return true;
	}
	return false;
}

/* By ssh-keygen, which reads no certificate whose signature is wrong. */
static int check_by_keygen(const struct host_ca *ca, const struct place *place, struct error *error)
{
	const char *const argv[] = { "ssh-keygen", "-L", "-f", place->certificate, NULL };
	char out[KEYGEN_OUTPUT_MAX];
	int r = keygen_run(argv, out, error);

	if (r < 0)
		return error_prefix(error, r, "checking the certificate");
	const char *by = strstr(out, "Signing CA: ");
	size_t len = by ? strcspn(by, "\n") : 0;
	if (!has_line(out, "Type: ssh-ed25519-cert-v01@openssh.com host certificate") ||
		!has_line(out, "Critical Options: (none)") || !by ||
		!text_find(by, len, ca->fingerprint))
		return error_set(error, -EPROTO,
			"ssh-keygen -L shows another certificate than was to be signed");
	return 0;
}

static const char *reason_against(
	const struct host_ca *ca, const struct expected *e, const struct hostkey_certificate *c)
{
	if (strcmp(c->public, e->public) != 0)
		return "it is of another key";
	if (strcmp(c->ca_fingerprint, ca->fingerprint) != 0)
		return "another CA signed it";
	if (strcmp(c->principals, ca->principals) != 0)
		return "it has other principals";
	if (c->serial != e->serial || strcmp(c->key_id, e->key_id) != 0)
		return "it has another serial number or key ID";
	if (c->valid_before < e->earliest_end || c->valid_before > e->latest_end)
		return "it ends at another time";
	return NULL;
}

/* Without a comment, and with one newline. */
static int read_line(const struct place *place, struct api_certificate *ret, struct error *error)
{
	_cleanup_free_ uint8_t *data = NULL;
	size_t len = 0;
	int r = file_read(AT_FDCWD, place->certificate, sizeof(ret->line) - 2, &data, &len, error);

	if (r == -EFBIG)
		return error_set(error, r, "it is longer than %zu bytes", sizeof(ret->line) - 2);
	if (r < 0)
		return r;
	const char *text = (const char *)data;
	size_t type = strcspn(text, " \n"), at = type + strspn(text + type, " ");
	snprintf(ret->line, sizeof(ret->line), "%.*s %.*s\n", (int)type, text,
		(int)strcspn(text + at, " \n"), text + at);
	return 0;
}

static int take_certificate(const struct host_ca *ca, const struct place *place,
	const struct expected *e, struct host_ca_signed *ret, struct error *error)
{
	int r = check_by_keygen(ca, place, error);

	if (r < 0)
		return r;
	r = read_line(place, &ret->certificate, error);
	if (r == 0)
		r = hostkey_certificate_read(
			ret->certificate.line, strlen(ret->certificate.line), &ret->content, error);
	if (r < 0)
		return error_prefix(error, r, "the certificate that was signed");
	const char *why = reason_against(ca, e, &ret->content);
	return why ? error_set(error, -EPROTO,
			     "the certificate that was signed is not what was asked for: %s", why)
		   : 0;
}

static int sign_in(const struct host_ca *ca, const struct place *place, struct expected *e,
	struct host_ca_signed *ret, struct error *error)
{
	char line[HOSTKEY_PUBLIC_MAX + 1];
	int n = snprintf(line, sizeof(line), "%s\n", e->public);
	int r = file_replace(AT_FDCWD, place->public, line, (size_t)n, 0600, error);

	if (r == 0)
		r = run_signing(ca, place, e, error);
	return r == 0 ? take_certificate(ca, place, e, ret, error) : r;
}

int host_ca_sign(const struct host_ca *ca, const char *public, const char *hostname,
	struct host_ca_signed *ret, struct error *error)
{
	struct expected e;
	struct place place;
	sigset_t set, old;
	int r = expect(public, hostname, &e, error);

	if (r < 0)
		return r;
	/* ctrl-C ends ssh-keygen, and us when its files are removed. */
	signals_ending(&set);
	if (sigprocmask(SIG_BLOCK, &set, &old) < 0)
		return error_set_errno(error, -errno, "sigprocmask");
	r = make_place(&place, error);
	if (r == 0) {
		r = sign_in(ca, &place, &e, ret, error);
		remove_place(&place);
	}
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	return r;
}
