/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files for the OS package: staged one by one for one connection, and, at its commit, what becomes
 * of each file that is there: a part of the one decision with the host key.
 */
#pragma once

#include "efi/efi.h"
#include "service/monitor_state.h"

/* IPC_FILE: a handler like those of requests.h. */
int files_on_file(struct monitor *monitor, struct monitor_session *session, struct error *error);

/*
 * Whether the client believes exactly these files to be staged: 0, or API_E_CONFLICT with its text.
 */
int files_check_believed(const struct monitor_session *session, const struct api_believed *believed,
	struct error *text);

/*
 * What the commit of @session does to the files, and to STHostCert and STHostKeySealed of the
 * present host key, which go with it. NULL: of v0.0.1, which leaves files that are not encrypted.
 * @keep: files that are there and not named stay. Beside a host key that is to be sealed, files are
 * encrypted. 0 or API_E_... with its text.
 */
int files_plan(
	struct monitor *monitor, struct monitor_session *session, bool keep, struct error *text);
/* Plans again, with the same @keep. *ret_changed: what is there is not what it was. As above. */
int files_plan_again(struct monitor *monitor, struct monitor_session *session, bool *ret_changed,
	struct error *text);
/* Adds the plan to a transaction, which borrows it. */
int files_add(const struct monitor *monitor, struct efi_txn *txn, struct error *error) MUST_CHECK;

/* Whether the plan writes anything. */
bool files_has_written(const struct monitor *monitor);
/* The lines of the review about what is written, and those about what goes or stays. */
void files_show_written(struct monitor *monitor, const struct monitor_session *session);
void files_show_others(struct monitor *monitor);
/* After it: what became of each. */
void files_log_written(struct monitor *monitor);
