/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pcr7/pcr7.h: predictions that were seen at the next boot, and what is refused. Logs that are not
 * among the vectors are made of those that are.
 */
#include "vectors.h"

#include <errno.h>

#include "bootlog.h"
#include "crypto/x509.h"
#include "efi/auth.h"
#include "pcr7/measured.h"

#define DRIVER_CONFIG 0x80000001u
#define AUTHORITY 0x800000e0u
#define OWNER_SIZE 16

static struct error error;

/* What is predicted from; made by set_up(), altered by a test, asked by predict(). */
static struct {
	struct bootlog log;
	uint8_t bytes[EVENTLOG_MAX];
	uint8_t quoted[EVENTLOG_PCRS][32];
	struct efi_secureboot_keys keys;
	uint8_t auths[EFI_SB_N][8192];
	uint8_t boot[4096], image[4096];
	struct pcr7_question question;
} now;

static json_t *part(const char *name)
{
	return json_object_get(json_object_get(vectors, "pcr7"), name);
}

static size_t certificate(const char *name, uint8_t *out)
{
	const json_t *issued = json_object_get(vectors, "issued");
	const char *text = text_of(part("certificates"), name);

	return base64_into(text ? text : row_text(issued, name), out, 4096);
}

static void give_certificates(const char *boot, const char *image)
{
	now.question.boot_cert = (struct efi_blob){ now.boot, certificate(boot, now.boot) };
	now.question.image_cert = (struct efi_blob){ NULL, 0 };
	if (image)
		now.question.image_cert =
			(struct efi_blob){ now.image, certificate(image, now.image) };
}

static void give_key(enum efi_sb which)
{
	const char *text = row_text(part("auth_files"), efi_sb_variables[which].name->name);

	now.keys.blobs[which] = (struct efi_blob){ now.auths[which],
		base64_into(text, now.auths[which], sizeof(now.auths[which])) };
	now.question.keys = &now.keys;
}

static void give_keys(void)
{
	for (int i = 0; i < EFI_SB_N; i++)
		give_key((enum efi_sb)i);
}

/* One EFI_SIGNATURE_DATA: owner and certificate. */
static size_t entry_of(const char *cert, uint8_t *out)
{
	const json_t *cases = part("cases");
	uint8_t authority[2048];

	/* The owner is that of the cases. */
	const json_t *authorities = json_object_get(json_array_get(cases, 1), "authorities");
	base64_into(
		json_string_value(json_array_get(authorities, 0)), authority, sizeof(authority));
	memcpy(out, authority, OWNER_SIZE);
	return OWNER_SIZE + certificate(cert, out + OWNER_SIZE);
}

static void set_authority(struct bootlog_event *event, const char *cert)
{
	uint8_t entry[4096];
	size_t len = entry_of(cert, entry);

	bootlog_set_variable(event, AUTHORITY, "db", true, entry, len);
}

/* The event of a variable; in these logs they are in their order. */
static struct bootlog_event *variable(enum pcr7_variable which)
{
	return &now.log.events[bootlog_find(&now.log, 7, DRIVER_CONFIG, which)];
}

static void set_variable(enum pcr7_variable which, const uint8_t *data, size_t len)
{
	static const char *const names[] = { "SecureBoot", "PK", "KEK", "db", "dbx" };

	bootlog_set_variable(
		variable(which), DRIVER_CONFIG, names[which], which >= PCR7_DB, data, len);
}

static void switch_on(void)
{
	set_variable(PCR7_SECURE_BOOT, (const uint8_t *)"\1", 1);
}

/* r5b: Secure Boot on, without dbx; an option ROM that is signed as the image is. */
static void make_r5b(void)
{
	static const char *const names[] = { NULL, "PK", "KEK", "db" };
	uint8_t data[4096];

	switch_on();
	for (int i = PCR7_PK; i <= PCR7_DB; i++) {
		const json_t *row = json_array_get(part("cases"), 1);
		size_t len = base64_into(row_text(row, names[i]), data, sizeof(data));
		set_variable((enum pcr7_variable)i, data, len);
	}
	set_authority(bootlog_insert(&now.log, bootlog_find(&now.log, 2, 0x80000004, 0)), "prov");
}

