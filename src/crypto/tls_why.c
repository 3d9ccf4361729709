/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reason why a handshake with a web server failed, as a sentence for the operator: see
 * tls_web.h. Names in certificates are untrusted; they are made printable.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/clock.h"
#include "base/text.h"
#include "crypto/openssl.h"
#include "crypto/tls_private.h"
#include "crypto/tls_web.h"

/* The number of a certificate's names that are shown. */
#define NAMES_MAX_SHOWN 3

static void cleanup_names(GENERAL_NAMES **names)
{
	GENERAL_NAMES_free(*names);
}

static void format_asn1_date(const ASN1_TIME *time, char out[CLOCK_TEXT_MAX])
{
	struct tm tm;

	if (ASN1_TIME_to_tm(time, &tm))
		snprintf(out, CLOCK_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02dZ",
			(tm.tm_year + 1900) % 10000, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
			tm.tm_min, tm.tm_sec);
	else
		snprintf(out, CLOCK_TEXT_MAX, "an unknown date");
}

/* `the platform's clock says ...`; names the build date if the clock is before it. */
static void format_clock(const struct tls_context *context, char *out, size_t cap)
{
	char clock[CLOCK_TEXT_MAX], floor[CLOCK_TEXT_MAX];

	clock_format_utc(context->clock_s, clock);
	clock_format_utc(context->floor_s, floor);
	if (context->clock_s >= context->floor_s)
		snprintf(out, cap, "the platform's clock says %s", clock);
	else
		snprintf(out, cap,
			"the platform's clock says %s; the program's build date, %s, was "
			"used instead",
			clock, floor);
}

static int wrong_time(const struct tls_conn *conn, bool expired, struct error *error)
{
	char date[CLOCK_TEXT_MAX], name[CRYPTO_CERT_NAME_MAX], clock[160];

	format_asn1_date(
		expired ? X509_get0_notAfter(conn->refused) : X509_get0_notBefore(conn->refused),
		date);
	crypto_openssl_name(X509_get_subject_name(conn->refused), name);
	format_clock(conn->context, clock, sizeof(clock));
	return error_set(error, expired ? TLS_WEB_E_EXPIRED : TLS_WEB_E_NOT_YET_VALID,
		"certificate %s %s %s; %s", name, expired ? "expired" : "is not valid before", date,
		clock);
}

static int unknown_issuer(const struct tls_conn *conn, bool self_signed, struct error *error)
{
	char name[CRYPTO_CERT_NAME_MAX] = "";

	if (conn->refused)
		crypto_openssl_name(X509_get_issuer_name(conn->refused), name);
	if (conn->context->roots_n == 0)
		return error_set(error, TLS_WEB_E_UNKNOWN_ISSUER,
			"there are no HTTPS roots to check the server's certificate with (it is "
			"issued by %s)",
			name);
	return error_set(error, TLS_WEB_E_UNKNOWN_ISSUER,
		self_signed ? "the server's certificate is self-signed by %s, which is not among "
			      "the HTTPS roots"
			    : "the server's certificate is issued by %s, which is not among the "
			      "HTTPS roots",
		name);
}

/* Bytes of an address in text, 4 or 16; 0 if it is a name. */
static size_t parse_address(const char *text, uint8_t out[16])
{
	if (inet_pton(AF_INET, text, out) == 1)
		return 4;
	return inet_pton(AF_INET6, text, out) == 1 ? 16 : 0;
}

/*
 * Whether a DNS name of the certificate is an address, and the one that was asked for. An address
 * counts as iPAddress only (RFC 5280 section 4.2.1.6, RFC 9525 section 6.5).
 */
