/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attest/ on a round that was made with a TPM: it is accepted, and each change of it is refused by
 * the check that is there for it. What a TPM does not sign is signed by a key in software.
 */
#include "vectors.h"

#include <errno.h>

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "attest/record.h"
#include "attest/sealed.h"
#include "attest/signed.h"
#include "base/text.h"
#include "tpm/credential.h"

#define FIRMWARE_LOG "the firmware left no usable log of this boot (is securityfs mounted?)"

static struct error error;

/* -- the round of the file --------------------------------------------------------------------- */

/* What a test changes. */
struct given {
	struct attest_round round;
	struct attest_wanted wanted;
	struct crypto_roots *roots;
	struct api_seal seal;
	struct api_commit commit;
};

static struct given given;

static void hex_of(const char *key, uint8_t *out, size_t len)
{
	tap_eq_int(text_parse_hex(row_text(vectors, key), out, len), 0);
}

static char *message(size_t index, const char *side)
{
	return json_dumps(
		json_object_get(json_array_get(json_object_get(vectors, "messages"), index), side),
		JSON_COMPACT);
}

static void load(void)
{
	_cleanup_free_ char *attest = message(0, "answer"), *proof = message(1, "answer");
	_cleanup_free_ char *prove = message(1, "body"), *seal = message(2, "body");
	const char *roots = row_text(vectors, "ek_roots_pem");
	const json_t *commit =
		json_object_get(json_array_get(json_object_get(vectors, "messages"), 3), "answer");
	_cleanup_free_ char *sealed = json_dumps(commit, JSON_COMPACT);
	size_t n = 0;

	memset(&given, 0, sizeof(given));
	error = ERROR_INIT;
	tap_eq_int(api_attest_decode(attest, strlen(attest), &given.round.attest, &error), 0);
	tap_eq_int(api_prove_decode(prove, strlen(prove), &given.round.prove, &error), 0);
	tap_eq_int(api_proof_decode(proof, strlen(proof), &given.round.proof, &error), 0);
	tap_eq_int(api_seal_decode(seal, strlen(seal), &given.seal, &error), 0);
	tap_eq_int(api_prepared_decode(sealed, strlen(sealed), &given.commit, &error), 0);
	struct json *object = NULL;
	tap_eq_int(json_object_parse(sealed, strlen(sealed), &object, &error), 0);
	tap_eq_int(api_sealed_read(object, &given.commit.sealed, &error), 0);
	json_free(&object);
	hex_of("exporter", given.round.exporter, sizeof(given.round.exporter));
	tap_eq_int(secret_set(&given.round.credential, given.round.proof.credential,
			   sizeof(given.round.proof.credential)),
		0);
	tap_eq_int(crypto_roots_new(&given.roots, &error), 0);
	tap_eq_int(crypto_roots_add(given.roots, roots, strlen(roots), &n, &error), 0);
	tap_eq_int(n, 2);
	given.wanted.roots = given.roots;
	given.wanted.roots_name = "roots.pem";
	given.wanted.image_name = "stprov.efi";
	hex_of("image_authenticode_sha256", given.wanted.image, sizeof(given.wanted.image));
	tap_eq_text(error.text, "");
}

static void unload(void)
{
	attest_round_deinit(&given.round);
	attest_pins_deinit(&given.wanted.pins);
	crypto_roots_free(&given.roots);
}

/* All checks in their order; the sentence is in error. */
static int check(void)
{
	int r = attest_check_keys(&given.round, &given.wanted, &error);

	if (r == 0)
		r = attest_check_proof(&given.round, &given.wanted, false, &error);
	if (r == 0)
		r = attest_check_sealed(given.round.exporter, given.commit.publickey, &given.seal,
			&given.commit.sealed, &given.round, &error);
	return r;
}

static bool has_found(const char *text)
{
	for (size_t i = 0; i < given.round.findings.n; i++)
		if (strstr(given.round.findings.items[i].text, text))
			return true;
	return false;
}

static const char *ek_sha256 = "9a45be75";

