/* SPDX-License-Identifier: BSD-2-Clause */
/* crypto/spake2plus.h: cases that the vectors of RFC 9383 do not cover. */
#include "tap.h"

#include <errno.h>

#include "base/text.h"
#include "crypto/spake2plus_private.h"

static const struct spake2plus_identities who = { "stprov local", "stprov remote" };

struct side {
	struct spake2plus_prover prover;
	struct spake2plus_verifier verifier;
	struct spake2plus_share p, v;
};

static struct error e;

static struct side side_of(const char *code)
{
	struct side s;

	tap_eq_int(spake2plus_derive(code, strlen(code), &who, "stprov/v1", &s.prover, &e), 0);
	tap_eq_int(spake2plus_register(&s.prover, &s.verifier, &e), 0);
	tap_eq_int(spake2plus_share_prover(s.prover.w0, &s.p, &e), 0);
	tap_eq_int(spake2plus_share_verifier(s.verifier.w0, &s.v, &e), 0);
	return s;
}

static int finish_prover(const struct side *s, const char *context, const uint8_t *share,
	struct spake2plus_keys *ret)
{
	return spake2plus_finish_prover(
		&s->prover, &who, context, strlen(context), &s->p, share, ret, &e);
}

static int finish_verifier(const struct side *s, const char *context, const uint8_t *share,
	struct spake2plus_keys *ret)
{
	return spake2plus_finish_verifier(
		&s->verifier, &who, context, strlen(context), &s->v, share, ret, &e);
}

/* Computed by tests/integration/v1.py, from the specification alone. */
static void a_code_gives_the_scalars_that_python_computes(void)
{
	struct side s = side_of("bocildufen");
	uint8_t want[65];

	tap_eq_int(
		text_parse_hex("f19d5e8d690a594b94c3a8907a3e45bc0d45b6f93c6623caa1edd6c44f66f215",
			want, 32),
		0);
	tap_eq_bytes(s.prover.w0, 32, want, 32);
	tap_eq_int(
		text_parse_hex("365140192e38db7d74cacf2a5bc10574931048f6cfa8b309002dabb2bce2a50f",
			want, 32),
		0);
	tap_eq_bytes(s.prover.w1, 32, want, 32);
	tap_eq_int(
		text_parse_hex("04efdc13e0f433883f22d3229d29ce9106e48db50ef9ba670a0e6e613697c099ff"
			       "35eb702db0701ce0af8760eb114496f68b8b0fdf4d1385b9180e0b27f95581be",
			want, 65),
		0);
	tap_eq_bytes(s.verifier.l, 65, want, 65);
}

static void two_sides_with_the_same_code_agree(void)
{
	struct side s = side_of("a code");
	struct spake2plus_keys p, v;

	tap_eq_int(finish_prover(&s, "c", s.v.point, &p), 0);
	tap_eq_int(finish_verifier(&s, "c", s.p.point, &v), 0);
	tap_ok(memcmp(&p, &v, sizeof(p)) == 0);
	tap_ok(spake2plus_confirms(p.confirm_p, v.confirm_p));
	tap_ok(!spake2plus_confirms(p.confirm_p, v.confirm_v));
	v.confirm_p[31] ^= 1;
	tap_ok(!spake2plus_confirms(p.confirm_p, v.confirm_p));
}

static void another_code_another_context_or_another_share_gives_other_keys(void)
{
	struct side s = side_of("a code"), other = side_of("a codf");
	struct spake2plus_keys right, got;

	tap_eq_int(finish_verifier(&s, "c", s.p.point, &right), 0);
	tap_eq_int(finish_prover(&other, "c", s.v.point, &got), 0);
	tap_ok(memcmp(got.confirm_v, right.confirm_v, 32) != 0);
	tap_eq_int(finish_prover(&s, "d", s.v.point, &got), 0);
	tap_ok(memcmp(got.confirm_v, right.confirm_v, 32) != 0);
	tap_ok(memcmp(got.shared, right.shared, 32) != 0);
	/* The same code, but another exchange. */
	struct side again = side_of("a code");
	tap_ok(memcmp(again.p.point, s.p.point, 65) != 0);
	tap_ok(memcmp(again.v.point, s.v.point, 65) != 0);
	tap_eq_int(finish_verifier(&s, "c", again.p.point, &got), 0);
	tap_ok(memcmp(got.confirm_p, right.confirm_p, 32) != 0);
	tap_ok(memcmp(got.shared, right.shared, 32) != 0);
}

