/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of a sealed host key: see sealed.h. */
#include "tpm/sealed.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/text.h"

#define FIRST_LINE "stprov sealed host key 1"
/* The line of the public key: its type, its blob in base64, its comment (hostkey/ writes the same).
 */
#define SSH_TYPE "ssh-ed25519"
#define SSH_COMMENT "ospkg@system-transparency"
#define SSH_BLOB_SIZE (4 + sizeof(SSH_TYPE) - 1 + 4 + CRYPTO_ED25519_PUBLIC_SIZE)
#define PARENT_NAME_SIZE (2 + TPM_HASH_SIZE)

/* -- what fits together ----------------------------------------------------------------------- */

const uint8_t *tpm_sealed_policy(const struct tpm_sealed *sealed)
{
	struct tpm_public public;

	if (!tpm_public_read(&sealed->public, &public) || public.policy_len != TPM_HASH_SIZE)
		return NULL;
	return public.policy;
}

/* A key that signs policies: P-256 or RSA-2048, SHA-256. */
static bool check_signer(const struct tpm_sealed *sealed)
{
	static const uint32_t attributes = 0x00040040; /* userWithAuth, sign */
	struct tpm_public public;

	return tpm_public_read(&sealed->signer, &public) && public.attributes == attributes &&
	       public.type != TPM_ALG_KEYEDHASH && public.name_alg == TPM_ALG_SHA256 &&
	       public.curve != TPM_ECC_P384 && public.symmetric_bits == 0 && public.x_len > 0;
}

bool tpm_sealed_check(const struct tpm_sealed *sealed)
{
	const uint8_t *policy = tpm_sealed_policy(sealed);
	struct tpm_blob template;
	struct tpm_public public;
	size_t index;

	if (!tpm_parent_index(sealed->parent, &index) ||
		sealed->parent_name.len != PARENT_NAME_SIZE || sealed->private.len == 0)
		return false;
	if ((sealed->kind == TPM_KIND_TPM) != (sealed->pcrs == 0) ||
		(sealed->kind == TPM_KIND_TPM) != (policy == NULL) ||
		sealed->pcrs > TPM_PCR_MASK_MAX)
		return false;
	tpm_template_sealed(policy, &template);
	if (!tpm_public_matches(&sealed->public, &template) ||
		!tpm_public_read(&sealed->public, &public) || public.x_len != TPM_HASH_SIZE)
		return false;
	if (sealed->kind != TPM_KIND_SIGNED)
		return sealed->signer.len == 0 && sealed->n_approvals == 0;
	return check_signer(sealed) && sealed->n_approvals > 0 &&
	       sealed->n_approvals <= TPM_APPROVALS_MAX;
}

/* -- words ------------------------------------------------------------------------------------ */

/* A run of characters; a view. */
struct run {
	const char *p;
	size_t len;
};

static bool run_is(struct run run, const char *text)
{
	return run.len == strlen(text) && memcmp(run.p, text, run.len) == 0;
}

/* Takes what is before @end, and @end; false if there is none. */
static bool take_until(struct run *rest, char end, struct run *ret)
{
	const char *found = rest->len > 0 ? memchr(rest->p, end, rest->len) : NULL;

	if (!found)
		return false;
	*ret = (struct run){ rest->p, (size_t)(found - rest->p) };
	rest->p = found + 1;
	rest->len -= ret->len + 1;
	return true;
}

/* Takes the next word: one blank is between two. All that is left is the last one. */
static struct run take_word(struct run *rest)
{
	struct run word = *rest;

	if (!take_until(rest, ' ', &word))
		rest->len = 0;
	return word;
}

/* Lower-case hex of exactly @len bytes. */
static bool read_hex(struct run word, void *out, size_t len)
{
	char text[2 * PARENT_NAME_SIZE + 1];

	if (word.len != 2 * len || word.len >= sizeof(text))
		return false;
	for (size_t i = 0; i < word.len; i++)
		if (word.p[i] >= 'A' && word.p[i] <= 'F')
			return false;
	memcpy(text, word.p, word.len);
	text[word.len] = '\0';
	return text_parse_hex(text, out, len) == 0;
}

