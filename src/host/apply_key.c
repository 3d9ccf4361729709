/* SPDX-License-Identifier: BSD-2-Clause */
/* Installs the host key: see apply_key.h. */
#include "host/apply_key.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define PART "key"
#define DIRECTORY "etc/ssh"
#define NAME "ssh_host_ed25519_key"
#define KEY_PATH DIRECTORY "/" NAME
#define PUBLIC_PATH KEY_PATH ".pub"
#define CERTIFICATE_PATH KEY_PATH "-cert.pub"
#define SSHD_PATH DIRECTORY "/sshd_config.d/50-stprov.conf"

/* A private key of OpenSSH is smaller; one that is not can be replaced all the same. */
#define THERE_MAX (64 * 1024)

static const char sshd_conf[] = "# Written by `stprov host apply`: a change is lost.\n"
				"HostCertificate /" CERTIFICATE_PATH "\n";

/* What there is in the key's place. */
enum there {
	THERE_NOTHING,
	THERE_SAME_BYTES,
	THERE_SAME_KEY, /* in another form, as with another comment */
	THERE_OTHER,
};

static int look(const struct host_source *source, const struct host_key *key, enum there *ret,
	struct error *error)
{
	_cleanup_provisioned_data_ struct provisioned_data there = { .bytes = NULL };
	char public[HOSTKEY_PUBLIC_MAX], fingerprint[HOSTKEY_FINGERPRINT_MAX];
	struct error ignored;
	int r = ospkg_root_read(
		&source->root, KEY_PATH, THERE_MAX, &there.bytes, &there.len, error);

	if (r == OSPKG_E_ABSENT)
		*ret = THERE_NOTHING;
	else if (r == -EFBIG)
		*ret = THERE_OTHER;
	else if (r < 0)
		return r;
	else if (there.len == key->pem.len && memcmp(there.bytes, key->pem.bytes, there.len) == 0)
		*ret = THERE_SAME_BYTES;
	else if (hostkey_private_read(there.bytes, there.len, public, fingerprint, &ignored) == 0 &&
		 strcmp(public, key->public) == 0)
		*ret = THERE_SAME_KEY;
	else
		*ret = THERE_OTHER;
	return 0;
}

static int put(const struct host_source *source, const char *path, const void *data, size_t len,
	unsigned mode, struct error *error)
{
	bool changed = false;
	int r = ospkg_root_put(&source->root, path, data, len, mode, &changed, error);

	if (r == 0 && changed)
		host_outcome_line(PART, "wrote %s", path);
	return r;
}

static int put_public(
	const struct host_source *source, const struct host_key *key, struct error *error)
{
	char line[HOSTKEY_PUBLIC_MAX + sizeof(HOSTKEY_COMMENT) + 2];
	int len = snprintf(line, sizeof(line), "%s " HOSTKEY_COMMENT "\n", key->public);

	return put(source, PUBLIC_PATH, line, (size_t)len, 0644, error);
}

static int put_key(const struct host_source *source, const struct host_key *key, bool replace,
	struct error *error)
{
	enum there there;
	int r = look(source, key, &there, error);

	if (r < 0)
		return r;
	if (there == THERE_OTHER && !replace)
		return error_set(error, -EEXIST,
			KEY_PATH
			" holds another key: --replace puts the provisioned one in its place");
	if (there != THERE_SAME_KEY)
		r = put(source, KEY_PATH, key->pem.bytes, key->pem.len, 0600, error);
	return r == 0 ? put_public(source, key, error) : r;
}

/* A host key of another type, its public key or its certificate. */
static bool is_other_key(const char *name)
{
	static const char *const ends[] = { "_key", "_key.pub", "_key-cert.pub" };
	size_t len = strlen(name);

	if (strncmp(name, "ssh_host_", strlen("ssh_host_")) != 0 ||
		strncmp(name, NAME, strlen(NAME)) == 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (len >= strlen(ends[i]) && strcmp(name + len - strlen(ends[i]), ends[i]) == 0)
			return true;
	return false;
}

static int remove_other_keys(const struct host_source *source, struct error *error)
{
	size_t n = 0;
	int r = ospkg_root_remove_matching(&source->root, DIRECTORY, is_other_key, &n, error);

	if (r == 0 && n > 0)
		host_outcome_line(PART, "removed %zu file%s of host keys of other types from %s", n,
			text_plural(n, "", "s"), DIRECTORY);
	return r;
}

/* The certificate before the line that names it; a certificate that was installed before goes. */
static int put_certificate(const struct host_source *source,
	const struct host_certificate *certificate, struct error *error)
{
	bool was_there = false, removed = false;
	int r;

	if (certificate->part.state == PROVISIONED_GOOD) {
		r = put(source, CERTIFICATE_PATH, certificate->line.bytes, certificate->line.len,
			0644, error);
		return r == 0 ? put(source, SSHD_PATH, sshd_conf, strlen(sshd_conf), 0644, error)
			      : r;
	}
	r = ospkg_root_remove(&source->root, SSHD_PATH, &was_there, error);
	if (r == 0 && was_there)
		r = ospkg_root_remove(&source->root, CERTIFICATE_PATH, &removed, error);
	if (r == 0 && was_there)
		host_outcome_line(PART, "removed the certificate that was installed before");
	return r;
}

static void apply_certificate(
	const struct host_source *source, const struct host_key *key, struct host_outcome *outcome)
{
	_cleanup_host_certificate_ struct host_certificate certificate;
	struct error error = ERROR_INIT;

	host_certificate_read(source, key, &certificate);
	if (certificate.part.state != PROVISIONED_GOOD &&
		certificate.part.state != PROVISIONED_ABSENT)
		host_outcome_error(outcome, "certificate", &certificate.part.error);
	if (put_certificate(source, &certificate, &error) < 0)
		host_outcome_error(outcome, "certificate", &error);
}

void host_apply_key(const struct host_source *source, bool replace, struct host_outcome *outcome)
{
	_cleanup_host_key_ struct host_key key;
	struct error error = ERROR_INIT;

	host_key_read(source, &key);
	if (!host_outcome_is_good(outcome, PART, &key.part))
		return;
	int r = put_key(source, &key, replace, &error);
	if (r == 0 && replace)
		r = remove_other_keys(source, &error);
	if (r < 0) {
		host_outcome_error(outcome, PART, &error);
		return;
	}
	host_outcome_line(PART, "%s", key.fingerprint);
	apply_certificate(source, &key, outcome);
}
