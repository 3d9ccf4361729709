/* SPDX-License-Identifier: BSD-2-Clause */
/* The certificate of an endorsement key, and its chain: see chain.h. */
#include "crypto/chain.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "crypto/openssl.h"

/* tcg-kp-EKCertificate (TCG EK Credential Profile 2.5, section 3.2.16). */
#define EKU_EK_CERTIFICATE "2.23.133.8.1"
/* Intermediate certificates between the first and the trusted one. */
#define DEPTH_MAX (CRYPTO_CHAIN_MAX - 2)

struct crypto_roots {
	X509_STORE *store;
};

static void free_cert(X509 **cert)
{
	X509_free(*cert);
}
#define _cleanup_cert_ _cleanup_(free_cert)

static void free_bio(BIO **bio)
{
	BIO_free(*bio);
}

static void free_certs(STACK_OF(X509) * *certs)
{
	sk_X509_pop_free(*certs, X509_free);
}

static void free_context(X509_STORE_CTX **context)
{
	X509_STORE_CTX_free(*context);
}

static void free_object(ASN1_OBJECT **object)
{
	ASN1_OBJECT_free(*object);
}

static void free_usage(EXTENDED_KEY_USAGE **usage)
{
	EXTENDED_KEY_USAGE_free(*usage);
}

/* -- what is trusted -------------------------------------------------------------------------- */

int crypto_roots_new(struct crypto_roots **ret, struct error *error)
{
	int r = crypto_openssl_init(error);

	if (r < 0)
		return r;
	struct crypto_roots *roots = calloc(1, sizeof(*roots));
	if (roots)
		roots->store = X509_STORE_new();
	if (!roots || !roots->store) {
		free(roots);
		return error_set_errno(error, -ENOMEM, "certificates");
	}
	*ret = roots;
	return 0;
}

void crypto_roots_free(struct crypto_roots **roots)
{
	if (!*roots)
		return;
	X509_STORE_free((*roots)->store);
	free(*roots);
	*roots = NULL;
}

/* An encrypted certificate must not make OpenSSL ask for a password on the terminal. */
static int no_password(char *buf, int size, int writing, void *context)
{
	return -1;
}

static bool at_end(void)
{
	unsigned long e = ERR_peek_last_error();

	return ERR_GET_LIB(e) == ERR_LIB_PEM && ERR_GET_REASON(e) == PEM_R_NO_START_LINE;
}

int crypto_roots_add(
	struct crypto_roots *roots, const void *pem, size_t len, size_t *ret_n, struct error *error)
{
	size_t n = 0;

	if (len > INT_MAX)
		return error_set(error, -EINVAL, "it is too long");
	_cleanup_(free_bio) BIO *bio = BIO_new_mem_buf(pem, (int)len);
	if (!bio)
		return error_set_errno(error, -ENOMEM, "certificates");
	for (;; n++) {
		ERR_clear_error();
		_cleanup_cert_ X509 *cert = PEM_read_bio_X509(bio, NULL, no_password, NULL);
		if (!cert && at_end())
			break;
		if (!cert)
			return error_set(error, -EINVAL, "certificate %zu is malformed", n + 1);
		if (X509_STORE_add_cert(roots->store, cert) != 1)
			return crypto_openssl_error(error, -EIO, "certificates");
	}
	ERR_clear_error();
	*ret_n = n;
	return 0;
}

/* -- one certificate -------------------------------------------------------------------------- */

static X509 *parse(const void *der, size_t len, size_t *ret_len)
{
	const unsigned char *p = der;
	X509 *cert = len <= LONG_MAX ? d2i_X509(NULL, &p, (long)len) : NULL;

	if (cert)
		*ret_len = (size_t)(p - (const unsigned char *)der);
	return cert;
}

/* The time of this machine's clock; a certificate is not checked for another one. */
static bool is_expired(X509 *cert)
{
	return X509_cmp_current_time(X509_get0_notBefore(cert)) > 0 ||
	       X509_cmp_current_time(X509_get0_notAfter(cert)) < 0;
}

static bool is_for_endorsement(X509 *cert)
{
	int critical = -1;
	_cleanup_(free_usage) EXTENDED_KEY_USAGE *usage =
		X509_get_ext_d2i(cert, NID_ext_key_usage, &critical, NULL);
	_cleanup_(free_object) ASN1_OBJECT *wanted = OBJ_txt2obj(EKU_EK_CERTIFICATE, 1);

	/* -1: there is none. */
	if (!usage)
		return critical == -1;
	for (int i = 0; wanted && i < sk_ASN1_OBJECT_num(usage); i++)
		if (OBJ_cmp(sk_ASN1_OBJECT_value(usage, i), wanted) == 0)
			return true;
	return false;
}

