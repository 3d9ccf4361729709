/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads a host certificate: see certificate.h. */
#include "hostkey/certificate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "hostkey/format.h"

#define CERTIFICATE_TYPE "ssh-ed25519-cert-v01@openssh.com"
/* SSH_CERT_TYPE_HOST */
#define TYPE_HOST 2
/* 9999-12-31T23:59:59Z */
#define YEAR_9999_END UINT64_C(253402300799)

static int malformed(struct error *error)
{
	return error_set(error, -EINVAL, "not an SSH certificate of an Ed25519 key, or truncated");
}

/* An SSH string as a reader of its own, which has failed if it is malformed. */
static struct bytes_reader read_part(struct bytes_reader *r)
{
	uint32_t len = bytes_read_be32(r);
	const uint8_t *bytes = bytes_view(r, len);
	struct bytes_reader part = bytes_reader(bytes, bytes ? len : 0);

	part.failed = !bytes;
	return part;
}

/* Appends the string as text, after a comma if it is not the first. False: it has no place. */
static bool append_text(struct bytes_reader *part, char *out, size_t cap)
{
	size_t at = strlen(out), len = bytes_left(part);
	const uint8_t *bytes = bytes_view(part, len);

	if (!bytes || len == 0 || at + len + 2 > cap)
		return false;
	if (at > 0)
		out[at++] = ',';
	for (size_t i = 0; i < len; i++) {
		/* A comma in one would make it look like two. */
		if (bytes[i] <= ' ' || bytes[i] > '~' || bytes[i] == ',')
			return false;
		out[at++] = (char)bytes[i];
	}
	out[at] = '\0';
	return true;
}

