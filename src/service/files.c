/* SPDX-License-Identifier: BSD-2-Clause */
/* Files for the OS package: see files.h. */
#include "service/files.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api/server.h"
#include "base/text.h"
#include "crypto/kdf.h"
#include "service/certificate.h"

/* -- staging --------------------------------------------------------------------------------- */

static struct staged_file *find_staged(struct monitor_session *session, const char *name)
{
	for (size_t i = 0; session && i < session->files_n; i++)
		if (strcmp(session->files[i].about.name, name) == 0)
			return &session->files[i];
	return NULL;
}

static int check_room_for(struct monitor_session *session, const struct ipc_file *file, size_t len,
	struct error *text)
{
	size_t total = len;

	if (find_staged(session, file->name))
		return error_set(text, API_E_REFUSED, "file %s was added already", file->name);
	for (size_t i = 0; i < session->files_n; i++)
		total += session->files[i].len - 1;
	if (session->files_n == HOSTFILE_FILES_MAX)
		return error_set(text, API_E_TOO_MUCH, "more than %d files", HOSTFILE_FILES_MAX);
	if (total > HOSTFILE_TOTAL_MAX)
		return error_set(text, API_E_TOO_MUCH, "the files have more than %d bytes together",
			HOSTFILE_TOTAL_MAX);
	return 0;
}

/* @data: without the byte that tells the format. */
static int stage_file(struct monitor_session *session, const struct ipc_file *file,
	const uint8_t *data, size_t len, struct error *error)
{
	struct staged_file *staged = &session->files[session->files_n];
	uint8_t *bytes = malloc(1 + len);

	if (!bytes)
		return error_set_errno(error, -ENOMEM, "file");
	bytes[0] = HOSTFILE_PLAIN;
	memcpy(bytes + 1, data, len);
	*staged = (struct staged_file){ .about = *file, .bytes = bytes, .len = 1 + len };
	session->files_n++;
	return 0;
}

int files_on_file(struct monitor *monitor, struct monitor_session *session, struct error *error)
{
	struct ipc_file file;
	const uint8_t *data = NULL;
	struct error text = ERROR_INIT;
	size_t len = 0;

	if (!session_ipc_decode_file(&monitor->frame, &file, &data, &len))
		return error_set(error, -EPROTO, "sent a malformed file");
	int r = check_room_for(session, &file, len, &text);
	if (r == 0 && stage_file(session, &file, data, len, error) < 0)
		return -ENOMEM;
	if (r == 0 && !monitor_hush_client(monitor))
		journal_line(&monitor->journal, "%s: added file %s, %zu byte%s, %s", session->peer,
			file.name, len, text_plural(len, "", "s"), file.mac);
	return monitor_answer(session, r, &text, error);
}

static bool is_believed(const struct api_believed *believed, const struct ipc_file *staged)
{
	for (size_t i = 0; i < believed->files_n; i++)
		if (strcmp(believed->files[i].name, staged->name) == 0)
			return strcmp(believed->files[i].mac, staged->mac) == 0;
	return false;
}

int files_check_believed(const struct monitor_session *session, const struct api_believed *believed,
	struct error *text)
{
	bool same = believed->files_n == session->files_n;

	/* Each staged name is there once, so the same number is the same files. */
	for (size_t i = 0; same && i < session->files_n; i++)
		same = is_believed(believed, &session->files[i].about);
	return same ? 0
		    : error_set(text, API_E_CONFLICT,
			      "the files that were added are not those that the laptop believes to "
			      "be added: nothing was written");
}

/* -- the plan -------------------------------------------------------------------------------- */

/* Adds a name, and what it holds, to the hash of all that is there. */
static int add_to_hash(struct files_state *plan, const char *variable, const void *data, size_t len,
	struct error *text)
{
	uint8_t digests[3][CRYPTO_SHA256_SIZE];
	int r = crypto_sha256(variable, strlen(variable), digests[1], text);

	memcpy(digests[0], plan->hash, sizeof(digests[0]));
	if (r == 0)
		r = crypto_sha256(len > 0 ? data : "", len, digests[2], text);
	return r == 0 ? crypto_sha256(digests, sizeof(digests), plan->hash, text) : r;
}

/* @ret: unchanged if there is no such variable. What cannot be read is there all the same. */
static int look_at(const struct monitor *monitor, struct files_state *plan,
	struct planned_file *ret, struct error *text)
{
	uint8_t *data = NULL;
	size_t len = 0;
	int r = efi_read(monitor->config->efi, &ret->efi, &data, &len, text);

	if (r == EFI_E_ABSENT)
		return 0;
	ret->present = true;
	ret->old_len = len;
	ret->encrypted = len > 0 && data[0] == HOSTFILE_ENCRYPTED;
	r = add_to_hash(plan, ret->variable, data, len, text);
	if (data)
		secret_wipe_bytes(data, len);
	free(data);
	return r;
}

