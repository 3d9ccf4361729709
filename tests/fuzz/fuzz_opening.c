/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * v1's opening as a conversation over a stream, against either side. The first byte chooses the
 * side under test; the rest are the steps of its peer, which holds the code: `h` and the honest
 * next message, `f` and a bit of it flipped, `l` and as many bytes as the next byte says; then
 * the end.
 */
#include <errno.h>
#include <string.h>

#include "opening/client.h"
#include "opening/server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct secret code = { .len = 5, .bytes = "bocil" };
static struct spake2plus_prover prover;
static struct spake2plus_verifier verifier;

struct peer {
	struct stream stream;
	const uint8_t *steps;
	size_t left;
	bool is_client;
	int sent; /* honest messages */
	bool all_honest;
	struct opening_server server;
	struct opening_client client;
	uint8_t in[4096], out[512]; /* what it got; what it says next */
	size_t in_len, out_len, out_at;
};

/* The peer's next message, from what it got so far. 0: it cannot say anything sensible. */
static size_t honest(struct peer *p)
{
	struct error error;
	struct opening_result result;
	uint8_t *out = p->out;

	switch (p->sent++ * 2 + p->is_client) {
	case 1: /* client, message 1 */
		memcpy(out, OPENING_HELLO, OPENING_HELLO_SIZE);
		return OPENING_HELLO_SIZE;
	case 3: /* message 3 */
		if (p->in_len < 33)
			return 0;
		opening_client_share(&p->client, p->in + 1, out);
		return OPENING_SHARE_SIZE;
	case 5: /* message 5 */
		if (p->in_len < 33 + OPENING_ANSWER_SIZE ||
			opening_client_confirm(&p->client, p->in + 33, out, &result, &error) != 0)
			return 0;
		return OPENING_CONFIRM_SIZE;
	case 0: /* server, message 2 */
		out[0] = OPENING_GO_ON;
		memcpy(out + 1, p->server.commitment, OPENING_COMMITMENT_SIZE);
		return 1 + OPENING_COMMITMENT_SIZE;
	case 2: /* message 4 */
		if (p->in_len < OPENING_HELLO_SIZE + OPENING_SHARE_SIZE ||
			opening_server_answer(&p->server, p->in + OPENING_HELLO_SIZE, out, &error))
			return 0;
		return OPENING_ANSWER_SIZE;
	default:
		return 0;
	}
}

static uint8_t next_byte(struct peer *p)
{
	if (p->left == 0)
		return 0;
	p->left--;
	return *p->steps++;
}

static void next_step(struct peer *p)
{
	uint8_t step = next_byte(p);

	p->out_at = 0;
	if (step == 'h' || step == 'f') {
		p->out_len = honest(p);
		if (step == 'f' && p->out_len > 0) {
			uint8_t where = next_byte(p);
			p->out[where % p->out_len] ^= (uint8_t)(1U << where % 8);
			p->all_honest = false;
		}
	} else {
		size_t len = next_byte(p);
		p->out_len = MIN(len, p->left);
		memcpy(p->out, p->steps, p->out_len);
		p->steps += p->out_len;
		p->left -= p->out_len;
		p->all_honest &= p->out_len == 0;
	}
}

static int peer_read(struct stream *stream, void *buf, size_t cap, int64_t deadline_ms,
	size_t *ret_n, struct error *error)
{
	struct peer *p = (struct peer *)stream;

	while (p->out_at == p->out_len && p->left > 0)
		next_step(p);
	size_t n = MIN(cap, p->out_len - p->out_at);
	memcpy(buf, p->out + p->out_at, n);
	p->out_at += n;
	*ret_n = n;
	return 0;
}

static int peer_write(struct stream *stream, const void *buf, size_t len, int64_t deadline_ms,
	struct error *error)
{
	struct peer *p = (struct peer *)stream;

	if (len > sizeof(p->in) - p->in_len)
		return error_set(error, -ENOSPC, "too much");
	memcpy(p->in + p->in_len, buf, len);
	p->in_len += len;
	return 0;
}

static int go_on(void *context, enum opening_status *ret, struct error *error)
{
	*ret = OPENING_GO_ON;
	return 0;
}

static int permit(void *context, struct error *error)
{
	return 0;
}

static void run(struct peer *p)
{
	static const struct opening_ops ops = { .status = go_on, .attempt = permit };
	struct opening_result result;
	struct opening_progress progress;
	struct error error;
	int r = p->is_client ? opening_accept(&p->stream, &verifier, &ops, NULL, INT64_MAX, 1000,
				       &result, &error)
			     : opening_connect(
				       &p->stream, &prover, INT64_MAX, &result, &progress, &error);

	/* A peer that changed a bit does not succeed. */
	if (r == 0 && !p->all_honest)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct peer p;
	struct error error;

	if (verifier.l[0] == 0 && (opening_prover(&code, &prover, &error) < 0 ||
					  opening_verifier(&code, &verifier, &error) < 0))
		abort();
	if (size < 1)
		return 0;
	memset(&p, 0, sizeof(p));
	p.stream = (struct stream){ .read = peer_read, .write = peer_write };
	p.is_client = data[0] & 1;
	p.steps = data + 1;
	p.left = size - 1;
	p.all_honest = true;
	if (opening_server_init(&p.server, &verifier, &error) < 0 ||
		opening_client_init(&p.client, &prover, &error) < 0)
		abort();
	run(&p);
	return 0;
}
