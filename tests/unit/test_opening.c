/* SPDX-License-Identifier: BSD-2-Clause */
/* opening/: the five messages, step by step and over a stream. */
#include "tls_peer.h"

#include "opening/client.h"
#include "opening/server.h"

static struct error e;
static struct spake2plus_prover prover, other_prover;
static struct spake2plus_verifier verifier;

static struct secret secret_of(const char *text)
{
	struct secret s = SECRET_INIT;

	tap_eq_int(secret_set(&s, text, strlen(text)), 0);
	return s;
}

/* -- step by step ---------------------------------------------------------------------------- */

struct both {
	struct opening_server server;
	struct opening_client client;
	uint8_t share[OPENING_SHARE_SIZE], answer[OPENING_ANSWER_SIZE];
	uint8_t confirm[OPENING_CONFIRM_SIZE];
	struct opening_result servers, clients;
};

static struct both *begin(const struct spake2plus_prover *with)
{
	static struct both b;

	memset(&b, 0, sizeof(b));
	tap_eq_int(opening_server_init(&b.server, &verifier, &e), 0);
	tap_eq_int(opening_client_init(&b.client, with, &e), 0);
	b.client.prover = with;
	opening_client_share(&b.client, b.server.commitment, b.share);
	return &b;
}

static int answer(struct both *b)
{
	return opening_server_answer(&b->server, b->share, b->answer, &e);
}

static int confirm(struct both *b)
{
	return opening_client_confirm(&b->client, b->answer, b->confirm, &b->clients, &e);
}

static int finish(struct both *b)
{
	return opening_server_finish(&b->server, b->confirm, &b->servers, &e);
}

static void both_sides_get_the_same_key_and_words(void)
{
	struct both *b = begin(&prover);

	tap_eq_int(answer(b), 0);
	tap_eq_int(confirm(b), 0);
	tap_eq_int(finish(b), 0);
	tap_eq_bytes(b->servers.psk, TLS_PSK_SIZE, b->clients.psk, TLS_PSK_SIZE);
	tap_eq_bytes(b->servers.words, CODE_SIZE, b->clients.words, CODE_SIZE);
	tap_ok(memcmp(b->servers.psk, b->servers.words, CODE_SIZE) != 0);
	/* And other ones the next time. */
	struct opening_result before = b->servers;
	b = begin(&prover);
	tap_eq_int(answer(b), 0);
	tap_eq_int(confirm(b), 0);
	tap_ok(memcmp(before.psk, b->clients.psk, TLS_PSK_SIZE) != 0);
	tap_ok(memcmp(before.words, b->clients.words, CODE_SIZE) != 0);
}

static void the_code_may_be_typed_otherwise(void)
{
	struct secret typed = secret_of("BOCIL dufen");
	struct spake2plus_prover same;

	tap_eq_int(opening_prover(&typed, &same, &e), 0);
	tap_eq_bytes(&same, sizeof(same), &prover, sizeof(prover));
}

static void another_code_is_told_from_everything_else(void)
{
	struct both *b = begin(&other_prover);

	tap_eq_int(answer(b), 0);
	tap_eq_int(confirm(b), OPENING_E_CODE);
	/* A client that continues nevertheless, with the values it has. */
	memset(b->confirm, 0, sizeof(b->confirm));
	tap_eq_int(finish(b), OPENING_E_CODE);
	/* Its own confirmation from the server's view is no way in either. */
	memcpy(b->confirm, b->answer + OPENING_SHARE_SIZE, sizeof(b->confirm));
	tap_eq_int(finish(b), OPENING_E_CODE);
}

