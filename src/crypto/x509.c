/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates of other parties: see x509.h. */
#include "crypto/x509.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "crypto/openssl.h"

static void cleanup_x509(X509 **cert)
{
	X509_free(*cert);
}
#define _cleanup_x509_ _cleanup_(cleanup_x509)

static void cleanup_bio(BIO **bio)
{
	BIO_free(*bio);
}

/* The certificate of exactly these bytes, or NULL. */
static X509 *parse_der(const void *data, size_t len)
{
	const unsigned char *p = data;
	X509 *cert = len <= LONG_MAX ? d2i_X509(NULL, &p, (long)len) : NULL;

	if (cert && p != (const unsigned char *)data + len) {
		X509_free(cert);
		cert = NULL;
	}
	ERR_clear_error();
	return cert;
}

/* A certificate in PEM is never encrypted. */
static int no_password(char *buf, int size, int writing, void *user)
{
	(void)buf, (void)size, (void)writing, (void)user;
	return -1;
}

static int parse_pem(const void *data, size_t len, X509 **ret, struct error *error)
{
	_cleanup_(cleanup_bio) BIO *bio = BIO_new_mem_buf(data, (int)len);
	_cleanup_x509_ X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, no_password, NULL) : NULL;
	_cleanup_x509_ X509 *second = cert ? PEM_read_bio_X509(bio, NULL, no_password, NULL) : NULL;

	ERR_clear_error();
	if (!cert)
		return error_set(
			error, -EINVAL, "not an X.509 certificate, neither in PEM nor in DER");
	if (second)
		return error_set(error, -EINVAL, "more than one certificate");
	*ret = TAKE_PTR(cert);
	return 0;
}

/* The bytes of the file itself: another encoder's DER is kept as it is. */
static int copy_der(
	const void *data, size_t len, uint8_t **ret_der, size_t *ret_len, struct error *error)
{
	uint8_t *der = malloc(len);

	if (!der)
		return error_set(error, -ENOMEM, "out of memory");
	memcpy(der, data, len);
	*ret_der = der;
	*ret_len = len;
	return 0;
}

int crypto_cert_read(
	const void *data, size_t len, uint8_t **ret_der, size_t *ret_len, struct error *error)
{
	int r = crypto_openssl_init(error);

	if (r < 0)
		return r;
	if (len > CRYPTO_CERT_FILE_MAX)
		return error_set(error, -EINVAL, "too large for a certificate");
	_cleanup_x509_ X509 *cert = parse_der(data, len);
	if (cert)
		return copy_der(data, len, ret_der, ret_len, error);
	r = parse_pem(data, len, &cert, error);
	if (r < 0)
		return r;
	/* Of a certificate that was parsed OpenSSL writes the bytes that it read. */
	unsigned char *der = NULL;
	int der_len = i2d_X509(cert, &der);
	if (der_len < 1)
		return crypto_openssl_error(error, -EIO, "certificate");
	r = copy_der(der, (size_t)der_len, ret_der, ret_len, error);
	OPENSSL_free(der);
	return r;
}

bool crypto_cert_issued(const void *cert, size_t cert_len, const void *issuer, size_t issuer_len)
{
	struct error ignored;

	if (crypto_openssl_init(&ignored) < 0)
		return false;
	_cleanup_x509_ X509 *child = parse_der(cert, cert_len);
	_cleanup_x509_ X509 *parent = child ? parse_der(issuer, issuer_len) : NULL;
	EVP_PKEY *key = parent ? X509_get0_pubkey(parent) : NULL;
	bool issued = key && X509_verify(child, key) == 1;
	ERR_clear_error();
	return issued;
}