static struct planned_file *add_planned(struct files_state *plan, const char *variable)
{
	struct planned_file *file = &plan->items[plan->n++];

	assert(plan->n <= PLANNED_MAX);
	*file = (struct planned_file){ .change = FILE_REMOVED };
	snprintf(file->variable, sizeof(file->variable), "%s", variable);
	file->efi = (struct efi_name){
		.name = file->variable, .guid = EFI_GUID_STPROV, .attributes = EFI_ATTRIBUTES_PLAIN
	};
	return file;
}

/* Once for a connection, whose key for it stays the same. */
static int encrypt(
	const struct monitor_session *session, struct staged_file *staged, struct error *text)
{
	if (staged->encrypted)
		return 0;
	uint8_t *bytes = malloc(HOSTFILE_ENCRYPTED_SIZE(staged->len - 1));
	if (!bytes)
		return error_set_errno(text, -ENOMEM, "file");
	int r = hostfile_encrypt(session->seal.file_key, staged->about.name, staged->bytes + 1,
		staged->len - 1, bytes, text);
	if (r == 0)
		staged->encrypted = bytes;
	else
		free(bytes);
	return r;
}

/* As the variable will hold it. */
static int plan_write(const struct monitor_session *session, struct planned_file *file,
	struct staged_file *staged, struct error *text)
{
	bool sealed = session->seal.wanted;
	int r = sealed ? encrypt(session, staged, text) : 0;

	file->change = FILE_WRITTEN;
	file->staged = staged;
	file->bytes = sealed ? staged->encrypted : staged->bytes;
	file->len = sealed ? HOSTFILE_ENCRYPTED_SIZE(staged->len - 1) : staged->len;
	return r;
}

/* A file that is there: what becomes of it if it is not replaced. */
static int plan_present(const struct monitor *monitor, struct monitor_session *session,
	const char *variable, struct files_state *plan, struct error *text)
{
	struct planned_file *file = add_planned(plan, variable);
	struct staged_file *staged = find_staged(session, hostfile_name_of(variable));
	int r = look_at(monitor, plan, file, text);

	if (r < 0)
		return r;
	/* Without the byte that tells the format. */
	file->old_len -= file->old_len > 0;
	if (staged)
		return plan_write(session, file, staged, text);
	if (session ? plan->keep : !file->encrypted)
		file->change = FILE_KEPT;
	if (file->change == FILE_KEPT && file->encrypted)
		return error_set(text, API_E_CONFLICT,
			"file %s is encrypted with the present host key, which is replaced: it "
			"cannot be kept",
			hostfile_name_of(variable));
	if (file->change == FILE_KEPT) {
		plan->result_n++;
		plan->result_len += file->old_len;
	}
	return 0;
}

static bool is_planned(const struct files_state *plan, const struct staged_file *staged)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->items[i].staged == staged)
			return true;
	return false;
}

static int plan_staged(
	struct monitor_session *session, struct files_state *plan, struct error *text)
{
	for (size_t i = 0; i < session->files_n; i++) {
		struct staged_file *staged = &session->files[i];
		struct hostfile_variable variable;
		plan->result_n++;
		plan->result_len += staged->len - 1;
		if (is_planned(plan, staged))
			continue;
		hostfile_variable(staged->about.name, &variable);
		int r = plan_write(session, add_planned(plan, variable.name), staged, text);
		if (r < 0)
			return r;
	}
	if (plan->result_n > HOSTFILE_FILES_MAX)
		return error_set(text, API_E_TOO_MUCH,
			"%zu files together with those that are kept, of at most %d",
			plan->result_n, HOSTFILE_FILES_MAX);
	if (plan->result_len > HOSTFILE_TOTAL_MAX)
		return error_set(text, API_E_TOO_MUCH,
			"%zu bytes of files together with those that are kept, of at most %d",
			plan->result_len, HOSTFILE_TOTAL_MAX);
	return 0;
}

/* The certificate and the sealed form of the present host key are of no use without it. */
static int plan_key_parts(const struct monitor *monitor, const struct monitor_session *session,
	struct files_state *plan, struct error *text)
{
	static const struct efi_name *const names[] = { &efi_host_certificate,
		&efi_host_key_sealed };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct planned_file *file = add_planned(plan, names[i]->name);
		int r = look_at(monitor, plan, file, text);
		if (r < 0)
			return r;
		file->encrypted = false;
		bool is_sealed_key = names[i] == &efi_host_key_sealed;
		if (is_sealed_key)
			plan->had_sealed = file->present;
		if (names[i] == &efi_host_key_sealed && file->present && session && plan->keep)
			return error_set(text, API_E_CONFLICT,
				"the present host key is sealed, so the files beside it cannot be "
				"kept");
		if (names[i] == &efi_host_certificate && session && session->certificate.line) {
			file->change = FILE_WRITTEN;
			file->bytes = session->certificate.line;
			file->len = session->certificate.len;
		} else if (!file->present || (is_sealed_key && session && session->seal.wanted)) {
			/* The new sealed key is not planned here: write.h. */
			plan->n--;
		}
	}
	return 0;
}

