/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * crypto/tls.h in a process with almost no permitted calls: everything that a handshake needs is
 * loaded with the context.
 */
#include "tls_peer.h"

#include <seccomp.h>

/*
 * The permitted calls of a session process when it reads its first byte. OpenSSL needs getpid():
 * its random generator checks whether it runs in a new process.
 */
static int lock_in(void)
{
	static const int allowed[] = { SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(recvfrom),
		SCMP_SYS(sendto), SCMP_SYS(poll), SCMP_SYS(clock_gettime), SCMP_SYS(getrandom),
		SCMP_SYS(brk), SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap),
		SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(exit), SCMP_SYS(exit_group),
		SCMP_SYS(getpid) };
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++)
		r |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
#ifdef __SANITIZE_ADDRESS__
	/* The sanitizer's own, when a process ends. */
	r |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(sigaltstack), 0);
#endif
	return r | seccomp_load(filter);
}

static int locked_in_server(int fd)
{
	struct error e = ERROR_INIT;
	struct tls_conn *conn = child_conn(fd, seed_right, true);
	struct stream *s = tls_conn_stream(conn);
	char buf[16];
	size_t n;

	if (lock_in() != 0)
		return 99;
	int r = tls_handshake(conn, soon(), &e);
	if (r == 0)
		r = s->read(s, buf, sizeof(buf), soon(), &n, &e);
	if (r == 0)
		r = s->write(s, buf, n, soon(), &e);
	tls_close(conn);
	tls_conn_free(&conn);
	return r < 0 ? 100 : r;
}

static void a_server_needs_nothing_more_than_its_sandbox_allows(void)
{
	struct peer peer = peer_start(locked_in_server);
	_cleanup_end_ struct end end = end_new(peer.fd, false);
	struct stream *s = tls_conn_stream(end.conn);
	char buf[16] = "";
	size_t n = 0;

	tap_eq_int(tls_handshake(end.conn, soon(), &end.error), 0);
	tap_eq_int(s->write(s, "hello", 5, soon(), &end.error), 0);
	tap_eq_int(s->read(s, buf, sizeof(buf), soon(), &n, &end.error), 0);
	tap_eq_bytes(buf, n, "hello", 5);
	tap_eq_int(peer_end(&peer), 0);
}

/* A second child, at this end of a peer. */
static pid_t run_at(int (*run)(int fd), int fd)
{
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0)
		_exit(run(fd));
	return pid;
}

/* A failing handshake needs no more calls than a successful one. */
static void a_server_in_its_sandbox_also_fails_in_order(void)
{
	static int (*const clients[])(
		int) = { wrong_client, says_garbage, old_client, closes_at_once };
	static const int want[] = { TLS_E_REJECTED, 100, 100, TLS_E_CLOSED };

	for (size_t i = 0; i < ARRAY_SIZE(clients); i++) {
		struct peer peer = peer_start(locked_in_server);
		pid_t client = run_at(clients[i], peer.fd);
		tap_eq_int(peer_end(&peer), want[i]);
		waitpid(client, NULL, 0);
	}
}

/* A cipher that the server has not used with itself. */
static int chacha_client(int fd)
{
	SSL *ssl = openssl_new(fd, TLS_client_method());
	char buf[16];

	SSL_set_ciphersuites(ssl, "TLS_CHACHA20_POLY1305_SHA256");
	if (SSL_connect(ssl) != 1 || SSL_write(ssl, "hello", 5) != 5)
		return 1;
	return SSL_read(ssl, buf, sizeof(buf)) == 5 ? 0 : 2;
}

static void a_server_in_its_sandbox_has_all_its_ciphers(void)
{
	struct peer peer = peer_start(locked_in_server);
	pid_t client = run_at(chacha_client, peer.fd);
	int status = -1;

	tap_eq_int(peer_end(&peer), 0);
	waitpid(client, &status, 0);
	tap_eq_int(status, 0);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(a_server_needs_nothing_more_than_its_sandbox_allows),
		TAP_TEST(a_server_in_its_sandbox_also_fails_in_order),
		TAP_TEST(a_server_in_its_sandbox_has_all_its_ciphers),
		{ 0 },
	};
	return tap_run(tests);
}