/* Every bit of every message, in both directions: every change is detected. */
static void a_changed_bit_of_any_message_is_found(void)
{
	for (size_t i = 0; i < OPENING_SHARE_SIZE; i++) {
		struct both *b = begin(&prover);
		b->share[i] ^= (uint8_t)(1U << i % 8);
		int r = answer(b);
		tap_ok(r == 0 || r == OPENING_E_FOREIGN);
		if (r == 0)
			tap_eq_int(confirm(b), OPENING_E_CODE);
	}
	for (size_t i = 0; i < OPENING_ANSWER_SIZE; i++) {
		struct both *b = begin(&prover);
		tap_eq_int(answer(b), 0);
		b->answer[i] ^= (uint8_t)(1U << i % 8);
		/* Nonce and share are committed to. */
		tap_eq_int(confirm(b), i < OPENING_SHARE_SIZE ? OPENING_E_FOREIGN : OPENING_E_CODE);
	}
	for (size_t i = 0; i < OPENING_CONFIRM_SIZE; i++) {
		struct both *b = begin(&prover);
		tap_eq_int(answer(b), 0);
		tap_eq_int(confirm(b), 0);
		b->confirm[i] ^= (uint8_t)(1U << i % 8);
		tap_eq_int(finish(b), OPENING_E_CODE);
	}
}

static void another_commitment_is_found(void)
{
	struct both *b = begin(&prover);

	b->client.commitment[5] ^= 1;
	tap_eq_int(answer(b), 0);
	tap_eq_int(confirm(b), OPENING_E_FOREIGN);
}

static void messages_of_another_connection_do_not_do(void)
{
	struct both first = *begin(&prover), *b;

	tap_eq_int(answer(&first), 0);
	tap_eq_int(confirm(&first), 0);
	b = begin(&prover);
	memcpy(b->answer, first.answer, sizeof(b->answer));
	tap_eq_int(confirm(b), OPENING_E_FOREIGN);
	/* Message 3 again, then message 5 again. */
	memcpy(b->share, first.share, sizeof(b->share));
	tap_eq_int(answer(b), 0);
	memcpy(b->confirm, first.confirm, sizeof(b->confirm));
	tap_eq_int(finish(b), OPENING_E_CODE);
}

/* -- over a stream --------------------------------------------------------------------------- */

struct counter {
	enum opening_status status;
	int status_asked, attempts, attempt_result;
};

static int give_status(void *context, enum opening_status *ret, struct error *error)
{
	struct counter *c = context;

	c->status_asked++;
	*ret = c->status;
	return 0;
}

static int count_attempt(void *context, struct error *error)
{
	struct counter *c = context;

	c->attempts++;
	return c->attempt_result;
}

static const struct opening_ops ops = { .status = give_status, .attempt = count_attempt };

static int accept_on(int fd, struct counter *counter, int64_t ms)
{
	struct stream_socket s;
	struct opening_result result;

	stream_socket_init(&s, fd);
	return opening_accept(
		&s.stream, &verifier, &ops, counter, clock_now_ms() + ms, TEST_MS, &result, &e);
}

static int connect_on(
	int fd, const struct spake2plus_prover *with, struct opening_progress *progress)
{
	struct stream_socket s;
	struct opening_result result;

	stream_socket_init(&s, fd);
	return opening_connect(&s.stream, with, soon(), &result, progress, &e);
}

static int honest_client(int fd)
{
	struct opening_progress progress;
	int r = connect_on(fd, &prover, &progress);

	/* Once message 3 is out, and only then, the code was tried. */
	if (progress.tried != (r != OPENING_E_STATUS))
		return 101;
	return r < 0 ? 100 : r * 8 + (int)progress.status;
}

static int client_with_another_code(int fd)
{
	struct opening_progress progress;
	int r = connect_on(fd, &other_prover, &progress);

	return r < 0 ? 100 : r;
}

static void a_client_gets_through(void)
{
	struct peer peer = peer_start(honest_client);
	struct counter c = { .status = OPENING_GO_ON };

	tap_eq_int(accept_on(peer.fd, &c, TEST_MS), 0);
	tap_eq_int(c.attempts, 1);
	tap_eq_int(peer_end(&peer), 0);
}