/* A question on a log of this name, without keys and certificates. */
static void set_up(const char *name)
{
	const char *have = strcmp(name, "r2b") == 0   ? "r2c"
			   : strcmp(name, "r5b") == 0 ? "r5a"
						      : name;
	size_t len = log_bytes(have, now.bytes);

	memset(&now.keys, 0, sizeof(now.keys));
	now.question = (struct pcr7_question){ .log = now.bytes, .quoted = now.quoted };
	bootlog_read(&now.log, now.bytes, len);
	/* r2b is r2c by another image, which the last authority says. */
	if (strcmp(name, "r2b") == 0)
		set_authority(&now.log.events[bootlog_find(&now.log, 7, AUTHORITY, 0)], "prov");
	else if (strcmp(name, "r5b") == 0)
		make_r5b();
}

/* The platform quotes what its log says. */
static void quote(void)
{
	struct eventlog_replay replay;

	now.question.log_len = bootlog_write(&now.log, now.bytes);
	tap_eq_int(eventlog_replay(now.bytes, now.question.log_len, &replay, &error), 0);
	memcpy(now.quoted, replay.values, sizeof(now.quoted));
}

static int predict(struct pcr7_prediction *ret)
{
	error = ERROR_INIT;
	quote();
	return pcr7_predict(&now.question, ret, &error);
}

#define predicts(want_hex)                                                                         \
	do {                                                                                       \
		struct pcr7_prediction p_ = { .pcr7 = { 0 } };                                     \
		char hex_[65] = "";                                                                \
		tap_eq_int(predict(&p_), 0);                                                       \
		tap_eq_text(error.text, "");                                                       \
		text_format_hex(p_.pcr7, 32, hex_);                                                \
		tap_eq_text(hex_, want_hex);                                                       \
	} while (0)

/* The sentence begins so. */
#define refuses(want)                                                                              \
	do {                                                                                       \
		struct pcr7_prediction p_;                                                         \
		tap_eq_int(predict(&p_), -EINVAL);                                                 \
		if (strncmp(error.text, want, strlen(want)) != 0)                                  \
			tap_eq_text(error.text, want);                                             \
	} while (0)

static bool two_steps_are_said(void)
{
	return strstr(error.text, "; write the keys now without --seal secure-boot, start ") &&
	       !strstr(error.text, "...");
}

/* -- what was seen ---------------------------------------------------------------------------- */

static void variables_have_the_digests_of_the_log(void)
{
	static const char *const names[] = { NULL, "PK", "KEK", "db", "dbx" };
	const json_t *row;
	size_t i;

	json_array_foreach(part("cases"), i, row)
	{
		const json_t *digests = json_object_get(row, "event_digests");
		for (int k = 0; k < PCR7_VARIABLES; k++) {
			uint8_t data[4096], digest[32];
			char hex[65];
			struct pcr7_part value = { data, 1 };
			if (k == PCR7_SECURE_BOOT)
				text_parse_hex(row_text(row, "secure_boot"), data, 1);
			else
				value.len =
					base64_into(row_text(row, names[k]), data, sizeof(data));
			tap_eq_int(
				pcr7_variable_digest((enum pcr7_variable)k, &value, digest, &error),
				0);
			text_format_hex(digest, 32, hex);
			tap_eq_text(hex, json_string_value(json_array_get(digests, (size_t)k)));
		}
	}
	tap_eq_int(i, 3);
}

static void logs_that_were_made_are_those_that_were_seen(void)
{
	const json_t *row = json_array_get(part("cases"), 2);
	char hex[65];

	set_up("r2b");
	quote();
	text_format_hex(now.quoted[7], 32, hex);
	tap_eq_text(row_text(row, "seen_in"), "r2b");
	tap_eq_text(hex, row_text(row, "pcr7"));
}

static void predictions_are_what_was_seen_at_the_next_boot(void)
{
	const json_t *row, *key;
	size_t i, k;
	int done = 0;

	json_array_foreach(json_object_get(part("predictions"), "cases"), i, row)
	{
		if (!text_of(row, "pcr7"))
			continue;
		set_up(row_text(row, "log"));
		json_array_foreach(json_object_get(row, "new"), k,
			key) for (int v = 0; v < EFI_SB_N;
				  v++) if (strcmp(json_string_value(key),
						   efi_sb_variables[v].name->name) == 0)
			give_key((enum efi_sb)v);
		give_certificates(row_text(row, "boot_cert"), text_of(row, "image_cert"));
		predicts(row_text(row, "pcr7"));
		done++;
	}
	tap_eq_int(done, 4);
}

