/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several variables in one transaction: free space, old values, writes and removals, restoring.
 *
 * It is not atomic: a power cut between two changes leaves the first. After a failed write the
 * changes are undone. See docs/efi-variables.md.
 */
#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/signals.h"
#include "base/text.h"
#include "efi/auth.h"
#include "efi/dir.h"
#include "efi/explain.h"
#include "efi/store.h"

/* Size of the header that the firmware stores with each variable: 60 bytes in EDK2. */
#define NVRAM_HEADER 60

/* Reserve in an error's text for the prefixes of the callers. */
#define PREFIX_ROOM 40

/* Longest text about restoring: the text of an error has room for it and a part of the reason. */
#define OUTCOME_MAX 240

/* Names of variables, each with ", ", of at most 48 characters; `...` stands for more. */
#define NAMES_MAX 96

/* The result of restoring: the variables, in the order in which they were restored. */
struct outcome {
	char restored[NAMES_MAX];
	size_t restored_n;
	char lost[NAMES_MAX];
	int lost_code;       /* the reason for the first one */
	bool lost_is_signed; /* one of them is a Secure Boot variable in firmware */
};

static enum efi_verb verb_of(const struct efi_txn_item *item)
{
	return item->data ? EFI_WRITE : EFI_REMOVE;
}

void efi_txn_init(struct efi_txn *txn, const struct efi_dir *dir)
{
	*txn = (struct efi_txn){ .dir = dir };
}

void efi_txn_use(struct efi_txn *txn, const struct efi_dir *dir)
{
	txn->dir = dir;
}

static void unload(struct efi_txn *txn)
{
	for (size_t i = 0; i < txn->n; i++) {
		efi_raw_deinit(&txn->items[i].raw);
		efi_raw_deinit(&txn->items[i].old);
	}
}

void efi_txn_deinit(struct efi_txn *txn)
{
	unload(txn);
	txn->n = 0;
}

static int append(struct efi_txn *txn, const struct efi_txn_item *item, struct error *error)
{
	if (txn->n == EFI_TXN_MAX)
		return error_set(error, -E2BIG, "cannot %s %s: more than %d variables at once",
			efi_verb_text(verb_of(item)), item->name->name, EFI_TXN_MAX);
	txn->items[txn->n] = *item;
	txn->items[txn->n++].dir = txn->dir;
	return 0;
}

int efi_txn_add(struct efi_txn *txn, const struct efi_name *name, const void *data, size_t len,
	struct error *error)
{
	const struct efi_txn_item item = { .name = name, .data = data, .len = len };

	if (!data || len == 0)
		return error_set(error, -EINVAL, "cannot write %s: it would be empty", name->name);
	if (len > EFI_DATA_MAX)
		return error_set(error, -EFBIG, "cannot write %s: %zu bytes are more than %d",
			name->name, len, EFI_DATA_MAX);
	return append(txn, &item, error);
}

/* EFI_TIME, and WIN_CERTIFICATE_UEFI_GUID with its own length in its first four bytes. */
static size_t descriptor_len(const uint8_t *data, size_t len)
{
	struct bytes_reader r = bytes_reader(data, len);

	bytes_view(&r, EFI_TIME_SIZE);
	uint32_t certificate = bytes_read_le32(&r);
	return bytes_reader_ok(&r) ? EFI_TIME_SIZE + (size_t)certificate : SIZE_MAX;
}

int efi_txn_add_update(struct efi_txn *txn, const struct efi_name *name, const void *data,
	size_t len, bool append, struct error *error)
{
	int r = efi_txn_add(txn, name, data, len, error);

	if (r < 0)
		return r;
	txn->items[txn->n - 1].append = append;
	if (descriptor_len(data, len) < len)
		return 0;
	txn->n--;
	return error_set(
		error, -EINVAL, "cannot write %s: a signed update without a value", name->name);
}

int efi_txn_add_removal(struct efi_txn *txn, const struct efi_name *name, struct error *error)
{
	const struct efi_txn_item item = { .name = name };

	return append(txn, &item, error);
}

