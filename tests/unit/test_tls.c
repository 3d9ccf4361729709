/* SPDX-License-Identifier: BSD-2-Clause */
/* crypto/tls.h against itself, and against peers that OpenSSL or this file plays. */
#include "tls_peer.h"

#include <signal.h>
#include <sys/stat.h>

#include "crypto/kdf.h"

/* A deadline that is meant to pass. */
#define SHORT_MS 150
#define BIG_SIZE (1 << 20)

/* -- peers ----------------------------------------------------------------------------------- */

static int right_client_that_closes(int fd)
{
	struct error e = ERROR_INIT;
	struct tls_conn *conn = child_conn(fd, seed_right, false);
	int r = tls_handshake(conn, soon(), &e);

	tls_close(conn);
	return r;
}

static int right_client_that_vanishes(int fd)
{
	return handshake_status(fd, seed_right, false);
}

static int wrong_server(int fd)
{
	return handshake_status(fd, seed_wrong, true);
}

/* Sends all it gets back, until the clean end. */
static int echo_server(int fd)
{
	static uint8_t buf[5000];
	struct error e = ERROR_INIT;
	struct tls_conn *conn = child_conn(fd, seed_right, true);
	struct stream *s = tls_conn_stream(conn);
	static uint8_t all[BIG_SIZE];
	size_t len = 0, n;

	if (tls_handshake(conn, soon(), &e) != 0)
		return 1;
	do {
		if (s->read(s, buf, sizeof(buf), soon(), &n, &e) != 0 || len + n > sizeof(all))
			return 2;
		memcpy(all + len, buf, n);
		len += n;
	} while (len < sizeof(all) && n > 0);
	if (s->write(s, all, len, soon(), &e) != 0)
		return 3;
	if (s->read(s, buf, sizeof(buf), soon(), &n, &e) != 0 || n != 0)
		return 4;
	tls_close(conn);
	return 0;
}

static int resets_at_once(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	/* Something unread, for which the kernel sends a reset. */
	return poll(&p, 1, TEST_MS) == 1 ? 0 : 1;
}

static int is_silent(int fd)
{
	struct pollfd p = { .fd = fd };

	poll(&p, 1, TEST_MS); /* until it hangs up */
	return 0;
}

/* The start of a long handshake record, byte by byte, without end. */
static int trickles(int fd)
{
	static const uint8_t head[] = { 0x16, 3, 1, 0x40, 0, 1, 0, 0x3f, 0xfc, 3, 3 };

	if (write(fd, head, sizeof(head)) != sizeof(head))
		return 1;
	while (send(fd, "x", 1, MSG_NOSIGNAL) == 1 || errno == EAGAIN)
		(void)poll(NULL, 0, 1);
	return 0;
}

/* -- peers by OpenSSL ------------------------------------------------------------------------ */

/* One that asks for all that is not given: returns what it got, as bits. */
static int demanding_client(int fd)
{
	static const uint8_t protocols[] = "\x02h2\x08http/1.1";
	SSL *ssl = openssl_new(fd, TLS_client_method());
	const unsigned char *alpn;
	unsigned int alpn_len;
	char buf[16];

	SSL_set_alpn_protos(ssl, protocols, sizeof(protocols) - 1);
	SSL_set_tlsext_host_name(ssl, "another.example.org");
	SSL_set_ciphersuites(ssl, "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256");
	if (SSL_connect(ssl) != 1)
		return 64;
	SSL_get0_alpn_selected(ssl, &alpn, &alpn_len);
	/* Tickets would come before the data. */
	if (SSL_read(ssl, buf, sizeof(buf)) != 5)
		return 65;
	return (alpn_len > 0) | SSL_SESSION_has_ticket(SSL_get_session(ssl)) << 1 |
	       (SSL_SESSION_is_resumable(SSL_get_session(ssl)) ? 4 : 0);
}