static int check_key(
	X509 *cert, const struct crypto_spki *key, bool *ret_expired, struct error *error)
{
	const unsigned char *p = key->der;
	_cleanup_key_ EVP_PKEY *wanted = d2i_PUBKEY(NULL, &p, (long)key->len);
	const EVP_PKEY *is = X509_get0_pubkey(cert);

	if (!is)
		return error_set(
			error, CRYPTO_CHAIN_E_KEY, "the EK certificate's key cannot be read");
	if (!wanted || EVP_PKEY_eq(is, wanted) != 1)
		return error_set(
			error, CRYPTO_CHAIN_E_OTHER_KEY, "the certificate is of another key");
	if (!is_for_endorsement(cert))
		return error_set(error, CRYPTO_CHAIN_E_USAGE,
			"the certificate is not one of an endorsement key");
	*ret_expired = is_expired(cert);
	return 0;
}

static int not_a_certificate(struct error *error)
{
	return error_set(error, CRYPTO_CHAIN_E_FORM, "the EK certificate is malformed");
}

int crypto_chain_check_key(const void *der, size_t len, const struct crypto_spki *key,
	size_t *ret_len, bool *ret_expired, struct error *error)
{
	int r = crypto_openssl_init(error);

	if (r < 0)
		return r;
	_cleanup_cert_ X509 *cert = parse(der, len, ret_len);
	r = cert ? check_key(cert, key, ret_expired, error) : not_a_certificate(error);
	ERR_clear_error();
	return r;
}

/* -- the chain -------------------------------------------------------------------------------- */

static STACK_OF(X509) * parse_all(const struct crypto_part *parts, size_t n)
{
	STACK_OF(X509) *all = sk_X509_new_null();
	size_t len;

	/* What is not a certificate helps no chain. */
	for (size_t i = 0; all && i < n; i++) {
		X509 *cert = parse(parts[i].data, parts[i].len, &len);
		if (cert && sk_X509_push(all, cert) <= 0)
			X509_free(cert);
	}
	return all;
}

static int take_chain(X509_STORE_CTX *context, struct crypto_chain *ret, struct error *error)
{
	STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(context);
	struct crypto_chain result = { .n = 0 };
	unsigned size = CRYPTO_SHA256_SIZE;

	for (int i = 0; i < sk_X509_num(chain) && i < CRYPTO_CHAIN_MAX; i++) {
		X509 *cert = sk_X509_value(chain, i);
		if (X509_digest(cert, EVP_sha256(), result.sha256[i], &size) != 1)
			return crypto_openssl_error(error, -EIO, "SHA-256");
		result.expired |= is_expired(cert);
		result.n++;
	}
	*ret = result;
	return 0;
}

static int verify(X509 *cert, STACK_OF(X509) * untrusted, X509_STORE *store,
	struct crypto_chain *ret, struct error *error)
{
	_cleanup_(free_context) X509_STORE_CTX *context = X509_STORE_CTX_new();

	if (!context || X509_STORE_CTX_init(context, store, cert, untrusted) != 1)
		return error_set_errno(error, -ENOMEM, "certificates");
	X509_STORE_CTX_set_flags(context, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
	X509_STORE_CTX_set_depth(context, DEPTH_MAX);
	if (X509_verify_cert(context) != 1)
		return error_set(error, CRYPTO_CHAIN_E_UNTRUSTED, "%s",
			X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)));
	return take_chain(context, ret, error);
}

int crypto_chain_verify(const void *der, size_t len, const struct crypto_part *untrusted,
	size_t untrusted_n, const struct crypto_roots *roots, struct crypto_chain *ret,
	struct error *error)
{
	size_t der_len;
	int r = crypto_openssl_init(error);

	if (r < 0)
		return r;
	_cleanup_cert_ X509 *cert = parse(der, len, &der_len);
	if (!cert) {
		ERR_clear_error();
		return not_a_certificate(error);
	}
	_cleanup_(free_certs) STACK_OF(X509) *others = parse_all(untrusted, untrusted_n);
	r = others ? verify(cert, others, roots->store, ret, error)
		   : error_set_errno(error, -ENOMEM, "certificates");
	ERR_clear_error();
	return r;
}