static void expect_refused(const struct side *s, const uint8_t *point)
{
	struct spake2plus_keys keys;

	tap_eq_int(finish_verifier(s, "c", point, &keys), SPAKE2PLUS_E_POINT);
	tap_ok(strlen(e.text) > 20);
	tap_eq_int(finish_prover(s, "c", point, &keys), SPAKE2PLUS_E_POINT);
}

static void what_is_no_point_of_the_curve_is_refused(void)
{
	struct side s = side_of("a code");
	uint8_t bad[65];

	memcpy(bad, s.p.point, 65);
	bad[64] ^= 1;
	expect_refused(&s, bad);
	memcpy(bad, s.p.point, 65);
	bad[1] ^= 0x80;
	expect_refused(&s, bad);
	memset(bad, 0, 65);
	expect_refused(&s, bad); /* the identity is one zero byte; these are 65 */
	bad[0] = 4;
	expect_refused(&s, bad); /* (0, 0) */
	memset(bad + 1, 0xff, 64);
	expect_refused(&s, bad); /* not below the field's prime */
	/* Other forms (SEC 1 section 2.3.3), filled up or hybrid. */
	for (uint8_t form = 0; form < 8; form++) {
		memcpy(bad, s.p.point, 65);
		bad[0] = form;
		if (form != 4)
			expect_refused(&s, bad);
	}
}

/* X = w0*M: what is left without the blinding is the identity, and Z would be known to all. */
static void a_share_that_is_nothing_but_its_blinding_is_refused(void)
{
	struct side s = side_of("a code");
	struct spake2plus_share bare;
	struct spake2plus_keys keys;
	static const uint8_t zero[SPAKE2PLUS_SCALAR_SIZE];

	tap_eq_int(spake2plus_share_fixed(zero, s.prover.w0, spake2plus_m, &bare, &e), 0);
	tap_eq_int(finish_verifier(&s, "c", bare.point, &keys), SPAKE2PLUS_E_POINT);
	tap_eq_int(spake2plus_share_fixed(zero, s.prover.w0, spake2plus_n, &bare, &e), 0);
	tap_eq_int(finish_prover(&s, "c", bare.point, &keys), SPAKE2PLUS_E_POINT);
}

static void scalars_are_reduced_modulo_the_order(void)
{
	uint8_t order[40] = { 0 }, out[32], want[32] = { [31] = 1 };

	tap_eq_int(
		text_parse_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632552",
			order + 8, 32),
		0);
	tap_eq_int(spake2plus_reduce(order, sizeof(order), out, &e), 0);
	tap_eq_bytes(out, 32, want, 32);
}

static void texts_that_are_too_long_are_refused(void)
{
	static const char text[2048] = "x";
	struct side s = side_of("a code");
	struct spake2plus_prover prover;
	struct spake2plus_keys keys;

	tap_eq_int(spake2plus_derive(text, 2040, &who, "stprov/v1", &prover, &e), -E2BIG);
	tap_eq_int(
		spake2plus_finish_prover(&s.prover, &who, text, 2000, &s.p, s.v.point, &keys, &e),
		-E2BIG);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(a_code_gives_the_scalars_that_python_computes),
		TAP_TEST(two_sides_with_the_same_code_agree),
		TAP_TEST(another_code_another_context_or_another_share_gives_other_keys),
		TAP_TEST(what_is_no_point_of_the_curve_is_refused),
		TAP_TEST(a_share_that_is_nothing_but_its_blinding_is_refused),
		TAP_TEST(scalars_are_reduced_modulo_the_order),
		TAP_TEST(texts_that_are_too_long_are_refused),
		{ 0 },
	};
	return tap_run(tests);
}