static int note_name(SSL *ssl, int *alert, void *arg)
{
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	*(int *)arg = name && strcmp(name, "stprov") == 0;
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* 0 if the client named `stprov`. */
static int server_that_asks_for_a_name(int fd)
{
	SSL *ssl = openssl_new(fd, TLS_server_method());
	int named = 0;

	SSL_CTX_set_tlsext_servername_callback(SSL_get_SSL_CTX(ssl), note_name);
	SSL_CTX_set_tlsext_servername_arg(SSL_get_SSL_CTX(ssl), &named);
	(void)SSL_accept(ssl);
	return named ? 0 : 1;
}

static SSL *rsa_server(int fd)
{
	SSL *ssl = openssl_new(fd, TLS_server_method());
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
	X509 *cert = X509_new();

	X509_set_pubkey(cert, key);
	X509_gmtime_adj(X509_getm_notBefore(cert), 0);
	X509_gmtime_adj(X509_getm_notAfter(cert), 1000);
	X509_sign(cert, key, EVP_sha256());
	SSL_use_certificate(ssl, cert);
	SSL_use_PrivateKey(ssl, key);
	return ssl;
}

/* The alert that the client sends to a certificate of another kind. */
static int alert_seen;

static void note_alert(const SSL *ssl, int where, int value)
{
	if (where == SSL_CB_READ_ALERT)
		alert_seen = value & 0xff;
}

static int rsa_server_that_wants_its_alert(int fd)
{
	SSL *ssl = rsa_server(fd);

	SSL_set_info_callback(ssl, note_alert);
	if (SSL_accept(ssl) == 1)
		return 127;
	return alert_seen;
}

/* An old server: 1 if the client spoke with it all the same. */
static int old_server(int fd)
{
	SSL *ssl = rsa_server(fd);

	SSL_set_max_proto_version(ssl, TLS1_2_VERSION);
	return SSL_accept(ssl) == 1;
}

/* What our handshake with a peer gives, and what the peer says then. */
static void meet(int (*run)(int fd), bool server, int want, const char *want_text, int want_status)
{
	struct peer peer = peer_start(run);
	{
		_cleanup_end_ struct end end = end_new(peer.fd, server);
		tap_eq_int(tls_handshake(end.conn, soon(), &end.error), want);
		if (want_text)
			tap_eq_text(end.error.text, want_text);
	}
	tap_eq_int(peer_end(&peer), want_status);
}

/* -- tests ----------------------------------------------------------------------------------- */

static int use_everything(int fd)
{
	struct error e = ERROR_INIT;
	uint8_t hash[CRYPTO_SHA256_SIZE];

	if (crypto_sha256("", 0, hash, &e) < 0)
		return 1;
	(void)child_conn(fd, seed_right, true);
	(void)child_conn(fd, seed_right, false);
	return 0;
}

/* Must run first: only a process that has not used OpenSSL can tell. */
static void the_configuration_of_openssl_is_not_read(void)
{
	char dir[] = "/tmp/stprov-test-XXXXXX", path[64];

	tap_ok(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/openssl.cnf", dir);
	/* A process that opens it blocks for ever. */
	tap_eq_int(mkfifo(path, 0600), 0);
	setenv("OPENSSL_CONF", path, 1);
	struct peer peer = peer_start(use_everything);
	struct pollfd p = { .fd = peer.fd };
	tap_eq_int(poll(&p, 1, TEST_MS), 1);
	kill(peer.pid, SIGKILL);
	tap_eq_int(peer_end(&peer), 0);
	unsetenv("OPENSSL_CONF");
	unlink(path);
	rmdir(dir);
}

static void a_megabyte_goes_there_and_back(void)
{
	struct peer peer = peer_start(echo_server);
	_cleanup_end_ struct end end = end_new(peer.fd, false);
	struct stream *s = tls_conn_stream(end.conn);
	static uint8_t out[BIG_SIZE], in[BIG_SIZE];
	size_t len = 0, n = 1;

	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = (uint8_t)(i * 7 + i / 251);
	tap_eq_int(tls_handshake(end.conn, soon(), &end.error), 0);
	tap_eq_int(s->write(s, out, 0, soon(), &end.error), 0);
	tap_eq_int(s->write(s, out, sizeof(out), soon(), &end.error), 0);
	while (len < sizeof(in) && n > 0 &&
		s->read(s, in + len, sizeof(in) - len, soon(), &n, &end.error) == 0)
		len += n;
	tap_ok(len == sizeof(out) && memcmp(in, out, len) == 0);
	tls_close(end.conn);
	tap_eq_int(s->read(s, in, 1, soon(), &n, &end.error), 0);
	tap_eq_int(n, 0);
	tap_eq_int(peer_end(&peer), 0);
}

static void another_certificate_is_refused_and_both_sides_know(void)
{
	meet(wrong_server, false, TLS_E_CERTIFICATE,
		"the server's certificate is not the expected one", TLS_E_REJECTED);
	meet(wrong_client, true, TLS_E_REJECTED,
		"the client refused the certificate: bad certificate", TLS_E_CERTIFICATE);
	meet(rsa_server_that_wants_its_alert, false, TLS_E_CERTIFICATE, NULL,
		SSL_AD_BAD_CERTIFICATE);
}

static void the_end_of_the_connection_ends_the_handshake(void)
{
	static const char text[] = "connection closed during the TLS handshake";

	meet(closes_at_once, true, TLS_E_CLOSED, text, 0);
	meet(closes_at_once, false, TLS_E_CLOSED, text, 0);
	meet(resets_at_once, false, TLS_E_CLOSED, text, 0);
}

static void what_is_not_tls_is_an_error_of_protocol(void)
{
	meet(says_garbage, true, -EPROTO, NULL, 0);
	meet(says_garbage, false, -EPROTO, "TLS handshake: wrong version number", 0);
}

static void nothing_older_than_tls_13_is_spoken(void)
{
	meet(old_client, true, -EPROTO, NULL, 0);
	meet(old_server, false, -EPROTO, NULL, 0);
}

static void a_client_gets_no_tickets_and_no_alpn(void)
{
	struct peer peer = peer_start(demanding_client);
	_cleanup_end_ struct end end = end_new(peer.fd, true);
	struct stream *s = tls_conn_stream(end.conn);

	tap_eq_int(tls_handshake(end.conn, soon(), &end.error), 0);
	tap_eq_int(s->write(s, "hello", 5, soon(), &end.error), 0);
	tap_eq_int(peer_end(&peer), 0);
}

static void the_server_is_asked_for_as_stprov(void)
{
	meet(server_that_asks_for_a_name, false, -EPROTO, NULL, 0);
}

static void a_clean_end_is_told_from_a_cut(void)
{
	static int (*const peers[])(int) = { right_client_that_closes, right_client_that_vanishes };

	for (size_t i = 0; i < ARRAY_SIZE(peers); i++) {
		struct peer peer = peer_start(peers[i]);
		_cleanup_end_ struct end end = end_new(peer.fd, true);
		struct stream *s = tls_conn_stream(end.conn);
		uint8_t byte;
		size_t n = 7;
		tap_eq_int(tls_handshake(end.conn, soon(), &end.error), 0);
		int r = s->read(s, &byte, 1, soon(), &n, &end.error);
		tap_eq_int(r, i == 0 ? 0 : -ECONNRESET);
		tap_eq_int(n, i == 0 ? 0 : 7);
		tap_eq_text(end.error.text, i == 0 ? "" : "connection closed without close_notify");
		tap_eq_int(peer_end(&peer), 0);
	}
}

static void a_write_to_nobody_raises_no_signal(void)
{
	struct peer peer = peer_start(right_client_that_vanishes);
	_cleanup_end_ struct end end = end_new(peer.fd, true);
	struct stream *s = tls_conn_stream(end.conn);

	tap_eq_int(tls_handshake(end.conn, soon(), &end.error), 0);
	waitpid(peer.pid, NULL, 0);
	tap_eq_int(s->write(s, "x", 1, soon(), &end.error), -EPIPE);
	tap_eq_text(end.error.text, "TLS write: Broken pipe");
	tap_eq_int(s->write(s, "x", 1, soon(), &end.error), -EPIPE);
	tls_close(end.conn);
	close(peer.fd);
}

static void eq_timeout(int (*run)(int fd), bool server)
{
	struct peer peer = peer_start(run);
	{
		_cleanup_end_ struct end end = end_new(peer.fd, server);
		int64_t start = clock_now_ms();
		tap_eq_int(tls_handshake(end.conn, start + SHORT_MS, &end.error), -ETIMEDOUT);
		tap_eq_text(end.error.text, "no answer in time");
		int64_t took = clock_now_ms() - start;
		tap_ok(took >= SHORT_MS && took < TEST_MS / 2);
	}
	tap_eq_int(peer_end(&peer), 0);
}

static void silence_and_trickling_end_at_the_deadline(void)
{
	eq_timeout(is_silent, true);
	eq_timeout(is_silent, false);
	eq_timeout(trickles, true);
}

/* Stops itself after sending, so that it neither sends more nor closes. */
static int client_with_a_new_key(int fd)
{
	SSL *ssl = openssl_new(fd, TLS_client_method());

	if (SSL_connect(ssl) != 1 || SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) != 1 ||
		SSL_write(ssl, "hello", 5) != 5)
		return 1;
	raise(SIGSTOP);
	return 0;
}

/* Data that came with a record of another type is read at once. */
static void data_behind_a_key_update_is_read_at_once(void)
{
	struct peer peer = peer_start(client_with_a_new_key);
	_cleanup_end_ struct end end = end_new(peer.fd, true);
	struct stream *s = tls_conn_stream(end.conn);
	char buf[16];
	size_t n = 0;

	tap_eq_int(tls_handshake(end.conn, soon(), &end.error), 0);
	waitpid(peer.pid, NULL, WUNTRACED);
	tap_eq_int(s->read(s, buf, sizeof(buf), soon(), &n, &end.error), 0);
	tap_eq_bytes(buf, n, "hello", 5);
	kill(peer.pid, SIGCONT);
	tap_eq_int(peer_end(&peer), 0);
}

/* More records without data than can be processed before the deadline. */
#define FLOOD_RECORDS 20000
#define FLOOD_MS 20

static int client_that_floods(int fd)
{
	SSL *ssl = openssl_new(fd, TLS_client_method());
	BIO *records = BIO_new(BIO_s_mem());
	char *p;

	if (SSL_connect(ssl) != 1)
		return 1;
	SSL_set0_wbio(ssl, records);
	for (int i = 0; i < FLOOD_RECORDS; i++)
		if (SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) != 1 ||
			SSL_do_handshake(ssl) != 1)
			return 2;
	if (SSL_write(ssl, "hello", 5) != 5)
		return 3;
	long left = BIO_get_mem_data(records, &p);
	while (left > 0) {
		ssize_t n = send(fd, p, (size_t)left, MSG_NOSIGNAL);
		if (n < 0)
			return 0;
		p += n;
		left -= n;
	}
	return 0;
}