static void a_round_of_a_tpm_is_accepted(void)
{
	char hex[2 * TPM_HASH_SIZE + 1];

	load();
	tap_eq_int(check(), 0);
	tap_eq_text(error.text, "");
	tap_eq_int(given.round.tier, ATTEST_CERTIFICATE);
	tap_eq_int(given.round.certificate, ATTEST_CERTIFICATE_VERIFIED);
	text_format_hex(given.round.ek_sha256, TPM_HASH_SIZE, hex);
	tap_ok(strncmp(hex, ek_sha256, strlen(ek_sha256)) == 0);
	tap_eq_int(given.round.chain.n, 2);
	tap_eq_int(given.round.boot.events, 35);
	tap_eq_int(given.round.boot.explained, 0x0aff);
	tap_eq_int(given.round.boot.unexplained, 1u << 10);
	tap_ok(given.round.boot.image_started && given.round.boot.knows_secure_boot);
	tap_ok(!given.round.boot.secure_boot && given.round.boot.setup_mode);
	tap_ok(has_found("35 events explain PCR 0-7, 9 and 11"));
	tap_ok(has_found("PCR 10 is not explained by the boot log"));
	unload();
}

/* -- a key in software --------------------------------------------------------------------------
 */

static EVP_PKEY *soft_key;

/* The attestation key becomes one that signs what it is given. */
static void use_soft_key(void)
{
	struct tpm_blob ak;
	uint8_t point[65];
	size_t len = 0;

	if (!soft_key)
		soft_key = EVP_EC_gen("P-256");
	tap_eq_int(EVP_PKEY_get_octet_string_param(soft_key, "pub", point, sizeof(point), &len), 1);
	tpm_template(TPM_TEMPLATE_AK, &ak);
	/* unique: x and y. */
	struct bytes_writer w = bytes_writer(ak.bytes, sizeof(ak.bytes));
	w.len = 20;
	bytes_write_be16(&w, 32);
	bytes_write(&w, point + 1, 32);
	bytes_write_be16(&w, 32);
	bytes_write(&w, point + 33, 32);
	given.round.attest.ak.len = w.len;
	memcpy(given.round.attest.ak.bytes, ak.bytes, w.len);
}

/* TPMT_SIGNATURE of @bytes. */
static void sign(const struct api_tpm *bytes, struct api_tpm *ret)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t der[80], number[32];
	size_t len = sizeof(der);

	tap_ok(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, soft_key) == 1);
	tap_ok(EVP_DigestSign(ctx, der, &len, bytes->bytes, bytes->len) == 1);
	EVP_MD_CTX_free(ctx);
	const unsigned char *p = der;
	ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &p, (long)len);
	struct bytes_writer w = bytes_writer(ret->bytes, sizeof(ret->bytes));
	bytes_write_be16(&w, TPM_ALG_ECDSA);
	bytes_write_be16(&w, TPM_ALG_SHA256);
	bytes_write_be16(&w, 32);
	BN_bn2binpad(ECDSA_SIG_get0_r(signature), number, 32);
	bytes_write(&w, number, 32);
	bytes_write_be16(&w, 32);
	BN_bn2binpad(ECDSA_SIG_get0_s(signature), number, 32);
	bytes_write(&w, number, 32);
	ECDSA_SIG_free(signature);
	ret->len = w.len;
}

/* What a forged statement differs in. */
struct forged {
	uint32_t magic, hierarchy, pcrs;
	uint16_t bank;
	bool other_values;
};

static const struct forged honest = { 0xff544347, TPM_RH_ENDORSEMENT, 0xffff, TPM_ALG_SHA256,
	false };

/* The head of TPMS_ATTEST. */
static void write_head(struct bytes_writer *w, const struct forged *forged, uint16_t type,
	const uint8_t extra[TPM_HASH_SIZE])
{
	struct tpm_blob ak;
	struct tpm_name name;
	uint8_t qualified[4 + TPM_NAME_MAX], hash[32];
	struct bytes_writer q = bytes_writer(qualified, sizeof(qualified));

	tap_ok(tpm_blob_set(&ak, given.round.attest.ak.bytes, given.round.attest.ak.len));
	tap_eq_int(tpm_public_name(&ak, &name, &error), 0);
	bytes_write_be32(&q, forged->hierarchy);
	bytes_write(&q, name.bytes, name.len);
	tap_eq_int(crypto_sha256(qualified, q.len, hash, &error), 0);
	bytes_write_be32(w, forged->magic);
	bytes_write_be16(w, type);
	bytes_write_be16(w, 34);
	bytes_write_be16(w, TPM_ALG_SHA256);
	bytes_write(w, hash, 32);
	bytes_write_be16(w, 32);
	bytes_write(w, extra, 32);
	for (int i = 0; i < 25; i++)
		bytes_write_u8(w, 0);
}

