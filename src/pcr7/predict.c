/* SPDX-License-Identifier: BSD-2-Clause */
/* What PCR 7 will be at the next boot: see pcr7.h. */
#include <errno.h>
#include <string.h>

#include "crypto/x509.h"
#include "efi/auth.h"
#include "efi/siglist.h"
#include "pcr7/measured.h"
#include "tpm/policy.h"

/* The way that needs no knowledge of what firmware does with new keys. */
#define TWO_STEPS                                                                                  \
	"; write the keys now without --seal secure-boot, start the signed image with Secure "     \
	"Boot on, and provision again with --seal secure-boot and without keys"

#define PCR_SECURE_BOOT 7

/* PCR 7 is built from these. */
struct next_boot {
	struct pcr7_part variables[PCR7_VARIABLES];
	uint8_t value[PCR7_SIZE];
};

struct certificates {
	struct pcr7_part boot, image;
};

/* -- what is known ---------------------------------------------------------------------------- */

static bool keys_are_given(const struct efi_secureboot_keys *keys)
{
	for (int i = 0; keys && i < EFI_SB_N; i++)
		if (keys->blobs[i].data)
			return true;
	return false;
}

static bool is_enabled(const struct pcr7_measured *m)
{
	return m->variables[PCR7_SECURE_BOOT].data[0] == 1;
}

static int check_log(const struct pcr7_question *q, struct error *error)
{
	struct eventlog_replay replay;
	int r = eventlog_replay(q->log, q->log_len, &replay, error);

	if (r < 0)
		return r;
	if (memcmp(replay.values[PCR_SECURE_BOOT], q->quoted[PCR_SECURE_BOOT], PCR7_SIZE) != 0)
		return error_set(error, -EINVAL,
			"the boot log does not explain PCR 7, so its next value cannot be "
			"predicted");
	return 0;
}

/* Whether the entry, EFI_SIGNATURE_DATA, is this certificate. */
static bool is_certificate(const struct pcr7_part *entry, const struct pcr7_part *cert)
{
	return entry->len == EFI_GUID_SIZE + cert->len &&
	       memcmp(entry->data + EFI_GUID_SIZE, cert->data, cert->len) == 0;
}

