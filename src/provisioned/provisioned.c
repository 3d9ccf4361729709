/* SPDX-License-Identifier: BSD-2-Clause */
/* What stprov stored of this platform, read again: see provisioned.h. */
#include "remote/provisioned.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "net/hostname.h"

int provisioned_hostname(const struct efi_dir *efi, char **ret, struct error *error)
{
	_cleanup_free_ uint8_t *data = NULL;
	size_t len = 0;
	int r = efi_read(efi, &efi_host_name, &data, &len, error);

	if (r != 0)
		return r;
	if (len == 0)
		return error_set(error, PROVISIONED_E_BAD, "STHostName is empty");
	if (!net_hostname_check((const char *)data, len, NET_HOSTNAME_STORED))
		return error_set(error, PROVISIONED_E_BAD, "STHostName does not hold a host name");
	*ret = (char *)TAKE_PTR(data);
	return 0;
}

enum provisioned_state provisioned_state_of(int r)
{
	switch (r) {
	case 0:
		return PROVISIONED_GOOD;
	case EFI_E_ABSENT:
		return PROVISIONED_ABSENT;
	case PROVISIONED_E_BAD:
	case -EINVAL:
	case -EFBIG:
	case -E2BIG:
	case -ELOOP:
	case -EISDIR:
		return PROVISIONED_BROKEN;
	default:
		return PROVISIONED_UNREADABLE;
	}
}

/* A variable that may hold secrets. */
struct secret_data {
	uint8_t *bytes;
	size_t len;
};

static void secret_data_wipe(struct secret_data *data)
{
	if (data->bytes)
		secret_wipe_bytes(data->bytes, data->len);
	free(data->bytes);
}

#define _cleanup_secret_data_ _cleanup_(secret_data_wipe)

static int read_config(const struct efi_dir *efi, struct provisioned *p, struct error *error)
{
	_cleanup_secret_data_ struct secret_data data = { .bytes = NULL };
	int r = efi_read(efi, &efi_host_config, &data.bytes, &data.len, error);

	if (r != 0)
		return r;
	r = hostcfg_decode(data.bytes, data.len, &p->cfg, error);
	if (r < 0)
		return r;
	p->has_cfg = true;
	return hostcfg_check(&p->cfg, error);
}

static int read_host_key(const struct efi_dir *efi, struct provisioned *p, struct error *error)
{
	_cleanup_secret_data_ struct secret_data data = { .bytes = NULL };
	int r = efi_read(efi, &efi_host_key, &data.bytes, &data.len, error);

	if (r != 0)
		return r;
	r = hostkey_private_read(data.bytes, data.len, p->public, p->fingerprint, error);
	return r < 0 ? error_prefix(error, r, "STHostKey cannot be used") : 0;
}

void provisioned_read(const struct efi_dir *efi, struct provisioned *ret)
{
	*ret = (struct provisioned){ .hostname = NULL };
	ret->name.state =
		provisioned_state_of(provisioned_hostname(efi, &ret->hostname, &ret->name.error));
	ret->config.state = provisioned_state_of(read_config(efi, ret, &ret->config.error));
	ret->key.state = provisioned_state_of(read_host_key(efi, ret, &ret->key.error));
}

void provisioned_unknown(const struct error *error, struct provisioned *ret)
{
	const struct provisioned_part unknown = {
		.state = PROVISIONED_UNREADABLE,
		.error = *error,
	};

	*ret = (struct provisioned){ .name = unknown, .config = unknown, .key = unknown };
}

void provisioned_deinit(struct provisioned *p)
{
	free(p->hostname);
	p->hostname = NULL;
	if (p->has_cfg)
		hostcfg_deinit(&p->cfg);
	p->has_cfg = false;
}

static void add_reason(struct error *why, const char *text)
{
	size_t len = strlen(why->text);

	snprintf(why->text + len, sizeof(why->text) - len, "%s%s", len > 0 ? "; " : "", text);
}

size_t provisioned_warnings(const struct provisioned *p, struct error ret[PROVISIONED_WARNINGS_MAX])
{
	const char *url = p->has_cfg ? hostcfg_url_warning(&p->cfg) : NULL;
	size_t n = p->has_cfg ? hostcfg_warnings(&p->cfg, ret) : 0;

	if (url)
		(void)error_set(&ret[n++], 0, "%s", url);
	return n;
}

enum provisioned_state provisioned_verdict(const struct provisioned *p, struct error *ret_why)
{
	static const char *const predicates[] = {
		[PROVISIONED_ABSENT] = "",
		[PROVISIONED_BROKEN] = " is broken",
		[PROVISIONED_UNREADABLE] = " cannot be read",
	};
	const struct {
		const struct provisioned_part *part;
		const char *what;
	} rows[] = {
		{ &p->name, "host name" },
		{ &p->config, "host configuration" },
		{ &p->key, "host key" },
	};
	enum provisioned_state worst = PROVISIONED_GOOD;
	char text[64];

	*ret_why = ERROR_INIT;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		enum provisioned_state state = rows[i].part->state;
		worst = MIN(worst, state);
		if (state == PROVISIONED_GOOD)
			continue;
		snprintf(text, sizeof(text), "%s %s%s",
			state == PROVISIONED_ABSENT ? "there is no" : "the", rows[i].what,
			predicates[state]);
		add_reason(ret_why, text);
	}
	return worst;
}
