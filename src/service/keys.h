/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Secure Boot keys that a session offers. They are staged one by one, then v0.0.1 writes them at
 * once and v1 keeps them for its commit. The handlers are like those of requests.h.
 */
#pragma once

#include "efi/efi.h"
#include "service/monitor_state.h"

int keys_on_setup_mode(
	struct monitor *monitor, struct monitor_session *session, struct error *error);
int keys_on_boot_log(struct monitor *monitor, struct monitor_session *session, struct error *error);
int keys_on_blob(struct monitor *monitor, struct monitor_session *session, struct error *error);
int keys_on_secure_boot(
	struct monitor *monitor, struct monitor_session *session, struct error *error);

/* Whether keys may be written now: 0, or API_E_... with its text for the peer. */
int keys_check_setup_mode(
	struct monitor *monitor, const struct monitor_session *session, struct error *text);
/* Whether the client believes exactly these keys to be staged: 0 or API_E_... with its text. */
int keys_check_believed(const struct monitor_session *session, const struct api_believed *believed,
	struct error *text);
/* Adds the staged keys to a transaction, in the firmware's variables; it borrows them. */
int keys_add(const struct monitor *monitor, const struct monitor_session *session,
	struct efi_txn *txn, struct error *error) MUST_CHECK;
/* Logs which keys were written. @prefix: before the line; empty or `PEER: `. */
void keys_log_written(
	struct monitor *monitor, const struct monitor_session *session, const char *prefix);
/*
 * Logs whether this image starts with Secure Boot on, once the keys are enrolled: what the session
 * found out. Nothing if it does. @prefix: before the line.
 */
void keys_log_boot(
	struct monitor *monitor, const struct monitor_session *session, const char *prefix);
/*
 * Asks the firmware for its menu and logs it; a warning if that fails. v0.0.1 does so whether or
 * not the keys were written: the operator needs the menu most when they were not.
 */
void keys_request_menu(struct monitor *monitor);