static void the_policy_is_that_of_the_predicted_value(void)
{
	const json_t *row = json_object_get(vectors, "policy");
	struct pcr7_prediction p = { .pcr7 = { 0 } };
	char hex[65];

	set_up("r2a");
	give_keys();
	give_certificates("stboot", NULL);
	predicts(row_text(row, "value"));
	tap_eq_int(predict(&p), 0);
	text_format_hex(p.policy, 32, hex);
	tap_eq_text(hex, row_text(row, "policy_digest"));
}

/* A run of signature lists with one certificate each, in this order, as the log's db. */
static void set_db(const char *const *certs, size_t n)
{
	static const uint8_t x509[] = { 0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a, 0x87, 0xb5,
		0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72 };
	uint8_t lists[4000], entry[4096];
	struct bytes_writer w = bytes_writer(lists, sizeof(lists));

	for (size_t i = 0; i < n; i++) {
		size_t len = entry_of(certs[i], entry);
		bytes_write(&w, x509, sizeof(x509));
		bootlog_le32(&w, (uint32_t)(28 + len));
		bootlog_le32(&w, 0);
		bootlog_le32(&w, (uint32_t)len);
		bytes_write(&w, entry, len);
	}
	tap_ok(bytes_writer_ok(&w));
	set_variable(PCR7_DB, lists, w.len);
}

static void a_certificate_in_pem_is_the_same(void)
{
	const char *text = row_text(json_object_get(vectors, "issued"), "boot_pem");
	struct pcr7_prediction der, pem;

	set_up("r2c");
	set_db((const char *const[]){ "boot" }, 1);
	give_certificates("boot", "stboot");
	tap_eq_int(predict(&der), 0);
	now.question.boot_cert = (struct efi_blob){ (const uint8_t *)text, strlen(text) };
	tap_eq_int(predict(&pem), 0);
	tap_eq_bytes(der.pcr7, 32, pem.pcr7, 32);
}

/* -- what is refused -------------------------------------------------------------------------- */

static void keys_again_with_secure_boot_on_are_refused(void)
{
	set_up("r2c");
	give_keys();
	give_certificates("stboot", NULL);
	refuses("Secure Boot is on already: leave the keys out, ");
}

static void another_image_than_said_is_refused(void)
{
	set_up("r2c");
	give_certificates("stboot", "prov");
	refuses("the last authority in PCR 7 is not the certificate of this image: give with "
		"--image-cert ");
	/* No authority at all. */
	bootlog_drop(&now.log, bootlog_find(&now.log, 7, AUTHORITY, 0));
	refuses("the last authority in PCR 7 is not the certificate of this image: ");
}

static void events_of_other_types_are_refused(void)
{
	set_up("r2a");
	struct bootlog_event *event = bootlog_insert(&now.log, 3);
	event->pcr = 7;
	event->type = 0x80000007;
	event->len = 15;
	memcpy(event->data, "UEFI Debug Mode", 15);
	give_keys();
	give_certificates("stboot", NULL);
	refuses("PCR 7 has an event of type 0x80000007 (EV_EFI_ACTION), ");
	now.log.events[3].type = 0x12345678;
	refuses("PCR 7 has an event of type 0x12345678, ");
	/* What extends nothing counts for nothing. */
	now.log.events[3].type = 3;
	predicts("0e668edd15bc872156a6929ba25e2a66313396913d421dc5175d2100faaac183");
}

static void the_separator_is_there_once_and_says_no_error(void)
{
	set_up("r2c");
	give_certificates("prov", "stboot");
	size_t at = bootlog_find(&now.log, 7, 4, 0);
	now.log.events[at].data[0] = 1;
	bootlog_measure(&now.log.events[at]);
	refuses("PCR 7 has a separator of an error: ");
	set_up("r2c");
	give_certificates("prov", "stboot");
	struct bootlog_event copy = now.log.events[at];
	*bootlog_insert(&now.log, at) = copy;
	refuses("PCR 7 has two separators");
	bootlog_drop(&now.log, at);
	bootlog_drop(&now.log, at);
	refuses("PCR 7 has no separator after its variables");
}

