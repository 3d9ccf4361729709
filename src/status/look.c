/* SPDX-License-Identifier: BSD-2-Clause */
/* Gathering what `remote status` tells: see status.h. */
#include "status/status.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "config.h"
#include "efi/secureboot.h"
#include "setup/urlcheck.h"

/* --- Secure Boot --- */

static void look_at_flag(
	const struct efi_dir *efi, const struct efi_name *name, struct status_flag *flag)
{
	flag->known = efi_read_flag(efi, name, &flag->value, &flag->error) == 0;
}

static int add_certificate(
	struct status_keys *keys, const struct efi_signature *s, struct error *error)
{
	struct status_certificate *items = reallocarray(
		keys->certificates, keys->certificates_n + 1, sizeof(keys->certificates[0]));
	uint8_t hash[CRYPTO_SHA256_SIZE];

	if (!items)
		return error_set_errno(error, -ENOMEM, "%s", keys->name->name);
	keys->certificates = items;
	struct status_certificate *c = &items[keys->certificates_n];
	int r = crypto_sha256(s->data, s->len, hash, error);
	if (r < 0)
		return r;
	text_format_hex(hash, sizeof(hash), c->sha256);
	efi_guid_format(s->owner, c->owner);
	c->subject[0] = '\0';
	keys->certificates_n++;
	r = crypto_cert_name(s->data, s->len, c->subject, error);
	return r < 0 ? error_prefix(error, r, "certificate %zu of %s", keys->certificates_n,
			       keys->name->name)
		     : 0;
}

/* An entry that is not a certificate makes the variable broken, but the rest is still read. */
static int add_list(struct status_keys *keys, const struct efi_siglist *list, struct error *error)
{
	int result = 0;

	if (list->kind == EFI_SIGNATURE_HASH)
		keys->hashes += list->n;
	if (list->kind == EFI_SIGNATURE_OTHER)
		keys->others += list->n;
	if (list->kind != EFI_SIGNATURE_X509)
		return 0;
	for (size_t i = 0; i < list->n; i++) {
		struct efi_signature signature = efi_siglist_get(list, i);
		struct error text;
		int r = add_certificate(keys, &signature, &text);
		if (r < 0 && result == 0) {
			result = r;
			*error = text;
		}
	}
	return result;
}

static int read_lists(struct status_keys *keys, const uint8_t *lists, size_t len)
{
	struct bytes_reader r = bytes_reader(lists, len);
	struct efi_siglist_fault fault;
	struct efi_siglist list;
	size_t start = 0;
	int result = 0, read;

	while ((read = efi_siglist_read(&r, &list, &fault)) == 0) {
		struct error text;
		int added = add_list(keys, &list, &text);
		start = bytes_position(&r);
		if (added < 0 && result == 0) {
			result = added;
			keys->error = text;
		}
	}
	if (read < 0)
		return error_set(&keys->error, -EINVAL, "%s is damaged: %s at offset %zu",
			keys->name->name, fault.what, start + fault.offset);
	return result;
}

static void look_at_keys(
	const struct efi_dir *efi, const struct efi_name *name, struct status_keys *keys)
{
	_cleanup_free_ uint8_t *data = NULL;
	const uint8_t *lists = NULL;
	size_t len = 0;

	keys->name = name;
	int r = efi_secureboot_lists(efi, name, &data, &lists, &len, &keys->error);
	if (r == 0)
		r = read_lists(keys, lists, len);
	/* Firmware that keeps a variable without content means none. */
	if (r == 0 && keys->certificates_n + keys->hashes + keys->others == 0)
		r = error_set(&keys->error, EFI_E_ABSENT, "%s holds nothing", name->name);
	keys->state = provisioned_state_of(r);
}

static void look_at_store(struct status *s)
{
	if (s->store.dir.fd < 0) {
		provisioned_unknown(&s->store_error, &s->provisioned);
		s->usage_error = s->store_error;
		return;
	}
	provisioned_read(&s->store.dir, &s->provisioned);
	s->has_usage =
		!s->store.empty && efi_usage_read(&s->store.dir, &s->usage, &s->usage_error) == 0;
	if (s->store.kind == STORE_LABEL && s->firmware)
		provisioned_read(s->firmware, &s->nvram);
}

static void look_at_firmware(struct status *s)
{
	if (s->firmware) {
		look_at_flag(s->firmware, &efi_setup_mode_name, &s->setup_mode);
		look_at_flag(s->firmware, &efi_secure_boot_name, &s->secure_boot);
	} else {
		s->setup_mode.error = s->secure_boot.error = s->firmware_error;
	}
	for (size_t i = 0; i < STATUS_KEYS; i++) {
		s->keys[i].name = efi_sb_variables[i].name;
		s->keys[i].state = PROVISIONED_UNREADABLE;
		s->keys[i].error = s->firmware_error;
		if (s->firmware)
			look_at_keys(s->firmware, efi_sb_variables[i].name, &s->keys[i]);
	}
}

/* --- network --- */

static void look_at_network(struct status *s)
{
	_cleanup_rtnetlink_ struct rtnetlink *rtnl = NULL;
	struct error *error = &s->network_error;

	int r = rtnetlink_new(&rtnl, error);
	if (r == 0)
		r = links_read(rtnl, LINK_SYSFS_DEFAULT, &s->links, error);
	if (r == 0)
		r = link_addrs_read(rtnl, &s->addrs, error);
	if (r == 0)
		r = gateways_read(rtnl, s->gateways, &s->gateways_n, error);
	if (r == 0)
		*error = ERROR_INIT;
}

enum provisioned_state status_verdict(const struct status *s, struct error *ret_why)
{
	enum provisioned_state verdict = provisioned_verdict(&s->provisioned, ret_why);

	if (verdict != PROVISIONED_GOOD || s->store.kind == STORE_EFI ||
		s->nvram.config.state == PROVISIONED_GOOD)
		return verdict;
	(void)error_set(ret_why, 0,
		"NVRAM has no host configuration%s, and stboot looks there and in its own image "
		"(/etc/host_configuration.json)",
		s->nvram.config.state == PROVISIONED_ABSENT ? "" : " that can be used");
	return PROVISIONED_ABSENT;
}

bool status_clock_is_early(const struct status *s)
{
	return urlcheck_clock_is_early(s->now_s, STPROV_BUILD_DATE);
}

struct status *status_new(const struct store_choice *choice, const char *tpm)
{
	struct status *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->efivars = store_choice_efivars(choice);
	s->now_s = clock_calendar_s();
	machine_read(MACHINE_SYSFS, &s->machine);
	s->store = STORE_INIT;
	if (store_open(choice, STORE_READ, &s->store, &s->store_error) < 0)
		s->firmware_error = s->store_error;
	else
		s->firmware = store_firmware(&s->store, STORE_READ, &s->firmware_error);
	look_at_store(s);
	look_at_firmware(s);
	status_tpm_look(tpm, &s->provisioned, &s->tpm);
	look_at_network(s);
	return s;
}

void status_free(struct status **status)
{
	struct status *s = *status;

	if (!s)
		return;
	provisioned_deinit(&s->provisioned);
	provisioned_deinit(&s->nvram);
	for (size_t i = 0; i < STATUS_KEYS; i++)
		free(s->keys[i].certificates);
	links_deinit(&s->links);
	link_addrs_deinit(&s->addrs);
	store_close(&s->store);
	free(s);
}
