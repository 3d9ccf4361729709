/* SPDX-License-Identifier: BSD-2-Clause */
/* hostkey/certificate.h: certificates of ssh-keygen, and what is wrong with others. */
#include "tap.h"

#include <errno.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/text.h"
#include "hostkey/certificate.h"

#include <fcntl.h>

#define PUBLIC "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJfV+JKh9xttzr+VIsLeW7PbggEchrX0Jb+ix9gGts9G"
#define CA "SHA256:ZmoENtGqeu6nJPirN+Yd3YE7bUg+E77pzbiuC6RaUT0"

/* A file of the fuzz target's corpus; the caller frees it. */
static char *corpus(const char *name, size_t *ret_len)
{
	const char *source = getenv("STPROV_SOURCE");
	struct error e = ERROR_INIT;
	uint8_t *data = NULL;
	char path[512];

	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/hostkey_certificate/%s",
		source ? source : ".", name);
	if (file_read(AT_FDCWD, path, 65536, &data, ret_len, &e) < 0) {
		tap_fail(__FILE__, __LINE__, "%s", e.text);
		abort();
	}
	return (char *)data;
}

static void a_certificate_of_ssh_keygen_is_read(void)
{
	struct error e = ERROR_INIT;
	struct hostkey_certificate c;
	size_t len = 0;
	_cleanup_free_ char *line = corpus("good", &len);

	tap_eq_int(hostkey_certificate_read(line, len, &c, &e), 0);
	tap_eq_text(e.text, "");
	tap_eq_text(c.public, PUBLIC);
	tap_eq_text(c.ca_fingerprint, CA);
	tap_eq_text(c.key_id, "stprov:host.example.org");
	tap_eq_text(c.principals, "host.example.org,192.0.2.10");
	tap_eq_int(c.serial, 42);
	tap_eq_int(c.valid_after, 1767225600);
	tap_eq_int(c.valid_before, 2082758400);
	/* Without its newline, and without its comment. */
	tap_eq_int(hostkey_certificate_read(line, len - 1, &c, &e), 0);
	tap_eq_int(hostkey_certificate_read(line, len - strlen(" h\n"), &c, &e), 0);
}

