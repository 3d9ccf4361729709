/* SPDX-License-Identifier: BSD-2-Clause */
/* What the operator sees before the question: see review.h. */
#include "service/review.h"

#include <string.h>

#include "base/text.h"
#include "crypto/kdf.h"
#include "efi/secureboot.h"
#include "service/files.h"
#include "service/keys.h"
#include "service/seal.h"

static void show_replaced_key(struct monitor *monitor)
{
	const struct provision *p = &monitor->provision;

	if (p->facts.key_fingerprint[0])
		journal_line(&monitor->journal, "will replace STHostKey %s by %s",
			p->facts.key_fingerprint, p->key.fingerprint);
	else
		journal_line(&monitor->journal,
			"will replace STHostKey, which is damaged (not an SSH host key), by %s",
			p->key.fingerprint);
}

static void show_note(struct monitor *monitor)
{
	if (monitor->config->key_note)
		journal_line(&monitor->journal, "  %s", monitor->config->key_note);
}

/* What a Secure Boot update does to the variable that is there now. */
static const char *what_happens(
	const struct monitor *monitor, const struct monitor_session *session, size_t i)
{
	uint8_t *data = NULL;
	size_t len = 0;
	struct error ignored;

	if (session->findings.append[i])
		return " (appended)";
	int r = efi_read(
		monitor->config->firmware, efi_sb_variables[i].name, &data, &len, &ignored);
	free(data);
	return r == EFI_E_ABSENT ? "" : ", replacing the present one";
}

static void show_keys(struct monitor *monitor, const struct monitor_session *session)
{
	uint8_t hash[CRYPTO_SHA256_SIZE];
	char hex[2 * CRYPTO_SHA256_SIZE + 1];
	struct error error;

	for (size_t i = 0; i < EFI_SB_N; i++) {
		const char *name = efi_sb_variables[i].name->name;
		const struct api_blob *blob = &session->blobs[i];
		if (!blob->data)
			continue;
		if (crypto_sha256(blob->data, blob->len, hash, &error) < 0) {
			journal_line(&monitor->journal, "  %s: %s", name, error.text);
			continue;
		}
		text_format_hex(hash, sizeof(hash), hex);
		journal_line(&monitor->journal, "  %s%s, with the SHA-256", name,
			what_happens(monitor, session, i));
		journal_line(&monitor->journal, "    %s", hex);
	}
	if (session->findings.menu)
		journal_line(&monitor->journal,
			"  OsIndications, for the firmware's menu at the next boot");
	keys_log_boot(monitor, session, "");
}

/* An attacker may hold the code: the operator must not confirm another client by habit. */
static void show_others(struct monitor *monitor)
{
	unsigned others = monitor->openings - 1 + monitor->shown_v0;

	if (others > 0)
		journal_line(&monitor->journal,
			"%u other %s shown the code in this run: only these words confirm", others,
			text_plural(others, "connection has", "connections have"));
}

/* What of the new host key is stored, in place of what. */
static void show_host_key(struct monitor *monitor, bool more)
{
	const struct provision *p = &monitor->provision;

	if (p->facts.has_key)
		show_replaced_key(monitor);
	files_show_others(monitor);
	if (!p->facts.has_key || more)
		journal_line(&monitor->journal, "will write:");
	if (!p->facts.has_key) {
		journal_line(&monitor->journal, "  STHostKey, the SSH host key");
		journal_line(&monitor->journal, "    %s", p->key.fingerprint);
	}
}

static void show_sealed_key(
	struct monitor *monitor, const struct monitor_session *session, bool more)
{
	const struct provision *p = &monitor->provision;
	char policy[SEAL_POLICY_TEXT_MAX];

	if (p->facts.has_key)
		journal_line(&monitor->journal, "will remove STHostKey%s%s",
			p->facts.key_fingerprint[0] ? " " : "", p->facts.key_fingerprint);
	files_show_others(monitor);
	seal_format_policy(&session->seal.request, policy);
	journal_line(&monitor->journal,
		"will write STHostKeySealed: the SSH host key of %s, sealed to this machine's TPM, "
		"%s",
		p->facts.hostname, policy);
	journal_line(&monitor->journal, "  %s%s", p->key.fingerprint,
		monitor->files.had_sealed ? ", replacing the present one" : "");
	if (more)
		journal_line(&monitor->journal, "will write:");
}

void review_show_v1(struct monitor *monitor, const struct monitor_session *session)
{
	const struct provision *p = &monitor->provision;
	char words[CODE_TEXT_MAX];

	code_format(session->words, ' ', words);
	journal_make_room(&monitor->journal);
	journal_line(&monitor->journal, "%s asks to commit", session->peer);
	journal_line(&monitor->journal, "host name: %s", p->facts.hostname);
	bool more = session->has_keys || files_has_written(monitor);
	if (session->seal.wanted)
		show_sealed_key(monitor, session, more);
	else
		show_host_key(monitor, more);
	files_show_written(monitor, session);
	if (!session->seal.wanted)
		show_note(monitor);
	else if (session->files_n > 0)
		journal_line(
			&monitor->journal, "  files are encrypted with a key that is sealed, too");
	if (session->has_keys)
		show_keys(monitor, session);
	if (session->attest.attested)
		journal_line(&monitor->journal, "the laptop asked for this machine's attestation");
	show_others(monitor);
	/* Next to the question, so that later lines do not push the words off a small screen. */
	journal_line(&monitor->journal, "comparison words: %s", words);
	journal_line(&monitor->journal,
		"  if the laptop shows other words, the connection is intercepted: abort");
}

void review_show_v0(struct monitor *monitor, const struct provision_entropy *entropy)
{
	const struct provision *p = &monitor->provision;
	_cleanup_free_ char *dump = text_format_dump(entropy->bytes, sizeof(entropy->bytes));

	journal_make_room(&monitor->journal);
	journal_text(&monitor->journal, "received entropy\n\n");
	journal_text(&monitor->journal, dump ? dump : "(no memory to show it)\n");
	journal_text(&monitor->journal, "\n");
	if (dump)
		secret_wipe_bytes(dump, strlen(dump));
	if (p->facts.has_key)
		show_replaced_key(monitor);
	files_show_others(monitor);
	journal_line(&monitor->journal,
		"will write STHostKey, the SSH host key of %s:", p->facts.hostname);
	journal_line(&monitor->journal, "  %s", p->key.fingerprint);
	show_note(monitor);
}
