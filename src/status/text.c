/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `remote status` in words: see status.h. What was provisioned comes last, so that it is what
 * stays on a console that does not scroll back.
 */
#include "status/status.h"

#include <string.h>

#include "base/clock.h"
#include "base/columns.h"
#include "base/text.h"
#include "config.h"
#include "hostcfg/words.h"

/* More certificates and links are counted, not shown: --json has them all. */
#define CERTIFICATES_SHOWN 16
#define LINKS_SHOWN 64

/* --- network and clock --- */

static void print_addresses(FILE *out, const struct status *s, const struct link *link)
{
	struct columns columns = { .out = NULL };
	char text[NET_PREFIX_TEXT_MAX];

	for (size_t i = 0; i < s->addrs.n; i++) {
		if (s->addrs.items[i].index != link->index)
			continue;
		if (!columns.out)
			columns = columns_begin(out, "");
		net_prefix_format(&s->addrs.items[i].prefix, text);
		columns_word(&columns, text, strlen(text));
	}
	if (columns.out)
		columns_end(&columns);
}

static void print_link(FILE *out, const struct status *s, const struct link *link)
{
	char name[LINK_NAME_MAX * TEXT_PRINTABLE_GROWTH], mac[NET_MAC_TEXT_MAX] = "no MAC";
	char speed[32] = "";
	const char *driver = link->driver[0] ? link->driver : link->kind;

	text_printable(link->name, strlen(link->name), name, sizeof(name));
	if (link->has_mac)
		net_mac_format(link->mac, mac);
	if (link->carrier && link->speed > 0)
		snprintf(speed, sizeof(speed), ", %d Mbit/s", link->speed);
	columns_format(out, name, "%s, %s, %s%s", mac, driver[0] ? driver : "driver unknown",
		!link->up       ? "down"
		: link->carrier ? "carrier"
				: "no carrier",
		speed);
	print_addresses(out, s, link);
}

static void print_links(FILE *out, const struct status *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->links.n; i++)
		if (!s->links.items[i].loopback && n++ < LINKS_SHOWN)
			print_link(out, s, &s->links.items[i]);
	if (n > LINKS_SHOWN)
		columns_format(out, "", "and %zu more link%s", n - LINKS_SHOWN,
			text_plural(n - LINKS_SHOWN, "", "s"));
	if (n == 0 && !s->network_error.text[0])
		columns_text(out, "links", "none but the loopback (is a driver missing?)");
}

static void print_network(FILE *out, const struct status *s)
{
	char gateway[NET_ADDR_TEXT_MAX];

	print_links(out, s);
	for (size_t i = 0; i < s->gateways_n; i++) {
		const struct link *link = links_by_index(&s->links, s->gateways[i].index);
		net_addr_format(&s->gateways[i].addr, gateway);
		columns_format(out, "gateway", "%s%s%s", gateway, link ? " on " : "",
			link ? link->name : "");
	}
	if (s->network_error.text[0])
		columns_format(out, "network", "%s", s->network_error.text);
}

static void print_clock(FILE *out, const struct status *s)
{
	char now[CLOCK_TEXT_MAX], build[CLOCK_TEXT_MAX];

	clock_format_utc(s->now_s, now);
	clock_format_utc(STPROV_BUILD_DATE, build);
	if (status_clock_is_early(s))
		columns_format(
			out, "clock", "%s, which is wrong: this program was built %s", now, build);
	else
		columns_text(out, "clock", now);
}

/* --- EFI variables --- */

/* A part of what NVRAM holds beside another store. */
static const char *in_nvram(const struct provisioned_part *part)
{
	return part->state == PROVISIONED_ABSENT ? "none"
	       : part->state == PROVISIONED_GOOD ? "one"
						 : "one that cannot be used";
}

static void print_label_store(FILE *out, const struct status *s)
{
	columns_format(out, "store", "%s%s", s->store.dir.path,
		s->store.empty     ? ", which is not there"
		: s->store.unclean ? ", which was not unmounted"
				   : "");
	if (s->firmware)
		columns_format(out, "in NVRAM", "host config: %s, host name: %s, host key: %s",
			in_nvram(&s->nvram.config), in_nvram(&s->nvram.name),
			in_nvram(provisioned_host_key(&s->nvram).part));
}

