/* SPDX-License-Identifier: BSD-2-Clause */
/* What a commit writes: see write.h. */
#include "service/write.h"

#include <errno.h>

#include "api/server.h"
#include "service/certificate.h"
#include "service/files.h"
#include "service/keys.h"
#include "service/seal.h"

/* SetupMode may have changed while the question was open. */
static int still_in_setup_mode(
	struct monitor *monitor, const struct monitor_session *session, struct error *error)
{
	struct error why = ERROR_INIT;

	if (keys_check_setup_mode(monitor, session, &why) == 0)
		return 0;
	return error_set(error, -EPERM, "%s; nothing was changed", why.text);
}

/* Sealed, it takes the place of the clear one. */
static int add_host_key(const struct monitor *monitor, const struct monitor_session *session,
	struct efi_txn *txn, struct error *error)
{
	const struct secret *pem = &monitor->provision.key.pem;
	size_t len;

	if (!session || !session->seal.wanted)
		return efi_txn_add(txn, &efi_host_key, pem->bytes, pem->len, error);
	const void *sealed = seal_variable(monitor, &len);
	int r = efi_txn_add(txn, &efi_host_key_sealed, sealed, len, error);
	return r == 0 ? efi_txn_add_removal(txn, &efi_host_key, error) : r;
}

/*
 * Host key, files and Secure Boot keys as one decision. The host key comes first, since it can
 * always be put back, and the Secure Boot keys last: a PK that was written ends Setup Mode, and
 * perhaps cannot be removed. @session: NULL: of v0.0.1.
 */
static int build_commit(const struct monitor *monitor, const struct monitor_session *session,
	struct efi_txn *txn, struct error *error)
{
	int r = add_host_key(monitor, session, txn, error);

	if (r == 0)
		r = files_add(monitor, txn, error);
	if (r == 0 && session && session->has_keys)
		r = keys_add(monitor, session, txn, error);
	return r;
}

int write_check_believed(const struct monitor_session *session, const struct api_believed *believed,
	struct error *text)
{
	int r = files_check_believed(session, believed, text);

	if (r == 0)
		r = certificate_check_believed(session, believed, text);
	if (r == 0)
		r = keys_check_believed(session, believed, text);
	if (r == 0)
		r = seal_check_believed(session, believed, text);
	return r;
}

int write_check_room(
	struct monitor *monitor, const struct monitor_session *session, struct error *text)
{
	_cleanup_efi_txn_ struct efi_txn txn;

	efi_txn_init(&txn, monitor->config->efi);
	int r = build_commit(monitor, session, &txn, text);
	if (r == 0)
		r = efi_txn_try(&txn, text);
	return r < 0 ? error_prefix(text, API_E_FAILED, "nothing was written") : 0;
}

int write_commit(
	struct monitor *monitor, const struct monitor_session *session, struct error *error)
{
	_cleanup_efi_txn_ struct efi_txn txn;

	efi_txn_init(&txn, monitor->config->efi);
	int r = session && session->has_keys ? still_in_setup_mode(monitor, session, error) : 0;
	if (r == 0)
		r = build_commit(monitor, session, &txn, error);
	return r == 0 ? efi_txn_commit(&txn, error) : r;
}

void write_log(struct monitor *monitor, const struct monitor_session *session)
{
	bool sealed = session && session->seal.wanted;

	journal_line(&monitor->journal, "host key stored in %s and read back: %s",
		sealed ? "STHostKeySealed, sealed," : "STHostKey",
		monitor->provision.key.fingerprint);
	if (sealed && monitor->provision.facts.has_key)
		journal_line(&monitor->journal, "STHostKey removed");
	files_log_written(monitor);
	if (session && session->has_keys)
		keys_log_written(monitor, session, "");
}
