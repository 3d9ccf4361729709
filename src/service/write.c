/* SPDX-License-Identifier: BSD-2-Clause */
/* What a commit writes: see write.h. */
#include "service/write.h"

#include <errno.h>

#include "api/server.h"
#include "service/certificate.h"
#include "service/files.h"
#include "service/keys.h"

/* SetupMode may have changed while the question was open. */
static int still_in_setup_mode(
	struct monitor *monitor, const struct monitor_session *session, struct error *error)
{
	struct error why = ERROR_INIT;

	if (keys_check_setup_mode(monitor, session, &why) == 0)
		return 0;
	return error_set(error, -EPERM, "%s; nothing was changed", why.text);
}

/*
 * Host key, files and Secure Boot keys as one decision. The host key comes first, since it can
 * always be put back, and the Secure Boot keys last: a PK that was written ends Setup Mode, and
 * perhaps cannot be removed. @session: NULL: of v0.0.1.
 */
static int build_commit(const struct monitor *monitor, const struct monitor_session *session,
	struct efi_txn *txn, struct error *error)
{
	const struct secret *pem = &monitor->provision.key.pem;
	int r = efi_txn_add(txn, &efi_host_key, pem->bytes, pem->len, error);

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
	if (r == 0 && believed->sealed)
		r = error_set(text, API_E_CONFLICT,
			"the host key is not going to be sealed, which the laptop believes: "
			"nothing was written");
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
	journal_line(&monitor->journal, "host key stored in STHostKey and read back: %s",
		monitor->provision.key.fingerprint);
	files_log_written(monitor);
	if (session && session->has_keys)
		keys_log_written(monitor, session, "");
}