static void a_client_with_another_code_leaves_and_it_is_an_attempt(void)
{
	struct peer peer = peer_start(client_with_another_code);
	struct counter c = { .status = OPENING_GO_ON };

	tap_eq_int(accept_on(peer.fd, &c, TEST_MS), OPENING_E_CLOSED);
	tap_eq_int(c.attempts, 1);
	tap_eq_int(peer_end(&peer), OPENING_E_CODE);
}

static void each_status_reaches_the_client_and_is_no_attempt(void)
{
	for (int status = OPENING_BUSY; status < OPENING_STATUS_N; status++) {
		struct peer peer = peer_start(honest_client);
		struct counter c = { .status = (enum opening_status)status };
		tap_eq_int(accept_on(peer.fd, &c, TEST_MS), OPENING_E_REFUSED);
		tap_eq_int(c.attempts, 0);
		tap_eq_int(peer_end(&peer), OPENING_E_STATUS * 8 + status);
	}
}

static void an_attempt_that_is_not_permitted_gets_no_answer(void)
{
	struct peer peer = peer_start(honest_client);
	struct counter c = { .status = OPENING_GO_ON, .attempt_result = OPENING_E_REFUSED };

	tap_eq_int(accept_on(peer.fd, &c, TEST_MS), OPENING_E_REFUSED);
	shutdown(peer.fd, SHUT_WR);
	tap_eq_int(peer_end(&peer), OPENING_E_CLOSED * 8);
}

/* What is in the child sends, and then closes or waits. */
static const uint8_t *sent;
static size_t sent_len;
static bool sent_then_waits;

static int sends(int fd)
{
	char buf[512];

	if (write(fd, sent, sent_len) != (ssize_t)sent_len)
		return 1;
	if (!sent_then_waits)
		return closes_at_once(fd);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	while (poll(&p, 1, TEST_MS) == 1 && read(fd, buf, sizeof(buf)) > 0)
		;
	return 0;
}

static int accept_bytes(const void *bytes, size_t len, bool then_waits, struct counter *c)
{
	sent = bytes;
	sent_len = len;
	sent_then_waits = then_waits;
	struct peer peer = peer_start(sends);
	int r = accept_on(peer.fd, c, then_waits ? 100 : TEST_MS);
	peer_end(&peer);
	return r;
}

/* A good message 3 and a bad message 5; the hello before them. */
static uint8_t conversation[OPENING_HELLO_SIZE + OPENING_SHARE_SIZE + OPENING_CONFIRM_SIZE];

static void make_conversation(void)
{
	struct both *b = begin(&prover);

	memcpy(conversation, OPENING_HELLO, OPENING_HELLO_SIZE);
	memcpy(conversation + OPENING_HELLO_SIZE, b->share, OPENING_SHARE_SIZE);
}

static void a_server_whose_client_ends_anywhere_says_closed(void)
{
	make_conversation();
	for (size_t len = 0; len < sizeof(conversation); len++) {
		struct counter c = { .status = OPENING_GO_ON };
		tap_eq_int(accept_bytes(conversation, len, false, &c), OPENING_E_CLOSED);
		tap_eq_int(c.attempts, len >= OPENING_HELLO_SIZE + OPENING_SHARE_SIZE);
		tap_eq_int(c.status_asked, len >= OPENING_HELLO_SIZE);
	}
	struct counter c = { .status = OPENING_GO_ON };
	tap_eq_int(accept_bytes(conversation, sizeof(conversation), false, &c), OPENING_E_CODE);
}

static void a_server_whose_client_stops_anywhere_ends_at_its_deadline(void)
{
	static const size_t stops[] = { 0, 1, 8, 9, 10, 9 + 96, 9 + 97, 9 + 97 + 31 };

	make_conversation();
	for (size_t i = 0; i < ARRAY_SIZE(stops); i++) {
		struct counter c = { .status = OPENING_GO_ON };
		tap_eq_int(accept_bytes(conversation, stops[i], true, &c), -ETIMEDOUT);
	}
}

