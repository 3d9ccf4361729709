/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pcr7/pcr7.h: a boot log as a platform sends it, of which PCR 7 at the next boot is predicted. The
 * log is believed to be what was quoted, so that all after that check is reached; and where a
 * variable or authority is not what its digest says, the digest is made right.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/kdf.h"
#include "efi/siglist.h"
#include "pcr7/measured.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool cond)
{
	if (!cond)
		abort();
}

/* Each event of PCR 7 gets the digest of its data. */
static void mend(uint8_t *copy, size_t size)
{
	struct eventlog_event event;
	struct eventlog log;
	struct error error;

	if (eventlog_open(copy, size, &log, &error) < 0)
		return;
	while (eventlog_next(&log, &event, &error) == 0)
		if (event.pcr == 7 && event.sha256)
			must(crypto_sha256(event.data, event.len, copy + (event.sha256 - copy),
				     &error) == 0);
}

/* The certificate in the log's last authority: else the image's would never be the right one. */
static struct efi_blob last_certificate(const uint8_t *log, size_t size)
{
	static struct pcr7_measured m;
	struct error error;

	if (pcr7_measured_read(log, size, &m, &error) < 0)
		return (struct efi_blob){ NULL, 0 };
	must(m.n > PCR7_VARIABLES && m.n <= PCR7_EVENTS_MAX);
	const struct pcr7_part *last = &m.events[m.n - 1].data;
	if (last->len <= EFI_GUID_SIZE)
		return (struct efi_blob){ NULL, 0 };
	return (struct efi_blob){ last->data + EFI_GUID_SIZE, last->len - EFI_GUID_SIZE };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pcr7_prediction prediction;
	struct pcr7_secure_boot state;
	struct eventlog_replay replay;
	struct error error = ERROR_INIT;
	uint8_t *copy = malloc(size > 0 ? size : 1);

	must(copy);
	memcpy(copy, data, size);
	mend(copy, size);
	if (pcr7_read_secure_boot(copy, size, &state, &error) < 0)
		must(error.text[0] != '\0');
	if (eventlog_replay(copy, size, &replay, &error) == 0) {
		struct pcr7_question question = { .log = copy,
			.log_len = size,
			.quoted = (const uint8_t(*)[EVENTLOG_SHA256_SIZE])replay.values,
			.boot_cert = last_certificate(copy, size) };
		/* With one certificate for both nothing changes. */
		error = ERROR_INIT;
		if (pcr7_predict(&question, &prediction, &error) == 0)
			must(memcmp(prediction.pcr7, replay.values[7], PCR7_SIZE) == 0);
		else
			must(error.text[0] != '\0');
	}
	free(copy);
	return 0;
}
