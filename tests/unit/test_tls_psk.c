/* SPDX-License-Identifier: BSD-2-Clause */
/* crypto/tls.h with a shared key instead of certificates. */
#include "tls_peer.h"

static const uint8_t key_right[TLS_PSK_SIZE] = { 7 };
static const uint8_t key_wrong[TLS_PSK_SIZE] = { 8 };

/* Exits of a peer: 0, a TLS_E_, or this for a negative errno. */
#define FAILED 100

static struct end psk_end(int fd, const uint8_t *key, bool server)
{
	struct end end = { .error = ERROR_INIT };

	if (tls_context_new_psk(server, &end.context, &end.error) < 0 ||
		tls_conn_new(end.context, fd, &end.conn, &end.error) < 0)
		_exit(126);
	if (key)
		tls_conn_set_psk(end.conn, key);
	return end;
}

static int psk_status(int fd, const uint8_t *key, bool server)
{
	_cleanup_end_ struct end end = psk_end(fd, key, server);
	struct stream *s = tls_conn_stream(end.conn);
	char buf[16];
	size_t n = 0;
	int r = tls_handshake(end.conn, soon(), &end.error);

	/* A client is only sure of the server's consent when it hears from it. */
	if (r == 0 && server)
		r = s->write(s, "hello", 5, soon(), &end.error);
	if (r == 0 && !server) {
		r = s->read(s, buf, sizeof(buf), soon(), &n, &end.error);
		if (r == 0 && n != 5)
			r = -EPROTO;
	}
	return r < 0 ? FAILED : r;
}

static int server_right(int fd)
{
	return psk_status(fd, key_right, true);
}

static int client_right(int fd)
{
	return psk_status(fd, key_right, false);
}

static int client_wrong(int fd)
{
	return psk_status(fd, key_wrong, false);
}

static int server_wrong(int fd)
{
	return psk_status(fd, key_wrong, true);
}

static void the_same_key_connects(void)
{
	struct peer peer = peer_start(client_right);
	tap_eq_int(psk_status(peer.fd, key_right, true), 0);
	tap_eq_int(peer_end(&peer), 0);
	peer = peer_start(server_right);
	tap_eq_int(psk_status(peer.fd, key_right, false), 0);
	tap_eq_int(peer_end(&peer), 0);
}

static void another_key_does_not(void)
{
	struct peer peer = peer_start(client_wrong);
	tap_eq_int(psk_status(peer.fd, key_right, true), FAILED);
	tap_ok(peer_end(&peer) != 0);
	peer = peer_start(server_wrong);
	tap_ok(psk_status(peer.fd, key_right, false) != 0);
	tap_ok(peer_end(&peer) != 0);
}

static int certificate_server(int fd)
{
	return handshake_status(fd, seed_right, true);
}

static int certificate_client(int fd)
{
	return handshake_status(fd, seed_right, false);
}

static void certificates_and_keys_do_not_mix(void)
{
	struct peer peer = peer_start(certificate_server);
	struct end end = psk_end(peer.fd, key_right, false);
	tap_eq_int(tls_handshake(end.conn, soon(), &end.error), TLS_E_CERTIFICATE);
	end_free(&end);
	tap_ok(peer_end(&peer) != 0);
	peer = peer_start(certificate_client);
	tap_ok(psk_status(peer.fd, key_right, true) != 0);
	tap_ok(peer_end(&peer) != 0);
}

static void without_a_key_nothing_is_sent(void)
{
	struct peer peer = peer_start(client_right);
	struct end end = psk_end(peer.fd, NULL, true);

	tap_eq_int(tls_handshake(end.conn, soon(), &end.error), -EINVAL);
	end_free(&end);
	tap_ok(peer_end(&peer) != 0);
}

/* -- a client by OpenSSL --------------------------------------------------------------------- */

static const char *offered_identity;
static char *offered_group;
static bool offered_without_dh;

static int offer(
	SSL *ssl, const EVP_MD *md, const unsigned char **id, size_t *len, SSL_SESSION **ret)
{
	static const unsigned char cipher[] = { 0x13, 0x03 };
	SSL_SESSION *session = SSL_SESSION_new();

	SSL_SESSION_set1_master_key(session, key_right, sizeof(key_right));
	SSL_SESSION_set_cipher(session, SSL_CIPHER_find(ssl, cipher));
	SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION);
	*id = (const unsigned char *)offered_identity;
	*len = strlen(offered_identity);
	*ret = session;
	return 1;
}

static int openssl_client(int fd)
{
	SSL *ssl = openssl_new(fd, TLS_client_method());
	char buf[16];

	SSL_set_psk_use_session_callback(ssl, offer);
	if (offered_group)
		SSL_set1_groups_list(ssl, offered_group);
	if (offered_without_dh)
		SSL_set_options(ssl, SSL_OP_ALLOW_NO_DHE_KEX);
	if (SSL_connect(ssl) != 1)
		return 1;
	if (SSL_read(ssl, buf, sizeof(buf)) != 5)
		return 2;
	/* The key exchange took place, and no ticket came. */
	if (SSL_get_shared_group(ssl, 0) == 0 && SSL_get_negotiated_group(ssl) != NID_X25519)
		return 3;
	return SSL_SESSION_has_ticket(SSL_get_session(ssl)) ? 4 : 0;
}

static void foreign_clients_get_through_by_identity_and_x25519_only(void)
{
	static const struct {
		const char *identity;
		char *group;
		bool without_dh, works;
	} rows[] = {
		{ "stprov/v1", NULL, false, true },
		{ "stprov/v1", "X25519", true, true },
		{ "stprov/v1", "P-256", false, false },
		{ "stprov/v2", NULL, false, false },
		{ "stprov/v1 ", NULL, false, false },
		{ "s", NULL, false, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		offered_identity = rows[i].identity;
		offered_group = rows[i].group;
		offered_without_dh = rows[i].without_dh;
		struct peer peer = peer_start(openssl_client);
		int r = psk_status(peer.fd, key_right, true);
		int status = peer_end(&peer);
		if ((r == 0) != rows[i].works || (status == 0) != rows[i].works)
			tap_fail(__FILE__, __LINE__, "row %zu: %d, %d", i, r, status);
	}
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(the_same_key_connects),
		TAP_TEST(another_key_does_not),
		TAP_TEST(certificates_and_keys_do_not_mix),
		TAP_TEST(without_a_key_nothing_is_sent),
		TAP_TEST(foreign_clients_get_through_by_identity_and_x25519_only),
		{ 0 },
	};

	signal(SIGPIPE, SIG_IGN);
	return tap_run(tests);
}