/* The key ID may be empty, and may have blanks in it. */
static bool read_key_id(struct bytes_reader part, char out[HOSTKEY_CERTIFICATE_TEXT_MAX])
{
	size_t len = bytes_left(&part);
	const uint8_t *bytes = bytes_view(&part, len);

	if (!bytes || len >= HOSTKEY_CERTIFICATE_TEXT_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (bytes[i] < ' ' || bytes[i] > '~')
			return false;
	memcpy(out, bytes, len);
	out[len] = '\0';
	return true;
}

static int read_principals(
	struct bytes_reader list, char out[HOSTKEY_CERTIFICATE_TEXT_MAX], struct error *error)
{
	out[0] = '\0';
	if (bytes_left(&list) == 0)
		return error_set(error, -EINVAL,
			"the certificate names no host, so it would be valid for all");
	while (bytes_left(&list) > 0) {
		struct bytes_reader name = read_part(&list);
		if (name.failed)
			return malformed(error);
		if (!append_text(&name, out, HOSTKEY_CERTIFICATE_TEXT_MAX))
			return error_set(error, -EINVAL,
				"a principal of the certificate is empty, too long or not "
				"printable, or has a comma");
	}
	return 0;
}

/* The public key again as a line of its own. */
static void format_public(struct bytes_reader key, char out[HOSTKEY_PUBLIC_MAX])
{
	uint8_t blob[PUBLIC_BLOB_SIZE];
	struct bytes_writer w = bytes_writer(blob, sizeof(blob));

	bytes_write_string(&w, KEY_TYPE, strlen(KEY_TYPE));
	bytes_write_string(&w, bytes_next(&key), bytes_left(&key));
	assert(bytes_writer_ok(&w) && w.len == sizeof(blob));
	hostkey_blob_format(blob, out);
}

/* The type is the first string of the blob. False: it is none, or has no place. */
static bool format_ca(struct bytes_reader blob, char out[HOSTKEY_CERTIFICATE_CA_MAX])
{
	struct bytes_reader rest = blob, type = read_part(&rest);
	size_t len = bytes_left(&type);

	if (type.failed || len == 0 || bytes_left(&rest) == 0 ||
		len + 1 + TEXT_BASE64_SIZE(bytes_left(&blob)) > HOSTKEY_CERTIFICATE_CA_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		uint8_t c = bytes_read_u8(&type);
		if (c <= ' ' || c > '~')
			return false;
		out[i] = (char)c;
	}
	out[len] = ' ';
	text_format_base64(bytes_next(&blob), bytes_left(&blob), out + len + 1);
	return true;
}

static bool is_type(struct bytes_reader part)
{
	return bytes_left(&part) == strlen(CERTIFICATE_TYPE) &&
	       memcmp(bytes_next(&part), CERTIFICATE_TYPE, bytes_left(&part)) == 0;
}

static int read_blob(
	const uint8_t *blob, size_t len, struct hostkey_certificate *ret, struct error *error)
{
	struct bytes_reader r = bytes_reader(blob, len);
	struct bytes_reader type = read_part(&r), nonce = read_part(&r), key = read_part(&r);

	ret->serial = bytes_read_be64(&r);
	uint32_t kind = bytes_read_be32(&r);
	struct bytes_reader key_id = read_part(&r), principals = read_part(&r);
	ret->valid_after = bytes_read_be64(&r);
	ret->valid_before = bytes_read_be64(&r);
	struct bytes_reader critical = read_part(&r), extensions = read_part(&r);
	struct bytes_reader reserved = read_part(&r), ca = read_part(&r), signature = read_part(&r);
	if (!bytes_reader_done(&r) || !is_type(type) || bytes_left(&nonce) == 0 ||
		bytes_left(&key) != CRYPTO_ED25519_PUBLIC_SIZE || bytes_left(&ca) == 0 ||
		bytes_left(&signature) == 0 || extensions.failed || reserved.failed ||
		!format_ca(ca, ret->ca))
		return malformed(error);
	if (kind != TYPE_HOST)
		return error_set(error, -EINVAL, "the certificate is not that of a host");
	if (bytes_left(&critical) > 0)
		return error_set(error, -EINVAL, "the certificate has critical options");
	if (ret->valid_after >= ret->valid_before)
		return error_set(error, -EINVAL, "the certificate ends before it begins");
	if (!read_key_id(key_id, ret->key_id))
		return error_set(error, -EINVAL,
			"the key ID of the certificate is too long or not printable");
	int rc = read_principals(principals, ret->principals, error);
	if (rc < 0)
		return rc;
	format_public(key, ret->public);
	return hostkey_blob_fingerprint(
		bytes_next(&ca), bytes_left(&ca), ret->ca_fingerprint, error);
}

/* The base64 between the type and the comment; NULL if the line has another form. */
static const char *find_base64(const char *line, size_t len, size_t *ret_len)
{
	static const char begin[] = CERTIFICATE_TYPE " ";
	size_t at = strlen(begin), end = at;

	if (len > 0 && line[len - 1] == '\n')
		len--;
	if (len <= at || memcmp(line, begin, at) != 0)
		return NULL;
	for (size_t i = at; i < len; i++)
		if (line[i] < ' ' || line[i] > '~')
			return NULL;
	while (end < len && line[end] != ' ')
		end++;
	*ret_len = end - at;
	return line + at;
}

int hostkey_certificate_read(
	const void *line, size_t len, struct hostkey_certificate *ret, struct error *error)
{
	struct hostkey_certificate certificate;
	uint8_t blob[HOSTKEY_CERTIFICATE_MAX];
	size_t base64_len = 0, blob_len = 0;

	if (len > HOSTKEY_CERTIFICATE_MAX)
		return error_set(error, -EINVAL, "the certificate is longer than %d bytes",
			HOSTKEY_CERTIFICATE_MAX);
	const char *base64 = find_base64(line, len, &base64_len);
	if (!base64 || text_parse_base64(base64, base64_len, blob, sizeof(blob), &blob_len) < 0)
		return malformed(error);
	int r = read_blob(blob, blob_len, &certificate, error);
	if (r < 0)
		return r;
	*ret = certificate;
	return 0;
}

void hostkey_certificate_format_end(uint64_t valid_before, char out[CLOCK_TEXT_MAX])
{
	if (valid_before > YEAR_9999_END)
		snprintf(out, CLOCK_TEXT_MAX, "never");
	else
		clock_format_utc((int64_t)valid_before, out);
}