int files_plan(
	struct monitor *monitor, struct monitor_session *session, bool keep, struct error *text)
{
	struct files_state *plan = &monitor->files;
	struct efi_list *list = calloc(1, sizeof(*list));
	int r = list ? hostfile_list(monitor->config->efi, list, text)
		     : error_set_errno(text, -ENOMEM, "files");

	*plan = (struct files_state){ .keep = keep };
	if (r == 0 && session && session->seal.wanted && keep) {
		free(list);
		return error_set(text, API_E_CONFLICT,
			"the new host key is going to be sealed, so files that are there cannot be "
			"kept");
	}
	if (r == 0 && list->more)
		r = error_set(text, -E2BIG, "there are more than %d variables %s*", EFI_LIST_MAX,
			HOSTFILE_PREFIX);
	if (r == 0)
		r = plan_key_parts(monitor, session, plan, text);
	for (size_t i = 0; r == 0 && i < list->n; i++)
		r = plan_present(monitor, session, list->names[i], plan, text);
	free(list);
	if (r == 0 && session)
		r = plan_staged(session, plan, text);
	return r < 0 ? API_E_FAILED : r;
}

int files_plan_again(struct monitor *monitor, struct monitor_session *session, bool *ret_changed,
	struct error *text)
{
	uint8_t before[CRYPTO_SHA256_SIZE];

	memcpy(before, monitor->files.hash, sizeof(before));
	int r = files_plan(monitor, session, monitor->files.keep, text);
	*ret_changed = memcmp(before, monitor->files.hash, sizeof(before)) != 0;
	return r;
}

int files_add(const struct monitor *monitor, struct efi_txn *txn, struct error *error)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < monitor->files.n; i++) {
		const struct planned_file *file = &monitor->files.items[i];
		if (file->change == FILE_WRITTEN)
			r = efi_txn_add(txn, &file->efi, file->bytes, file->len, error);
		else if (file->change == FILE_REMOVED)
			r = efi_txn_add_removal(txn, &file->efi, error);
	}
	return r;
}

/* -- what the operator sees ------------------------------------------------------------------ */

/* Who may log in as root is more than a name and a size. */
static void show_logins(struct monitor *monitor, const struct ipc_file *about)
{
	struct text_list list = { .len = 0 };

	if (about->keys_n == 0)
		return;
	for (size_t i = 0; i < IPC_FINGERPRINTS_MAX && i < about->keys_n; i++)
		text_list_add(&list, ", %s", about->fingerprints[i]);
	journal_line(&monitor->journal, "    root login: %u key%s%s%s", about->keys_n,
		text_plural(about->keys_n, "", "s"), list.text,
		about->keys_n > IPC_FINGERPRINTS_MAX ? ", ..." : "");
}

static void show_file(struct monitor *monitor, const struct planned_file *file)
{
	const struct ipc_file *about = &file->staged->about;
	struct text_list replaced = { .len = 0 };
	size_t len = file->staged->len - 1;

	if (file->present)
		text_list_add(&replaced, ", replacing %zu byte%s", file->old_len,
			text_plural(file->old_len, "", "s"));
	journal_line(&monitor->journal, "  file %s, %zu byte%s, %s%s", about->name, len,
		text_plural(len, "", "s"), about->mac, replaced.text);
	show_logins(monitor, about);
}

bool files_has_written(const struct monitor *monitor)
{
	for (size_t i = 0; i < monitor->files.n; i++)
		if (monitor->files.items[i].change == FILE_WRITTEN)
			return true;
	return false;
}

void files_show_written(struct monitor *monitor, const struct monitor_session *session)
{
	for (size_t i = 0; i < monitor->files.n; i++) {
		const struct planned_file *file = &monitor->files.items[i];
		if (file->staged)
			show_file(monitor, file);
		else if (file->change == FILE_WRITTEN)
			certificate_show(monitor, session, file->present);
	}
}

void files_show_others(struct monitor *monitor)
{
	for (size_t i = 0; i < monitor->files.n; i++) {
		const struct planned_file *file = &monitor->files.items[i];
		if (file->change == FILE_WRITTEN)
			continue;
		journal_line(&monitor->journal, "%s %s, %zu byte%s",
			file->change == FILE_KEPT ? "keeps" : "will remove", file->variable,
			file->old_len, text_plural(file->old_len, "", "s"));
	}
}

void files_log_written(struct monitor *monitor)
{
	for (size_t i = 0; i < monitor->files.n; i++) {
		const struct planned_file *file = &monitor->files.items[i];
		if (file->change == FILE_WRITTEN)
			journal_line(&monitor->journal, "%s stored and read back", file->variable);
		else if (file->change == FILE_REMOVED)
			journal_line(&monitor->journal, "%s removed", file->variable);
	}
}