static bool is_address_as_dns_name(const GENERAL_NAME *name, const char *host, bool *ret_same)
{
	uint8_t got[16], want[16];
	char text[CRYPTO_CERT_NAME_MAX];

	if (name->type != GEN_DNS)
		return false;
	text_printable(ASN1_STRING_get0_data(name->d.dNSName),
		(size_t)ASN1_STRING_length(name->d.dNSName), text, sizeof(text));
	size_t len = parse_address(text, got);
	*ret_same = len > 0 && parse_address(host, want) == len && memcmp(got, want, len) == 0;
	return len > 0;
}

/* Appends one name of a certificate; false if it is of a kind that is not shown. */
static bool append_name(
	const GENERAL_NAME *name, const char *comma, const char *host, char *out, size_t cap)
{
	char shown[CRYPTO_CERT_NAME_MAX];
	bool same, is_odd = is_address_as_dns_name(name, host, &same);

	if (name->type == GEN_DNS) {
		text_printable(ASN1_STRING_get0_data(name->d.dNSName),
			(size_t)ASN1_STRING_length(name->d.dNSName), shown, sizeof(shown));
	} else if (name->type == GEN_IPADD) {
		int len = ASN1_STRING_length(name->d.iPAddress);
		if ((len != 4 && len != 16) ||
			!inet_ntop(len == 4 ? AF_INET : AF_INET6,
				ASN1_STRING_get0_data(name->d.iPAddress), shown, sizeof(shown)))
			return false;
	} else {
		return false;
	}
	size_t len = strlen(out);
	snprintf(out + len, cap - len, "%s%s%s", comma, shown, is_odd ? " (as a DNS name)" : "");
	return true;
}

static int wrong_name(const struct tls_conn *conn, struct error *error)
{
	_cleanup_(cleanup_names) GENERAL_NAMES *names =
		X509_get_ext_d2i(conn->refused, NID_subject_alt_name, NULL, NULL);
	char list[NAMES_MAX_SHOWN * CRYPTO_CERT_NAME_MAX] = "";
	int shown = 0, n = names ? sk_GENERAL_NAME_num(names) : 0;

	for (int i = 0; i < n; i++) {
		bool same = false;
		if (is_address_as_dns_name(sk_GENERAL_NAME_value(names, i), conn->host, &same) &&
			same)
			return error_set(error, TLS_WEB_E_WRONG_NAME,
				"the server's certificate has %s as a DNS name, not as an IP "
				"address",
				conn->host);
	}
	for (int i = 0; i < n && shown < NAMES_MAX_SHOWN; i++)
		shown += append_name(sk_GENERAL_NAME_value(names, i), shown > 0 ? ", " : "",
			conn->host, list, sizeof(list));
	return error_set(error, TLS_WEB_E_WRONG_NAME,
		"the server's certificate is for %s, not for %s", shown > 0 ? list : "no name",
		conn->host);
}

static int refused(const struct tls_conn *conn, long code, struct error *error)
{
	switch (code) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		if (!conn->refused)
			break;
		return wrong_time(conn, code == X509_V_ERR_CERT_HAS_EXPIRED, error);
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		return unknown_issuer(conn, true, error);
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_CERT_UNTRUSTED:
		return unknown_issuer(conn, false, error);
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		if (!conn->refused)
			break;
		return wrong_name(conn, error);
	default:
		break;
	}
	return error_set(error, TLS_WEB_E_CERTIFICATE, "the server's certificate: %s",
		X509_verify_cert_error_string(code));
}

int tls_web_explain(const struct tls_conn *conn, struct error *error)
{
	long code = SSL_get_verify_result(conn->ssl);
	unsigned long e = ERR_peek_error();

	if (code != X509_V_OK)
		return refused(conn, code, error);
	if (ERR_GET_LIB(e) != ERR_LIB_SSL)
		return 0;
	switch (ERR_GET_REASON(e)) {
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
		return error_set(
			error, TLS_WEB_E_OLD_VERSION, "the server does not speak TLS 1.2 or later");
	case SSL_R_WRONG_VERSION_NUMBER:
		return error_set(error, -EPROTO, "the server does not speak TLS");
	default:
		return 0;
	}
}