/* New and old files in memory. */
static int load(struct efi_txn *txn, struct error *error)
{
	for (size_t i = 0; i < txn->n; i++) {
		struct efi_txn_item *item = &txn->items[i];
		int r = 0;
		efi_raw_deinit(&item->raw);
		efi_raw_deinit(&item->old);
		if (item->data)
			r = efi_raw_encode(item->dir, item->name,
				item->name->attributes | (item->append ? EFI_APPEND_WRITE : 0),
				item->data, item->len, &item->raw, error);
		if (r == 0)
			r = efi_raw_read(item->dir, item->name, &item->old, error);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The space of a file: in NVRAM with its name in UTF-16, elsewhere whole blocks. */
static int64_t file_cost(const struct efi_dir *dir, const struct efi_name *name,
	const struct efi_raw *raw, uint64_t unit)
{
	if (!raw->bytes)
		return 0;
	if (dir->efivarfs)
		return (int64_t)(raw->len + 2 * (strlen(name->name) + 1) + NVRAM_HEADER);
	return (int64_t)((raw->len + unit - 1) / unit * unit);
}

/*
 * The maximum space in @dir at any time: each new value coexists with the old one (a temporary
 * file; in NVRAM a new record), which is freed only afterwards.
 */
static uint64_t room_needed(const struct efi_txn *txn, const struct efi_dir *dir, uint64_t unit)
{
	int64_t taken = 0, most = 0;

	for (size_t i = 0; i < txn->n; i++) {
		const struct efi_txn_item *item = &txn->items[i];
		if (item->dir != dir)
			continue;
		int64_t cost = file_cost(dir, item->name, &item->raw, unit);
		most = MAX(most, taken + cost);
		taken += cost - file_cost(dir, item->name, &item->old, unit);
	}
	return (uint64_t)most;
}

/* Of the directory of @dir_first, the first of its items. */
static int check_room(
	const struct efi_txn *txn, const struct efi_txn_item *dir_first, struct error *error)
{
	const char *first = dir_first->name->name, *others = txn->n > 1 ? " and others" : "";
	enum efi_verb verb = verb_of(dir_first);
	struct efi_room room;
	char what[128];
	uint64_t need;
	int r = efi_dir_room_for_change(dir_first->dir, &room, error);

	if (r < 0)
		return error_prefix(error, r, "cannot %s %s%s", efi_verb_text(verb), first, others);
	need = room_needed(txn, dir_first->dir, room.unit);
	if (!room.known || need <= room.bytes)
		return 0;
	snprintf(what, sizeof(what), "%s%s (%llu byte%s, %llu free)", first, others,
		(unsigned long long)need, text_plural(need, "", "s"),
		(unsigned long long)room.bytes);
	return efi_explain_no_room(dir_first->dir, verb, what, error);
}

/*
 * Firmware keeps a signed update without its descriptor. What is appended comes after what was
 * there; EDK II leaves out of it what was there already.
 */
static bool is_update_kept(const struct efi_txn_item *item, const struct efi_raw *now)
{
	/* Not beyond the end: efi_txn_add_update() refuses that. */
	size_t descriptor = MIN(descriptor_len(item->data, item->len), item->len);
	const uint8_t *value = (const uint8_t *)item->data + descriptor;
	const uint8_t *kept = now->bytes + EFI_ATTRIBUTES_SIZE;
	size_t len = item->len - descriptor, kept_len = now->len - EFI_ATTRIBUTES_SIZE;
	size_t old_len = item->old.bytes ? item->old.len - EFI_ATTRIBUTES_SIZE : 0;

	if (!item->append || old_len == 0)
		return kept_len == len && memcmp(kept, value, len) == 0;
	return kept_len >= old_len && kept_len - old_len <= len &&
	       memcmp(kept, item->old.bytes + EFI_ATTRIBUTES_SIZE, old_len) == 0;
}

static bool is_kept(const struct efi_txn_item *item, const struct efi_raw *now)
{
	if (!item->name->authenticated || !item->dir->efivarfs)
		return efi_raw_same(now, &item->raw);
	return now->len > EFI_ATTRIBUTES_SIZE &&
	       (!item->old.bytes || item->old.len >= EFI_ATTRIBUTES_SIZE) &&
	       is_update_kept(item, now);
}

static int write_item(const struct efi_txn_item *item, struct error *error)
{
	_cleanup_efi_raw_ struct efi_raw now = { 0 };
	int r = efi_store_write(item->dir, item->name, &item->raw, error);

	if (r < 0)
		return r;
	r = efi_raw_read(item->dir, item->name, &now, error);
	if (r < 0)
		return error_prefix(error, r, "cannot write %s", item->name->name);
	if (r == EFI_E_ABSENT)
		return error_set(error, -EIO, "cannot write %s: it is not there after the write",
			item->name->name);
	if (!is_kept(item, &now))
		return error_set(error, -EIO, "cannot write %s: what was read back differs",
			item->name->name);
	return 0;
}

static int remove_item(const struct efi_txn_item *item, struct error *error)
{
	_cleanup_efi_raw_ struct efi_raw now = { 0 };
	int r = efi_store_delete(item->dir, item->name, error);

	if (r < 0)
		return r;
	r = efi_raw_read(item->dir, item->name, &now, error);
	if (r < 0)
		return error_prefix(error, r, "cannot remove %s", item->name->name);
	if (r != EFI_E_ABSENT)
		return error_set(error, -EIO, "cannot remove %s: it is still there afterwards",
			item->name->name);
	return 0;
}

/* Whether the variable is unchanged; a value that cannot be read counts as changed. */
static bool is_as_before(const struct efi_txn_item *item)
{
	_cleanup_efi_raw_ struct efi_raw now = { 0 };
	struct error ignored;

	return efi_raw_read(item->dir, item->name, &now, &ignored) >= 0 &&
	       efi_raw_same(&now, &item->old);
}

/* 1: restored; 0: it had not changed; a negative errno: not restored. */
static int put_back(const struct efi_txn_item *item)
{
	struct error ignored;
	int r;

	if (is_as_before(item))
		return 0;
	if (item->old.bytes)
		r = efi_store_write(item->dir, item->name, &item->old, &ignored);
	else
		r = efi_store_delete(item->dir, item->name, &ignored);
	/* The current value decides, not the return value of the call. */
	if (is_as_before(item))
		return 1;
	return r < 0 ? r : -EIO;
}

static void add_name(char list[NAMES_MAX], const char *name)
{
	static const char more[] = ", ...";
	size_t len = strlen(list);

	if (len + strlen(name) + strlen(more) + strlen(", ") < NAMES_MAX)
		snprintf(list + len, NAMES_MAX - len, "%s%s", len > 0 ? ", " : "", name);
	else if (len < strlen(more) || strcmp(list + len - strlen(more), more) != 0)
		snprintf(list + len, NAMES_MAX - len, "%s", more);
}

/* @n: number of items written or tried. Continues if one cannot be restored. */
static void put_all_back(const struct efi_txn *txn, size_t n, struct outcome *outcome)
{
	while (n-- > 0) {
		const struct efi_txn_item *item = &txn->items[n];
		int r = put_back(item);
		if (r > 0) {
			add_name(outcome->restored, item->name->name);
			outcome->restored_n++;
		}
		if (r >= 0)
			continue;
		if (!outcome->lost[0])
			outcome->lost_code = r;
		add_name(outcome->lost, item->name->name);
		outcome->lost_is_signed |= item->name->authenticated && item->dir->efivarfs;
	}
}

/* By their names, or by their number if those have no room. Returns the length. */
static size_t format_restored(const struct outcome *outcome, char *out, size_t cap)
{
	const char *names = outcome->restored;
	size_t len = strlen(names), more = strlen("...");
	bool all = len < more || strcmp(names + len - more, "...") != 0;

	if (!names[0])
		return 0;
	if (all && strlen("; put back as before: ") + len < cap)
		return (size_t)snprintf(out, cap, "; put back as before: %s", names);
	return (size_t)snprintf(
		out, cap, "; put back as before: %zu variables", outcome->restored_n);
}

/*
 * Appends the outcome to the reason of the failure. What was not put back is the most important, so
 * that others are shortened for it; and a long reason is truncated.
 */
static int explain_outcome(const struct outcome *outcome, int code, struct error *error)
{
	struct error why = *error;
	char text[OUTCOME_MAX] = "", lost[OUTCOME_MAX] = "";
	size_t len;

	if (!outcome->restored[0] && !outcome->lost[0])
		snprintf(text, sizeof(text), "; nothing was changed");
	if (outcome->lost[0])
		snprintf(lost, sizeof(lost), "; NOT put back: %s (%s)%s", outcome->lost,
			strerror(-outcome->lost_code),
			outcome->lost_is_signed
				? ": clear the Secure Boot keys in the firmware's menu"
				: "");
	len = format_restored(outcome, text, sizeof(text) - strlen(lost));
	if (outcome->lost[0])
		snprintf(text + len, sizeof(text) - len, "%s", lost);
	return error_set(error, code, "%.*s%s",
		(int)(ERROR_TEXT_MAX - 1 - PREFIX_ROOM - strlen(text)), why.text, text);
}

static int write_all(const struct efi_txn *txn, struct error *error)
{
	struct outcome outcome = { 0 };

	for (size_t i = 0; i < txn->n; i++) {
		const struct efi_txn_item *item = &txn->items[i];
		int r = item->data ? write_item(item, error) : remove_item(item, error);
		if (r == 0)
			continue;
		put_all_back(txn, i + 1, &outcome);
		return explain_outcome(&outcome, r, error);
	}
	return 0;
}

static void hold_signals(sigset_t *ret_old)
{
	sigset_t set;

	signals_ending_or_stopping(&set);
	(void)sigprocmask(SIG_BLOCK, &set, ret_old);
}

/* The directories of a transaction: the first item in each, and its lock. */
struct dirs {
	const struct efi_txn_item *first[EFI_TXN_DIRS];
	int locks[EFI_TXN_DIRS];
	size_t n;
};

/* In the order of the items, which is the same in all commands. */
static struct dirs dirs_of(const struct efi_txn *txn)
{
	struct dirs dirs = { .locks = { -1, -1 }, .n = 0 };

	for (size_t i = 0; i < txn->n; i++) {
		bool known = false;
		for (size_t k = 0; k < dirs.n; k++)
			known |= dirs.first[k]->dir == txn->items[i].dir;
		assert(known || dirs.n < EFI_TXN_DIRS);
		if (!known)
			dirs.first[dirs.n++] = &txn->items[i];
	}
	return dirs;
}

static int lock_all(struct dirs *dirs, struct error *error)
{
	for (size_t i = 0; i < dirs->n; i++) {
		int r = efi_dir_lock(dirs->first[i]->dir, &dirs->locks[i], error);
		if (r < 0)
			return r;
		efi_store_sweep(dirs->first[i]->dir);
	}
	return 0;
}

static void unlock_all(struct dirs *dirs)
{
	for (size_t i = 0; i < dirs->n; i++)
		cleanup_close(&dirs->locks[i]);
}

/* All that can fail before the first write. */
static int prepare(struct efi_txn *txn, const struct dirs *dirs, struct error *error)
{
	int r = load(txn, error);

	for (size_t i = 0; r >= 0 && i < dirs->n; i++)
		r = check_room(txn, dirs->first[i], error);
	return r;
}

int efi_txn_try(struct efi_txn *txn, struct error *error)
{
	const struct dirs dirs = dirs_of(txn);
	int r = prepare(txn, &dirs, error);

	unload(txn);
	return r < 0 ? r : 0;
}

int efi_txn_commit(struct efi_txn *txn, struct error *error)
{
	static const struct outcome nothing;
	struct dirs dirs = dirs_of(txn);
	sigset_t old;

	int r = lock_all(&dirs, error);
	if (r == 0)
		r = prepare(txn, &dirs, error);
	if (r < 0) {
		unlock_all(&dirs);
		return explain_outcome(&nothing, r, error);
	}
	hold_signals(&old);
	r = write_all(txn, error);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	unlock_all(&dirs);
	return r;
}

int efi_write(const struct efi_dir *dir, const struct efi_name *name, const void *data, size_t len,
	struct error *error)
{
	_cleanup_efi_txn_ struct efi_txn txn;
	int r;

	efi_txn_init(&txn, dir);
	r = efi_txn_add(&txn, name, data, len, error);
	return r < 0 ? r : efi_txn_commit(&txn, error);
}