/* The quote of the soft key, of the PCRs' values as they are in the answer. */
static void forge_quote(const struct forged *forged)
{
	struct api_proof *proof = &given.round.proof;
	struct bytes_writer w = bytes_writer(proof->quote.bytes, sizeof(proof->quote.bytes));
	struct tpm_pcrs pcrs = { .mask = forged->pcrs };
	uint8_t extra[32], digest[32];

	use_soft_key();
	tap_eq_int(attest_extra_quote(given.round.exporter, given.round.prove.nonce, extra, &error),
		0);
	for (size_t i = 0; i < API_QUOTED_PCRS; i++)
		memcpy(pcrs.values[i], proof->pcrs[i], 32);
	tap_eq_int(tpm_pcrs_digest(&pcrs, digest, &error), 0);
	digest[0] ^= forged->other_values;
	write_head(&w, forged, TPM_STATEMENT_QUOTE, extra);
	bytes_write_be32(&w, 1);
	bytes_write_be16(&w, forged->bank);
	bytes_write_u8(&w, 3);
	for (int i = 0; i < 3; i++)
		bytes_write_u8(&w, (uint8_t)(forged->pcrs >> 8 * i));
	bytes_write_be16(&w, 32);
	bytes_write(&w, digest, 32);
	proof->quote.len = w.len;
	sign(&proof->quote, &proof->signature);
}

/* The statement of the soft key about the object as it is in the answer. */
static void forge_statement(const struct forged *forged)
{
	struct api_sealed *sealed = &given.commit.sealed;
	struct bytes_writer w = bytes_writer(sealed->certify.bytes, sizeof(sealed->certify.bytes));
	struct tpm_blob public;
	struct tpm_name name = { .len = 0 };
	uint8_t extra[32];

	tap_eq_int(attest_extra_sealed(given.round.exporter, given.seal.nonce,
			   given.commit.publickey, extra, &error),
		0);
	tap_ok(tpm_blob_set(&public, sealed->public.bytes, sealed->public.len));
	tap_eq_int(tpm_public_name(&public, &name, &error), 0);
	write_head(&w, forged, TPM_STATEMENT_CERTIFY, extra);
	bytes_write_be16(&w, (uint16_t)name.len);
	bytes_write(&w, name.bytes, name.len);
	bytes_write_be16(&w, (uint16_t)name.len); /* the qualified name; not looked at */
	bytes_write(&w, name.bytes, name.len);
	sealed->certify.len = w.len;
	sign(&sealed->certify, &sealed->signature);
}

/* Both by the soft key. */
static void forge_all(void)
{
	forge_quote(&honest);
	forge_statement(&honest);
}

static void the_forger_is_right_when_it_is_honest(void)
{
	load();
	forge_all();
	tap_eq_int(check(), 0);
	tap_eq_text(error.text, "");
	unload();
}

/* -- changes ----------------------------------------------------------------------------------- */

static uint8_t *log_bytes(void)
{
	return given.round.attest.bytes + api_attest_bytes_len(&given.round.attest) -
	       given.round.attest.log_len;
}

/* Where the log has the digest of the image. */
static uint8_t *find_in_log(const uint8_t *what, size_t len)
{
	uint8_t *log = log_bytes();
	size_t at = 0;

	while (at + len <= given.round.attest.log_len && memcmp(log + at, what, len) != 0)
		at++;
	tap_ok(at + len <= given.round.attest.log_len);
	return at + len <= given.round.attest.log_len ? log + at : log;
}

