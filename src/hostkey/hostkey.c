/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The SSH host key in OpenSSH's formats: see hostkey.h. The private format is that of
 * openssh-portable's PROTOCOL.key, the public one that of RFC 8709 section 4.
 */
#include "hostkey/hostkey.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/text.h"
#include "crypto/ed25519.h"
#include "crypto/kdf.h"
#include "hostkey/format.h"

#define MATERIAL_SIZE (CRYPTO_ED25519_SEED_SIZE + CHECK_SIZE)

/* Largest private key without its PEM, in bytes (258 at present). */
#define PRIVATE_MAX 320

/* A line of 64 characters. */
#define PEM_LINE_BYTES 48

/* The bytes of a private key, before they are encoded as PEM. */
struct private_buffer {
	uint8_t bytes[PRIVATE_MAX];
};

static void private_buffer_wipe(struct private_buffer *buffer)
{
	secret_wipe_bytes(buffer, sizeof(*buffer));
}

#define _cleanup_private_ _cleanup_(private_buffer_wipe)

void hostkey_deinit(struct hostkey *key)
{
	secret_wipe_bytes(key, sizeof(*key));
}

static void write_text(struct bytes_writer *w, const char *text)
{
	bytes_write_string(w, text, strlen(text));
}

static void write_public_blob(const uint8_t public[HOSTKEY_RAW_SIZE], uint8_t out[PUBLIC_BLOB_SIZE])
{
	struct bytes_writer w = bytes_writer(out, PUBLIC_BLOB_SIZE);

	write_text(&w, KEY_TYPE);
	bytes_write_string(&w, public, HOSTKEY_RAW_SIZE);
}

static int make_public_blob(const uint8_t *seed, uint8_t out[PUBLIC_BLOB_SIZE], struct error *error)
{
	uint8_t public[CRYPTO_ED25519_PUBLIC_SIZE];
	int r = crypto_ed25519_public(seed, public, error);

	if (r == 0)
		write_public_blob(public, out);
	return r;
}

/* The list of private keys, here one. With a cipher it would be encrypted. */
static void write_private_list(struct bytes_writer *w, const struct secret *material,
	const uint8_t public_blob[PUBLIC_BLOB_SIZE])
{
	const uint8_t *seed = material->bytes;
	const uint8_t *check = material->bytes + CRYPTO_ED25519_SEED_SIZE;
	const uint8_t *public = public_blob + PUBLIC_BLOB_SIZE - CRYPTO_ED25519_PUBLIC_SIZE;

	/* Twice, with which OpenSSH detects a wrong passphrase. */
	bytes_write(w, check, CHECK_SIZE);
	bytes_write(w, check, CHECK_SIZE);
	bytes_write(w, public_blob, PUBLIC_BLOB_SIZE);
	bytes_write_be32(w, CRYPTO_ED25519_SEED_SIZE + CRYPTO_ED25519_PUBLIC_SIZE);
	bytes_write(w, seed, CRYPTO_ED25519_SEED_SIZE);
	bytes_write(w, public, CRYPTO_ED25519_PUBLIC_SIZE);
	write_text(w, HOSTKEY_COMMENT);
	for (uint8_t pad = 1; bytes_writer_ok(w) && w->len % PRIVATE_BLOCK_SIZE != 0; pad++)
		bytes_write_u8(w, pad);
}

static void write_private_key(struct bytes_writer *w, const struct secret *material,
	const uint8_t public_blob[PUBLIC_BLOB_SIZE])
{
	_cleanup_private_ struct private_buffer list;
	struct bytes_writer lw = bytes_writer(list.bytes, sizeof(list.bytes));

	write_private_list(&lw, material, public_blob);
	bytes_write(w, MAGIC, sizeof(MAGIC));
	write_text(w, NO_CIPHER);
	write_text(w, NO_CIPHER); /* of the passphrase, */
	write_text(w, "");        /* and its parameters */
	bytes_write_be32(w, 1);
	bytes_write_string(w, public_blob, PUBLIC_BLOB_SIZE);
	bytes_write_string(w, lw.data, lw.len);
	w->failed = w->failed || !bytes_writer_ok(&lw);
}

static int make_pem(const struct secret *material, const uint8_t public_blob[PUBLIC_BLOB_SIZE],
	struct secret *pem, struct error *error)
{
	_cleanup_private_ struct private_buffer key;
	struct bytes_writer kw = bytes_writer(key.bytes, sizeof(key.bytes));
	struct bytes_writer w = bytes_writer(pem->bytes, sizeof(pem->bytes));
	char line[TEXT_BASE64_SIZE(PEM_LINE_BYTES)];