static bool equal(const struct pcr7_part *a, const struct pcr7_part *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

/*
 * The entry of db by which firmware will accept what the boot certificate signed: the first one
 * that fits, in db's order, as EDK II does it. One that issued the boot certificate fits too.
 */
static int find_in_db(const struct pcr7_part *db, const struct pcr7_part *cert,
	struct pcr7_part *ret, struct error *error)
{
	struct bytes_reader r = bytes_reader(db->data, db->len);
	struct efi_siglist_fault fault;
	struct efi_siglist list;
	bool issuer = false;
	int result;

	while ((result = efi_siglist_read(&r, &list, &fault)) == 0) {
		for (size_t i = 0; list.kind == EFI_SIGNATURE_X509 && i < list.n; i++) {
			struct efi_signature s = efi_siglist_get(&list, i);
			struct pcr7_part entry = { s.owner, EFI_GUID_SIZE + s.len };
			bool same = is_certificate(&entry, cert);
			if (same && !issuer) {
				*ret = entry;
				return 0;
			}
			if (same)
				return error_set(error, -EINVAL,
					"--boot-cert: db has the certificate that issued it before "
					"it, so firmware measures that one; put the boot "
					"certificate first in db");
			issuer |= crypto_cert_issued(cert->data, cert->len, s.data, s.len);
		}
	}
	if (result < 0)
		return error_set(error, -EINVAL, "db has a %s", fault.what);
	return error_set(error, -EINVAL,
		"--boot-cert: this certificate is not in db%s; give one that is, or add it to db",
		issuer ? ", only the one that issued it is" : "");
}

/* -- extending -------------------------------------------------------------------------------- */

static int extend_variable(struct next_boot *next, enum pcr7_variable which,
	const struct pcr7_part *data, struct error *error)
{
	uint8_t digest[PCR7_SIZE];
	int r = pcr7_variable_digest(which, data, digest, error);

	return r < 0 ? r : eventlog_extend(next->value, digest, error);
}

/* The five variables and the separator. */
static int extend_variables(struct next_boot *next, struct error *error)
{
	uint8_t digest[PCR7_SIZE];
	int r = 0;

	for (unsigned i = 0; r == 0 && i < PCR7_VARIABLES; i++)
		r = extend_variable(next, (enum pcr7_variable)i, &next->variables[i], error);
	if (r == 0)
		r = pcr7_separator_digest(digest, error);
	return r < 0 ? r : eventlog_extend(next->value, digest, error);
}

/* -- keys are set in this run ----------------------------------------------------------------- */

static int refuse_new_keys(
	const struct pcr7_measured *m, const struct efi_secureboot_keys *keys, struct error *error)
{
	if (is_enabled(m))
		return error_set(error, -EINVAL,
			"Secure Boot is on already: leave the keys out, or go back to Setup Mode "
			"in the firmware's menu");
	if (m->variables[PCR7_PK].len > 0)
		return error_set(error, -EINVAL,
			"PK is set already, and Secure Boot is off: switch it on in the firmware's "
			"menu and leave the keys out, or go back to Setup Mode there");
	if (!keys->blobs[EFI_SB_PK].data)
		return error_set(error, -EINVAL,
			"without a PK Secure Boot stays off: give --pk, --kek and --db");
	for (int i = 0; i < EFI_SB_N; i++)
		if (keys->append[i])
			return error_set(error, -EINVAL,
				"%s is signed for appending, and what firmware makes of that is "
				"not known" TWO_STEPS,
				efi_sb_variables[i].name->name);
	if (m->irregular.text[0])
		return error_set(error, -EINVAL, "%s" TWO_STEPS, m->irregular.text);
	for (size_t i = 0; i < m->n; i++)
		if (m->events[i].kind == PCR7_AUTHORITY)
			return error_set(error, -EINVAL,
				"PCR 7 has an authority although Secure Boot is off" TWO_STEPS);
	if (m->option_rom)
		return error_set(error, -EINVAL,
			"this machine started an option ROM, and which key of db vouches for it "
			"is not known" TWO_STEPS);
	return 0;
}

static int predict_new_keys(const struct pcr7_question *q, const struct pcr7_measured *m,
	const struct certificates *certs, struct next_boot *next, struct error *error)
{
	static const uint8_t on = 1;
	static const enum pcr7_variable places[EFI_SB_N] = { [EFI_SB_PK] = PCR7_PK,
		[EFI_SB_KEK] = PCR7_KEK,
		[EFI_SB_DB] = PCR7_DB,
		[EFI_SB_DBX] = PCR7_DBX };
	struct pcr7_part entry;
	int r = refuse_new_keys(m, q->keys, error);

	if (r < 0)
		return r;
	memcpy(next->variables, m->variables, sizeof(next->variables));
	next->variables[PCR7_SECURE_BOOT] = (struct pcr7_part){ &on, sizeof(on) };
	for (int i = 0; i < EFI_SB_N; i++) {
		const struct efi_blob *blob = &q->keys->blobs[i];
		struct efi_auth auth;
		if (!blob->data)
			continue;
		if (efi_auth_parse(blob->data, blob->len, &auth, error) < 0)
			return error_prefix(error, -EINVAL, "%s", efi_sb_variables[i].name->name);
		next->variables[places[i]] = (struct pcr7_part){ auth.lists, auth.lists_len };
	}
	r = find_in_db(&next->variables[PCR7_DB], &certs->boot, &entry, error);
	if (r == 0)
		r = extend_variables(next, error);
	return r < 0 ? r : extend_variable(next, PCR7_DB, &entry, error);
}

/* -- the keys of this boot stay --------------------------------------------------------------- */

static int refuse_same_keys(
	const struct pcr7_measured *m, const struct certificates *certs, struct error *error)
{
	if (!is_enabled(m))
		return error_set(error, -EINVAL,
			"Secure Boot is off, and this run sets no keys: give --pk, --kek and --db, "
			"or switch Secure Boot on in the firmware's menu");
	const struct pcr7_event *last = &m->events[m->n - 1];
	if (last->kind != PCR7_AUTHORITY || !is_certificate(&last->data, &certs->image))
		return error_set(error, -EINVAL,
			"the last authority in PCR 7 is not the certificate of this image: give "
			"with --image-cert the certificate of db that signs the provisioning "
			"image");
	if (m->last_is_option_rom && !equal(&certs->boot, &certs->image))
		return error_set(error, -EINVAL,
			"an option ROM of this machine is signed by the image's certificate too, "
			"so it stays in PCR 7 when the image does not start: sign the image by a "
			"certificate of your own, or boot what --image-cert signs");
	return 0;
}

/*
 * All is measured again but the last authority, the image's; then the boot certificate, unless it
 * vouched for something before. If one certificate signs both, nothing changes. Either needs no
 * knowledge of the order of the other events.
 */
static int predict_same_keys(const struct pcr7_measured *m, const struct certificates *certs,
	struct next_boot *next, struct error *error)
{
	const bool one = equal(&certs->boot, &certs->image);
	struct pcr7_part entry;
	int r = refuse_same_keys(m, certs, error);

	if (r == 0)
		r = find_in_db(&m->variables[PCR7_DB], &certs->boot, &entry, error);
	bool there = one;
	for (size_t i = 0; r == 0 && i < m->n - !one; i++) {
		there |= m->events[i].kind == PCR7_AUTHORITY && equal(&m->events[i].data, &entry);
		r = eventlog_extend(next->value, m->events[i].digest, error);
	}
	if (r == 0 && !there)
		r = extend_variable(next, PCR7_DB, &entry, error);
	return r;
}

/* --------------------------------------------------------------------------------------------- */

static int policy_of(const uint8_t value[PCR7_SIZE], uint8_t out[PCR7_SIZE], struct error *error)
{
	struct tpm_pcrs pcrs = { .mask = 1u << PCR_SECURE_BOOT };

	memcpy(pcrs.values[PCR_SECURE_BOOT], value, PCR7_SIZE);
	return tpm_policy_pcr(&pcrs, out, error);
}

static int predict_with(const struct pcr7_question *q, const struct certificates *certs,
	struct pcr7_prediction *ret, struct error *error)
{
	struct next_boot next = { .value = { 0 } };
	struct pcr7_prediction prediction;
	struct pcr7_measured m;
	int r = check_log(q, error);

	if (r == 0)
		r = pcr7_measured_read(q->log, q->log_len, &m, error);
	if (r < 0)
		return r;
	r = keys_are_given(q->keys) ? predict_new_keys(q, &m, certs, &next, error)
				    : predict_same_keys(&m, certs, &next, error);
	if (r < 0)
		return r;
	memcpy(prediction.pcr7, next.value, sizeof(prediction.pcr7));
	r = policy_of(prediction.pcr7, prediction.policy, error);
	if (r == 0)
		*ret = prediction;
	return r;
}

static int read_certificate(const struct efi_blob *file, const char *option, uint8_t **ret_der,
	struct pcr7_part *ret, struct error *error)
{
	size_t len = 0;
	int r = crypto_cert_read(file->data, file->len, ret_der, &len, error);

	if (r < 0)
		return error_prefix(error, r, "%s", option);
	*ret = (struct pcr7_part){ *ret_der, len };
	return 0;
}

int pcr7_predict(
	const struct pcr7_question *question, struct pcr7_prediction *ret, struct error *error)
{
	_cleanup_free_ uint8_t *boot = NULL, *image = NULL;
	struct certificates certs;
	int r = read_certificate(&question->boot_cert, "--boot-cert", &boot, &certs.boot, error);

	if (r < 0)
		return r;
	certs.image = certs.boot;
	if (question->image_cert.len > 0)
		r = read_certificate(
			&question->image_cert, "--image-cert", &image, &certs.image, error);
	return r < 0 ? r : predict_with(question, &certs, ret, error);
}