static void another_template(void)
{
	strcpy(given.round.attest.ek_template, "L-2");
}
static void an_unknown_template(void)
{
	strcpy(given.round.attest.ek_template, "X-1");
}
static void other_attributes_of_the_ek(void)
{
	given.round.attest.ek.bytes[7] ^= 0x40; /* userWithAuth */
}
static void another_policy_of_the_ek(void)
{
	given.round.attest.ek.bytes[12] ^= 1;
}
static void an_ek_and_more(void)
{
	given.round.attest.ek.bytes[given.round.attest.ek.len++] = 0;
}
static void a_modulus_of_2047_bits(void)
{
	given.round.attest.ek.bytes[58] &= 0x7f;
}
static void another_ek(void)
{
	given.round.attest.ek.bytes[given.round.attest.ek.len - 1] ^= 2;
}
static void a_forged_certificate(void)
{
	given.round.attest.bytes[given.round.attest.certificate_len - 1] ^= 1;
}
static void a_malformed_certificate(void)
{
	given.round.attest.bytes[0] = 0x31;
}
static void drop_certificate(void)
{
	struct api_attest *attest = &given.round.attest;
	memmove(attest->bytes, log_bytes(), attest->log_len);
	attest->certificate_len = 0;
}
static void other_roots(void)
{
	crypto_roots_free(&given.roots);
	tap_eq_int(crypto_roots_new(&given.roots, &error), 0);
	given.wanted.roots = given.roots;
}
static void another_pin(void)
{
	const char *pin = "0000000000000000000000000000000000000000000000000000000000000000";
	tap_eq_int(attest_pins_read(pin, strlen(pin), &given.wanted.pins, &error), 0);
}
static void an_ak_that_is_not_restricted(void)
{
	given.round.attest.ak.bytes[5] &= 0xfe;
}
static void an_ak_that_decrypts(void)
{
	given.round.attest.ak.bytes[5] |= 2;
}
static void an_ak_that_does_not_sign(void)
{
	given.round.attest.ak.bytes[5] &= 0xfb;
}
static void an_ak_that_can_be_duplicated(void)
{
	given.round.attest.ak.bytes[7] &= (uint8_t)~2;
}
static void an_ak_below_a_parent_that_can(void)
{
	given.round.attest.ak.bytes[7] &= (uint8_t)~0x10;
}
static void an_ak_that_was_imported(void)
{
	given.round.attest.ak.bytes[7] &= (uint8_t)~0x20;
}
static void no_ak(void)
{
	given.round.attest.ak = given.round.attest.ek;
}
static void another_ak(void)
{
	use_soft_key();
}
static void another_credential(void)
{
	given.round.proof.credential[31] ^= 1;
}
static void another_signature(void)
{
	given.round.proof.signature.bytes[given.round.proof.signature.len - 1] ^= 1;
}
static void a_signature_and_more(void)
{
	given.round.proof.signature.bytes[given.round.proof.signature.len++] = 0;
}
static void another_scheme(void)
{
	given.round.proof.signature.bytes[1] = 0x1b; /* TPM_ALG_ECSCHNORR */
}
static void another_exporter(void)
{
	given.round.exporter[0] ^= 1;
}
static void another_nonce(void)
{
	given.round.prove.nonce[0] ^= 1;
}
static void a_statement_in_place_of_the_quote(void)
{
	given.round.proof.quote = given.commit.sealed.certify;
	given.round.proof.signature = given.commit.sealed.signature;
}
static void what_no_tpm_made(void)
{
	struct forged forged = honest;
	forged.magic++;
	forge_quote(&forged);
}
static void an_ak_of_the_owner(void)
{
	struct forged forged = honest;
	forged.hierarchy = TPM_RH_OWNER;
	forge_quote(&forged);
}
static void fewer_pcrs(void)
{
	struct forged forged = honest;
	forged.pcrs = 0xff;
	forge_quote(&forged);
}
static void more_pcrs(void)
{
	struct forged forged = honest;
	forged.pcrs = 0x1ffff;
	forge_quote(&forged);
}
static void pcrs_of_another_bank(void)
{
	struct forged forged = honest;
	forged.bank = TPM_ALG_SHA1;
	forge_quote(&forged);
}
static void values_that_were_not_quoted(void)
{
	given.round.proof.pcrs[15][0] ^= 1;
}
static void another_digest_of_values(void)
{
	struct forged forged = honest;
	forged.other_values = true;
	forge_quote(&forged);
}
static void a_log_without_its_end(void)
{
	given.round.attest.log_len--;
}
static void another_image_in_the_log(void)
{
	find_in_log(given.wanted.image, TPM_HASH_SIZE)[0] ^= 1;
}
static void another_variable_in_the_log(void)
{
	static const uint8_t setup_mode[] = { 0x11, 0x5a, 0xa8, 0x27, 0xdb, 0xcc, 0xfb, 0x44 };
	find_in_log(setup_mode, sizeof(setup_mode))[0] ^= 1;
}
static void another_image_is_wanted(void)
{
	given.wanted.image[0] ^= 1;
}
static void drop_log(void)
{
	given.round.attest.log_len = 0;
}
static void a_bank_that_is_not_used(void)
{
	memset(given.round.proof.pcrs, 0, 8 * sizeof(given.round.proof.pcrs[0]));
	forge_all();
}
static void defaults_on_the_medium(void)
{
	given.round.proof.pcrs[12][0] = 7;
	forge_all();
}
static void other_defaults_on_the_medium(void)
{
	defaults_on_the_medium();
	given.wanted.defaults_name = "defaults";
}