static void a_flood_of_records_that_are_no_data_ends_at_the_deadline(void)
{
	struct peer peer = peer_start(client_that_floods);
	_cleanup_end_ struct end end = end_new(peer.fd, true);
	struct stream *s = tls_conn_stream(end.conn);
	struct pollfd p = { .fd = peer.fd, .events = POLLIN };
	char buf[16];
	size_t n = 7;

	tap_eq_int(tls_handshake(end.conn, soon(), &end.error), 0);
	tap_eq_int(poll(&p, 1, TEST_MS), 1);
	tap_eq_int(s->read(s, buf, sizeof(buf), clock_now_ms() + FLOOD_MS, &n, &end.error),
		-ETIMEDOUT);
	tap_eq_int(n, 7);
	tap_eq_int(peer_end(&peer), 0);
}

/* Else a peer that always has a byte ready would never meet its deadline. */
static void a_deadline_that_has_passed_counts_even_if_there_is_data(void)
{
	struct peer peer = peer_start(client_with_a_new_key);
	_cleanup_end_ struct end end = end_new(peer.fd, true);
	struct stream *s = tls_conn_stream(end.conn);
	char buf[16];
	size_t n = 7;

	tap_eq_int(tls_handshake(end.conn, soon(), &end.error), 0);
	waitpid(peer.pid, NULL, WUNTRACED);
	tap_eq_int(s->read(s, buf, sizeof(buf), clock_now_ms() - 1, &n, &end.error), -ETIMEDOUT);
	tap_eq_text(end.error.text, "no answer in time");
	tap_eq_int(n, 7);
	tap_eq_int(s->read(s, buf, sizeof(buf), soon(), &n, &end.error), 0);
	tap_eq_bytes(buf, n, "hello", 5);
	kill(peer.pid, SIGCONT);
	tap_eq_int(peer_end(&peer), 0);
}

