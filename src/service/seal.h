/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host key that a commit stores is sealed to the platform's TPM (chip.h), and what follows in
 * the TPM is done. All answers of the TPM's role are taken here.
 */
#pragma once

#include "service/monitor_state.h"

/* IPC_SEAL: a handler like those of requests.h. Its answer comes when the TPM was looked at. */
int seal_on_seal(struct monitor *monitor, struct monitor_session *session, struct error *error);

/* `policy pcr 7 c7e22baac15b9df6` with the digest's begin, or that any system opens it. */
#define SEAL_POLICY_TEXT_MAX 128
void seal_format_policy(const struct ipc_seal *request, char out[SEAL_POLICY_TEXT_MAX]);

/* Whether the host key may be stored as the client wants it: 0 or API_E_CONFLICT. */
int seal_check_required(
	const struct monitor *monitor, const struct monitor_session *session, struct error *text);
/* Whether the client believes in a sealed key as it was asked for: 0 or API_E_CONFLICT. */
int seal_check_believed(const struct monitor_session *session, const struct api_believed *believed,
	struct error *text);

/*
 * Seals the committed key of @session: the role's answer follows. Negative errnos with a text: the
 * TPM is not there any more.
 */
int seal_begin(
	struct monitor *monitor, struct monitor_session *session, struct error *error) MUST_CHECK;
/* What is to be stored: the sealed key, or, until there is one, as many bytes as it may have. */
const void *seal_variable(const struct monitor *monitor, size_t *ret_len);

/* Which TPM keys the stores name, before anything is written: for what follows. */
void seal_note_parents(struct monitor *monitor);
/*
 * The new key is stored: removes the TPM key of the old one. 0: the role's answer follows.
 * SEAL_E_NOTHING: there is nothing to do, another store names that key. Negative errnos with a
 * text.
 */
enum { SEAL_E_NOTHING = 1 };
int seal_keep(struct monitor *monitor, struct error *error) MUST_CHECK;
/* The new key could not be stored: removes its TPM key. As above. */
int seal_drop(struct monitor *monitor, struct error *error) MUST_CHECK;
/* A clear key was stored in place of a sealed one: removes the TPM keys. As above. */
int seal_forget(struct monitor *monitor, struct error *error) MUST_CHECK;

/*
 * Takes what has come, and answers IPC_SEAL, IPC_ATTEST and IPC_PROVE. SEAL_OPEN: nothing for the
 * caller. Else the step that is over, SEAL_SEALING or a later one, with its result, 0 or a negative
 * errno with a text. What an abandoned connection left in the TPM is removed here.
 */
enum seal_step seal_take(struct monitor *monitor, int *ret_result, struct error *error);