static void anything_else_than_the_hello_is_foreign(void)
{
	static const char *const others[] = { "STPROV/2\n", "STPROV/1\r", "GET / HTT",
		"\x16\x03\x01xxxxxx", "stprov/1\n" };

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		struct counter c = { .status = OPENING_GO_ON };
		tap_eq_int(accept_bytes(others[i], 9, false, &c), OPENING_E_FOREIGN);
		tap_eq_int(c.status_asked, 0);
	}
}

static void a_share_that_is_no_point_is_no_attempt(void)
{
	static const uint8_t fills[] = { 0x00, 0x04, 0xff };

	for (size_t i = 0; i < ARRAY_SIZE(fills); i++) {
		struct counter c = { .status = OPENING_GO_ON };
		make_conversation();
		memset(conversation + OPENING_HELLO_SIZE + OPENING_NONCE_SIZE + 1, fills[i], 64);
		tap_eq_int(accept_bytes(conversation, sizeof(conversation), false, &c),
			OPENING_E_FOREIGN);
		tap_eq_int(c.attempts, 0);
	}
}

/* The messages of a server from the child's memory; what the client makes of them. */
static int connect_bytes(const void *bytes, size_t len)
{
	struct opening_progress progress;

	sent = bytes;
	sent_len = len;
	sent_then_waits = false;
	struct peer peer = peer_start(sends);
	int r = connect_on(peer.fd, &prover, &progress);
	peer_end(&peer);
	return r;
}

static void a_client_whose_server_ends_anywhere_says_closed(void)
{
	static uint8_t zeros[OPENING_STATUS_SIZE + OPENING_COMMITMENT_SIZE + OPENING_ANSWER_SIZE];

	tap_eq_int(connect_bytes(zeros, 0), OPENING_E_SILENT);
	for (size_t len = 1; len < sizeof(zeros); len += 7)
		tap_eq_int(connect_bytes(zeros, len), OPENING_E_CLOSED);
	tap_eq_int(connect_bytes(zeros, sizeof(zeros)), OPENING_E_FOREIGN);
}

static void a_client_knows_an_old_server_and_a_foreign_one(void)
{
	tap_eq_int(connect_bytes("\x15\x03\x03\x00\x02\x02\x46", 7), OPENING_E_OLD);
	tap_eq_int(connect_bytes("SSH-2.0-OpenSSH_9.2p1\r\n", 23), OPENING_E_FOREIGN);
	tap_eq_int(connect_bytes("\x04", 1), OPENING_E_FOREIGN);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(both_sides_get_the_same_key_and_words),
		TAP_TEST(the_code_may_be_typed_otherwise),
		TAP_TEST(another_code_is_told_from_everything_else),
		TAP_TEST(a_changed_bit_of_any_message_is_found),
		TAP_TEST(another_commitment_is_found),
		TAP_TEST(messages_of_another_connection_do_not_do),
		TAP_TEST(a_client_gets_through),
		TAP_TEST(a_client_with_another_code_leaves_and_it_is_an_attempt),
		TAP_TEST(each_status_reaches_the_client_and_is_no_attempt),
		TAP_TEST(an_attempt_that_is_not_permitted_gets_no_answer),
		TAP_TEST(a_server_whose_client_ends_anywhere_says_closed),
		TAP_TEST(a_server_whose_client_stops_anywhere_ends_at_its_deadline),
		TAP_TEST(anything_else_than_the_hello_is_foreign),
		TAP_TEST(a_share_that_is_no_point_is_no_attempt),
		TAP_TEST(a_client_whose_server_ends_anywhere_says_closed),
		TAP_TEST(a_client_knows_an_old_server_and_a_foreign_one),
		{ 0 },
	};
	struct secret code = secret_of("bocil-dufen"), other = secret_of("bocil-dufex");

	signal(SIGPIPE, SIG_IGN);
	if (opening_prover(&code, &prover, &e) < 0 || opening_verifier(&code, &verifier, &e) < 0 ||
		opening_prover(&other, &other_prover, &e) < 0)
		return 1;
	return tap_run(tests);
}