/* Of the sealed object. */
static void a_statement_for_another_nonce(void)
{
	given.seal.nonce[0] ^= 1;
}
static void a_statement_for_another_host_key(void)
{
	char *x = given.commit.publickey + strlen(given.commit.publickey) - 2;
	*x = *x == 'A' ? 'B' : 'A';
}
static void a_quote_in_place_of_the_statement(void)
{
	given.commit.sealed.certify = given.round.proof.quote;
	given.commit.sealed.signature = given.round.proof.signature;
}
static void another_statement_signature(void)
{
	given.commit.sealed.signature.bytes[10] ^= 1;
}
static void a_statement_by_a_key_of_the_owner(void)
{
	struct forged forged = honest;
	forge_all();
	forged.hierarchy = TPM_RH_OWNER;
	forge_statement(&forged);
}
static void another_object(void)
{
	given.commit.sealed.public.bytes[given.commit.sealed.public.len - 1] ^= 1;
}
static void another_policy(void)
{
	given.commit.sealed.public.bytes[10] ^= 1;
	forge_all();
}
static void an_object_that_opens_without_policy(void)
{
	given.commit.sealed.public.bytes[7] |= 0x40; /* userWithAuth */
	forge_all();
}
static void an_object_with_lockout(void)
{
	given.commit.sealed.public.bytes[6] &= (uint8_t)~4; /* noDA */
	forge_all();
}
static void an_object_that_only_its_policy_administers(void)
{
	given.commit.sealed.public.bytes[7] |= 0x80; /* adminWithPolicy */
	forge_all();
}
static void policy_tpm_was_asked_for(void)
{
	given.seal.pcrs = 0;
}
static void another_parent(void)
{
	given.commit.sealed.parent.bytes[7] ^= 0x80;
}

struct change {
	void (*change)(void);
	const char *want;
};

static void check_changes(const struct change *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		load();
		rows[i].change();
		int r = check();
		if (r != -EBADMSG || !strstr(error.text, rows[i].want))
			tap_fail(__FILE__, __LINE__, "row %zu: got %d \"%s\", want \"%s\"", i, r,
				error.text, rows[i].want);
		unload();
	}
}

static void each_change_of_the_keys_is_refused(void)
{
	static const char kind[] = "the endorsement key is not of a known kind";
	static const char ak[] = "the attestation key is not a restricted signing key";
	static const struct change rows[] = {
		{ another_template, kind },
		{ an_unknown_template, kind },
		{ other_attributes_of_the_ek, kind },
		{ another_policy_of_the_ek, kind },
		{ an_ek_and_more, kind },
		{ a_modulus_of_2047_bits, kind },
		{ another_ek, "the certificate is of another key" },
		{ a_forged_certificate, "the EK certificate has no chain to --ek-roots" },
		{ a_malformed_certificate, "the EK certificate is malformed" },
		{ drop_certificate, "the TPM has no EK certificate" },
		{ other_roots, "the EK certificate has no chain to --ek-roots" },
		{ another_pin, "the endorsement key is not one of --ek: its SHA-256 is 9a45be75" },
		{ an_ak_that_is_not_restricted, ak },
		{ an_ak_that_decrypts, ak },
		{ an_ak_that_does_not_sign, ak },
		{ an_ak_that_can_be_duplicated, ak },
		{ an_ak_below_a_parent_that_can, ak },
		{ an_ak_that_was_imported, ak },
		{ no_ak, ak },
	};

	check_changes(rows, ARRAY_SIZE(rows));
}