static void a_log_that_the_quote_contradicts_is_refused(void)
{
	struct pcr7_prediction p;

	set_up("r2c");
	give_certificates("prov", "stboot");
	quote();
	now.quoted[7][0] ^= 1;
	tap_eq_int(pcr7_predict(&now.question, &p, &error), -EINVAL);
	tap_eq_text(error.text,
		"the boot log does not explain PCR 7, so its next value cannot be predicted");
}

static void a_digest_that_is_not_of_its_data_is_refused(void)
{
	set_up("r2c");
	give_certificates("prov", "stboot");
	/* The replay agrees with the quote; what the log says was measured was not. */
	variable(PCR7_KEK)->data[100] ^= 1;
	refuses("KEK in the boot log is not what was measured into PCR 7");
	set_up("r2c");
	give_certificates("prov", "stboot");
	variable(PCR7_KEK)->len++;
	bootlog_measure(variable(PCR7_KEK));
	refuses("PCR 7 has a malformed variable in the boot log");
	variable(PCR7_KEK)->len = 20;
	refuses("PCR 7 has a malformed variable in the boot log");
}

static void each_variable_is_there_once(void)
{
	for (unsigned i = 0; i < PCR7_VARIABLES; i++) {
		set_up("r2c");
		give_certificates("prov", "stboot");
		size_t at = bootlog_find(&now.log, 7, DRIVER_CONFIG, i);
		struct bootlog_event copy = now.log.events[at];
		*bootlog_insert(&now.log, at) = copy;
		refuses("PCR 7 has the variable ");
		bootlog_drop(&now.log, at);
		bootlog_drop(&now.log, at);
		refuses("PCR 7 has no variable ");
	}
	set_up("r2c");
	set_variable(PCR7_SECURE_BOOT, (const uint8_t *)"\2", 1);
	give_certificates("prov", "stboot");
	refuses("SecureBoot in the boot log is neither 0 nor 1");
}

static void an_update_for_appending_is_refused(void)
{
	set_up("r2a");
	give_keys();
	give_certificates("stboot", NULL);
	now.keys.append[EFI_SB_DBX] = true;
	refuses("dbx is signed for appending, ");
	tap_ok(two_steps_are_said());
}

static void without_new_keys_secure_boot_must_be_on(void)
{
	set_up("r2a");
	give_certificates("stboot", NULL);
	refuses("Secure Boot is off, and this run sets no keys: ");
	/* Keys are set, and it is switched off. */
	set_up("r2c");
	set_variable(PCR7_SECURE_BOOT, (const uint8_t *)"\0", 1);
	give_certificates("stboot", NULL);
	refuses("Secure Boot is off, and this run sets no keys: ");
	give_keys();
	refuses("PK is set already, and Secure Boot is off: ");
	set_up("r2a");
	give_certificates("stboot", NULL);
	give_key(EFI_SB_DB);
	refuses("without a PK Secure Boot stays off: ");
	/* A malformed one. */
	give_keys();
	now.keys.blobs[EFI_SB_KEK].len--;
	refuses("KEK: ");
}

static void an_option_rom_is_refused_where_its_key_is_not_known(void)
{
	set_up("r5a");
	give_keys();
	give_certificates("stboot", NULL);
	refuses("this machine started an option ROM, ");
	tap_ok(two_steps_are_said());
	/* A runtime driver is one, too; one that is not of PCR 2 is not. */
	size_t at = bootlog_find(&now.log, 2, 0x80000004, 0);
	now.log.events[at].type = 0x80000005;
	refuses("this machine started an option ROM, ");
	now.log.events[at].pcr = 4;
	predicts("0e668edd15bc872156a6929ba25e2a66313396913d421dc5175d2100faaac183");
}

static void an_option_rom_of_the_image_s_certificate_is_refused(void)
{
	static const char sentence[] =
		"an option ROM of this machine is signed by the image's certificate too, ";

	set_up("r5b");
	give_certificates("stboot", "prov");
	refuses(sentence);
	/* Measured after the driver, before the boot: still the option ROM's. */
	size_t at = bootlog_find(&now.log, 7, AUTHORITY, 0);
	struct bootlog_event authority = now.log.events[at], driver = now.log.events[at + 1];
	now.log.events[at] = driver;
	now.log.events[at + 1] = authority;
	refuses(sentence);
	/* The image's own, which is another one: only that is taken off. */
	set_up("r5b");
	set_authority(&now.log.events[at], "stboot");
	set_authority(bootlog_insert(&now.log, bootlog_find(&now.log, 4, 0x80000003, 0)), "prov");
	give_certificates("stboot", "prov");
	struct pcr7_prediction p;
	tap_eq_int(predict(&p), 0);
	bootlog_drop(&now.log, bootlog_find(&now.log, 7, AUTHORITY, 1));
	quote();
	tap_eq_bytes(p.pcr7, 32, now.quoted[7], 32);
}

