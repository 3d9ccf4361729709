/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tpm/ on numbers that were used with a TPM: templates, names, policies, MakeCredential, and one
 * round of attestation and sealing with its variable. OpenSSL decrypts what is encrypted to RSA.
 */
#include "vectors.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/text.h"
#include "crypto/kdf.h"
#include "tpm/credential.h"
#include "tpm/policy.h"
#include "tpm/sealed.h"
#include "tpm/statement.h"

static struct error error;

/* -- values of a row -------------------------------------------------------------------------- */

static json_t *part(const char *file, const char *name)
{
	return json_object_get(json_object_get(vectors, file), name);
}

static size_t hex_of(const json_t *row, const char *key, uint8_t *out, size_t cap)
{
	const char *text = row_text(row, key);
	size_t len = strlen(text) / 2;

	tap_ok(len <= cap);
	tap_eq_int(text_parse_hex(text, out, len), 0);
	return len;
}

static struct tpm_blob blob_of(const json_t *row, const char *key)
{
	struct tpm_blob blob = { .len = 0 };

	blob.len = hex_of(row, key, blob.bytes, sizeof(blob.bytes));
	return blob;
}

static struct tpm_name name_of(const json_t *row, const char *key)
{
	struct tpm_name name = { .len = 0 };

	name.len = hex_of(row, key, name.bytes, sizeof(name.bytes));
	return name;
}

static struct tpm_blob base64_of(const json_t *row, const char *key)
{
	const char *text = row_text(row, key);
	struct tpm_blob blob = { .len = 0 };

	tap_eq_int(text_parse_base64(text, strlen(text), blob.bytes, sizeof(blob.bytes), &blob.len),
		0);
	return blob;
}

static json_t *message(size_t index, const char *side)
{
	return json_object_get(json_array_get(part("attestation", "messages"), index), side);
}

/* -- templates and names ---------------------------------------------------------------------- */

static void templates_are_these_bytes(void)
{
	static const struct {
		enum tpm_template which;
		const char *name;
	} rows[] = {
		{ TPM_TEMPLATE_SRK, "srk" },
		{ TPM_TEMPLATE_STORAGE, "storage" },
		{ TPM_TEMPLATE_AK, "ak" },
		{ TPM_TEMPLATE_EK_L1, "ek_l1" },
		{ TPM_TEMPLATE_EK_L2, "ek_l2" },
		{ TPM_TEMPLATE_EK_H1, "ek_h1" },
		{ TPM_TEMPLATE_EK_H2, "ek_h2" },
		{ TPM_TEMPLATE_EK_H3, "ek_h3" },
	};
	const json_t *all = part("policies", "templates");
	struct tpm_public public;

	tap_eq_int(ARRAY_SIZE(rows), TPM_TEMPLATES);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct tpm_blob want = blob_of(all, rows[i].name), got;
		tpm_template(rows[i].which, &got);
		tap_eq_bytes(got.bytes, got.len, want.bytes, want.len);
		tap_ok(tpm_public_read(&got, &public));
		tap_ok(tpm_public_matches(&got, &want));
	}
	/* unique.x of the attestation key. */
	struct tpm_blob ak;
	uint8_t hash[TPM_HASH_SIZE];
	tpm_template(TPM_TEMPLATE_AK, &ak);
	tap_ok(tpm_public_read(&ak, &public));
	tap_eq_int(crypto_sha256("stprov/v1 ak", 12, hash, &error), 0);
	tap_eq_bytes(public.x, public.x_len, hash, sizeof(hash));
}

static void a_sealed_object_has_the_policy_that_was_asked_for(void)
{
	const json_t *all = part("policies", "templates");
	struct tpm_blob want = blob_of(all, "sealed_without_policy"), got;
	uint8_t policy[TPM_HASH_SIZE];

	tpm_template_sealed(NULL, &got);
	tap_eq_bytes(got.bytes, got.len, want.bytes, want.len);
	hex_of(json_object_get(part("policies", "policies"), "pcr"), "policy_digest", policy,
		sizeof(policy));
	want = blob_of(all, "sealed_with_policy");
	tpm_template_sealed(policy, &got);
	tap_eq_bytes(got.bytes, got.len, want.bytes, want.len);
}