static void each_change_of_the_proof_is_refused(void)
{
	static const char channel[] =
		"the quote is not of this connection: somebody may be in between";
	static const char by[] = "the TPM's quote is not signed by the attestation key";
	static const char values[] = "the PCRs do not have the values of the quote";
	static const char malformed[] = "the TPM's quote is malformed";
	static const struct change rows[] = {
		{ another_credential, "the TPM could not prove that it holds the endorsement key" },
		{ another_ak, by },
		{ another_signature, by },
		{ a_signature_and_more, by },
		{ another_scheme, by },
		{ another_exporter, channel },
		{ another_nonce, channel },
		{ a_statement_in_place_of_the_quote, malformed },
		{ what_no_tpm_made, malformed },
		{ pcrs_of_another_bank, malformed },
		{ an_ak_of_the_owner,
			"the TPM's quote is not by a primary key of the endorsement hierarchy" },
		{ fewer_pcrs, "the TPM's quote is not of PCR 0 to 15 of SHA-256" },
		{ more_pcrs, "the TPM's quote is not of PCR 0 to 15 of SHA-256" },
		{ values_that_were_not_quoted, values },
		{ another_digest_of_values, values },
	};

	check_changes(rows, ARRAY_SIZE(rows));
}

static void each_change_of_the_boot_is_refused(void)
{
	static const struct change rows[] = {
		{ a_log_without_its_end, "the boot log: " },
		{ another_image_in_the_log, "the boot log does not explain PCR 4" },
		{ another_variable_in_the_log, "the boot log does not explain PCR 7" },
		{ another_image_is_wanted, "the platform did not start stprov.efi" },
		{ drop_log, FIRMWARE_LOG },
		{ a_bank_that_is_not_used, "PCR bank SHA-256 is not in use" },
		{ defaults_on_the_medium, "PCR 12 is not zero" },
		{ other_defaults_on_the_medium, "PCR 12 is not what defaults on the boot medium" },
	};

	check_changes(rows, ARRAY_SIZE(rows));
}

static void each_change_of_the_sealed_key_is_refused(void)
{
	static const char purpose[] = "the TPM's statement is not of this connection and host key";
	static const char object[] =
		"the sealed object in the TPM does not have the policy and attributes";
	static const struct change rows[] = {
		{ a_statement_for_another_nonce, purpose },
		{ a_statement_for_another_host_key, purpose },
		{ a_quote_in_place_of_the_statement, "the TPM's statement is malformed" },
		{ another_statement_signature,
			"the TPM's statement is not signed by the attestation key" },
		{ a_statement_by_a_key_of_the_owner,
			"the TPM's statement is not by a primary key of the endorsement" },
		{ another_object, "the TPM's statement is of another object" },
		{ another_policy, object },
		{ an_object_that_opens_without_policy, object },
		{ an_object_with_lockout, object },
		{ an_object_that_only_its_policy_administers, object },
		{ policy_tpm_was_asked_for, object },
		{ another_parent, "its parent key in the TPM is not one of stprov" },
	};

	check_changes(rows, ARRAY_SIZE(rows));
}

/* -- what is not a failure ----------------------------------------------------------------------
 */

static void without_demands_it_is_first_use(void)
{
	load();
	given.wanted.roots = NULL;
	given.wanted.image_name = NULL;
	tap_eq_int(check(), 0);
	tap_eq_int(given.round.tier, ATTEST_FIRST_USE);
	tap_eq_int(given.round.certificate, ATTEST_CERTIFICATE_OWN);
	tap_ok(has_found("first use: nothing says whose TPM it is"));
	tap_ok(has_found("without --image any image may have been started"));
	unload();
}