static void the_boot_certificate_is_an_entry_of_db(void)
{
	struct pcr7_prediction p;

	set_up("r2c");
	set_db((const char *const[]){ "stboot", "prov" }, 2);
	give_certificates("boot", "stboot");
	refuses("--boot-cert: this certificate is not in db; ");
	set_db((const char *const[]){ "stboot", "ca" }, 2);
	refuses("--boot-cert: this certificate is not in db, only the one that issued it is; ");
	set_db((const char *const[]){ "ca", "stboot", "boot" }, 3);
	refuses("--boot-cert: db has the certificate that issued it before it, ");
	set_db((const char *const[]){ "stboot", "boot", "ca" }, 3);
	tap_eq_int(predict(&p), 0);
	/* A CA that is the boot certificate itself signed itself. */
	give_certificates("ca", "stboot");
	tap_eq_int(predict(&p), 0);
	set_variable(PCR7_DB, (const uint8_t *)"short", 5);
	refuses("db has a truncated signature list");
	/* Of a run with keys it is the new db that counts. */
	set_up("r2a");
	give_keys();
	give_certificates("boot", NULL);
	refuses("--boot-cert: this certificate is not in db; ");
}

static void certificates_are_one_certificate_each(void)
{
	set_up("r2c");
	give_certificates("stboot", "prov");
	now.question.image_cert.len--;
	refuses("--image-cert: not an X.509 certificate, neither in PEM nor in DER");
	now.question.boot_cert.len++;
	refuses("--boot-cert: not an X.509 certificate, neither in PEM nor in DER");

	static char two[2 * CRYPTO_CERT_FILE_MAX];
	const char *text = row_text(json_object_get(vectors, "issued"), "boot_pem");
	int len = snprintf(two, sizeof(two), "%s%s", text, text);
	now.question.boot_cert = (struct efi_blob){ (const uint8_t *)two, (size_t)len };
	refuses("--boot-cert: more than one certificate");
	len = snprintf(two, sizeof(two), "%s%*s", text, CRYPTO_CERT_FILE_MAX, "");
	now.question.boot_cert.len = (size_t)len;
	refuses("--boot-cert: too large for a certificate");
}

/* -- firmware that measures otherwise ---------------------------------------------------------- */

/* The prediction is the log's PCR 7, after the log was made that of the next boot. */
static void check_next_boot(const struct pcr7_prediction *p)
{
	quote();
	tap_eq_bytes(p->pcr7, 32, now.quoted[7], 32);
}

static void next_image_is_of(size_t nth_authority, const char *cert)
{
	set_authority(&now.log.events[bootlog_find(&now.log, 7, AUTHORITY, nth_authority)], cert);
}

static void add_variable_before_the_separator(void)
{
	bootlog_set_variable(bootlog_insert(&now.log, bootlog_find(&now.log, 7, 4, 0)),
		DRIVER_CONFIG, "dbr", true, NULL, 0);
}

/* From Setup Mode it cannot be predicted; with the keys set only the last authority changes. */
static void other_variables_are_predicted_in_two_steps(void)
{
	struct pcr7_prediction p;

	set_up("r2a");
	add_variable_before_the_separator();
	give_keys();
	give_certificates("stboot", NULL);
	refuses("PCR 7 has another variable than SecureBoot, PK, KEK, db and dbx; ");
	tap_ok(two_steps_are_said());

	set_up("r2b");
	add_variable_before_the_separator();
	give_certificates("stboot", "prov");
	tap_eq_int(predict(&p), 0);
	next_image_is_of(0, "stboot");
	check_next_boot(&p);
}

static void exchange_db_and_dbx(void)
{
	size_t at = bootlog_find(&now.log, 7, DRIVER_CONFIG, PCR7_DB);
	struct bootlog_event db = now.log.events[at];

	now.log.events[at] = now.log.events[at + 1];
	now.log.events[at + 1] = db;
}

