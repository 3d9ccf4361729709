/* SPDX-License-Identifier: BSD-2-Clause */
/* From entropy to a stored host key: see provision.h. */
#include "service/provision.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api/server.h"
#include "base/random.h"
#include "secrets/uds.h"

void provision_init(struct provision *provision, const struct efi_dir *efi, const char *hostname,
	provision_read_hostname read_hostname)
{
	memset(provision, 0, sizeof(*provision));
	provision->efi = efi;
	provision->read_hostname = read_hostname;
	snprintf(provision->facts.hostname, sizeof(provision->facts.hostname), "%s", hostname);
}

void provision_deinit(struct provision *provision)
{
	hostkey_deinit(&provision->key);
	secret_wipe_bytes(provision, sizeof(*provision));
}

static int look_at_name(
	const struct provision *provision, struct provision_facts *facts, struct error *error)
{
	_cleanup_free_ char *hostname = NULL;
	int r;

	if (!provision->read_hostname) {
		memcpy(facts->hostname, provision->facts.hostname, sizeof(facts->hostname));
		return 0;
	}
	r = provision->read_hostname(provision->efi, &hostname, error);
	if (r != 0)
		return r < 0 ? r : -ENOENT;
	snprintf(facts->hostname, sizeof(facts->hostname), "%s", hostname);
	return 0;
}

static int look_at_key(
	const struct provision *provision, struct provision_facts *facts, struct error *error)
{
	uint8_t *data = NULL;
	size_t len = 0;
	struct error ignored;

	int r = efi_read(provision->efi, &efi_host_key, &data, &len, &ignored);
	if (r == EFI_E_ABSENT)
		return 0;
	facts->has_key = true;
	/* Shorter than its attributes, or too long: that is known of it. */
	facts->unreadable = r < 0 && r != -EINVAL && r != -EFBIG;
	if (r != 0)
		return 0;
	r = crypto_sha256(data, len, facts->key_hash, error);
	if (hostkey_private_check(data, len, facts->key_fingerprint, &ignored) != 0)
		facts->key_fingerprint[0] = '\0';
	secret_wipe_bytes(data, len);
	free(data);
	return r;
}

/*
 * Whether what is there now is what was there before. A host key that cannot be read, such as a
 * directory of its name, is not replaced either: the write fails, and says why.
 */
static bool same_facts(const struct provision_facts *now, const struct provision_facts *before)
{
	bool same_key = now->has_key == before->has_key &&
			memcmp(now->key_hash, before->key_hash, sizeof(now->key_hash)) == 0;

	return strcmp(now->hostname, before->hostname) == 0 && (now->unreadable || same_key);
}

int provision_look(struct provision *provision, bool *ret_changed, struct error *error)
{
	struct provision_facts facts = { .has_key = false };
	int r = look_at_name(provision, &facts, error);

	if (r == 0)
		r = look_at_key(provision, &facts, error);
	if (r < 0)
		return r;
	*ret_changed = !same_facts(&facts, &provision->facts);
	provision->facts = facts;
	return 0;
}

int provision_check_open(const struct provision *provision, struct error *error)
{
	if (provision->committed)
		return error_set(error, API_E_CONFLICT, "another client has already committed");
	return 0;
}

static int mix_entropy(
	const uint8_t received[UDS_ENTROPY_SIZE], struct secret *ret_uds, struct error *error)
{
	uint8_t platform[UDS_ENTROPY_SIZE];
	int r = random_bytes(platform, sizeof(platform), error);

	if (r == 0)
		r = uds_mix(platform, received, ret_uds, error);
	secret_wipe_bytes(platform, sizeof(platform));
	return r;
}

static int derive_commit(
	const uint8_t entropy[API_ENTROPY_SIZE], struct provision_offer *offer, struct error *error)
{
	_cleanup_secret_ struct secret uds = SECRET_INIT;
	struct api_commit *ret = &offer->answer;
	int r = mix_entropy(entropy, &uds, error);

	if (r == 0)
		r = uds_identity(&uds, ret->identity, error);
	if (r == 0)
		r = uds_authentication(&uds, ret->authentication, error);
	if (r == 0)
		r = uds_ssh(&uds, &offer->material, error);
	if (r == 0)
		r = hostkey_make(&offer->material, &offer->key, error);
	return r;
}

void provision_offer_deinit(struct provision_offer *offer)
{
	hostkey_deinit(&offer->key);
	secret_wipe_bytes(offer, sizeof(*offer));
}

int provision_make_offer(const struct provision *provision, const struct provision_entropy *entropy,
	struct provision_offer *ret, struct error *error)
{
	struct provision_offer offer = { .made = true };
	int r = provision_check_open(provision, error);

	if (r != 0)
		return r;
	if (!entropy->given)
		return error_set(
			error, API_E_CONFLICT, "no entropy was added yet: add-data comes first");
	if (derive_commit(entropy->bytes, &offer, error) < 0) {
		provision_offer_deinit(&offer);
		return error_prefix(error, API_E_FAILED, "deriving the host key");
	}
	snprintf(offer.answer.publickey, sizeof(offer.answer.publickey), "%s", offer.key.public);
	snprintf(offer.answer.fingerprint, sizeof(offer.answer.fingerprint), "%s",
		offer.key.fingerprint);
	snprintf(offer.answer.hostname, sizeof(offer.answer.hostname), "%s",
		provision->facts.hostname);
	*ret = offer;
	secret_wipe_bytes(&offer, sizeof(offer));
	return 0;
}

int provision_commit(
	struct provision *provision, struct provision_offer *offer, struct error *error)
{
	int r = provision_check_open(provision, error);

	assert(offer->made);
	if (r != 0)
		return r;
	if (strcmp(offer->answer.hostname, provision->facts.hostname) != 0)
		return error_set(error, API_E_CONFLICT,
			"the host name was changed to %.100s, and the laptop was told %.100s: "
			"nothing was written",
			provision->facts.hostname, offer->answer.hostname);
	provision->key = offer->key;
	provision->material = offer->material;
	provision->committed = true;
	/* The key is its new owner's. */
	offer->key = (struct hostkey){ .public = "" };
	secret_wipe(&offer->material);
	offer->made = false;
	return 0;
}

void provision_withdraw(struct provision *provision)
{
	hostkey_deinit(&provision->key);
	secret_wipe(&provision->material);
	provision->committed = false;
}
