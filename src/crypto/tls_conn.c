/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One connection of TLS, as a stream with deadlines: see tls.h.
 *
 * OpenSSL reads and writes through our own BIO, so that no SIGPIPE is raised and the exact result
 * of each socket call is known, independent of OpenSSL's error queue.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/clock.h"
#include "base/descriptor.h"
#include "crypto/openssl.h"
#include "crypto/tls_private.h"

/* -- the socket below OpenSSL ---------------------------------------------------------------- */

static int bio_retry(BIO *bio, int flag)
{
	BIO_set_flags(bio, flag | BIO_FLAGS_SHOULD_RETRY);
	return -1;
}

static int bio_read(BIO *bio, char *buf, int cap)
{
	struct tls_conn *conn = BIO_get_data(bio);
	ssize_t n;

	BIO_clear_retry_flags(bio);
	/*
	 * OpenSSL continues by itself after records without data: a peer that keeps sending them
	 * must not keep it busy beyond the deadline.
	 */
	if (clock_until(conn->deadline_ms) == 0)
		return bio_retry(bio, BIO_FLAGS_READ);
	do {
		n = descriptor_recv_now(conn->fd, buf, (size_t)cap);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return bio_retry(bio, BIO_FLAGS_READ);
	if (n < 0)
		conn->io_error = -errno;
	if (n == 0)
		conn->eof = true;
	return (int)n;
}

static int bio_write(BIO *bio, const char *buf, int len)
{
	struct tls_conn *conn = BIO_get_data(bio);
	ssize_t n;

	BIO_clear_retry_flags(bio);
	do {
		n = descriptor_send_now(conn->fd, buf, (size_t)len);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return bio_retry(bio, BIO_FLAGS_WRITE);
	if (n < 0)
		conn->io_error = -errno;
	return (int)n;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
	struct tls_conn *conn = BIO_get_data(bio);

	if (command == BIO_CTRL_FLUSH)
		return 1;
	return command == BIO_CTRL_EOF ? conn->eof : 0;
}

BIO_METHOD *tls_bio_method_new(void)
{
	BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "stprov socket");

	if (method && BIO_meth_set_read(method, bio_read) &&
		BIO_meth_set_write(method, bio_write) && BIO_meth_set_ctrl(method, bio_ctrl))
		return method;
	BIO_meth_free(method);
	return NULL;
}

/* -- connections ----------------------------------------------------------------------------- */

/* The alert that the peer sent, from the oldest error in the queue, or -1. */
static int received_alert(void)
{
	unsigned long e = ERR_peek_error();
	int alert = ERR_GET_REASON(e) - SSL_AD_REASON_OFFSET;

	return ERR_GET_LIB(e) == ERR_LIB_SSL && alert > 0 && alert <= UINT8_MAX ? alert : -1;
}

/* Alerts with which a client refuses this certificate (RFC 8446 section 6.2). */
static bool is_certificate_alert(int alert)
{
	switch (alert) {
	case SSL_AD_BAD_CERTIFICATE:
	case SSL_AD_UNSUPPORTED_CERTIFICATE:
	case SSL_AD_CERTIFICATE_REVOKED:
	case SSL_AD_CERTIFICATE_EXPIRED:
	case SSL_AD_CERTIFICATE_UNKNOWN:
	case SSL_AD_UNKNOWN_CA:
	case SSL_AD_ACCESS_DENIED:
	case SSL_AD_DECRYPT_ERROR:
		return true;
	default:
		return false;
	}
}

static bool peer_is_gone(const struct tls_conn *conn)
{
	return conn->eof || conn->io_error == -ECONNRESET || conn->io_error == -EPIPE ||
	       (SSL_get_shutdown(conn->ssl) & SSL_RECEIVED_SHUTDOWN);
}

/* Errors other than a closed connection. */
static int set_failure(struct tls_conn *conn, const char *what, struct error *error)
{
	int alert = received_alert();

	if (alert >= 0) {
		ERR_clear_error();
		return error_set(error, -EPROTO, "%s: the peer sent an alert: %s", what,
			SSL_alert_desc_string_long(alert));
	}
	if (conn->io_error) {
		ERR_clear_error();
		return error_set_errno(error, conn->io_error, "%s", what);
	}
	return crypto_openssl_error(error, -EPROTO, what);
}

static int handshake_failed(struct tls_conn *conn, struct error *error)
{
	int alert = received_alert();
	int r;

	conn->broken = true;
	r = conn->context->web ? tls_web_explain(conn, error) : 0;
	if (r != 0)
		;
	else if (SSL_get_verify_result(conn->ssl) == X509_V_ERR_CERT_REJECTED)
		r = error_set(error, TLS_E_CERTIFICATE,
			"the server's certificate is not the expected one");
	else if (conn->context->server && is_certificate_alert(alert))
		r = error_set(error, TLS_E_REJECTED, "the client refused the certificate: %s",
			SSL_alert_desc_string_long(alert));
	else if (alert < 0 && peer_is_gone(conn))
		r = error_set(error, TLS_E_CLOSED, "connection closed during the TLS handshake");
	else
		r = set_failure(conn, "TLS handshake", error);
	ERR_clear_error();
	return r;
}

static int transfer_failed(struct tls_conn *conn, const char *what, struct error *error)
{
	conn->broken = true;
	if (conn->eof) {
		ERR_clear_error();
		return error_set(error, -ECONNRESET, "connection closed without close_notify");
	}
	return set_failure(conn, what, error);
}

/*
 * To be called before each OpenSSL call on a connection. A deadline that has passed counts even if
 * the socket is ready, or a peer that sends single bytes would extend it.
 */
static int begin_call(struct tls_conn *conn, int64_t deadline_ms, struct error *error)
{
	if (clock_until(deadline_ms) == 0)
		return error_set(error, -ETIMEDOUT, "no answer in time");
	conn->deadline_ms = deadline_ms;
	ERR_clear_error();
	return 0;
}

/* After a call that returned @result: 0 to call again, a negative errno, 1 if it failed. */
static int wait_to_retry(
	struct tls_conn *conn, int result, int64_t deadline_ms, struct error *error)
{
	int want = SSL_get_error(conn->ssl, result);

	if (want != SSL_ERROR_WANT_READ && want != SSL_ERROR_WANT_WRITE)
		return 1;
	return stream_wait(
		conn->fd, want == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline_ms, error);
}

static int handshake_done(struct tls_conn *conn, struct error *error)
{
	/* OpenSSL ensures this already; checked again because all security depends on it. */
	if (conn->context->psk && !SSL_session_reused(conn->ssl)) {
		conn->broken = true;
		return error_set(error, -EPROTO, "TLS handshake: the pre-shared key was not used");
	}
	conn->established = true;
	return 0;
}

int tls_handshake(struct tls_conn *conn, int64_t deadline_ms, struct error *error)
{
	/* Without a name the certificate of any server would be accepted. */
	if (conn->context->web && conn->host[0] == '\0')
		return error_set(error, -EINVAL, "TLS: no server name was set");
	if (conn->context->psk && !conn->has_psk)
		return error_set(error, -EINVAL, "TLS: no pre-shared key was set");
	for (;;) {
		int r = begin_call(conn, deadline_ms, error);
		if (r < 0)
			return r;
		int result = SSL_do_handshake(conn->ssl);
		if (result == 1)
			return handshake_done(conn, error);
		r = wait_to_retry(conn, result, deadline_ms, error);
		if (r != 0)
			return r < 0 ? r : handshake_failed(conn, error);
	}
}

static int tls_read(struct stream *stream, void *buf, size_t cap, int64_t deadline_ms,
	size_t *ret_n, struct error *error)
{
	struct tls_conn *conn = (struct tls_conn *)stream;

	for (;;) {
		size_t n = 0;
		int r = begin_call(conn, deadline_ms, error);
		if (r < 0)
			return r;
		int result = SSL_read_ex(conn->ssl, buf, cap, &n);
		if (result == 1 || SSL_get_error(conn->ssl, result) == SSL_ERROR_ZERO_RETURN) {
			*ret_n = n;
			return 0;
		}
		r = wait_to_retry(conn, result, deadline_ms, error);
		if (r != 0)
			return r < 0 ? r : transfer_failed(conn, "TLS read", error);
	}
}

static int tls_write(struct stream *stream, const void *buf, size_t len, int64_t deadline_ms,
	struct error *error)
{
	struct tls_conn *conn = (struct tls_conn *)stream;

	if (conn->broken)
		return error_set(error, -EPIPE, "TLS write: an earlier write was not completed");
	if (len == 0)
		return 0;
	/* A partial record may have been sent: only its rest may follow. */
	conn->broken = true;
	for (;;) {
		size_t n = 0;
		int r = begin_call(conn, deadline_ms, error);
		if (r < 0)
			return r;
		/* All or nothing; to be called again with the same arguments. */
		int result = SSL_write_ex(conn->ssl, buf, len, &n);
		if (result == 1) {
			conn->broken = false;
			return 0;
		}
		r = wait_to_retry(conn, result, deadline_ms, error);
		if (r != 0)
			return r < 0 ? r : transfer_failed(conn, "TLS write", error);
	}
}

static int conn_init(struct tls_conn *conn, struct error *error)
{
	conn->ssl = SSL_new(conn->context->ssl);
	BIO *bio = conn->ssl ? BIO_new(conn->context->bio) : NULL;

	if (!bio)
		return crypto_openssl_error(error, -EIO, "TLS connection");
	BIO_set_data(bio, conn);
	SSL_set_bio(conn->ssl, bio, bio);
	if (conn->context->server) {
		SSL_set_accept_state(conn->ssl);
		return 0;
	}
	SSL_set_connect_state(conn->ssl);
	/* Contexts for the web have other server names, contexts with keys none. */
	if (conn->context->web || conn->context->psk)
		return 0;
	if (!SSL_set_tlsext_host_name(conn->ssl, TLS_SERVER_NAME))
		return crypto_openssl_error(error, -EIO, "TLS connection");
	return 0;
}

int tls_conn_new(struct tls_context *context, int fd, struct tls_conn **ret, struct error *error)
{
	_cleanup_tls_conn_ struct tls_conn *conn = calloc(1, sizeof(*conn));

	if (!conn)
		return error_set_errno(error, -ENOMEM, "TLS connection");
	conn->stream = (struct stream){ .read = tls_read, .write = tls_write };
	conn->context = context;
	conn->fd = fd;
	int r = conn_init(conn, error);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(conn);
	return 0;
}

void tls_conn_free(struct tls_conn **conn)
{
	if (!*conn)
		return;
	SSL_free((*conn)->ssl);
	X509_free((*conn)->refused);
	secret_wipe_bytes((*conn)->psk, sizeof((*conn)->psk));
	free(*conn);
	*conn = NULL;
}

void tls_conn_set_psk(struct tls_conn *conn, const uint8_t psk[TLS_PSK_SIZE])
{
	memcpy(conn->psk, psk, sizeof(conn->psk));
	conn->has_psk = true;
	SSL_set_app_data(conn->ssl, conn->psk);
}

struct stream *tls_conn_stream(struct tls_conn *conn)
{
	return &conn->stream;
}

int tls_export_binding(struct tls_conn *conn, uint8_t out[TLS_EXPORTER_SIZE], struct error *error)
{
	static const char label[] = "EXPORTER-Channel-Binding";

	assert(conn->established);
	if (SSL_export_keying_material(
		    conn->ssl, out, TLS_EXPORTER_SIZE, label, strlen(label), NULL, 0, 0) != 1)
		return crypto_openssl_error(error, -EIO, "the binding of the TLS connection");
	return 0;
}

void tls_close(struct tls_conn *conn)
{
	if (!conn->established || conn->broken)
		return;
	(void)SSL_shutdown(conn->ssl);
	ERR_clear_error();
}