static void a_pinned_key_needs_no_certificate(void)
{
	static const char pins[] = "# a server\n"
				   "9a45be75"
				   "0000000000000000000000000000000000000000000000000000000 \n";
	char hex[2 * TPM_HASH_SIZE + 1], text[256];

	load();
	tap_eq_int(attest_check_keys(&given.round, &given.wanted, &error), 0);
	text_format_hex(given.round.ek_sha256, TPM_HASH_SIZE, hex);
	unload();
	load();
	drop_certificate();
	given.wanted.roots = NULL;
	snprintf(text, sizeof(text), "# servers\n\n \t%s\t# rack 7\r\n", hex);
	tap_eq_int(attest_pins_read(text, strlen(text), &given.wanted.pins, &error), 0);
	tap_eq_int(check(), 0);
	tap_eq_int(given.round.tier, ATTEST_PINNED);
	tap_eq_int(attest_pins_read(pins, strlen(pins), &given.wanted.pins, &error), -EINVAL);
	tap_eq_text(error.text, "line 2 is not a SHA-256 of 64 hex digits");
	tap_eq_int(attest_pins_read("# none", 6, &given.wanted.pins, &error), -EINVAL);
	tap_eq_text(error.text, "no SHA-256 is in it");
	unload();
}

static void no_log_and_defaults_are_warnings_without_an_image(void)
{
	load();
	given.wanted.image_name = NULL;
	drop_log();
	tap_eq_int(check(), 0);
	tap_ok(!given.round.boot.has_log && has_found(FIRMWARE_LOG));
	unload();
	load();
	given.wanted.image_name = NULL;
	defaults_on_the_medium();
	tap_eq_int(check(), 0);
	tap_ok(has_found("PCR 12 is not zero"));
	unload();
}

static void an_image_may_be_the_build_that_was_signed(void)
{
	load();
	memcpy(given.wanted.image_when_signed, given.wanted.image, TPM_HASH_SIZE);
	given.wanted.image[0] ^= 1;
	tap_eq_int(check(), 0);
	tap_ok(given.round.boot.image_started);
	given.wanted.image_when_signed[0] ^= 1;
	tap_ok(check() < 0);
	unload();
}

static void defaults_are_explained(void)
{
	load();
	defaults_on_the_medium();
	given.wanted.defaults_name = "defaults";
	memcpy(given.wanted.pcr12, given.round.proof.pcrs[12], TPM_HASH_SIZE);
	tap_eq_int(check(), 0);
	tap_eq_text(error.text, "");
	tap_ok(has_found("PCR 12 is what defaults on the boot medium gives"));
	unload();
}

static void without_a_round_a_statement_is_checked_but_its_signature(void)
{
	load();
	another_statement_signature();
	tap_eq_int(attest_check_sealed(given.round.exporter, given.commit.publickey, &given.seal,
			   &given.commit.sealed, NULL, &error),
		0);
	a_statement_for_another_nonce();
	tap_eq_int(attest_check_sealed(given.round.exporter, given.commit.publickey, &given.seal,
			   &given.commit.sealed, NULL, &error),
		-EBADMSG);
	unload();
}

static void a_challenge_is_new_each_time(void)
{
	struct api_prove first;

	load();
	tap_eq_int(attest_check_keys(&given.round, &given.wanted, &error), 0);
	tap_eq_int(attest_make_challenge(&given.round, &error), 0);
	first = given.round.prove;
	tap_eq_int(first.credential_len, 68);
	tap_eq_int(first.secret_len, 256);
	tap_eq_int(attest_make_challenge(&given.round, &error), 0);
	tap_ok(memcmp(first.nonce, given.round.prove.nonce, sizeof(first.nonce)) != 0);
	tap_ok(memcmp(first.secret, given.round.prove.secret, 256) != 0);
	/* The secret of another challenge is not the answer to this one. */
	tap_eq_int(attest_check_proof(&given.round, &given.wanted, false, &error), -EBADMSG);
	unload();
}

/* -- the record ---------------------------------------------------------------------------------
 */

static char *make_record(void)
{
	_cleanup_free_ char *attest = message(0, "answer"), *proof = message(1, "answer");
	struct attest_record record = {
		.round = &given.round,
		.time = "2026-11-26T18:04:05Z",
		.ip = "192.0.2.10",
		.hostname = "host.example.org",
		.program = "v1",
		.attest_answer = attest,
		.prove_answer = proof,
		.seal = &given.seal,
		.commit = &given.commit,
	};
	char *text = NULL;

	strcpy(given.commit.identity, "a secret text");
	tap_eq_int(attest_record_format(&record, &text, &error), 0);
	return text;
}

