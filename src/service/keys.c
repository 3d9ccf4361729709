/* SPDX-License-Identifier: BSD-2-Clause */
/* Secure Boot keys that a session offers: see keys.h. */
#include "service/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "api/server.h"
#include "base/file.h"
#include "base/text.h"
#include "crypto/kdf.h"
#include "efi/secureboot.h"

int keys_check_setup_mode(
	struct monitor *monitor, const struct monitor_session *session, struct error *text)
{
	const struct monitor_config *config = monitor->config;
	int r = config->firmware ? efi_setup_mode(config->firmware, text)
				 : error_set(text, EFI_E_USER_MODE,
					   "no Secure Boot keys can be set from here: %.200s: set "
					   "them in the firmware's menu",
					   config->no_firmware);

	/* v0.0.1 writes at once; what v1 stages is for its own commit. */
	if (session->phase == PHASE_AUTHENTICATED && monitor->provision.committed)
		return error_set(text, API_E_CONFLICT, "another client has already committed");
	if (r == 0)
		return 0;
	if (!monitor_hush_client(monitor)) {
		if (r == EFI_E_UNKNOWN)
			journal_line(&monitor->journal, "warning: %s; going on", text->text);
		else
			journal_line(&monitor->journal, "%s: Secure Boot keys refused: %s",
				session->peer, text->text);
	}
	return r == EFI_E_UNKNOWN ? 0 : API_E_DENIED;
}

int keys_on_setup_mode(
	struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	struct error text = ERROR_INIT;
	int r = keys_check_setup_mode(monitor, session, &text);

	return monitor_answer(session, r, &text, error);
}

int keys_on_boot_log(struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	_cleanup_free_ uint8_t *log = NULL;
	struct error ignored;
	size_t len = 0;

	/* Passed on unparsed. What does not fit into a frame is as a log that is not there. */
	if (file_read(AT_FDCWD, monitor->config->boot_log, FRAME_PAYLOAD_MAX, &log, &len,
		    &ignored) < 0)
		len = 0;
	return frame_send(session->role.frame_fd, IPC_BOOT_LOG_DATA, log, len, error);
}

static void drop_blobs(struct monitor_session *session)
{
	for (int i = 0; i < EFI_SB_N; i++) {
		free(session->blobs[i].data);
		session->blobs[i] = (struct api_blob){ .data = NULL };
	}
	session->has_keys = false;
	session->findings = (struct ipc_secure_boot){ .menu = false };
}

int keys_on_blob(struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	const struct frame *frame = &monitor->frame;

	if (frame->len < 2 || frame->len > 1 + API_BLOB_MAX || frame->payload[0] >= EFI_SB_N)
		return error_set(error, -EPROTO, "sent a malformed Secure Boot variable");
	/* Keys are staged as a whole: those of an earlier request are dropped. */
	if (session->has_keys)
		drop_blobs(session);
	struct api_blob *blob = &session->blobs[frame->payload[0]];
	free(blob->data);
	blob->len = 0;
	blob->data = malloc(frame->len - 1);
	if (!blob->data)
		return error_set_errno(error, -ENOMEM, "Secure Boot variable");
	blob->len = frame->len - 1;
	memcpy(blob->data, frame->payload + 1, blob->len);
	return monitor_answer(session, 0, NULL, error);
}

static struct efi_secureboot_keys borrow_keys(const struct monitor_session *session)
{
	struct efi_secureboot_keys keys;

	for (size_t i = 0; i < EFI_SB_N; i++) {
		keys.blobs[i] = (struct efi_blob){ .data = session->blobs[i].data,
			.len = session->blobs[i].len };
		keys.append[i] = session->findings.append[i];
	}
	return keys;
}

/* @hex: of the SHA-256; empty if the client believes that there is none. */
static bool is_believed(
	const struct monitor_session *session, size_t i, const char *hex, struct error *text)
{
	const struct api_blob *blob = &session->blobs[i];
	uint8_t hash[CRYPTO_SHA256_SIZE];
	char ours[API_SHA256_HEX_MAX] = "";

	if (session->has_keys && blob->data) {
		if (crypto_sha256(blob->data, blob->len, hash, text) < 0)
			return false;
		text_format_hex(hash, sizeof(hash), ours);
	}
	return strcmp(ours, hex) == 0;
}