static void names_are_those_that_a_tpm_gives(void)
{
	static const char *const signers[] = { "signed_rsa", "signed_p256" };
	struct tpm_name name, want;
	struct tpm_blob public;

	for (size_t i = 0; i < ARRAY_SIZE(signers); i++) {
		const json_t *row = json_object_get(part("policies", "policies"), signers[i]);
		public = blob_of(row, "signer_public");
		want = name_of(row, "signer_name");
		tap_eq_int(tpm_public_name(&public, &name, &error), 0);
		tap_eq_bytes(name.bytes, name.len, want.bytes, want.len);
	}
	const json_t *row = json_array_get(part("makecredential", "cases"), 0);
	public = blob_of(json_object_get(vectors, "makecredential"), "ak_public");
	want = name_of(row, "ak_name");
	tap_eq_int(tpm_public_name(&public, &name, &error), 0);
	tap_ok(tpm_name_equal(&name, &want));
}

/* -- policies --------------------------------------------------------------------------------- */

static void check_policy(const struct tpm_pcrs *pcrs, const char *policy)
{
	const json_t *row = json_object_get(part("policies", "policies"), policy);
	uint8_t digest[TPM_HASH_SIZE], want[TPM_HASH_SIZE];

	hex_of(row, "policy_digest", want, sizeof(want));
	tap_eq_int(tpm_policy_pcr(pcrs, digest, &error), 0);
	tap_eq_bytes(digest, sizeof(digest), want, sizeof(want));
}

static void policies_of_pcrs_are_these_digests(void)
{
	const json_t *policies = part("policies", "policies");
	struct tpm_pcrs pcrs = { .mask = 1u << 7 };

	hex_of(json_object_get(policies, "pcr"), "value", pcrs.values[7], TPM_HASH_SIZE);
	check_policy(&pcrs, "pcr");
	const json_t *values = json_object_get(json_object_get(policies, "pcr_7_11"), "values");
	pcrs.mask = 1u << 7 | 1u << 11;
	hex_of(values, "7", pcrs.values[7], TPM_HASH_SIZE);
	hex_of(values, "11", pcrs.values[11], TPM_HASH_SIZE);
	check_policy(&pcrs, "pcr_7_11");
}

static void policies_of_signers_are_these_digests(void)
{
	static const char *const signers[] = { "signed_rsa", "signed_p256" };

	for (size_t i = 0; i < ARRAY_SIZE(signers); i++) {
		const json_t *row = json_object_get(part("policies", "policies"), signers[i]);
		const struct tpm_name name = name_of(row, "signer_name");
		uint8_t digest[TPM_HASH_SIZE], want[TPM_HASH_SIZE];
		hex_of(row, "policy_digest", want, sizeof(want));
		tap_eq_int(tpm_policy_authorize(&name, digest, &error), 0);
		tap_eq_bytes(digest, sizeof(digest), want, sizeof(want));
	}
}

/* -- MakeCredential --------------------------------------------------------------------------- */

static void check_wrap(const json_t *row, const struct tpm_public *ek, const uint8_t *seed)
{
	const struct tpm_blob want = blob_of(row, "credential_blob");
	const struct tpm_blob clear = blob_of(row, "credential");
	const struct tpm_name name = name_of(row, "ak_name");
	struct tpm_blob got = { .len = 0 };

	tap_eq_int(tpm_credential_wrap(ek, seed, &name, clear.bytes, clear.len, &got, &error), 0);
	tap_eq_bytes(got.bytes, got.len, want.bytes, want.len);
}

