/* SPDX-License-Identifier: BSD-2-Clause */
/* `host status` in words: see status.h. */
#include "host/status.h"

#include <string.h>

#include "base/columns.h"
#include "base/text.h"

/* A part that is not good; false if it is. */
static bool print_bad(FILE *out, const char *label, const struct provisioned_part *part)
{
	if (part->state == PROVISIONED_GOOD)
		return false;
	if (part->state == PROVISIONED_ABSENT)
		columns_text(out, label, "none");
	else
		columns_format(out, label, "%s", part->error.text);
	return true;
}

static void print_certificate(FILE *out, const struct host_certificate *certificate)
{
	const struct hostkey_certificate *c = &certificate->content;
	char end[CLOCK_TEXT_MAX];

	if (print_bad(out, "certificate", &certificate->part))
		return;
	hostkey_certificate_format_end(c->valid_before, end);
	columns_format(out, "certificate", "of %s, ends %s", c->principals, end);
	columns_format(out, "", "CA %s, key ID %s", c->ca_fingerprint, c->key_id);
}

static void print_network(FILE *out, const struct host_config *config)
{
	char address[NET_PREFIX_TEXT_MAX], gateway[NET_ADDR_TEXT_MAX];

	if (print_bad(out, "network", &config->part))
		return;
	if (config->cfg.mode == HOSTCFG_DHCP) {
		columns_text(out, "network", "DHCP");
		return;
	}
	net_prefix_format(&config->cfg.host_ip, address);
	net_addr_format(&config->cfg.gateway, gateway);
	columns_format(out, "network", "static, %s, gateway %s", address, gateway);
}

static void print_file(FILE *out, const char *label, const struct host_status_file *file)
{
	if (file->part.state == PROVISIONED_ABSENT)
		columns_format(out, label, "%s: permitted, not provisioned", file->name);
	else if (file->part.state != PROVISIONED_GOOD)
		columns_format(out, label, "%s: %s", file->name, file->part.error.text);
	else if (file->path[0])
		columns_format(out, label, "%s, %zu byte%s, to %s", file->name, file->len,
			text_plural(file->len, "", "s"), file->path);
	else
		columns_format(out, label, "%s, %zu byte%s, not installed: no line in /%s",
			file->name, file->len, text_plural(file->len, "", "s"),
			OSPKG_CONF_FILES_PATH);
}

static void print_files(FILE *out, const struct host_status *s)
{
	for (size_t i = 0; i < s->files_n; i++)
		print_file(out, i == 0 ? "files" : "", &s->files[i]);
	if (s->files_error.text[0])
		columns_format(out, s->files_n == 0 ? "files" : "", "%s", s->files_error.text);
	else if (s->files_n == 0)
		columns_text(out, "files", "none");
}

void host_status_print(FILE *out, const struct host_status *s)
{
	enum provisioned_state verdict = host_status_verdict(s);

	if (s->store == STORE_LABEL)
		columns_text(out, "store", s->path);
	else
		columns_format(out, "store", "EFI variables in %s%s", s->path,
			s->efivarfs ? "" : ", a plain directory");
	if (!print_bad(out, "host key", &s->key.part))
		columns_format(out, "host key", "%s, %s", s->key.fingerprint,
			s->key.sealed ? "sealed, opens now" : "not sealed");
	print_certificate(out, &s->certificate);
	if (!print_bad(out, "host name", &s->name.part))
		columns_format(out, "host name", "%s", s->name.text);
	print_network(out, &s->config);
	print_files(out, s);
	columns_text(out, "all there",
		verdict == PROVISIONED_GOOD         ? "yes"
		: verdict == PROVISIONED_UNREADABLE ? "not known"
						    : "no");
}