static void print_usage(FILE *out, const struct status *s)
{
	const struct efi_usage *u = &s->usage;
	const char *label = s->store.kind == STORE_LABEL ? "room"
			    : s->store.dir.efivarfs      ? "NVRAM"
							 : "directory";

	if (s->store.kind == STORE_LABEL)
		print_label_store(out, s);
	if (s->store.empty)
		return;
	if (!s->has_usage) {
		columns_format(out, "variables", "%s", s->usage_error.text);
		return;
	}
	if (s->store.kind == STORE_EFI && !s->store.dir.efivarfs)
		columns_format(out, "variables", "in %s, a plain directory", s->efivars);
	if (u->room_known)
		columns_format(out, label, "%llu of %llu byte%s free",
			(unsigned long long)u->free_bytes, (unsigned long long)u->total_bytes,
			text_plural(u->total_bytes, "", "s"));
	else
		columns_text(out, label, "how much room is left is not known");
	/* The file system of a label is mounted by this command, for reading. */
	if (u->read_only && s->store.kind == STORE_EFI)
		columns_text(out, "", "mounted read-only");
	columns_format(out, "", "%zu variable%s: %llu byte%s%s", u->variables,
		text_plural(u->variables, "", "s"), (unsigned long long)u->variables_bytes,
		text_plural(u->variables_bytes, "", "s"), u->largest_n > 0 ? ", the largest:" : "");
	for (size_t i = 0; i < u->largest_n; i++)
		columns_format(out, "", "%llu %s", (unsigned long long)u->largest[i].bytes,
			u->largest[i].name);
	if (u->dumps > 0)
		columns_format(out, "", "%zu crash dump%s dump-type0-*: %llu byte%s", u->dumps,
			text_plural(u->dumps, "", "s"), (unsigned long long)u->dumps_bytes,
			text_plural(u->dumps_bytes, "", "s"));
}

static void print_secure_boot(FILE *out, const struct status *s)
{
	const struct status_flag *setup = &s->setup_mode, *on = &s->secure_boot;

	/* That there is no directory was printed above. */
	if (s->store.dir.fd < 0)
		return;
	if (!s->firmware) {
		columns_format(out, "Secure Boot", "not known: %s", s->firmware_error.text);
		return;
	}
	columns_format(out, "Secure Boot", "%s, %s",
		!on->known  ? "not known whether it is on"
		: on->value ? "on"
			    : "off",
		!setup->known  ? "not known whether this is Setup Mode"
		: setup->value ? "Setup Mode: keys can be set"
			       : "not in Setup Mode");
	if (!on->known)
		columns_format(out, "", "%s", on->error.text);
	if (!setup->known)
		columns_format(out, "", "%s", setup->error.text);
}

static void print_certificates(FILE *out, const struct status_keys *keys)
{
	for (size_t i = 0; i < MIN(keys->certificates_n, (size_t)CERTIFICATES_SHOWN); i++) {
		const struct status_certificate *c = &keys->certificates[i];
		columns_text(out, "", c->subject[0] ? c->subject : "(no certificate)");
		columns_text(out, "", c->sha256);
	}
	if (keys->certificates_n > CERTIFICATES_SHOWN)
		columns_format(out, "", "and %zu more", keys->certificates_n - CERTIFICATES_SHOWN);
}

/* `2 certificates, 14 hashes`; what there is none of is not said. */
static void print_counts(FILE *out, const struct status_keys *keys)
{
	const struct {
		size_t n;
		const char *one, *several;
	} rows[] = {
		{ keys->certificates_n, "certificate", "certificates" },
		{ keys->hashes, "hash", "hashes" },
		{ keys->others, "of another type", "of other types" },
	};
	char text[128] = "";
	size_t len = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].n > 0)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%zu %s",
				len > 0 ? ", " : "", rows[i].n,
				rows[i].n == 1 ? rows[i].one : rows[i].several);
	columns_text(out, keys->name->name, text);
}

static void print_keys(FILE *out, const struct status_keys *keys)
{
	if (keys->state == PROVISIONED_ABSENT) {
		columns_text(out, keys->name->name, "none");
		return;
	}
	if (keys->certificates_n + keys->hashes + keys->others == 0) {
		columns_format(out, keys->name->name, "%s", keys->error.text);
		return;
	}
	print_counts(out, keys);
	if (keys->name == &efi_pk && keys->certificates_n > 0)
		columns_format(out, "", "owner %s", keys->certificates[0].owner);
	print_certificates(out, keys);
	if (keys->state != PROVISIONED_GOOD)
		columns_format(out, "", "%s", keys->error.text);
}

/* --- what was provisioned --- */

/* A part that is not good; false if it is, or if there is nothing to print. */
static bool print_bad(
	FILE *out, const char *label, const struct provisioned_part *part, bool absent_too)
{
	if (part->state == PROVISIONED_GOOD)
		return false;
	if (part->state != PROVISIONED_ABSENT)
		columns_format(out, label, "%s", part->error.text);
	else if (absent_too)
		columns_text(out, label, "none");
	return true;
}

/* Its words; a URL that is longer than a line is broken here, since it is masked anyway. */
static void print_words(FILE *out, const struct hostcfg *cfg)
{
	_cleanup_free_ char *words = NULL;
	char *rest;

	if (hostcfg_format_words(cfg, &words) < 0) {
		columns_text(out, "", "no memory to show it");
		return;
	}
	rest = words;
	for (const char *line; (line = strsep(&rest, "\n")) && (rest || *line);) {
		if (strlen(line) <= COLUMNS_WIDTH)
			fprintf(out, "%s\n", line);
		else
			columns_text(out, "", line);
	}
}

