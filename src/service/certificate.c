/* SPDX-License-Identifier: BSD-2-Clause */
/* The host certificate: see certificate.h. */
#include "service/certificate.h"

#include <errno.h>
#include <string.h>

#include "api/server.h"
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

void certificate_show(struct monitor *monitor, const struct monitor_session *session, bool replaces)
{
	const struct ipc_certificate *about = &session->certificate.about;
	char end[CLOCK_TEXT_MAX];

	hostkey_certificate_format_end(about->valid_before, end);
	journal_line(&monitor->journal, "  %s, the host certificate, %s%s",
		efi_host_certificate.name, about->mac,
		replaces ? ", replacing the present one" : "");
	journal_line(&monitor->journal, "    CA %s", about->ca);
	journal_line(&monitor->journal, "    key ID %s", about->key_id);
	journal_line(&monitor->journal, "    principals %s", about->principals);
	journal_line(&monitor->journal, "    ends %s", end);
}
