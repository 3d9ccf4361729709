/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SPAKE2+ against the vectors of RFC 9383, appendix C: our ciphersuite completely, and of the other
 * one on P-256 the points and the transcript, which do not depend on the hash. Usage:
 * test_spake2plus_vectors SPAKE2PLUS.JSON
 */

#include "vectors.h"

#include "base/text.h"
#include "crypto/spake2plus_private.h"

struct row {
	struct spake2plus_identities who;
	const char *context;
	struct spake2plus_prover prover;
	struct spake2plus_verifier verifier;
	uint8_t x[SPAKE2PLUS_SCALAR_SIZE], y[SPAKE2PLUS_SCALAR_SIZE];
	struct spake2plus_share p, v;
	struct spake2plus_secrets secrets;
};

static struct error e;

static void hex_of(const json_t *object, const char *key, uint8_t *out, size_t len)
{
	const char *text = row_text(object, key);

	if (strlen(text) != 2 * len || text_parse_hex(text, out, len) < 0)
		tap_fail(__FILE__, __LINE__, "\"%s\" is not %zu bytes of hex", key, len);
}

static const json_t *find(const char *suite)
{
	size_t i;
	json_t *object;

	json_array_foreach(vectors, i, object) if (strncmp(row_text(object, "Context"), suite,
							   strlen(suite)) == 0) return object;
	tap_fail(__FILE__, __LINE__, "no vectors of %s", suite);
	return NULL;
}

static struct row row_of(const json_t *object)
{
	struct row row = {
		.who = { row_text(object, "idProver"), row_text(object, "idVerifier") },
		.context = row_text(object, "Context"),
	};

	hex_of(object, "w0", row.prover.w0, sizeof(row.prover.w0));
	hex_of(object, "w1", row.prover.w1, sizeof(row.prover.w1));
	hex_of(object, "x", row.x, sizeof(row.x));
	hex_of(object, "y", row.y, sizeof(row.y));
	tap_eq_int(spake2plus_register(&row.prover, &row.verifier, &e), 0);
	tap_eq_int(spake2plus_share_fixed(row.x, row.prover.w0, spake2plus_m, &row.p, &e), 0);
	tap_eq_int(spake2plus_share_fixed(row.y, row.prover.w0, spake2plus_n, &row.v, &e), 0);
	return row;
}

static void eq_point(const json_t *object, const char *key, const uint8_t *point)
{
	uint8_t want[SPAKE2PLUS_POINT_SIZE];

	hex_of(object, key, want, sizeof(want));
	tap_eq_bytes(point, SPAKE2PLUS_POINT_SIZE, want, sizeof(want));
}

static void eq_key(const json_t *object, const char *key, const uint8_t *got)
{
	uint8_t want[SPAKE2PLUS_KEY_SIZE];

	hex_of(object, key, want, sizeof(want));
	tap_eq_bytes(got, SPAKE2PLUS_KEY_SIZE, want, sizeof(want));
}

static struct spake2plus_transcript transcript_of(const struct row *row)
{
	return (struct spake2plus_transcript){
		.context = row->context,
		.context_len = strlen(row->context),
		.who = &row->who,
		.share_p = row->p.point,
		.share_v = row->v.point,
		.secrets = &row->secrets,
		.w0 = row->prover.w0,
	};
}

static void check_points_and_transcript(const char *suite)
{
	const json_t *object = find(suite);
	struct row row = row_of(object);
	struct spake2plus_secrets verifiers;
	uint8_t got[SPAKE2PLUS_TRANSCRIPT_MAX], want[SPAKE2PLUS_TRANSCRIPT_MAX];
	size_t len = 0, want_len = strlen(row_text(object, "TT")) / 2;

	eq_point(object, "L", row.verifier.l);
	eq_point(object, "shareP", row.p.point);
	eq_point(object, "shareV", row.v.point);
	tap_eq_int(spake2plus_secrets_prover(&row.prover, row.x, row.v.point, &row.secrets, &e), 0);
	eq_point(object, "Z", row.secrets.z);
	eq_point(object, "V", row.secrets.v);
	tap_eq_int(
		spake2plus_secrets_verifier(&row.verifier, row.y, row.p.point, &verifiers, &e), 0);
	eq_point(object, "Z", verifiers.z);
	eq_point(object, "V", verifiers.v);
	struct spake2plus_transcript t = transcript_of(&row);
	tap_eq_int(spake2plus_transcript_encode(&t, got, &len, &e), 0);
	tap_eq_int(text_parse_hex(row_text(object, "TT"), want, want_len), 0);
	tap_eq_bytes(got, len, want, want_len);
}

static void points_and_transcript_of_p256_with_sha256(void)
{
	check_points_and_transcript("SPAKE2+-P256-SHA256-");
}

static void points_and_transcript_of_p256_with_sha512(void)
{
	check_points_and_transcript("SPAKE2+-P256-SHA512-");
}

static void keys_and_confirmations_of_both_sides(void)
{
	const json_t *object = find("SPAKE2+-P256-SHA256-");
	struct row row = row_of(object);
	struct spake2plus_keys keys[2];
	size_t len = strlen(row.context);

	memset(keys, 0, sizeof(keys));
	tap_eq_int(spake2plus_finish_prover(&row.prover, &row.who, row.context, len, &row.p,
			   row.v.point, &keys[0], &e),
		0);
	tap_eq_int(spake2plus_finish_verifier(&row.verifier, &row.who, row.context, len, &row.v,
			   row.p.point, &keys[1], &e),
		0);
	for (int i = 0; i < 2; i++) {
		eq_key(object, "HMAC(K_confirmP, shareV)", keys[i].confirm_p);
		eq_key(object, "HMAC(K_confirmV, shareP)", keys[i].confirm_v);
		eq_key(object, "K_shared", keys[i].shared);
	}
}

int main(int argc, char **argv)
{
	static const struct tap_test tests[] = {
		TAP_TEST(points_and_transcript_of_p256_with_sha256),
		TAP_TEST(points_and_transcript_of_p256_with_sha512),
		TAP_TEST(keys_and_confirmations_of_both_sides),
		{ 0 },
	};

	return vectors_run(argc, argv, tests);
}
