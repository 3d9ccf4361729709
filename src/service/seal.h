/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The platform's TPM: opened when a laptop asks for a sealed host key, used by a role of its own
 * (tpm/client.h) whose answers the loop takes, and closed with the connection that asked.
 */
#pragma once

#include "service/monitor_state.h"

/* The sentence of API_E_CONFLICT for a second connection. */
#define SEAL_IN_USE "the TPM is in use by another connection"

/* IPC_SEAL: a handler like those of requests.h. Its answer comes when the TPM was looked at. */
int seal_on_seal(struct monitor *monitor, struct monitor_session *session, struct error *error);
/* Whether @session waits for that answer: it can ask for nothing else then. */
bool seal_is_awaited(const struct monitor *monitor, const struct monitor_session *session);

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

/* Whether the loop is to watch the role: tpm_client_fd() of monitor->seal.client. */
bool seal_is_open(const struct monitor *monitor);
/* When seal_take() is to be called even without an event; CLOCK_NEVER. */
int64_t seal_deadline(const struct monitor *monitor);

/*
 * Takes what has come, and answers IPC_SEAL. SEAL_OPEN: nothing for the caller. Else the step that
 * is over, SEAL_SEALING or a later one, with its result, 0 or a negative errno with a text. What an
 * abandoned connection left in the TPM is removed here.
 */
enum seal_step seal_take(struct monitor *monitor, int *ret_result, struct error *error);
