/* SPDX-License-Identifier: BSD-2-Clause */
/* Detached signatures in CMS: see cms.h. */
#include "crypto/cms.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include "base/macros.h"
#include "crypto/openssl.h"

/* A signature is longer than this only if it is not an EFI variable's. */
#define SIGNATURE_MAX (64 * 1024)
/* DER (X.690): tags, and the length in two bytes that all of the wrapping below has. */
#define DER_SEQUENCE 0x30
#define DER_OID 0x06
#define DER_CONTEXT_0 0xa0
#define DER_LENGTH_2 0x82

static void cleanup_cms(CMS_ContentInfo **p)
{
	CMS_ContentInfo_free(*p);
}
#define _cleanup_cms_ _cleanup_(cleanup_cms)

static void cleanup_bio(BIO **p)
{
	BIO_free_all(*p);
}
#define _cleanup_bio_ _cleanup_(cleanup_bio)

static void cleanup_store(X509_STORE **p)
{
	X509_STORE_free(*p);
}
#define _cleanup_store_ _cleanup_(cleanup_store)

static void cleanup_x509(X509 **p)
{
	X509_free(*p);
}

static void cleanup_certs(STACK_OF(X509) * *p)
{
	sk_X509_pop_free(*p, X509_free);
}

/* Whether it begins as SignedData does (a version), not as ContentInfo (an object identifier). */
static bool is_bare(const uint8_t *der, size_t len)
{
	size_t header = 2;

	if (len < 2)
		return false;
	if (der[1] & 0x80)
		header += der[1] & 0x7fU;
	return len > header && der[header] != DER_OID;
}

/* CMS in OpenSSL wants a ContentInfo: signedData, and the SignedData as its content [0]. */
static CMS_ContentInfo *parse_bare(const uint8_t *der, size_t len)
{
	static const uint8_t oid[] = { DER_OID, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07,
		0x02 };
	size_t inner = sizeof(oid) + 4 + len;
	_cleanup_free_ uint8_t *wrapped = malloc(4 + inner);

	if (!wrapped)
		return NULL;
	uint8_t *p = wrapped;
	*p++ = DER_SEQUENCE;
	*p++ = DER_LENGTH_2;
	*p++ = (uint8_t)(inner >> 8);
	*p++ = (uint8_t)inner;
	memcpy(p, oid, sizeof(oid));
	p += sizeof(oid);
	*p++ = DER_CONTEXT_0;
	*p++ = DER_LENGTH_2;
	*p++ = (uint8_t)(len >> 8);
	*p++ = (uint8_t)len;
	memcpy(p, der, len);
	const unsigned char *begin = wrapped;
	return d2i_CMS_ContentInfo(NULL, &begin, (long)(4 + inner));
}

static CMS_ContentInfo *parse(const uint8_t *der, size_t len)
{
	const unsigned char *begin = der;

	if (len > SIGNATURE_MAX - 64)
		return NULL;
	return is_bare(der, len) ? parse_bare(der, len)
				 : d2i_CMS_ContentInfo(NULL, &begin, (long)len);
}

/* UEFI 2.10 section 8.2.2: the digest algorithm is SHA-256. */
static bool is_sha256(CMS_ContentInfo *cms)
{
	STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
	int n = signers ? sk_CMS_SignerInfo_num(signers) : 0;

	for (int i = 0; i < n; i++) {
		X509_ALGOR *digest = NULL;
		const ASN1_OBJECT *object = NULL;
		CMS_SignerInfo_get0_algs(
			sk_CMS_SignerInfo_value(signers, i), NULL, NULL, &digest, NULL);
		X509_ALGOR_get0(&object, NULL, NULL, digest);
		if (OBJ_obj2nid(object) != NID_sha256)
			return false;
	}
	return n > 0;
}

/*
 * A filter that does nothing is on top: CMS_verify() copies a memory BIO that it gets directly, and
 * OpenSSL 3.0 leaks the copy when the digest is unknown.
 */