static bool read_base64(struct run word, void *out, size_t cap, size_t *ret_len)
{
	return word.len > 0 && text_parse_base64(word.p, word.len, out, cap, ret_len) == 0;
}

/* A TPM2B in base64: its size is that of what follows. */
static bool read_sized_blob(struct run word, struct tpm_blob *ret)
{
	uint8_t bytes[2 + TPM_BLOB_MAX];
	size_t len = 0;

	if (!read_base64(word, bytes, sizeof(bytes), &len))
		return false;
	struct bytes_reader r = bytes_reader(bytes, len);
	size_t size = bytes_read_be16(&r);
	const uint8_t *content = bytes_view(&r, size);
	return content && size > 0 && bytes_reader_done(&r) && tpm_blob_set(ret, content, size);
}

/* `0` to `23`, ascending, with commas. */
static bool read_pcrs(struct run word, uint32_t *ret)
{
	uint32_t mask = 0;

	for (;;) {
		struct run number = word;
		bool more = take_until(&word, ',', &number);
		char text[3] = "";
		uint64_t pcr;
		if (number.len == 0 || number.len >= sizeof(text))
			return false;
		memcpy(text, number.p, number.len);
		if (text_parse_u64(text, 0, TPM_PCRS - 1, &pcr) < 0 || mask >> pcr != 0)
			return false;
		mask |= 1u << pcr;
		if (!more)
			break;
	}
	*ret = mask;
	return true;
}

/* -- lines: each reads what follows its first word --------------------------------------------- */

static bool read_ssh(struct run rest, struct tpm_sealed_key *key)
{
	uint8_t blob[SSH_BLOB_SIZE];
	size_t len = 0, type_len = strlen(SSH_TYPE);

	if (!read_base64(take_word(&rest), blob, sizeof(blob), &len) || len != sizeof(blob) ||
		!run_is(rest, SSH_COMMENT))
		return false;
	struct bytes_reader r = bytes_reader(blob, len);
	if (bytes_read_be32(&r) != type_len)
		return false;
	const uint8_t *type = bytes_view(&r, type_len);
	return memcmp(type, SSH_TYPE, type_len) == 0 &&
	       bytes_read_be32(&r) == sizeof(key->ssh_public) &&
	       bytes_read(&r, key->ssh_public, sizeof(key->ssh_public));
}

static bool read_parent(struct run rest, struct tpm_sealed_key *key)
{
	struct tpm_sealed *sealed = &key->sealed;
	uint8_t handle[4];

	if (!read_hex(take_word(&rest), handle, sizeof(handle)) ||
		!read_hex(rest, sealed->parent_name.bytes, PARENT_NAME_SIZE))
		return false;
	struct bytes_reader r = bytes_reader(handle, sizeof(handle));
	sealed->parent = bytes_read_be32(&r);
	sealed->parent_name.len = PARENT_NAME_SIZE;
	return true;
}

static bool read_policy(struct run rest, struct tpm_sealed_key *key)
{
	if (run_is(rest, "tpm")) {
		key->sealed.kind = TPM_KIND_TPM;
		return true;
	}
	struct run kind = take_word(&rest);
	if (run_is(kind, "pcr"))
		key->sealed.kind = TPM_KIND_PCR;
	else if (run_is(kind, "signed"))
		key->sealed.kind = TPM_KIND_SIGNED;
	else
		return false;
	return run_is(take_word(&rest), "sha256") && read_pcrs(rest, &key->sealed.pcrs);
}

static bool read_public(struct run rest, struct tpm_sealed_key *key)
{
	return read_sized_blob(rest, &key->sealed.public);
}

static bool read_private(struct run rest, struct tpm_sealed_key *key)
{
	return read_sized_blob(rest, &key->sealed.private);
}