int keys_check_believed(const struct monitor_session *session, const struct api_believed *believed,
	struct error *text)
{
	for (size_t i = 0; i < EFI_SB_N; i++)
		if (!is_believed(session, i, believed->keys[i], text))
			return error_set(text, API_E_CONFLICT,
				"the Secure Boot keys that were added are not those that the "
				"laptop believes to be added: nothing was written");
	return 0;
}

int keys_add(const struct monitor *monitor, const struct monitor_session *session,
	struct efi_txn *txn, struct error *error)
{
	const struct efi_secureboot_keys keys = borrow_keys(session);

	assert(session->has_keys && monitor->config->firmware);
	efi_txn_use(txn, monitor->config->firmware);
	int r = efi_secureboot_add(txn, &keys, error);
	efi_txn_use(txn, monitor->config->efi);
	return r;
}

void keys_log_written(
	struct monitor *monitor, const struct monitor_session *session, const char *prefix)
{
	char names[EFI_SB_N * 8] = "";
	size_t len = 0;

	for (size_t i = 0; i < EFI_SB_N; i++)
		if (session->blobs[i].data)
			len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s",
				len > 0 ? ", " : "", efi_sb_variables[i].name->name);
	journal_line(&monitor->journal, "%sSecure Boot keys were written: %s", prefix, names);
}

void keys_log_boot(
	struct monitor *monitor, const struct monitor_session *session, const char *prefix)
{
	switch (session->findings.boot) {
	case ENROL_BOOT_YES:
	case ENROL_BOOT_N:
		break;
	case ENROL_BOOT_NO:
		journal_line(&monitor->journal,
			"%sthis image is not signed by a key in db: it will not boot with Secure "
			"Boot on",
			prefix);
		break;
	case ENROL_BOOT_UNKNOWN:
		journal_line(&monitor->journal,
			"%sif this image is not signed by a key in db, it will not boot with "
			"Secure Boot on",
			prefix);
		break;
	}
}

static int write_keys(
	struct monitor *monitor, const struct monitor_session *session, struct error *text)
{
	const struct efi_secureboot_keys keys = borrow_keys(session);
	char prefix[sizeof(session->peer) + 2];

	/* Also when it fails: not everything can be put back. */
	monitor->variables_touched = true;
	if (efi_secureboot_write(monitor->config->firmware, &keys, text) < 0) {
		journal_line(
			&monitor->journal, "%s: Secure Boot keys: %s", session->peer, text->text);
		return API_E_REFUSED;
	}
	snprintf(prefix, sizeof(prefix), "%s: ", session->peer);
	keys_log_written(monitor, session, prefix);
	keys_log_boot(monitor, session, prefix);
	return 0;
}

void keys_request_menu(struct monitor *monitor)
{
	struct error text = ERROR_INIT;

	/* No menu without keys, and no keys without firmware. */
	assert(monitor->config->firmware);
	if (efi_request_firmware_menu(monitor->config->firmware, &text) < 0)
		journal_line(&monitor->journal, "warning: cannot ask the firmware for its menu: %s",
			text.text);
	else
		journal_line(&monitor->journal, "the firmware will show its menu at the next boot");
}

static int write_keys_v0(
	struct monitor *monitor, struct monitor_session *session, struct error *text)
{
	int r = keys_check_setup_mode(monitor, session, text);

	if (r == 0) {
		r = write_keys(monitor, session, text);
		if (session->findings.menu)
			keys_request_menu(monitor);
	}
	drop_blobs(session);
	return r;
}

static int stage_keys_v1(
	struct monitor *monitor, struct monitor_session *session, struct error *text)
{
	int r = keys_check_setup_mode(monitor, session, text);

	if (r != 0) {
		drop_blobs(session);
		return r;
	}
	session->has_keys = true;
	if (!monitor_hush_client(monitor))
		journal_line(&monitor->journal,
			"%s: added Secure Boot keys, to be written at the commit", session->peer);
	return 0;
}

int keys_on_secure_boot(
	struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	struct error text = ERROR_INIT;

	if (!session_ipc_decode_secure_boot(&monitor->frame, &session->findings))
		return error_set(error, -EPROTO, "sent a malformed Secure Boot request");
	for (int i = 0; i < EFI_SB_N; i++)
		if (!efi_sb_variables[i].optional && !session->blobs[i].data)
			return error_set(error, -EPROTO, "asked for Secure Boot without keys");
	int r = session->phase == PHASE_OPENED ? stage_keys_v1(monitor, session, &text)
					       : write_keys_v0(monitor, session, &text);
	return monitor_answer(session, r, &text, error);
}