static void a_full_pipe_ends_a_write_at_its_deadline(void)
{
	struct peer peer = peer_start(echo_server);
	_cleanup_end_ struct end end = end_new(peer.fd, false);
	struct stream *s = tls_conn_stream(end.conn);
	static uint8_t out[BIG_SIZE];

	tap_eq_int(tls_handshake(end.conn, soon(), &end.error), 0);
	kill(peer.pid, SIGSTOP);
	tap_eq_int(
		s->write(s, out, sizeof(out), clock_now_ms() + SHORT_MS, &end.error), -ETIMEDOUT);
	/* A partial record was sent; the peer could not parse further bytes. */
	tap_eq_int(s->write(s, out, 1, soon(), &end.error), -EPIPE);
	tls_close(end.conn);
	kill(peer.pid, SIGKILL);
	tap_eq_int(peer_end(&peer), -SIGKILL);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(the_configuration_of_openssl_is_not_read),
		TAP_TEST(a_megabyte_goes_there_and_back),
		TAP_TEST(another_certificate_is_refused_and_both_sides_know),
		TAP_TEST(the_end_of_the_connection_ends_the_handshake),
		TAP_TEST(what_is_not_tls_is_an_error_of_protocol),
		TAP_TEST(nothing_older_than_tls_13_is_spoken),
		TAP_TEST(a_client_gets_no_tickets_and_no_alpn),
		TAP_TEST(the_server_is_asked_for_as_stprov),
		TAP_TEST(a_clean_end_is_told_from_a_cut),
		TAP_TEST(a_write_to_nobody_raises_no_signal),
		TAP_TEST(silence_and_trickling_end_at_the_deadline),
		TAP_TEST(data_behind_a_key_update_is_read_at_once),
		TAP_TEST(a_flood_of_records_that_are_no_data_ends_at_the_deadline),
		TAP_TEST(a_deadline_that_has_passed_counts_even_if_there_is_data),
		TAP_TEST(a_full_pipe_ends_a_write_at_its_deadline),
		{ 0 },
	};
	return tap_run(tests);
}
