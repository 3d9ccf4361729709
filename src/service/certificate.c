/* SPDX-License-Identifier: BSD-2-Clause */
/* The host certificate: see certificate.h. */
#include "service/certificate.h"

#include <errno.h>
#include <string.h>

#include "api/server.h"
#include "base/text.h"
#include "hostkey/certificate.h"

static int check_key(const struct monitor_session *session, const struct ipc_certificate *about,
	struct error *text)
{
	const struct provision_offer *offer = &session->offer;

	if (!offer->made)
		return error_set(text, API_E_CONFLICT,
			"no host key is prepared yet: prepare comes before add-certificate");
	if (strcmp(about->publickey, offer->answer.publickey) != 0)
		return error_set(text, API_E_REFUSED,
			"the certificate is of another key than the prepared one");
	return 0;
}

/* The last one counts. */
static int stage_certificate(struct monitor_session *session, const struct ipc_certificate *about,
	const uint8_t *line, size_t len, struct error *error)
{
	uint8_t *copy = malloc(len);

	if (!copy)
		return error_set_errno(error, -ENOMEM, "certificate");
	memcpy(copy, line, len);
	monitor_drop_certificate(session);
	session->certificate =
		(struct staged_certificate){ .about = *about, .line = copy, .len = len };
	return 0;
}

int certificate_on_certificate(
	struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	struct ipc_certificate about;
	struct error text = ERROR_INIT;
	const uint8_t *line = NULL;
	size_t len = 0;

	if (!session_ipc_decode_certificate(&monitor->frame, &about, &line, &len))
		return error_set(error, -EPROTO, "sent a malformed certificate");
	int r = check_key(session, &about, &text);
	if (r == 0 && stage_certificate(session, &about, line, len, error) < 0)
		return -ENOMEM;
	if (r == 0 && !monitor_hush_client(monitor))
		journal_line(&monitor->journal, "%s: added a host certificate, %s", session->peer,
			about.mac);
	return monitor_answer(session, r, &text, error);
}

int certificate_check_believed(const struct monitor_session *session,
	const struct api_believed *believed, struct error *text)
{
	if (strcmp(session->certificate.about.mac, believed->certificate) != 0)
		return error_set(text, API_E_CONFLICT,
			"the host certificate is not the one that the laptop believes to be added: "
			"nothing was written");
	if (session->certificate.line && !session->offer.made)
		return error_set(text, API_E_CONFLICT,
			"the key of the host certificate is gone: prepare and add-certificate come "
			"again before commit");
	return 0;
}

/* How much of a printable text a row of @columns shows: if it is longer, up to a comma or blank. */
static size_t row_length(const char *text, size_t columns)
{
	size_t len = strlen(text), n = MIN(len, columns);

	while (n < len && n > 0 && text[n - 1] != ',' && text[n - 1] != ' ')
		n--;
	if (n > 0)
		return n;
	n = MIN(len, columns);
	/* Not within `\xNN`: there is no other backslash in a printable text. */
	for (size_t i = 1; n < len && i < TEXT_PRINTABLE_GROWTH; i++)
		if (text[n - i] == '\\')
			return n - i;
	return n;
}

/*
 * A text that the client or its session chose, in rows that fit the console. A word that is longer
 * than a row would go on at the edge of the screen, where the monitor's own lines begin.
 */
static void show_text(struct monitor *monitor, const char *what, const char *text)
{
	char shown[TEXT_PRINTABLE_GROWTH * IPC_FIELD_MAX + 1], *rest = shown;
	const char *indent = "    ";

	text_printable(text, strlen(text), shown, sizeof(shown));
	do {
		size_t used = strlen(indent) + strlen(what) + 1;
		size_t n = row_length(rest, CONSOLE_COLUMNS - used);
		journal_line(&monitor->journal, "%s%s %.*s", indent, what, (int)n, rest);
		rest += n;
		indent = "       ";
		what = "";
	} while (*rest);
}

void certificate_show(struct monitor *monitor, const struct monitor_session *session, bool replaces)
{
	const struct ipc_certificate *about = &session->certificate.about;
	char end[CLOCK_TEXT_MAX];

	hostkey_certificate_format_end(about->valid_before, end);
	journal_line(&monitor->journal, "  %s, the host certificate, %s%s",
		efi_host_certificate.name, about->mac,
		replaces ? ", replacing the present one" : "");
	show_text(monitor, "CA", about->ca);
	show_text(monitor, "key ID", about->key_id);
	show_text(monitor, "principals", about->principals);
	journal_line(&monitor->journal, "    ends %s", end);
}