static void another_order_is_predicted_in_two_steps(void)
{
	struct pcr7_prediction p;

	set_up("r2a");
	exchange_db_and_dbx();
	give_keys();
	give_certificates("stboot", NULL);
	refuses("PCR 7 has its variables in another order; ");
	tap_ok(two_steps_are_said());

	set_up("r2b");
	exchange_db_and_dbx();
	give_certificates("stboot", "prov");
	tap_eq_int(predict(&p), 0);
	next_image_is_of(0, "stboot");
	check_next_boot(&p);
}

/* Option ROMs' authorities before the separator, the image's after it. */
static void an_early_authority_stays_where_it_is(void)
{
	struct pcr7_prediction p;

	set_up("r2b");
	set_authority(bootlog_insert(&now.log, bootlog_find(&now.log, 7, 4, 0)), "boot");
	give_certificates("stboot", "prov");
	tap_eq_int(predict(&p), 0);
	next_image_is_of(1, "stboot");
	check_next_boot(&p);
}

static void the_image_s_authority_is_the_last_event(void)
{
	static const char sentence[] =
		"the last authority in PCR 7 is not the certificate of this image: ";

	set_up("r2b");
	size_t at = bootlog_find(&now.log, 7, AUTHORITY, 0);
	struct bootlog_event image = now.log.events[at];
	bootlog_drop(&now.log, at);
	*bootlog_insert(&now.log, bootlog_find(&now.log, 7, 4, 0)) = image;
	give_certificates("stboot", "prov");
	refuses(sentence);
	/* A variable of that name is not db unless it is of its GUID; shim's are others. */
	set_up("r2b");
	uint8_t entry[4096];
	size_t len = entry_of("prov", entry);
	at = bootlog_find(&now.log, 7, AUTHORITY, 0);
	bootlog_set_variable(&now.log.events[at], AUTHORITY, "db", false, entry, len);
	give_certificates("stboot", "prov");
	refuses(sentence);
	set_up("r2b");
	bootlog_set_variable(
		bootlog_insert(&now.log, now.log.n), AUTHORITY, "MokList", false, entry, len);
	give_certificates("stboot", "prov");
	refuses(sentence);
	/* Without Secure Boot none vouches. */
	set_up("r2a");
	set_authority(bootlog_insert(&now.log, now.log.n), "prov");
	give_keys();
	give_certificates("stboot", NULL);
	refuses("PCR 7 has an authority although Secure Boot is off; ");
	tap_ok(two_steps_are_said());
}

static void what_vouched_before_is_not_measured_twice(void)
{
	struct pcr7_prediction p;

	set_up("r2b");
	set_authority(bootlog_insert(&now.log, bootlog_find(&now.log, 7, AUTHORITY, 0)), "stboot");
	give_certificates("stboot", "prov");
	tap_eq_int(predict(&p), 0);
	bootlog_drop(&now.log, bootlog_find(&now.log, 7, AUTHORITY, 1));
	check_next_boot(&p);
}

/* Firmware that measures a certificate again does so again. */
static void one_certificate_for_both_changes_nothing(void)
{
	struct pcr7_prediction p;

	set_up("r2b");
	set_authority(bootlog_insert(&now.log, bootlog_find(&now.log, 7, AUTHORITY, 0)), "prov");
	give_certificates("prov", NULL);
	tap_eq_int(predict(&p), 0);
	check_next_boot(&p);
}

/* Without an option ROM the last authority is the image's, wherever PCR 4's separator is. */
static void an_early_image_is_not_an_option_rom(void)
{
	struct pcr7_prediction p;

	set_up("r2b");
	size_t at = bootlog_find(&now.log, 7, AUTHORITY, 0);
	struct bootlog_event image = now.log.events[at];
	bootlog_drop(&now.log, at);
	*bootlog_insert(&now.log, bootlog_find(&now.log, 4, 4, 0)) = image;
	give_certificates("stboot", "prov");
	tap_eq_int(predict(&p), 0);
	next_image_is_of(0, "stboot");
	check_next_boot(&p);
}

static void more_events_than_any_firmware_has_are_refused(void)
{
	set_up("r2b");
	while (bootlog_find(&now.log, 7, AUTHORITY, 122) == now.log.n)
		set_authority(bootlog_insert(&now.log, now.log.n), "prov");
	give_certificates("prov", NULL);
	refuses("PCR 7 has more than 128 events");
}

