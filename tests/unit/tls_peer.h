/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For the tests of crypto/tls.h: the peer of a connection, a child process at the other end of a
 * socketpair whose exit status reports its result; and our own end.
 */
#pragma once

#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "base/clock.h"
#include "crypto/tls.h"

/* Long enough for a loaded machine under a sanitizer; nothing that succeeds waits for it. */
#define TEST_MS 20000

/* Not all tests use all of this. */
#define UNUSED __attribute__((unused))

static const uint8_t seed_right[CRYPTO_ED25519_SEED_SIZE] = { 1 };
UNUSED static const uint8_t seed_wrong[CRYPTO_ED25519_SEED_SIZE] = { 2 };

UNUSED static int64_t soon(void)
{
	return clock_now_ms() + TEST_MS;
}

/* -- peers ----------------------------------------------------------------------------------- */

struct peer {
	pid_t pid;
	int fd;
};

/* @run gets its non-blocking end; what it returns is the status, 0 to 127. */
UNUSED static struct peer peer_start(int (*run)(int fd))
{
	struct peer peer = { .fd = -1 };
	int fds[2];

	fflush(stdout);
	tap_eq_int(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	peer.pid = fork();
	if (peer.pid == 0) {
		close(fds[0]);
		alarm(TEST_MS / 1000);
		_exit(run(fds[1]));
	}
	close(fds[1]);
	peer.fd = fds[0];
	return peer;
}

/* The status of a peer that is to end by itself; minus the signal that ended it. */
UNUSED static int peer_end(struct peer *peer)
{
	int status = 0;

	close(peer->fd);
	waitpid(peer->pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* A new connection of ours in a child; the context is left to the child's end. */
UNUSED static struct tls_conn *child_conn(int fd, const uint8_t *seed, bool server)
{
	struct error e = ERROR_INIT;
	struct tls_context *context;
	struct tls_conn *conn;
	int r = server ? tls_context_new_server(seed, &context, &e)
		       : tls_context_new_client(seed, &context, &e);

	if (r < 0 || tls_conn_new(context, fd, &conn, &e) < 0)
		_exit(126);
	return conn;
}

UNUSED static int handshake_status(int fd, const uint8_t *seed, bool server)
{
	struct error e = ERROR_INIT;
	int r = tls_handshake(child_conn(fd, seed, server), soon(), &e);

	return r < 0 ? 100 : r;
}

UNUSED static int wrong_client(int fd)
{
	return handshake_status(fd, seed_wrong, false);
}

/* Reads the first bytes so that its end is no reset, and goes. */
UNUSED static int closes_at_once(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char buf[4096];

	shutdown(fd, SHUT_WR);
	while (poll(&p, 1, TEST_MS) == 1 && read(fd, buf, sizeof(buf)) > 0)
		;
	return 0;
}

UNUSED static int says_garbage(int fd)
{
	if (write(fd, "HTTP/1.1 400 Bad Request\r\n\r\n", 28) != 28)
		return 1;
	return closes_at_once(fd);
}

UNUSED static SSL *openssl_new(int fd, const SSL_METHOD *method)
{
	SSL_CTX *ctx = SSL_CTX_new(method);
	SSL *ssl = SSL_new(ctx);

	fcntl(fd, F_SETFL, 0);
	SSL_set_fd(ssl, fd);
	return ssl;
}

/* 0 if the server refused with the alert protocol_version. */
UNUSED static int old_client(int fd)
{
	SSL *ssl = openssl_new(fd, TLS_client_method());
	char buf[7] = "";

	SSL_set_max_proto_version(ssl, TLS1_2_VERSION);
	/* The received bytes are checked: OpenSSL's texts are not a stable interface. */
	BIO *memory = BIO_new(BIO_s_mem());
	BIO_set_mem_eof_return(memory, -1);
	BIO_up_ref(SSL_get_wbio(ssl));
	SSL_set_bio(ssl, memory, SSL_get_wbio(ssl));
	(void)SSL_connect(ssl);
	if (recv(fd, buf, sizeof(buf), MSG_WAITALL) != sizeof(buf))
		return 1;
	return buf[0] == SSL3_RT_ALERT && buf[5] == SSL3_AL_FATAL &&
			       buf[6] == SSL_AD_PROTOCOL_VERSION
		       ? 0
		       : 2;
}

/* -- our end --------------------------------------------------------------------------------- */

struct end {
	struct tls_context *context;
	struct tls_conn *conn;
	struct error error;
};

UNUSED static struct end end_new(int fd, bool server)
{
	struct end end = { .error = ERROR_INIT };

	tap_eq_int(server ? tls_context_new_server(seed_right, &end.context, &end.error)
			  : tls_context_new_client(seed_right, &end.context, &end.error),
		0);
	tap_eq_int(tls_conn_new(end.context, fd, &end.conn, &end.error), 0);
	return end;
}

UNUSED static void end_free(struct end *end)
{
	tls_conn_free(&end->conn);
	tls_context_free(&end->context);
}

#define _cleanup_end_ _cleanup_(end_free)