static BIO *join(const struct crypto_part *parts, size_t n)
{
	BIO *bio = BIO_new(BIO_s_mem()), *filter = NULL;

	for (size_t i = 0; bio && i < n; i++) {
		size_t written = 0;
		if (parts[i].len > 0 &&
			(BIO_write_ex(bio, parts[i].data, parts[i].len, &written) != 1 ||
				written != parts[i].len)) {
			BIO_free(bio);
			return NULL;
		}
	}
	if (bio) {
		/* 0 at the end, not -1, which a pipe would give that may have more. */
		(void)BIO_set_mem_eof_return(bio, 0);
		filter = BIO_new(BIO_f_null());
	}
	if (!filter) {
		BIO_free(bio);
		return NULL;
	}
	return BIO_push(filter, bio);
}

static X509_STORE *trust(const struct crypto_part *trusted, size_t n)
{
	X509_STORE *store = X509_STORE_new();

	for (size_t i = 0; store && i < MIN(n, (size_t)CRYPTO_CMS_TRUSTED_MAX); i++) {
		const unsigned char *p = trusted[i].data;
		_cleanup_(cleanup_x509) X509 *cert =
			trusted[i].len <= LONG_MAX ? d2i_X509(NULL, &p, (long)trusted[i].len)
						   : NULL;
		if (cert)
			(void)X509_STORE_add_cert(store, cert);
	}
	return store;
}

/* Whether a certificate leads to a trusted one, whatever the time. */
static bool is_vouched_for(X509_STORE *store, X509 *cert, STACK_OF(X509) * untrusted)
{
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	bool good = false;

	if (context && X509_STORE_CTX_init(context, store, cert, untrusted) == 1) {
		X509_STORE_CTX_set_flags(
			context, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
		good = X509_verify_cert(context) == 1;
	}
	X509_STORE_CTX_free(context);
	return good;
}

static int check_signers(
	CMS_ContentInfo *cms, const struct crypto_part *trusted, size_t n, struct error *error)
{
	_cleanup_store_ X509_STORE *store = trust(trusted, n);
	_cleanup_(cleanup_certs) STACK_OF(X509) *untrusted = CMS_get1_certs(cms);
	STACK_OF(X509) *signers = CMS_get0_signers(cms);
	int r = 0;

	if (!store || !signers || sk_X509_num(signers) < 1)
		r = error_set(error, -EINVAL, "the signature has no signer");
	for (int i = 0; r == 0 && i < sk_X509_num(signers); i++) {
		char name[CRYPTO_CERT_NAME_MAX];
		X509 *signer = sk_X509_value(signers, i);
		if (is_vouched_for(store, signer, untrusted))
			continue;
		crypto_openssl_name(X509_get_subject_name(signer), name);
		r = error_set(error, CRYPTO_CMS_E_SIGNER, "it is signed by %s", name);
	}
	sk_X509_free(signers);
	return r;
}

static int verify(const void *signature, size_t len, const struct crypto_part *content,
	size_t content_n, const struct crypto_part *trusted, size_t trusted_n, struct error *error)
{
	_cleanup_cms_ CMS_ContentInfo *cms = parse(signature, len);

	if (!cms || OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed)
		return error_set(error, -EINVAL, "not a signature in PKCS #7");
	if (!is_sha256(cms))
		return error_set(error, -EINVAL, "a signature whose digest is not SHA-256");
	_cleanup_bio_ BIO *bio = join(content, content_n);
	if (!bio)
		return error_set_errno(error, -ENOMEM, "signature");
	if (CMS_verify(cms, NULL, NULL, bio, NULL,
		    CMS_BINARY | CMS_DETACHED | CMS_NO_SIGNER_CERT_VERIFY) != 1)
		return error_set(error, CRYPTO_CMS_E_SIGNATURE, "the signature is of another text");
	return trusted_n > 0 ? check_signers(cms, trusted, trusted_n, error) : 0;
}

int crypto_cms_verify(const void *signature, size_t len, const struct crypto_part *content,
	size_t content_n, const struct crypto_part *trusted, size_t trusted_n, struct error *error)
{
	int r = crypto_openssl_init(error);

	if (r < 0)
		return r;
	r = verify(signature, len, content, content_n, trusted, trusted_n, error);
	ERR_clear_error();
	return r;
}