/* -- what the log says of Secure Boot ---------------------------------------------------------- */

static int read_secure_boot(struct pcr7_secure_boot *ret)
{
	quote();
	error = ERROR_INIT;
	return pcr7_read_secure_boot(now.bytes, now.question.log_len, ret, &error);
}

static void the_state_of_secure_boot_is_read(void)
{
	struct pcr7_secure_boot state = { .enabled = true };

	set_up("r2a");
	tap_eq_int(read_secure_boot(&state), 0);
	tap_ok(!state.enabled && state.setup_mode);
	set_up("r2c");
	tap_eq_int(read_secure_boot(&state), 0);
	tap_ok(state.enabled && !state.setup_mode);
	set_variable(PCR7_SECURE_BOOT, (const uint8_t *)"\0", 1);
	tap_eq_int(read_secure_boot(&state), 0);
	tap_ok(!state.enabled && !state.setup_mode);
	/* Other events do not matter to it. */
	now.log.events[bootlog_find(&now.log, 7, 4, 0)].type = 0x80000007;
	tap_eq_int(read_secure_boot(&state), 0);
}

static void a_state_that_was_not_measured_is_refused(void)
{
	struct pcr7_secure_boot state;

	set_up("r2c");
	variable(PCR7_PK)->data[50] ^= 1;
	tap_eq_int(read_secure_boot(&state), -EINVAL);
	tap_eq_text(error.text, "PK in the boot log is not what was measured into PCR 7");
	bootlog_drop(&now.log, bootlog_find(&now.log, 7, DRIVER_CONFIG, PCR7_PK));
	tap_eq_int(read_secure_boot(&state), -EINVAL);
	tap_eq_text(error.text, "PCR 7 has no variable PK in the boot log");
	struct bootlog_event copy = *variable(PCR7_SECURE_BOOT);
	*bootlog_insert(&now.log, 0) = copy;
	tap_eq_int(read_secure_boot(&state), -EINVAL);
	tap_eq_text(error.text, "PCR 7 has the variable SecureBoot twice");
}

int main(int argc, char **argv)
{
	static const struct tap_test tests[] = {
		TAP_TEST(variables_have_the_digests_of_the_log),
		TAP_TEST(logs_that_were_made_are_those_that_were_seen),
		TAP_TEST(predictions_are_what_was_seen_at_the_next_boot),
		TAP_TEST(the_policy_is_that_of_the_predicted_value),
		TAP_TEST(a_certificate_in_pem_is_the_same),
		TAP_TEST(keys_again_with_secure_boot_on_are_refused),
		TAP_TEST(another_image_than_said_is_refused),
		TAP_TEST(events_of_other_types_are_refused),
		TAP_TEST(the_separator_is_there_once_and_says_no_error),
		TAP_TEST(a_log_that_the_quote_contradicts_is_refused),
		TAP_TEST(a_digest_that_is_not_of_its_data_is_refused),
		TAP_TEST(each_variable_is_there_once),
		TAP_TEST(an_update_for_appending_is_refused),
		TAP_TEST(without_new_keys_secure_boot_must_be_on),
		TAP_TEST(an_option_rom_is_refused_where_its_key_is_not_known),
		TAP_TEST(an_option_rom_of_the_image_s_certificate_is_refused),
		TAP_TEST(the_boot_certificate_is_an_entry_of_db),
		TAP_TEST(certificates_are_one_certificate_each),
		TAP_TEST(other_variables_are_predicted_in_two_steps),
		TAP_TEST(another_order_is_predicted_in_two_steps),
		TAP_TEST(an_early_authority_stays_where_it_is),
		TAP_TEST(the_image_s_authority_is_the_last_event),
		TAP_TEST(what_vouched_before_is_not_measured_twice),
		TAP_TEST(one_certificate_for_both_changes_nothing),
		TAP_TEST(an_early_image_is_not_an_option_rom),
		TAP_TEST(more_events_than_any_firmware_has_are_refused),
		TAP_TEST(the_state_of_secure_boot_is_read),
		TAP_TEST(a_state_that_was_not_measured_is_refused),
		{ NULL, NULL },
	};

	return vectors_run(argc, argv, tests);
}