/* The seed that OpenSSL decrypts with the endorsement key of the row. */
static size_t decrypt_seed(const json_t *row, const struct tpm_blob *secret, uint8_t *out)
{
	const char *pem = row_text(row, "ek_private_pem");
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	uint8_t seed[CRYPTO_RSA_SIZE], *label = NULL;
	struct tpm_blob wanted_label = blob_of(row, "oaep_label");
	size_t len = sizeof(seed);

	label = OPENSSL_memdup(wanted_label.bytes, wanted_label.len);
	tap_ok(EVP_PKEY_decrypt_init(ctx) == 1 &&
		EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1 &&
		EVP_PKEY_CTX_set_rsa_oaep_md_name(ctx, "SHA256", NULL) == 1 &&
		EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, label, (int)wanted_label.len) == 1 &&
		EVP_PKEY_decrypt(ctx, seed, &len, secret->bytes, secret->len) == 1);
	tap_eq_int(len, TPM_HASH_SIZE);
	memcpy(out, seed, TPM_HASH_SIZE);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	BIO_free(bio);
	return len;
}

static void a_credential_for_an_rsa_key_is_these_bytes(void)
{
	const json_t *row = json_array_get(part("makecredential", "cases"), 0);
	const struct tpm_blob ek = blob_of(row, "ek_public");
	const struct tpm_blob secret = blob_of(row, "encrypted_secret");
	uint8_t seed[CRYPTO_HASH_MAX], want[TPM_HASH_SIZE];
	struct tpm_public public;

	tap_ok(tpm_public_read(&ek, &public));
	hex_of(row, "seed", want, sizeof(want));
	decrypt_seed(row, &secret, seed);
	tap_eq_bytes(seed, TPM_HASH_SIZE, want, sizeof(want));
	check_wrap(row, &public, seed);
}

static void a_credential_for_a_p256_key_is_these_bytes(void)
{
	const json_t *row = json_array_get(part("makecredential", "cases"), 1);
	const struct tpm_blob ek = blob_of(row, "ek_public");
	const struct tpm_blob want_secret = blob_of(row, "encrypted_secret");
	struct crypto_ecdh_key ephemeral = { .curve = CRYPTO_CURVE_P256 };
	uint8_t seed[CRYPTO_HASH_MAX], want[TPM_HASH_SIZE];
	struct tpm_public public;
	struct tpm_blob secret = { .len = 0 };

	tap_ok(tpm_public_read(&ek, &public));
	hex_of(row, "ephemeral_private", ephemeral.private, 32);
	memcpy(ephemeral.public.x, want_secret.bytes + 2, 32);
	memcpy(ephemeral.public.y, want_secret.bytes + 36, 32);
	tap_eq_int(tpm_credential_seed(&public, &ephemeral, seed, &secret, &error), 0);
	tap_eq_bytes(secret.bytes, secret.len, want_secret.bytes, want_secret.len);
	hex_of(row, "seed", want, sizeof(want));
	tap_eq_bytes(seed, TPM_HASH_SIZE, want, sizeof(want));
	check_wrap(row, &public, seed);
}

/* With the private keys of the rows, what tpm_credential_make() makes is undone. */
static void a_new_credential_is_what_the_key_takes(void)
{
	const json_t *cases = part("makecredential", "cases");
	const uint8_t clear[32] = { 1, 2, 3 };

	for (size_t i = 0; i < json_array_size(cases); i++) {
		const json_t *row = json_array_get(cases, i);
		const struct tpm_blob ek = blob_of(row, "ek_public");
		const struct tpm_name name = name_of(row, "ak_name");
		struct tpm_blob credential = { .len = 0 }, secret = { .len = 0 }, again;
		uint8_t seed[CRYPTO_HASH_MAX], z[CRYPTO_COORDINATE_MAX], info[9 + 64] = "IDENTITY";
		struct tpm_public public;
		tap_ok(tpm_public_read(&ek, &public));
		tap_eq_int(tpm_credential_make(
				   &ek, &name, clear, sizeof(clear), &credential, &secret, &error),
			0);
		const json_t *sizes = json_object_get(row, "sizes");
		tap_eq_int(credential.len,
			json_integer_value(json_object_get(sizes, "credential_blob")));
		tap_eq_int(
			secret.len, json_integer_value(json_object_get(sizes, "encrypted_secret")));
		if (public.type == TPM_ALG_RSA) {
			decrypt_seed(row, &secret, seed);
		} else {
			struct crypto_ecdh_key key = { .curve = CRYPTO_CURVE_P256 };
			struct crypto_point peer;
			enum crypto_curve curve;
			tap_ok(tpm_public_point(&public, &curve, &key.public));
			hex_of(row, "ek_private", key.private, 32);
			memcpy(peer.x, secret.bytes + 2, 32);
			memcpy(peer.y, secret.bytes + 36, 32);
			tap_eq_int(crypto_ecdh(&key, &peer, z, &error), 0);
			memcpy(info + 9, peer.x, 32);
			memcpy(info + 41, public.x, 32);
			tap_eq_int(crypto_sskdf(CRYPTO_HASH_SHA256, z, 32, info, sizeof(info), seed,
					   32, &error),
				0);
		}
		tap_eq_int(tpm_credential_wrap(
				   &public, seed, &name, clear, sizeof(clear), &again, &error),
			0);
		tap_eq_bytes(credential.bytes, credential.len, again.bytes, again.len);
	}
}