static bool read_signer(struct run rest, struct tpm_sealed_key *key)
{
	struct tpm_blob *signer = &key->sealed.signer;

	return read_base64(rest, signer->bytes, sizeof(signer->bytes), &signer->len);
}

static bool read_approved(struct run rest, struct tpm_sealed_key *key)
{
	struct tpm_sealed *sealed = &key->sealed;
	size_t len = 0;

	if (sealed->n_approvals == TPM_APPROVALS_MAX)
		return false;
	struct tpm_approval *approval = &sealed->approvals[sealed->n_approvals++];
	return read_base64(take_word(&rest), approval->digest, sizeof(approval->digest), &len) &&
	       len == sizeof(approval->digest) &&
	       read_base64(rest, approval->signature, sizeof(approval->signature), &approval->len);
}

/* The lines in their order. */
static const struct {
	const char *word;
	bool (*read)(struct run rest, struct tpm_sealed_key *key);
	bool is_of_signed, is_repeated;
} lines[] = {
	{ SSH_TYPE, read_ssh },
	{ "parent", read_parent },
	{ "policy", read_policy },
	{ "public", read_public },
	{ "private", read_private },
	{ "signer", read_signer, .is_of_signed = true },
	{ "approved", read_approved, .is_of_signed = true, .is_repeated = true },
};

/* -- reading ---------------------------------------------------------------------------------- */

static int malformed(const char *word, struct error *error)
{
	return error_set(
		error, -EINVAL, "the line `%s` is malformed, double or in a wrong place", word);
}

/* One line. @at: the first row of the table that may come now. */
static int read_line(struct run line, size_t *at, struct tpm_sealed_key *key, struct error *error)
{
	struct run rest = line, word = take_word(&rest);

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		if (!run_is(word, lines[i].word))
			continue;
		/* The line before has to be there, and this one not yet. */
		if (i != *at && !(lines[i].is_repeated && i + 1 == *at))
			return malformed(lines[i].word, error);
		if (!lines[i].read(rest, key))
			return malformed(lines[i].word, error);
		*at = i + 1;
	}
	return 0;
}

/* Whether all lines that the kind has were there. */
static int check_lines(size_t at, const struct tpm_sealed_key *key, struct error *error)
{
	const bool is_signed = key->sealed.kind == TPM_KIND_SIGNED;

	for (size_t i = at; i < ARRAY_SIZE(lines); i++)
		if (!lines[i].is_of_signed || is_signed)
			return error_set(error, -EINVAL, "the line `%s` is missing", lines[i].word);
	if (!tpm_sealed_check(&key->sealed))
		return error_set(error, -EINVAL, "its parts do not fit together");
	return 0;
}

int tpm_sealed_read(const void *text, size_t len, struct tpm_sealed_key *ret, struct error *error)
{
	struct run rest = { text, len }, line;
	struct tpm_sealed_key key;
	size_t at = 0;

	if (len > TPM_SEALED_TEXT_MAX)
		return error_set(error, -EINVAL, "longer than %d bytes", TPM_SEALED_TEXT_MAX);
	memset(&key, 0, sizeof(key));
	if (!take_until(&rest, '\n', &line) || !run_is(line, FIRST_LINE))
		return error_set(error, -EINVAL, "the first line is not `" FIRST_LINE "`");
	while (rest.len > 0) {
		if (!take_until(&rest, '\n', &line))
			return error_set(error, -EINVAL, "the last line is truncated");
		int r = read_line(line, &at, &key, error);
		if (r < 0)
			return r;
	}
	int r = check_lines(at, &key, error);
	if (r == 0)
		*ret = key;
	return r;
}

/* -- writing ---------------------------------------------------------------------------------- */

/* Keeps the first failure, as a bytes_writer does. */
struct text {
	char *out;
	size_t len;
	bool failed;
};

