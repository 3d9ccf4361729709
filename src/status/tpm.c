/* SPDX-License-Identifier: BSD-2-Clause */
/* The TPM in `remote status`: see tpm.h. */
#include "status/tpm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "eventlog/eventlog.h"
#include "provisioned/part_json.h"

/* Below securityfs every file says that it has no bytes, so it is read. */
static int64_t count_event_log(void)
{
	_cleanup_free_ uint8_t *log = NULL;
	struct error ignored;
	size_t len = 0;

	return file_read(AT_FDCWD, EVENTLOG_PATH, EVENTLOG_MAX, &log, &len, &ignored) == 0
		       ? (int64_t)len
		       : -1;
}

/* How it is that there is no TPM to ask: tpm_device_open() of @path. */
static enum provisioned_state state_of(const char *path, int r)
{
	if (strcmp(path, TPM_DEVICE) == 0 && r == -ENOENT)
		return PROVISIONED_ABSENT;
	if (strcmp(path, TPM_DEVICE) == 0 && r == -ENOTSUP)
		return PROVISIONED_BROKEN;
	return PROVISIONED_UNREADABLE;
}

static void look_at_key(
	struct tpm_access *access, const struct provisioned_sealed *sealed, struct status_tpm *tpm)
{
	int r = provisioned_sealed_match(access, sealed, &tpm->why_not);

	tpm->opens = r == 0  ? STATUS_TPM_OPENS
		     : r > 0 ? STATUS_TPM_OPENS_NOT
			     : STATUS_TPM_NOT_KNOWN;
}

void status_tpm_look(const char *path, const struct provisioned *p, struct status_tpm *ret)
{
	_cleanup_tpm_access_ struct tpm_access *access = NULL;
	int r;

	*ret = (struct status_tpm){ .event_log_bytes = -1 };
	if (!path) {
		ret->state = PROVISIONED_UNREADABLE;
		(void)error_set(
			&ret->error, 0, "with -E no TPM is looked at, unless --tpm names it");
		ret->why_not = ret->error;
		return;
	}
	if (strcmp(path, TPM_DEVICE) == 0)
		ret->event_log_bytes = count_event_log();
	r = tpm_access_open(path, &access, &ret->error);
	ret->state = state_of(path, r);
	if (r == 0) {
		r = tpm_access_look(access, &ret->look, &ret->error);
		ret->state = r == 0 ? PROVISIONED_GOOD : PROVISIONED_UNREADABLE;
	}
	if (r < 0)
		ret->why_not = ret->error;
	else if (p->sealed.state == PROVISIONED_GOOD)
		look_at_key(access, &p->sealed_key, ret);
}

/* --- in words --- */

static bool has_sha256(const struct tpm_look *look)
{
	for (size_t i = 0; i < look->n_banks; i++)
		if (look->banks[i].hash == TPM_ALG_SHA256)
			return true;
	return false;
}

void status_tpm_format(const struct status_tpm *tpm, char out[STATUS_TPM_TEXT_MAX])
{
	const struct tpm_look *look = &tpm->look;
	int n;

	if (tpm->state == PROVISIONED_ABSENT) {
		snprintf(out, STATUS_TPM_TEXT_MAX, "none");
		return;
	}
	if (tpm->state == PROVISIONED_BROKEN) {
		snprintf(out, STATUS_TPM_TEXT_MAX, "TPM 1.2, not usable");
		return;
	}
	if (tpm->state != PROVISIONED_GOOD) {
		snprintf(out, STATUS_TPM_TEXT_MAX, "not known: %s", tpm->error.text);
		return;
	}
	n = snprintf(out, STATUS_TPM_TEXT_MAX, "%s %s, firmware %s, %s", look->manufacturer,
		look->vendor, look->firmware, has_sha256(look) ? "SHA-256" : "no bank SHA-256");
	if (look->in_lockout && n > 0)
		snprintf(out + n, STATUS_TPM_TEXT_MAX - (size_t)n, ", in lockout (%u failure%s)",
			look->lockout_counter, text_plural(look->lockout_counter, "", "s"));
}

/* --- as JSON --- */

static int set_banks(struct json *object, const struct tpm_look *look, struct error *error)
{
	char name[TPM_HASH_NAME_MAX];
	struct json *array;
	int r = json_array_new(&array, error);

	if (r < 0)
		return r;
	for (size_t i = 0; i < look->n_banks; i++) {
		tpm_hash_name(look->banks[i].hash, name);
		json_append_text(array, name);
	}
	json_set_child(object, "banks", array);
	return 0;
}

int status_tpm_set(struct json *root, const struct status_tpm *tpm, struct error *error)
{
	_cleanup_json_ struct json *object = NULL;
	bool good = tpm->state == PROVISIONED_GOOD;
	const struct tpm_look *look = &tpm->look;
	int r = provisioned_part_json(tpm->state, &tpm->error, &object, error);

	if (r < 0)
		return r;
	json_set_text(object, "manufacturer", good ? look->manufacturer : NULL);
	json_set_text(object, "vendor", good ? look->vendor : NULL);
	json_set_text(object, "firmware", good ? look->firmware : NULL);
	if (good) {
		r = set_banks(object, look, error);
		json_set_bool(object, "in_lockout", look->in_lockout);
		json_set_int(object, "lockout_counter", look->lockout_counter);
	} else {
		json_set_null(object, "banks");
		json_set_null(object, "in_lockout");
		json_set_null(object, "lockout_counter");
	}
	if (tpm->event_log_bytes >= 0)
		json_set_int(object, "event_log_bytes", tpm->event_log_bytes);
	else
		json_set_null(object, "event_log_bytes");
	if (r == 0)
		json_set_child(root, "tpm", TAKE_PTR(object));
	return r;
}

int status_tpm_set_sealed(struct json *part, const struct tpm_sealed *sealed,
	const struct status_tpm *tpm, struct error *error)
{
	static const char *const policies[] = {
		[TPM_KIND_TPM] = "tpm",
		[TPM_KIND_PCR] = "pcr",
		[TPM_KIND_SIGNED] = "signed",
	};
	_cleanup_json_ struct json *object = NULL;
	int r = json_object_new(&object, error);

	if (r < 0)
		return r;
	json_set_text(object, "policy", policies[sealed->kind]);
	r = json_set_bits(object, "pcrs", sealed->pcrs, error);
	if (tpm->opens == STATUS_TPM_NOT_KNOWN)
		json_set_null(object, "opens");
	else
		json_set_bool(object, "opens", tpm->opens == STATUS_TPM_OPENS);
	json_set_printable(
		object, "why_not", tpm->opens == STATUS_TPM_OPENS ? NULL : tpm->why_not.text);
	if (r == 0)
		json_set_child(part, "sealed", TAKE_PTR(object));
	return r;
}