static void a_record_is_read_again(void)
{
	load();
	tap_eq_int(check(), 0);
	_cleanup_free_ char *text = make_record();
	unload();
	struct attest_record_content content;
	tap_eq_int(attest_record_read(text, strlen(text), &content, &error), 0);
	tap_eq_text(error.text, "");
	tap_eq_text(content.hostname, "host.example.org");
	tap_eq_text(content.tier, "certificate");
	tap_ok(content.has_seal && content.has_commit && content.commit.sealed.given);
	tap_ok(!strstr(text, "a secret text") && strstr(text, "-----BEGIN PUBLIC KEY-----\\n"));
	load();
	api_attest_deinit(&given.round.attest);
	given.round = content.round;
	given.commit = content.commit;
	given.seal = content.seal;
	tap_eq_int(attest_check_keys(&given.round, &given.wanted, &error), 0);
	tap_eq_int(attest_check_proof(&given.round, &given.wanted, true, &error), 0);
	tap_eq_int(attest_check_sealed(given.round.exporter, given.commit.publickey, &given.seal,
			   &given.commit.sealed, &given.round, &error),
		0);
	unload();
}

static void a_malformed_record_is_refused(void)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "", "malformed JSON" },
		{ "{}", "version is missing" },
		{ "{\"version\":2}", "it is of a version that is not known here" },
		{ "{\"version\":1}", "exporter is not 32 bytes in hex" },
		{ "{\"version\":1,\"exporter\":"
		  "\"0000000000000000000000000000000000000000000000000000000000000000\"}",
			"messages is missing" },
		{ "{\"version\":1,\"messages\":[],\"exporter\":"
		  "\"0000000000000000000000000000000000000000000000000000000000000000\"}",
			"POST /stprov/v1/attest is missing" },
	};
	struct attest_record_content content;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		error = ERROR_INIT;
		tap_eq_int(attest_record_read(rows[i].text, strlen(rows[i].text), &content, &error),
			-EINVAL);
		if (!strstr(error.text, rows[i].want))
			tap_fail(__FILE__, __LINE__, "%s: %s", rows[i].text, error.text);
	}
}

/* A later message must not be checked in place of an earlier one. */
static void a_record_has_each_message_once(void)
{
	struct attest_record_content content;

	load();
	tap_eq_int(check(), 0);
	_cleanup_free_ char *text = make_record();
	unload();
	json_t *root = json_loads(text, 0, NULL);
	json_t *messages = json_object_get(root, "messages");
	json_array_append(messages, json_array_get(messages, 1));
	_cleanup_free_ char *twice = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	tap_eq_int(attest_record_read(twice, strlen(twice), &content, &error), -EINVAL);
	tap_eq_text(error.text, "POST /stprov/v1/attest-prove is there twice");
}

int main(int argc, char **argv)
{
	static const struct tap_test tests[] = {
		TAP_TEST(a_round_of_a_tpm_is_accepted),
		TAP_TEST(the_forger_is_right_when_it_is_honest),
		TAP_TEST(each_change_of_the_keys_is_refused),
		TAP_TEST(each_change_of_the_proof_is_refused),
		TAP_TEST(each_change_of_the_boot_is_refused),
		TAP_TEST(each_change_of_the_sealed_key_is_refused),
		TAP_TEST(without_demands_it_is_first_use),
		TAP_TEST(a_pinned_key_needs_no_certificate),
		TAP_TEST(no_log_and_defaults_are_warnings_without_an_image),
		TAP_TEST(an_image_may_be_the_build_that_was_signed),
		TAP_TEST(defaults_are_explained),
		TAP_TEST(without_a_round_a_statement_is_checked_but_its_signature),
		TAP_TEST(a_challenge_is_new_each_time),
		TAP_TEST(a_record_is_read_again),
		TAP_TEST(a_malformed_record_is_refused),
		TAP_TEST(a_record_has_each_message_once),
		{ 0 },
	};
	int code = vectors_run(argc, argv, tests);

	EVP_PKEY_free(soft_key);
	return code;
}
