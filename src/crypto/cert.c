/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The certificate of protocol v0.0.1, byte for byte determined by its key (docs/protocol.md,
 * "From the one-time password"). The peer makes the same certificate from the same password and
 * compares all bytes: one different byte, and the handshake fails.
 */
#include "crypto/ed25519.h"

#include <errno.h>
#include <string.h>

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "crypto/openssl.h"

#define CERT_VERSION_3 2
#define CERT_NOT_BEFORE "700101000000Z"
#define CERT_NOT_AFTER "380119031409Z"

struct cert_extension {
	int nid;
	int critical;
	const char *der;
	int len;
};

/* In this order; the values' DER does not depend on the key. */
static const struct cert_extension cert_extensions[] = {
	/* BIT STRING of digitalSignature (0) and dataEncipherment (3) */
	{ NID_key_usage, 1, "\x03\x02\x04\x90", 4 },
	/* SEQUENCE of the OIDs of clientAuth and serverAuth */
	{ NID_ext_key_usage, 0,
		"\x30\x14\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x02"
		"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01",
		22 },
	/* SEQUENCE of dNSName */
	{ NID_subject_alt_name, 1, "\x30\x08\x82\x06stprov", 10 },
};

static void cleanup_x509(X509 **cert)
{
	X509_free(*cert);
}

static void cleanup_octets(ASN1_OCTET_STRING **octets)
{
	ASN1_OCTET_STRING_free(*octets);
}

static void cleanup_extension(X509_EXTENSION **extension)
{
	X509_EXTENSION_free(*extension);
}

/*
 * The same as X509_set_pubkey(), which first searches all of OpenSSL's encoders. That search takes
 * as long as the rest of the function.
 */
static int set_public_key(X509 *cert, EVP_PKEY *key)
{
	size_t len = CRYPTO_ED25519_PUBLIC_SIZE;
	unsigned char *public = OPENSSL_malloc(len);

	if (public && EVP_PKEY_get_raw_public_key(key, public, &len) &&
		X509_PUBKEY_set0_param(X509_get_X509_PUBKEY(cert), OBJ_nid2obj(NID_ED25519),
			V_ASN1_UNDEF, NULL, public, (int)len))
		return 1; /* the certificate owns it now */
	OPENSSL_free(public);
	return 0;
}

static int add_extension(X509 *cert, const struct cert_extension *e)
{
	_cleanup_(cleanup_octets) ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	_cleanup_(cleanup_extension) X509_EXTENSION *extension = NULL;

	if (!value || !ASN1_OCTET_STRING_set(value, (const unsigned char *)e->der, e->len))
		return 0;
	extension = X509_EXTENSION_create_by_NID(NULL, e->nid, e->critical, value);
	return extension && X509_add_ext(cert, extension, -1);
}

/* Fills in and signs; 1 or 0, as OpenSSL's own calls. */
static int make(X509 *cert, EVP_PKEY *key)
{
	/* A new X509 has empty names. */
	if (!X509_set_version(cert, CERT_VERSION_3) ||
		!ASN1_INTEGER_set(X509_get_serialNumber(cert), 0) ||
		!ASN1_UTCTIME_set_string(X509_getm_notBefore(cert), CERT_NOT_BEFORE) ||
		!ASN1_UTCTIME_set_string(X509_getm_notAfter(cert), CERT_NOT_AFTER) ||
		!set_public_key(cert, key))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(cert_extensions); i++)
		if (!add_extension(cert, &cert_extensions[i]))
			return 0;
	/* Ed25519 takes no digest. */
	return X509_sign(cert, key, NULL) > 0;
}

int crypto_cert_make(const uint8_t seed[CRYPTO_ED25519_SEED_SIZE], uint8_t out[CRYPTO_CERT_MAX],
	size_t *ret_len, struct error *error)
{
	_cleanup_key_ EVP_PKEY *key = NULL;
	_cleanup_(cleanup_x509) X509 *cert = NULL;
	int r = crypto_openssl_init(error);

	if (r < 0)
		return r;
	r = crypto_openssl_key(seed, &key, error);
	if (r < 0)
		return r;
	cert = X509_new();
	if (!cert || !make(cert, key))
		return crypto_openssl_error(error, -EIO, "certificate");
	int len = i2d_X509(cert, NULL);
	if (len <= 0 || len > CRYPTO_CERT_MAX)
		return crypto_openssl_error(error, -EIO, "encode certificate");
	if (i2d_X509(cert, &out) != len)
		return crypto_openssl_error(error, -EIO, "encode certificate");
	*ret_len = (size_t)len;
	return 0;
}
