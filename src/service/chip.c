/* SPDX-License-Identifier: BSD-2-Clause */
/* The platform's TPM: see chip.h. */
#include "service/chip.h"

#include <errno.h>
#include <string.h>

#include "api/server.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "crypto/kdf.h"

/* Bytes of the longest prefix of a statement's purpose. */
#define PREFIX_MAX 32

int chip_open(struct monitor *monitor, struct error *error)
{
	struct monitor_seal *seal = &monitor->seal;

	assert(seal->step == SEAL_CLOSED);
	if (!monitor->config->tpm)
		return error_set(error, -ENOENT,
			"the TPM is not used together with another store, unless remote run has "
			"--tpm");
	int r = tpm_device_open(monitor->config->tpm, &seal->fd, error);
	if (r == 0)
		r = tpm_client_start(&monitor->launcher, seal->fd, &seal->client, error);
	if (r < 0) {
		monitor_close_tpm(monitor);
		return r;
	}
	seal->step = SEAL_OPEN;
	return 0;
}

int chip_need(struct monitor *monitor, struct error *error)
{
	return monitor->seal.step == SEAL_OPEN ? 0 : chip_open(monitor, error);
}

int chip_sent(struct monitor *monitor, enum seal_step step, int r)
{
	if (r == 0)
		monitor->seal.step = step;
	else
		monitor_close_tpm(monitor);
	return r;
}

bool chip_is_open(const struct monitor *monitor)
{
	return monitor->seal.step != SEAL_CLOSED;
}

int64_t chip_deadline(const struct monitor *monitor)
{
	return chip_is_open(monitor) ? monitor->seal.client.deadline_ms : CLOCK_NEVER;
}

bool chip_is_awaited(const struct monitor *monitor, const struct monitor_session *session)
{
	const struct monitor_seal *seal = &monitor->seal;

	return seal->user == session &&
	       (seal->step == SEAL_LOOKING || seal->step == SEAL_ATTESTING ||
		       seal->step == SEAL_PROVING);
}

int chip_take(struct monitor *monitor, struct monitor_session *session, struct error *text)
{
	struct monitor_seal *seal = &monitor->seal;

	if ((chip_is_open(monitor) && seal->user != session) || monitor->stage == STAGE_STORING)
		return error_set(text, API_E_CONFLICT, CHIP_IN_USE);
	if (chip_need(monitor, text) < 0)
		return API_E_UNABLE;
	seal->user = session;
	return 0;
}

int chip_look(
	struct monitor *monitor, struct monitor_session *session, bool attests, struct error *text)
{
	struct monitor_seal *seal = &monitor->seal;
	int r = chip_take(monitor, session, text);

	if (r != 0)
		return r;
	seal->attests = attests;
	r = chip_sent(monitor, SEAL_LOOKING, tpm_client_look(&seal->client, text));
	return r < 0 ? API_E_UNABLE : 0;
}

int chip_hash_purpose(const char *prefix, const struct ipc_purpose *purpose, const uint8_t *more,
	uint8_t out[TPM_HASH_SIZE], struct error *error)
{
	uint8_t text[PREFIX_MAX + sizeof(*purpose) + TPM_HASH_SIZE];
	struct bytes_writer w = bytes_writer(text, sizeof(text));

	bytes_write(&w, prefix, strlen(prefix) + 1);
	bytes_write(&w, purpose->binding, sizeof(purpose->binding));
	bytes_write(&w, purpose->nonce, sizeof(purpose->nonce));
	if (more)
		bytes_write(&w, more, TPM_HASH_SIZE);
	assert(bytes_writer_ok(&w));
	return crypto_sha256(text, w.len, out, error);
}

void chip_copy(struct api_tpm *ret, const struct tpm_blob *blob)
{
	static_assert(API_TPM_MAX == TPM_BLOB_MAX, "the same");
	ret->len = blob->len;
	memcpy(ret->bytes, blob->bytes, blob->len);
}
