/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads and checks a private host key: see hostkey.h. The format is that of openssh-portable's
 * PROTOCOL.key, as ssh-keygen and Go write it.
 */
#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "hostkey/format.h"

/* An Ed25519 key with a comment of more than a thousand bytes. */
#define PEM_MAX 2048

/* The base64 of the PEM, and the same decoded. */
struct unpacked {
	char base64[PEM_MAX];
	uint8_t bytes[PEM_MAX];
	size_t len;
};

static void unpacked_wipe(struct unpacked *u)
{
	secret_wipe_bytes(u, sizeof(*u));
}

#define _cleanup_unpacked_ _cleanup_(unpacked_wipe)

static bool is_line_end(char c)
{
	return c == '\n' || c == '\r';
}

/* Decodes the text between the two lines, without line ends. False if it is not PEM. */
static bool unpack(const char *pem, size_t len, struct unpacked *u)
{
	/* Compared without its line end, which may be of another kind or missing. */
	static const char begin[] = PEM_BEGIN, end[] = PEM_END;
	size_t begin_len = strlen(begin) - 1, end_len = strlen(end) - 1, n = 0, at = begin_len;

	while (len > 0 && is_line_end(pem[len - 1]))
		len--;
	if (len < begin_len + end_len || memcmp(pem, begin, begin_len) != 0 ||
		memcmp(pem + len - end_len, end, end_len) != 0)
		return false;
	for (; at < len - end_len && n < sizeof(u->base64); at++)
		if (!is_line_end(pem[at]))
			u->base64[n++] = pem[at];
	return at == len - end_len &&
	       text_parse_base64(u->base64, n, u->bytes, sizeof(u->bytes), &u->len) == 0;
}

/* An SSH string (RFC 4251 section 5); NULL if it is malformed. */
static const uint8_t *read_string(struct bytes_reader *r, size_t *ret_len)
{
	uint32_t len = bytes_read_be32(r);
	const uint8_t *p = bytes_view(r, len);

	*ret_len = p ? len : 0;
	return p;
}

static bool string_is(struct bytes_reader *r, const void *want, size_t want_len)
{
	size_t len;
	const uint8_t *p = read_string(r, &len);

	return p && len == want_len && memcmp(p, want, len) == 0;
}

static bool text_is(struct bytes_reader *r, const char *want)
{
	return string_is(r, want, strlen(want));
}

/* Padding: 1, 2, 3 ... up to a whole block, as OpenSSH requires. */
static bool is_padding(struct bytes_reader *r)
{
	uint8_t want = 1;

	while (bytes_left(r) > 0)
		if (bytes_read_u8(r) != want++ || want > PRIVATE_BLOCK_SIZE)
			return false;
	return bytes_reader_ok(r);
}

/* The seed of the only key in the list of private keys. NULL if it is malformed. */
static const uint8_t *read_list(struct bytes_reader *r, const uint8_t blob[PUBLIC_BLOB_SIZE])
{
	const uint8_t *public = blob + PUBLIC_BLOB_SIZE - CRYPTO_ED25519_PUBLIC_SIZE;
	uint32_t first = bytes_read_be32(r), second = bytes_read_be32(r);
	size_t len;

	if (r->failed || first != second || !text_is(r, KEY_TYPE) ||
		!string_is(r, public, CRYPTO_ED25519_PUBLIC_SIZE))
		return NULL;
	const uint8_t *private = read_string(r, &len);
	if (!private || len != CRYPTO_ED25519_SEED_SIZE + CRYPTO_ED25519_PUBLIC_SIZE ||
		memcmp(private + CRYPTO_ED25519_SEED_SIZE, public, CRYPTO_ED25519_PUBLIC_SIZE) != 0)
		return NULL;
	return read_string(r, &len) && is_padding(r) ? private : NULL;
}

static int malformed(struct error *error)
{
	return error_set(error, -EINVAL, "not an OpenSSH private key, or truncated");
}

/* After the magic: cipher, key derivation, number of keys. */
static int check_head(struct bytes_reader *r, struct error *error)
{
	const uint8_t *magic = bytes_view(r, sizeof(MAGIC));

	if (!magic || memcmp(magic, MAGIC, sizeof(MAGIC)) != 0)
		return malformed(error);
	if (!text_is(r, NO_CIPHER) || !text_is(r, NO_CIPHER) || !text_is(r, ""))
		return r->failed ? malformed(error)
				 : error_set(error, -EINVAL, "encrypted with a passphrase");
	if (bytes_read_be32(r) != 1)
		return r->failed ? malformed(error)
				 : error_set(error, -EINVAL, "not exactly one key");
	return 0;
}

static int check_unpacked(const struct unpacked *u, char ret_public[HOSTKEY_PUBLIC_MAX],
	char out[HOSTKEY_FINGERPRINT_MAX], struct error *error)
{
	uint8_t derived[CRYPTO_ED25519_PUBLIC_SIZE];
	struct bytes_reader r = bytes_reader(u->bytes, u->len);
	size_t blob_len, list_len;

	int rc = check_head(&r, error);
	if (rc < 0)
		return rc;
	const uint8_t *blob = read_string(&r, &blob_len), *list = read_string(&r, &list_len);
	if (!blob || !list || !bytes_reader_done(&r))
		return malformed(error);
	if (blob_len != PUBLIC_BLOB_SIZE || !hostkey_blob_is_wellformed(blob))
		return error_set(error, -EINVAL, "not of the type " KEY_TYPE);
	r = bytes_reader(list, list_len);
	const uint8_t *seed = read_list(&r, blob);
	if (!seed)
		return malformed(error);
	rc = crypto_ed25519_public(seed, derived, error);
	if (rc < 0)
		return rc;
	if (memcmp(derived, blob + PUBLIC_BLOB_SIZE - sizeof(derived), sizeof(derived)) != 0)
		return error_set(error, -EINVAL, "its public key does not match its private key");
	hostkey_blob_format(blob, ret_public);
	return hostkey_blob_fingerprint(blob, PUBLIC_BLOB_SIZE, out, error);
}

int hostkey_private_read(const void *pem, size_t len, char ret_public[HOSTKEY_PUBLIC_MAX],
	char ret_fingerprint[HOSTKEY_FINGERPRINT_MAX], struct error *error)
{
	_cleanup_unpacked_ struct unpacked u = { .len = 0 };
	char public[HOSTKEY_PUBLIC_MAX], fingerprint[HOSTKEY_FINGERPRINT_MAX];

	if (len > PEM_MAX || !unpack(pem, len, &u))
		return malformed(error);
	int r = check_unpacked(&u, public, fingerprint, error);
	if (r < 0)
		return r;
	memcpy(ret_public, public, sizeof(public));
	memcpy(ret_fingerprint, fingerprint, sizeof(fingerprint));
	return 0;
}

int hostkey_private_check(const void *pem, size_t len,
	char ret_fingerprint[HOSTKEY_FINGERPRINT_MAX], struct error *error)
{
	char ignored[HOSTKEY_PUBLIC_MAX];

	return hostkey_private_read(pem, len, ignored, ret_fingerprint, error);
}