	write_private_key(&kw, material, public_blob);
	bytes_write(&w, PEM_BEGIN, strlen(PEM_BEGIN));
	for (size_t i = 0; i < kw.len; i += PEM_LINE_BYTES) {
		size_t n = text_format_base64(
			kw.data + i, MIN((size_t)PEM_LINE_BYTES, kw.len - i), line);
		bytes_write(&w, line, n);
		bytes_write_u8(&w, '\n');
	}
	bytes_write(&w, PEM_END, strlen(PEM_END));
	secret_wipe_bytes(line, sizeof(line));
	if (!bytes_writer_ok(&kw) || !bytes_writer_ok(&w))
		return error_set(error, -E2BIG, "the host key does not fit");
	pem->len = w.len;
	return 0;
}

int hostkey_make(const struct secret *material, struct hostkey *ret, struct error *error)
{
	_cleanup_hostkey_ struct hostkey key = { .public = "" };
	uint8_t blob[PUBLIC_BLOB_SIZE];
	int r;

	if (material->len != MATERIAL_SIZE)
		return error_set(error, -EINVAL, "the host key is made from %d bytes, not %zu",
			MATERIAL_SIZE, material->len);
	r = make_public_blob(material->bytes, blob, error);
	if (r < 0)
		return r;
	r = make_pem(material, blob, &key.pem, error);
	if (r < 0)
		return r;
	r = hostkey_blob_fingerprint(blob, PUBLIC_BLOB_SIZE, key.fingerprint, error);
	if (r < 0)
		return r;
	hostkey_blob_format(blob, key.public);
	*ret = key;
	return 0;
}

int hostkey_public_format(const uint8_t raw[HOSTKEY_RAW_SIZE], char ret_public[HOSTKEY_PUBLIC_MAX],
	char ret_fingerprint[HOSTKEY_FINGERPRINT_MAX], struct error *error)
{
	uint8_t blob[PUBLIC_BLOB_SIZE];

	write_public_blob(raw, blob);
	int r = hostkey_blob_fingerprint(blob, sizeof(blob), ret_fingerprint, error);
	if (r == 0)
		hostkey_blob_format(blob, ret_public);
	return r;
}

/* Exactly `ssh-ed25519 BASE64`. */
static int parse_public(const char *public, uint8_t ret_blob[PUBLIC_BLOB_SIZE], struct error *error)
{
	static const char prefix[] = KEY_TYPE " ";
	size_t prefix_len = strlen(prefix);
	size_t len;

	if (strncmp(public, prefix, prefix_len) != 0)
		return error_set(error, -EINVAL, "the SSH public key is not of the type " KEY_TYPE);
	if (strlen(public) != prefix_len + PUBLIC_BASE64_LEN ||
		text_parse_base64(public + prefix_len, PUBLIC_BASE64_LEN, ret_blob,
			PUBLIC_BLOB_SIZE, &len) < 0 ||
		len != PUBLIC_BLOB_SIZE || !hostkey_blob_is_wellformed(ret_blob))
		return error_set(error, -EINVAL, "the SSH public key is malformed");
	return 0;
}

int hostkey_public_check(
	const char *public, char ret_fingerprint[HOSTKEY_FINGERPRINT_MAX], struct error *error)
{
	uint8_t blob[PUBLIC_BLOB_SIZE];
	int r = parse_public(public, blob, error);

	return r < 0 ? r : hostkey_blob_fingerprint(blob, PUBLIC_BLOB_SIZE, ret_fingerprint, error);
}

int hostkey_format_sshfp(const char *public, char ret_data[HOSTKEY_SSHFP_MAX], struct error *error)
{
	uint8_t blob[PUBLIC_BLOB_SIZE], hash[CRYPTO_SHA256_SIZE];
	char hex[2 * CRYPTO_SHA256_SIZE + 1];
	int r = parse_public(public, blob, error);

	if (r == 0)
		r = crypto_sha256(blob, sizeof(blob), hash, error);
	if (r < 0)
		return r;
	text_format_hex(hash, sizeof(hash), hex);
	snprintf(ret_data, HOSTKEY_SSHFP_MAX, "4 2 %s", hex);
	return 0;
}