PRINTF_LIKE(2, 3) static void add(struct text *text, const char *format, ...)
{
	size_t room = TPM_SEALED_TEXT_MAX + 1 - text->len;
	va_list args;

	va_start(args, format);
	int n = vsnprintf(text->out + text->len, room, format, args);
	va_end(args);
	text->failed |= n < 0 || (size_t)n >= room;
	if (!text->failed)
		text->len += (size_t)n;
}

static void add_base64(struct text *text, const void *bytes, size_t len)
{
	char base64[TEXT_BASE64_SIZE(2 + TPM_BLOB_MAX)];

	text_format_base64(bytes, len, base64);
	add(text, "%s", base64);
}

/* As a TPM2B. */
static void add_sized(struct text *text, const char *word, const struct tpm_blob *blob)
{
	uint8_t bytes[2 + TPM_BLOB_MAX];
	struct bytes_writer w = bytes_writer(bytes, sizeof(bytes));

	bytes_write_be16(&w, (uint16_t)blob->len);
	bytes_write(&w, blob->bytes, blob->len);
	assert(bytes_writer_ok(&w));
	add(text, "%s ", word);
	add_base64(text, bytes, w.len);
	add(text, "\n");
}

static void add_ssh(struct text *text, const uint8_t public[CRYPTO_ED25519_PUBLIC_SIZE])
{
	uint8_t blob[SSH_BLOB_SIZE];
	struct bytes_writer w = bytes_writer(blob, sizeof(blob));

	bytes_write_string(&w, SSH_TYPE, strlen(SSH_TYPE));
	bytes_write_string(&w, public, CRYPTO_ED25519_PUBLIC_SIZE);
	assert(bytes_writer_ok(&w));
	add(text, SSH_TYPE " ");
	add_base64(text, blob, w.len);
	add(text, " " SSH_COMMENT "\n");
}

static void add_policy(struct text *text, const struct tpm_sealed *sealed)
{
	const char *between = " ";

	if (sealed->kind == TPM_KIND_TPM) {
		add(text, "policy tpm\n");
		return;
	}
	add(text, "policy %s sha256", sealed->kind == TPM_KIND_PCR ? "pcr" : "signed");
	for (unsigned i = 0; i < TPM_PCRS; i++)
		if (sealed->pcrs & 1u << i) {
			add(text, "%s%u", between, i);
			between = ",";
		}
	add(text, "\n");
}

static void add_approvals(struct text *text, const struct tpm_sealed *sealed)
{
	add(text, "signer ");
	add_base64(text, sealed->signer.bytes, sealed->signer.len);
	add(text, "\n");
	for (size_t i = 0; i < sealed->n_approvals; i++) {
		const struct tpm_approval *approval = &sealed->approvals[i];
		add(text, "approved ");
		add_base64(text, approval->digest, sizeof(approval->digest));
		add(text, " ");
		add_base64(text, approval->signature, approval->len);
		add(text, "\n");
	}
}

int tpm_sealed_write(const struct tpm_sealed_key *key, char out[TPM_SEALED_TEXT_MAX + 1],
	size_t *ret_len, struct error *error)
{
	const struct tpm_sealed *sealed = &key->sealed;
	char name[2 * PARENT_NAME_SIZE + 1];
	struct text text = { .out = out };

	assert(tpm_sealed_check(sealed));
	text_format_hex(sealed->parent_name.bytes, sealed->parent_name.len, name);
	add(&text, FIRST_LINE "\n");
	add_ssh(&text, key->ssh_public);
	add(&text, "parent %08x %s\n", sealed->parent, name);
	add_policy(&text, sealed);
	add_sized(&text, "public", &sealed->public);
	add_sized(&text, "private", &sealed->private);
	if (sealed->kind == TPM_KIND_SIGNED)
		add_approvals(&text, sealed);
	if (text.failed)
		return error_set(error, -E2BIG, "the sealed host key is longer than %d bytes",
			TPM_SEALED_TEXT_MAX);
	*ret_len = text.len;
	return 0;
}