/* -- a round ---------------------------------------------------------------------------------- */

static void the_keys_of_a_round_are_of_the_templates(void)
{
	const json_t *attest = message(0, "answer"), *commit = message(3, "answer");
	const json_t *sealed = json_object_get(commit, "sealed");
	struct tpm_blob ek = base64_of(json_object_get(attest, "ek"), "public"), template;
	struct tpm_blob ak = base64_of(json_object_get(attest, "ak"), "public");
	struct tpm_blob parent = base64_of(sealed, "parent"), public = base64_of(sealed, "public");
	uint8_t policy[TPM_HASH_SIZE];

	tpm_template(TPM_TEMPLATE_EK_L1, &template);
	tap_ok(tpm_public_matches(&ek, &template));
	tap_ok(!tpm_public_matches(&ak, &template));
	tpm_template(TPM_TEMPLATE_AK, &template);
	tap_ok(tpm_public_matches(&ak, &template));
	tpm_template(TPM_TEMPLATE_STORAGE, &template);
	tap_ok(tpm_public_matches(&parent, &template));
	hex_of(json_object_get(vectors, "attestation"), "policy_digest", policy, sizeof(policy));
	tpm_template_sealed(policy, &template);
	tap_ok(tpm_public_matches(&public, &template));
	tpm_template_sealed(NULL, &template);
	tap_ok(!tpm_public_matches(&public, &template));
}

/* H(prefix, 0, exporter, nonce, rest). */
static void hash_qualifying(const char *prefix, const void *rest, size_t len, uint8_t *out)
{
	const json_t *all = json_object_get(vectors, "attestation");
	struct tpm_blob nonce = base64_of(message(1, "body"), "nonce");
	uint8_t bytes[256];
	struct bytes_writer w = bytes_writer(bytes, sizeof(bytes));
	uint8_t exporter[32];

	hex_of(all, "exporter", exporter, sizeof(exporter));
	bytes_write(&w, prefix, strlen(prefix) + 1);
	bytes_write(&w, exporter, sizeof(exporter));
	bytes_write(&w, nonce.bytes, nonce.len);
	if (len > 0)
		bytes_write(&w, rest, len);
	tap_eq_int(crypto_sha256(bytes, w.len, out, &error), 0);
}

static void the_quote_of_a_round_is_of_its_pcrs(void)
{
	const json_t *prove = message(1, "answer");
	const json_t *values = json_object_get(json_object_get(prove, "pcrs"), "sha256");
	const struct tpm_blob quote = base64_of(prove, "quote");
	uint8_t digest[TPM_HASH_SIZE];
	struct tpm_pcrs pcrs = { .mask = 0 };
	struct tpm_statement statement;

	tap_ok(tpm_statement_read(&quote, &statement));
	tap_eq_int(statement.type, TPM_STATEMENT_QUOTE);
	tap_eq_int(statement.pcrs, 0xffff);
	for (unsigned i = 0; i < 16; i++) {
		char key[4];
		snprintf(key, sizeof(key), "%u", i);
		hex_of(values, key, pcrs.values[i], TPM_HASH_SIZE);
		pcrs.mask |= 1u << i;
	}
	tap_eq_int(tpm_pcrs_digest(&pcrs, digest, &error), 0);
	tap_eq_bytes(statement.digest, TPM_HASH_SIZE, digest, sizeof(digest));
	hash_qualifying("stprov/v1 quote", NULL, 0, digest);
	tap_eq_bytes(statement.extra, statement.extra_len, digest, sizeof(digest));
}

