/* SPDX-License-Identifier: BSD-2-Clause */
/* Names in certificates, X.509 (RFC 5280 section 4.1.2.6), made printable: see certname.h. */
#include "crypto/certname.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "base/text.h"
#include "crypto/openssl.h"

static void cleanup_x509(X509 **cert)
{
	X509_free(*cert);
}

void crypto_openssl_name(const X509_NAME *name, char out[CRYPTO_CERT_NAME_MAX])
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	long len = 0;

	if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0)
		len = BIO_get_mem_data(bio, &text);
	if (len > 0)
		text_printable(text, (size_t)len, out, CRYPTO_CERT_NAME_MAX);
	else
		snprintf(out, CRYPTO_CERT_NAME_MAX, "(no name)");
	BIO_free(bio);
}

/* False if there is no common name, or an empty one. */
static bool common_name(const X509_NAME *name, char out[CRYPTO_CERT_NAME_MAX])
{
	unsigned char *utf8 = NULL;
	int at = -1, last = -1;

	while ((at = X509_NAME_get_index_by_NID(name, NID_commonName, at)) >= 0)
		last = at;
	if (last < 0)
		return false;
	int len = ASN1_STRING_to_UTF8(
		&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last)));
	if (len > 0)
		text_printable(utf8, (size_t)len, out, CRYPTO_CERT_NAME_MAX);
	OPENSSL_free(utf8);
	return len > 0;
}

int crypto_cert_name(
	const void *der, size_t len, char out[CRYPTO_CERT_NAME_MAX], struct error *error)
{
	const unsigned char *p = der;
	int r = crypto_openssl_init(error);

	if (r < 0)
		return r;
	_cleanup_(cleanup_x509) X509 *cert = len <= LONG_MAX ? d2i_X509(NULL, &p, (long)len) : NULL;
	if (cert && p == (const unsigned char *)der + len) {
		const X509_NAME *name = X509_get_subject_name(cert);
		if (!common_name(name, out))
			crypto_openssl_name(name, out);
	} else {
		r = error_set(error, -EINVAL,
			cert ? "there are bytes after the certificate"
			     : "not an X.509 certificate");
	}
	ERR_clear_error();
	return r;
}