static void other_certificates_are_refused_with_a_reason(void)
{
	static const struct {
		const char *file, *reason;
	} rows[] = {
		{ "bad-user", "not that of a host" },
		{ "bad-any-host", "names no host" },
		{ "bad-critical", "critical options" },
		{ "bad-ecdsa", "not an SSH certificate of an Ed25519 key" },
		{ "bad-key", "not an SSH certificate of an Ed25519 key" },
		{ "bad-cut", "truncated" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct error e = ERROR_INIT;
		struct hostkey_certificate c;
		size_t len = 0;
		_cleanup_free_ char *line = corpus(rows[i].file, &len);
		tap_eq_int(hostkey_certificate_read(line, len, &c, &e), -EINVAL);
		if (!strstr(e.text, rows[i].reason))
			tap_fail(__FILE__, __LINE__, "%s: %s", rows[i].file, e.text);
	}
}

static void two_lines_and_control_characters_are_not_a_certificate(void)
{
	struct error e = ERROR_INIT;
	struct hostkey_certificate c;
	size_t len = 0;
	_cleanup_free_ char *line = corpus("good", &len);
	char longer[HOSTKEY_CERTIFICATE_MAX + 2];

	memset(longer, 'x', sizeof(longer));
	memcpy(longer, line, len - 1);
	tap_eq_int(hostkey_certificate_read(longer, HOSTKEY_CERTIFICATE_MAX, &c, &e), 0);
	tap_eq_int(hostkey_certificate_read(longer, HOSTKEY_CERTIFICATE_MAX + 1, &c, &e), -EINVAL);
	longer[len - 1] = '\n';
	tap_eq_int(hostkey_certificate_read(longer, len + 1, &c, &e), -EINVAL);
	longer[len - 1] = '\0';
	tap_eq_int(hostkey_certificate_read(longer, len, &c, &e), -EINVAL);
	tap_eq_int(hostkey_certificate_read("", 0, &c, &e), -EINVAL);
}

/* Its signature is then wrong, which is not verified here. */
static void a_comma_in_a_principal_is_refused(void)
{
	static const char type[] = "ssh-ed25519-cert-v01@openssh.com ", name[] = "192.0.2.10";
	size_t len = 0, blob_len = 0;
	_cleanup_free_ char *line = corpus("good", &len);
	const char *base64 = line + strlen(type);
	uint8_t blob[HOSTKEY_CERTIFICATE_MAX];
	char changed[2 * HOSTKEY_CERTIFICATE_MAX];
	struct hostkey_certificate c;
	struct error e = ERROR_INIT;

	tap_eq_int(
		text_parse_base64(base64, strcspn(base64, " "), blob, sizeof(blob), &blob_len), 0);
	const uint8_t *found = text_find(blob, blob_len, name);
	uint8_t *at = found ? blob + (found - blob) : NULL;
	tap_ok(at != NULL);
	for (size_t i = 0; at && i < 2; i++) {
		at[3] = i == 0 ? '-' : ',';
		memcpy(changed, type, strlen(type));
		text_format_base64(blob, blob_len, changed + strlen(type));
		tap_eq_int(hostkey_certificate_read(changed, strlen(changed), &c, &e),
			i == 0 ? 0 : -EINVAL);
	}
	tap_ok(strstr(e.text, "has a comma") != NULL);
}

/* Each byte of the blob cut off, in base64 without the rest. */
static void a_certificate_cut_anywhere_is_refused(void)
{
	static const char type[] = "ssh-ed25519-cert-v01@openssh.com ";
	size_t len = 0, blob_len = 0;
	_cleanup_free_ char *line = corpus("good", &len);
	const char *base64 = line + strlen(type);
	uint8_t blob[HOSTKEY_CERTIFICATE_MAX];
	char cut[HOSTKEY_CERTIFICATE_MAX];

	tap_eq_int(
		text_parse_base64(base64, strcspn(base64, " "), blob, sizeof(blob), &blob_len), 0);
	for (size_t n = 0; n <= blob_len; n++) {
		struct error e = ERROR_INIT;
		struct hostkey_certificate c;
		memcpy(cut, type, sizeof(type));
		text_format_base64(blob, n, cut + strlen(type));
		tap_eq_int(hostkey_certificate_read(cut, strlen(cut), &c, &e),
			n == blob_len ? 0 : -EINVAL);
	}
}

static void the_public_key_is_read_from_the_private_one(void)
{
	char public[HOSTKEY_PUBLIC_MAX] = "", fingerprint[HOSTKEY_FINGERPRINT_MAX] = "";
	char checked[HOSTKEY_FINGERPRINT_MAX] = "";
	_cleanup_hostkey_ struct hostkey key = { .public = "" };
	_cleanup_secret_ struct secret material = SECRET_INIT;
	struct error e = ERROR_INIT;

	material.len = 36;
	memset(material.bytes, 7, material.len);
	tap_eq_int(hostkey_make(&material, &key, &e), 0);
	tap_eq_int(hostkey_private_read(key.pem.bytes, key.pem.len, public, fingerprint, &e), 0);
	tap_eq_text(public, key.public);
	tap_eq_text(fingerprint, key.fingerprint);
	tap_eq_int(hostkey_private_check(key.pem.bytes, key.pem.len, checked, &e), 0);
	tap_eq_text(checked, fingerprint);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(a_certificate_of_ssh_keygen_is_read),
		TAP_TEST(other_certificates_are_refused_with_a_reason),
		TAP_TEST(two_lines_and_control_characters_are_not_a_certificate),
		TAP_TEST(a_comma_in_a_principal_is_refused),
		TAP_TEST(a_certificate_cut_anywhere_is_refused),
		TAP_TEST(the_public_key_is_read_from_the_private_one),
		{ 0 },
	};

	return tap_run(tests);
}