static void print_config(FILE *out, const struct provisioned *p, bool absent_too)
{
	char old[HOSTCFG_OLD_TEXT_MAX];
	struct error warnings[PROVISIONED_WARNINGS_MAX];

	if (p->config.state == PROVISIONED_GOOD)
		columns_text(out, "host config", "stboot would take it:");
	else if (p->config.state == PROVISIONED_BROKEN)
		columns_format(out, "host config", "stboot would refuse it: %s%s",
			p->config.error.text, p->has_cfg ? ":" : "");
	else
		(void)print_bad(out, "host config", &p->config, absent_too);
	if (!p->has_cfg)
		return;
	print_words(out, &p->cfg);
	hostcfg_format_old(p->cfg.old, old);
	if (old[0])
		columns_format(out, "older form", "%s", old);
	size_t n = provisioned_warnings(p, warnings);
	for (size_t i = 0; i < n; i++)
		columns_text(out, i == 0 ? "warning" : "", warnings[i].text);
}

static void print_certificate(FILE *out, const struct provisioned *p, bool absent_too)
{
	const struct hostkey_certificate *c = &p->certificate_content;
	char end[CLOCK_TEXT_MAX];

	if (print_bad(out, "certificate", &p->certificate, absent_too))
		return;
	hostkey_certificate_format_end(c->valid_before, end);
	columns_format(out, "certificate", "of %s, ends %s", c->principals, end);
	columns_format(out, "", "CA %s, key ID %s", c->ca_fingerprint, c->key_id);
}

static void print_files(FILE *out, const struct provisioned *p, bool absent_too)
{
	for (size_t i = 0; i < p->listed_n; i++) {
		const struct provisioned_listed *file = &p->listed[i];
		const char *label = i == 0 ? "files" : "", *name = hostfile_name_of(file->variable);
		if (file->part.state == PROVISIONED_GOOD)
			columns_format(out, label, "%s, %zu byte%s, %s", name, file->len,
				text_plural(file->len, "", "s"),
				file->encrypted ? "encrypted" : "plain");
		else
			columns_format(out, label, "%s: %s", name, file->part.error.text);
	}
	(void)print_bad(out, p->listed_n == 0 ? "files" : "", &p->files, absent_too);
}

/* The key that counts. @tpm: whether a sealed one opens; NULL: that was not asked. */
static void print_key(
	FILE *out, const struct provisioned *p, const struct status_tpm *tpm, bool absent_too)
{
	const struct provisioned_counting key = provisioned_host_key(p);

	if (print_bad(out, "host key", key.part, absent_too))
		return;
	if (!key.sealed)
		columns_text(out, "host key", key.fingerprint);
	else if (!tpm)
		columns_format(out, "host key", "%s, sealed", key.fingerprint);
	else if (tpm->opens == STATUS_TPM_OPENS)
		columns_format(out, "host key", "%s, sealed, opens now", key.fingerprint);
	else if (tpm->opens == STATUS_TPM_OPENS_NOT)
		columns_format(out, "host key", "%s, %s", key.fingerprint, tpm->why_not.text);
	else
		columns_format(out, "host key", "%s, sealed, not known whether it opens: %s",
			key.fingerprint, tpm->why_not.text);
	/* Not in columns: a line that is copied must be whole. */
	fprintf(out, "public key\n%s\n", key.public);
}

static void print_tpm(FILE *out, const struct status_tpm *tpm)
{
	char text[STATUS_TPM_TEXT_MAX];

	status_tpm_format(tpm, text);
	columns_format(out, "TPM", "%s", text);
}

void status_print_provisioned(
	FILE *out, const struct provisioned *p, const struct status_tpm *tpm, bool absent_too)
{
	print_config(out, p, absent_too);
	if (!print_bad(out, "host name", &p->name, absent_too))
		columns_format(out, "host name", "%s", p->hostname);
	print_key(out, p, tpm, absent_too);
	if (provisioned_has_both_keys(p))
		columns_text(out, "warning", PROVISIONED_BOTH_KEYS);
	print_certificate(out, p, absent_too);
	print_files(out, p, absent_too);
}

void status_print(FILE *out, const struct status *s)
{
	enum provisioned_state verdict;
	struct error why;

	print_clock(out, s);
	print_network(out, s);
	fputc('\n', out);
	print_usage(out, s);
	print_secure_boot(out, s);
	print_tpm(out, &s->tpm);
	if (s->store.dir.fd < 0) {
		columns_text(out, "provisioned", "not known");
		return;
	}
	for (size_t i = 0; s->firmware && i < STATUS_KEYS; i++)
		print_keys(out, &s->keys[i]);
	fputc('\n', out);
	status_print_provisioned(out, &s->provisioned, &s->tpm, true);
	verdict = status_verdict(s, &why);
	columns_format(out, "provisioned", "%s%s",
		verdict == PROVISIONED_GOOD         ? "yes"
		: verdict == PROVISIONED_UNREADABLE ? "not known: "
						    : "no: ",
		why.text);
}