static void the_statement_of_a_round_names_the_sealed_object(void)
{
	const json_t *sealed = json_object_get(message(3, "answer"), "sealed");
	const struct tpm_blob certify = base64_of(sealed, "certify");
	const struct tpm_blob public = base64_of(sealed, "public");
	uint8_t digest[TPM_HASH_SIZE], key[64];
	struct tpm_statement statement;
	struct tpm_name name;

	tap_ok(tpm_statement_read(&certify, &statement));
	tap_eq_int(statement.type, TPM_STATEMENT_CERTIFY);
	tap_eq_int(tpm_public_name(&public, &name, &error), 0);
	tap_ok(tpm_name_equal(&statement.name, &name));
	size_t len = hex_of(
		json_object_get(vectors, "attestation"), "ssh_public_key_blob", key, sizeof(key));
	tap_eq_int(crypto_sha256(key, len, digest, &error), 0);
	hash_qualifying("stprov/v1 sealed", digest, sizeof(digest), digest);
	tap_eq_bytes(statement.extra, statement.extra_len, digest, sizeof(digest));
}

static void the_variable_of_a_round_is_read_and_written_again(void)
{
	const json_t *all = json_object_get(vectors, "attestation");
	const json_t *sealed = json_object_get(message(3, "answer"), "sealed");
	const char *text = row_text(all, "variable");
	const struct tpm_blob public = base64_of(sealed, "public");
	struct tpm_blob parent = base64_of(sealed, "parent");
	char again[TPM_SEALED_TEXT_MAX + 1];
	struct tpm_sealed_key key;
	uint8_t blob[64], want[TPM_HASH_SIZE];
	size_t len = 0;

	tap_eq_int(tpm_sealed_read(text, strlen(text), &key, &error), 0);
	tap_eq_text(error.text, "");
	tap_eq_int(key.sealed.parent, 0x81535450);
	tap_eq_int(key.sealed.kind, TPM_KIND_PCR);
	tap_eq_int(key.sealed.pcrs, 1u << 7);
	tap_eq_bytes(key.sealed.public.bytes, key.sealed.public.len, public.bytes, public.len);
	size_t blob_len = hex_of(all, "ssh_public_key_blob", blob, sizeof(blob));
	tap_eq_bytes(key.ssh_public, 32, blob + blob_len - 32, 32);
	hex_of(all, "policy_digest", want, sizeof(want));
	tap_eq_bytes(tpm_sealed_policy(&key.sealed), TPM_HASH_SIZE, want, sizeof(want));
	struct tpm_name name;
	tap_eq_int(tpm_public_name(&parent, &name, &error), 0);
	tap_ok(tpm_name_equal(&name, &key.sealed.parent_name));
	tap_eq_int(tpm_sealed_write(&key, again, &len, &error), 0);
	tap_eq_text(again, text);
	tap_eq_int(len, strlen(text));
}

int main(int argc, char **argv)
{
	static const struct tap_test tests[] = {
		TAP_TEST(templates_are_these_bytes),
		TAP_TEST(a_sealed_object_has_the_policy_that_was_asked_for),
		TAP_TEST(names_are_those_that_a_tpm_gives),
		TAP_TEST(policies_of_pcrs_are_these_digests),
		TAP_TEST(policies_of_signers_are_these_digests),
		TAP_TEST(a_credential_for_an_rsa_key_is_these_bytes),
		TAP_TEST(a_credential_for_a_p256_key_is_these_bytes),
		TAP_TEST(a_new_credential_is_what_the_key_takes),
		TAP_TEST(the_keys_of_a_round_are_of_the_templates),
		TAP_TEST(the_quote_of_a_round_is_of_its_pcrs),
		TAP_TEST(the_statement_of_a_round_names_the_sealed_object),
		TAP_TEST(the_variable_of_a_round_is_read_and_written_again),
		{ 0 },
	};
	return vectors_run(argc, argv, tests);
}
