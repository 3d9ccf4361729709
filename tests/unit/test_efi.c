/* SPDX-License-Identifier: BSD-2-Clause */
/* efi/: variables in a plain directory: reading, writing, several at once, locks, Setup Mode. */
#include "efi_test.h"

#include <signal.h>
#include <sys/resource.h>

#include "efi/secureboot.h"
#include "efi/store.h"

static void a_variable_is_read_without_its_attributes(void)
{
	_cleanup_play_ struct play p;
	_cleanup_free_ uint8_t *data = NULL;
	struct error error = ERROR_INIT;
	size_t len = 99;

	play_init(&p);
	put(&p, STBOOT("STHostName"), "\x07\0\0\0mullis", 10);
	tap_eq_int(efi_read(&p.dir, &efi_host_name, &data, &len, &error), 0);
	tap_eq_bytes(data, len, "mullis", 6);
	tap_eq_int(data[6], 0);
}

static void absent_empty_and_malformed_are_three_answers(void)
{
	_cleanup_play_ struct play p;
	_cleanup_free_ uint8_t *data = NULL;
	struct error error = ERROR_INIT;
	size_t len = 99;

	play_init(&p);
	tap_eq_int(efi_read(&p.dir, &efi_host_name, &data, &len, &error), EFI_E_ABSENT);
	tap_eq_text(error.text, "there is no EFI variable STHostName");
	put(&p, STBOOT("STHostName"), "\x07\0\0", 3);
	tap_eq_int(efi_read(&p.dir, &efi_host_name, &data, &len, &error), -EINVAL);
	tap_has(error.text, "STHostName is damaged");
	put(&p, STBOOT("STHostName"), "", 0);
	tap_eq_int(efi_read(&p.dir, &efi_host_name, &data, &len, &error), -EINVAL);
	tap_eq_int(len, 99);
	put(&p, STBOOT("STHostName"), "\x07\0\0\0", 4);
	tap_eq_int(efi_read(&p.dir, &efi_host_name, &data, &len, &error), 0);
	tap_eq_int(len, 0);
}

static void a_zero_length_file_in_efivarfs_is_no_variable(void)
{
	_cleanup_play_ struct play p;
	_cleanup_free_ uint8_t *data = NULL;
	struct error error = ERROR_INIT;
	size_t len;

	play_init(&p);
	p.dir.efivarfs = true;
	put(&p, STBOOT("STHostName"), "", 0);
	tap_eq_int(efi_read(&p.dir, &efi_host_name, &data, &len, &error), EFI_E_ABSENT);
}

static void reading_is_bounded(void)
{
	_cleanup_play_ struct play p;
	_cleanup_free_ uint8_t *data = NULL, *big = calloc(1, 4 + EFI_DATA_MAX + 1);
	struct error error = ERROR_INIT;
	size_t len;

	play_init(&p);
	put(&p, STBOOT("STHostName"), big, 4 + EFI_DATA_MAX + 1);
	tap_eq_int(efi_read(&p.dir, &efi_host_name, &data, &len, &error), -EFBIG);
	tap_eq_text(error.text, "cannot read STHostName: it holds more than 65536 bytes");
	put(&p, STBOOT("STHostName"), big, 4 + EFI_DATA_MAX);
	tap_eq_int(efi_read(&p.dir, &efi_host_name, &data, &len, &error), 0);
	tap_eq_int(len, EFI_DATA_MAX);
}

static void links_fifos_and_directories_are_neither_read_nor_written(void)
{
	_cleanup_play_ struct play p;
	_cleanup_free_ uint8_t *data = NULL;
	struct error error = ERROR_INIT;
	size_t len;

	play_init(&p);
	put(&p, "outside", "\x07\0\0\0keep", 8);
	tap_eq_int(symlinkat("outside", p.dir.fd, STBOOT("STHostName")), 0);
	tap_eq_int(efi_read(&p.dir, &efi_host_name, &data, &len, &error), -ELOOP);
	tap_eq_int(efi_write(&p.dir, &efi_host_name, "new", 3, &error), -ELOOP);
	p.dir.efivarfs = true;
	tap_eq_int(efi_write(&p.dir, &efi_host_name, "new", 3, &error), -ELOOP);
	tap_file(&p, "outside", "\x07\0\0\0keep", 8);
	tap_eq_int(mkfifoat(p.dir.fd, STBOOT("STHostKey"), 0600), 0);
	tap_eq_int(efi_read(&p.dir, &efi_host_key, &data, &len, &error), -EISDIR);
	tap_eq_int(efi_write(&p.dir, &efi_host_key, "new", 3, &error), -EISDIR);
	tap_has(error.text, "a link or not a regular file");
	tap_eq_int(mkdirat(p.dir.fd, STBOOT("STHostConfig"), 0700), 0);
	tap_eq_int(efi_read(&p.dir, &efi_host_config, &data, &len, &error), -EISDIR);
}

static void a_write_leaves_one_private_file_with_attributes(void)
{
	_cleanup_play_ struct play p;
	struct error error = ERROR_INIT;
	struct stat st;

	play_init(&p);
	tap_eq_int(efi_write(&p.dir, &efi_host_key, "PEM", 3, &error), 0);
	tap_file(&p, STBOOT("STHostKey"), "\x07\0\0\0PEM", 7);
	tap_eq_int(fstatat(p.dir.fd, STBOOT("STHostKey"), &st, 0), 0);
	tap_eq_int(st.st_mode & 07777, 0600);
	put(&p, STBOOT("STHostName"), "\x07\0\0\0a longer name than the new one", 34);
	tap_eq_int(efi_write(&p.dir, &efi_host_name, "new", 3, &error), 0);
	tap_file(&p, STBOOT("STHostName"), "\x07\0\0\0new", 7);
	tap_eq_int(efi_write(&p.dir, &efi_pk, "signed", 6, &error), 0);
	tap_file(&p, GLOBAL("PK"), "\x27\0\0\0signed", 10);
	tap_eq_int(efi_write(&p.dir, &efi_db, "signed", 6, &error), 0);
	tap_file(&p, SECURITY("db"), "\x27\0\0\0signed", 10);
	tap_eq_int(count_files(&p), 4);
}

/* As many characters as the name of a file may have. */
#define LONG_NAME "abcdefghij0123456789abcdefghij0123456789"

static void what_a_crash_left_is_swept_and_never_followed(void)
{
	_cleanup_play_ struct play p;
	struct error error = ERROR_INIT;

	play_init(&p);
	put(&p, ".stprov-new-" STBOOT("STHostKey"), "\x07\0\0\0half", 8);
	tap_eq_int(efi_write(&p.dir, &efi_host_key, "PEM", 3, &error), 0);
	tap_file(&p, STBOOT("STHostKey"), "\x07\0\0\0PEM", 7);
	put(&p, "outside", "keep", 4);
	tap_eq_int(symlinkat("outside", p.dir.fd, ".stprov-new-" STBOOT("STHostName")), 0);
	tap_eq_int(efi_write(&p.dir, &efi_host_name, "new", 3, &error), 0);
	tap_file(&p, "outside", "keep", 4);
	tap_file(&p, STBOOT("STHostName"), "\x07\0\0\0new", 7);
	tap_eq_int(count_files(&p), 3);
	/* Of any variable, with the longest name, too. */
	put(&p, ".stprov-new-STFile-" LONG_NAME "-" EFI_GUID_STPROV, "half", 4);
	put(&p, ".stprov-new-STHostCert-" EFI_GUID_STPROV, "half", 4);
	tap_eq_int(efi_write(&p.dir, &efi_host_name, "new", 3, &error), 0);
	tap_eq_int(count_files(&p), 3);
}

static void a_file_that_becomes_a_link_in_between_is_not_written(void)
{
	_cleanup_play_ struct play p;
	struct efi_raw raw = { (uint8_t *)(uintptr_t) "\x07\0\0\0new", 7 };
	struct error error = ERROR_INIT;

	play_init(&p);
	put(&p, "outside", "keep", 4);
	tap_eq_int(symlinkat("outside", p.dir.fd, STBOOT("STHostName")), 0);
	tap_eq_int(mkfifoat(p.dir.fd, STBOOT("STHostKey"), 0600), 0);
	for (int efivarfs = 0; efivarfs < 2; efivarfs++) {
		p.dir.efivarfs = efivarfs;
		tap_eq_int(efi_store_write(&p.dir, &efi_host_name, &raw, &error), -ELOOP);
		tap_eq_int(efi_store_write(&p.dir, &efi_host_key, &raw, &error), -EISDIR);
	}
	tap_file(&p, "outside", "keep", 4);
	tap_eq_int(count_files(&p), 3);
}

static void a_write_that_fails_leaves_no_temporary_file(void)
{
	_cleanup_play_ struct play p;
	struct rlimit old, none;
	struct error error = ERROR_INIT;

	play_init(&p);
	put(&p, STBOOT("STHostName"), "\x07\0\0\0old", 7);
	tap_eq_int(getrlimit(RLIMIT_FSIZE, &old), 0);
	none = (struct rlimit){ 0, old.rlim_max };
	signal(SIGXFSZ, SIG_IGN);
	tap_eq_int(setrlimit(RLIMIT_FSIZE, &none), 0);
	tap_eq_int(efi_write(&p.dir, &efi_host_name, "new", 3, &error), -EFBIG);
	tap_eq_int(setrlimit(RLIMIT_FSIZE, &old), 0);
	tap_eq_text(error.text, "cannot write STHostName: File too large; nothing was changed");
	tap_file(&p, STBOOT("STHostName"), "\x07\0\0\0old", 7);
	tap_eq_int(count_files(&p), 1);
}

static void a_transaction_takes_what_can_be_written(void)
{
	static const uint8_t big[EFI_DATA_MAX + 1];
	_cleanup_play_ struct play p;
	_cleanup_efi_txn_ struct efi_txn txn;
	struct error error = ERROR_INIT;

	play_init(&p);
	efi_txn_init(&txn, &p.dir);
	tap_eq_int(efi_txn_commit(&txn, &error), 0);
	tap_eq_int(efi_txn_add(&txn, &efi_host_name, "", 0, &error), -EINVAL);
	tap_eq_int(efi_txn_add(&txn, &efi_host_name, NULL, 0, &error), -EINVAL);
	tap_eq_int(efi_txn_add(&txn, &efi_host_name, big, sizeof(big), &error), -EFBIG);
	for (int i = 0; i < EFI_TXN_MAX; i++)
		tap_eq_int(efi_txn_add(&txn, &efi_host_name, big, EFI_DATA_MAX, &error), 0);
	tap_eq_int(efi_txn_add(&txn, &efi_host_name, "x", 1, &error), -E2BIG);
	tap_eq_int(efi_txn_commit(&txn, &error), 0);
	tap_eq_int(count_files(&p), 1);
}

#define MANY 20

/* The names are those of files, as long as they may be. @last_len: of the data of the last one. */
static void add_many(
	struct efi_txn *txn, struct efi_name names[MANY], char texts[MANY][64], size_t last_len)
{
	static const uint8_t data[4096];
	struct error error = ERROR_INIT;

	for (size_t i = 0; i < MANY; i++) {
		snprintf(texts[i], sizeof(texts[i]), "STFile-%02zu%s", i, &LONG_NAME[2]);
		names[i] =
			(struct efi_name){ texts[i], EFI_GUID_STPROV, EFI_ATTRIBUTES_PLAIN, false };
		tap_eq_int(
			efi_txn_add(txn, &names[i], data, i + 1 < MANY ? 10 : last_len, &error), 0);
	}
}

/* The number is told where the names have no room, and the reason stays whole. */
static void many_that_are_put_back_are_counted(void)
{
	_cleanup_play_ struct play p;
	_cleanup_efi_txn_ struct efi_txn txn;
	struct efi_name names[MANY];
	char texts[MANY][64];
	struct rlimit old, small;
	struct error error = ERROR_INIT;

	play_init(&p);
	efi_txn_init(&txn, &p.dir);
	add_many(&txn, names, texts, 2000);
	tap_eq_int(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = (struct rlimit){ 1000, old.rlim_max };
	signal(SIGXFSZ, SIG_IGN);
	tap_eq_int(setrlimit(RLIMIT_FSIZE, &small), 0);
	tap_eq_int(efi_txn_commit(&txn, &error), -EFBIG);
	tap_eq_int(setrlimit(RLIMIT_FSIZE, &old), 0);
	tap_eq_text(error.text, "cannot write STFile-19cdefghij0123456789abcdefghij0123456789: "
				"File too large; put back as before: 19 variables");
	tap_eq_int(count_files(&p), 0);
}

static void trying_changes_nothing(void)
{
	_cleanup_play_ struct play p;
	_cleanup_efi_txn_ struct efi_txn txn;
	struct efi_name names[MANY];
	char texts[MANY][64];
	struct error error = ERROR_INIT;

	play_init(&p);
	efi_txn_init(&txn, &p.dir);
	tap_eq_int(efi_txn_try(&txn, &error), 0);
	add_many(&txn, names, texts, 10);
	tap_eq_int(efi_txn_try(&txn, &error), 0);
	tap_eq_int(count_files(&p), 0);
	tap_eq_int(efi_txn_commit(&txn, &error), 0);
	tap_eq_int(count_files(&p), MANY);
}

static void an_old_value_that_cannot_be_kept_stops_all(void)
{
	_cleanup_play_ struct play p;
	_cleanup_efi_txn_ struct efi_txn txn;
	struct error error = ERROR_INIT;

	play_init(&p);
	put(&p, STBOOT("STHostName"), "\x07\0\0\0old", 7);
	tap_eq_int(mkdirat(p.dir.fd, STBOOT("STHostConfig"), 0700), 0);
	efi_txn_init(&txn, &p.dir);
	tap_eq_int(efi_txn_add(&txn, &efi_host_name, "new", 3, &error), 0);
	tap_eq_int(efi_txn_add(&txn, &efi_host_config, "{}", 2, &error), 0);
	tap_eq_int(efi_txn_commit(&txn, &error), -EISDIR);
	tap_has(error.text, "; nothing was changed");
	tap_has(error.text, "cannot read STHostConfig");
	tap_file(&p, STBOOT("STHostName"), "\x07\0\0\0old", 7);
}

static int write_pair(const struct efi_dir *dir, char c)
{
	_cleanup_efi_txn_ struct efi_txn txn;
	struct error error;
	char data[512];

	memset(data, c, sizeof(data));
	efi_txn_init(&txn, dir);
	if (efi_txn_add(&txn, &efi_host_config, data, sizeof(data), &error) < 0 ||
		efi_txn_add(&txn, &efi_host_name, data, sizeof(data), &error) < 0)
		return -1;
	return efi_txn_commit(&txn, &error);
}

/* All that stprov provisions, in the order in which `remote clear` takes it. */
static int remove_all(const struct play *p, struct error *error)
{
	static const struct efi_name *const names[] = { &efi_host_key, &efi_host_config,
		&efi_host_name };
	_cleanup_efi_txn_ struct efi_txn txn;

	efi_txn_init(&txn, &p->dir);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		tap_eq_int(efi_txn_add_removal(&txn, names[i], error), 0);
	return efi_txn_commit(&txn, error);
}

static void removed_variables_are_gone_and_others_stay(void)
{
	_cleanup_play_ struct play p;
	struct error error = ERROR_INIT;

	play_init(&p);
	put(&p, STBOOT("STHostKey"), "\x07\0\0\0PEM", 7);
	put(&p, STBOOT("STHostName"), "\x07", 1);
	put(&p, ".stprov-new-" STBOOT("STHostKey"), "\x07\0\0\0half", 8);
	put(&p, GLOBAL("PK"), "\x27\0\0\0P", 5);
	tap_eq_int(remove_all(&p, &error), 0);
	tap_no_file(&p, STBOOT("STHostKey"));
	tap_file(&p, GLOBAL("PK"), "\x27\0\0\0P", 5);
	tap_eq_int(count_files(&p), 1);
	tap_eq_int(remove_all(&p, &error), 0);
}

static void what_could_not_be_put_back_is_not_removed(void)
{
	_cleanup_play_ struct play p;
	struct error error = ERROR_INIT;

	play_init(&p);
	put(&p, STBOOT("STHostKey"), "\x07\0\0\0PEM", 7);
	tap_eq_int(mkdirat(p.dir.fd, STBOOT("STHostName"), 0700), 0);
	tap_eq_int(remove_all(&p, &error), -EISDIR);
	tap_eq_text(error.text, "cannot read STHostName: its file is a link or not a regular file; "
				"nothing was changed");
	tap_eq_int(count_files(&p), 2);
}

static void writes_and_removals_are_one_decision(void)
{
	_cleanup_play_ struct play p;
	_cleanup_efi_txn_ struct efi_txn txn;
	struct error error = ERROR_INIT;

	play_init(&p);
	put(&p, STBOOT("STHostKey"), "\x07\0\0\0PEM", 7);
	efi_txn_init(&txn, &p.dir);
	tap_eq_int(efi_txn_add_removal(&txn, &efi_host_key, &error), 0);
	tap_eq_int(efi_txn_add(&txn, &efi_host_name, "new", 3, &error), 0);
	tap_eq_int(efi_txn_commit(&txn, &error), 0);
	tap_no_file(&p, STBOOT("STHostKey"));
	tap_file(&p, STBOOT("STHostName"), "\x07\0\0\0new", 7);
}

static void two_processes_at_once_do_not_mix(void)
{
	_cleanup_play_ struct play p;
	_cleanup_free_ uint8_t *config = NULL, *name = NULL;
	struct error error = ERROR_INIT;
	size_t config_len = 0, name_len = 1;
	int status, failed = 0;

	play_init(&p);
	for (int child = 0; child < 2; child++) {
		if (fork() != 0)
			continue;
		for (int i = 0; i < 100; i++)
			if (write_pair(&p.dir, (char)('a' + child)) < 0)
				_exit(1);
		_exit(0);
	}
	while (wait(&status) > 0)
		failed |= status;
	tap_eq_int(failed, 0);
	tap_eq_int(efi_read(&p.dir, &efi_host_config, &config, &config_len, &error), 0);
	tap_eq_int(efi_read(&p.dir, &efi_host_name, &name, &name_len, &error), 0);
	tap_eq_bytes(config, config_len, name, name_len);
}

static void a_directory_that_is_gone_is_said_to_be(void)
{
	struct play p;
	struct error error = ERROR_INIT;

	play_init(&p);
	tap_eq_int(rmdir(p.path), 0);
	tap_eq_int(efi_write(&p.dir, &efi_host_name, "new", 3, &error), -ENOENT);
	tap_has(error.text, "cannot write STHostName: /tmp/stprov-efi-");
	tap_has(error.text, " is gone");
	efi_close(&p.dir);
}

static void opening_says_what_is_wrong_with_the_path(void)
{
	struct efi_dir dir = EFI_DIR_INIT;
	struct error error = ERROR_INIT;
	char path[300];

	tap_eq_int(efi_open("/nowhere/at/all", &dir, &error), -ENOENT);
	tap_eq_text(error.text, "cannot open directory /nowhere/at/all: No such file or directory");
	tap_eq_int(efi_open("/proc/self/status", &dir, &error), -ENOTDIR);
	tap_eq_int(efi_open("", &dir, &error), -ENOENT);
	memset(path, 'a', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	tap_eq_int(efi_open(path, &dir, &error), -ENAMETOOLONG);
	tap_eq_int(dir.fd, -1);
}

static int setup_mode_of(const struct play *p, const char *data, size_t len, struct error *error)
{
	put(p, GLOBAL("SetupMode"), data, len);
	return efi_setup_mode(&p->dir, error);
}

static void setup_mode_has_four_answers(void)
{
	_cleanup_play_ struct play p;
	struct error error = ERROR_INIT;

	play_init(&p);
	tap_eq_int(efi_setup_mode(&p.dir, &error), EFI_E_UNKNOWN);
	tap_eq_text(error.text, "cannot tell whether this is Setup Mode: "
				"there is no EFI variable SetupMode");
	tap_eq_int(setup_mode_of(&p, "\x06\0\0\0\1", 5, &error), 0);
	tap_eq_int(setup_mode_of(&p, "\x06\0\0\0\0", 5, &error), EFI_E_USER_MODE);
	tap_has(error.text, "not in Setup Mode");
	tap_eq_int(setup_mode_of(&p, "\x06\0\0\0\2", 5, &error), -EINVAL);
	tap_has(error.text, "first 0x02");
	tap_eq_int(setup_mode_of(&p, "\x06\0\0\0", 4, &error), -EINVAL);
	tap_eq_int(setup_mode_of(&p, "\x06\0\0\0\1\0", 6, &error), -EINVAL);
	tap_eq_int(setup_mode_of(&p, "\1", 1, &error), -EINVAL);
	tap_eq_int(unlinkat(p.dir.fd, GLOBAL("SetupMode"), 0), 0);
	tap_eq_int(mkdirat(p.dir.fd, GLOBAL("SetupMode"), 0700), 0);
	tap_eq_int(efi_setup_mode(&p.dir, &error), EFI_E_UNKNOWN);
}

static void asking_for_the_menu_keeps_the_other_bits(void)
{
	_cleanup_play_ struct play p;
	struct error error = ERROR_INIT;

	play_init(&p);
	tap_eq_int(efi_request_firmware_menu(&p.dir, &error), 0);
	tap_file(&p, GLOBAL("OsIndications"), "\x07\0\0\0\1\0\0\0\0\0\0\0", 12);
	put(&p, GLOBAL("OsIndications"), "\x07\0\0\0\x04\x80\0\0\0\0\0\xa0", 12);
	tap_eq_int(efi_request_firmware_menu(&p.dir, &error), 0);
	tap_file(&p, GLOBAL("OsIndications"), "\x07\0\0\0\x05\x80\0\0\0\0\0\xa0", 12);
	put(&p, GLOBAL("OsIndications"), "\x07\0\0\0\0\0\0\0\0\0\0", 11);
	tap_eq_int(efi_request_firmware_menu(&p.dir, &error), -EINVAL);
	tap_eq_text(error.text, "OsIndications is damaged: 7 bytes, not 8");
	tap_file(&p, GLOBAL("OsIndications"), "\x07\0\0\0\0\0\0\0\0\0\0", 11);
}

/* A signed update: a time, a certificate that is its own length, and a value of one byte. */
#define UPDATE(value)                                                                              \
	"SIGNED UPDATE AT"                                                                         \
	"\4\0\0\0" value
#define UPDATE_SIZE 21

static void secure_boot_keys_go_together(void)
{
	_cleanup_play_ struct play p;
	struct error error = ERROR_INIT;
	struct efi_secureboot_keys keys = { .blobs[EFI_SB_PK] = { (const uint8_t *)UPDATE("P"),
						    UPDATE_SIZE },
		.blobs[EFI_SB_KEK] = { (const uint8_t *)UPDATE("K"), UPDATE_SIZE } };

	play_init(&p);
	tap_eq_int(efi_secureboot_write(&p.dir, &keys, &error), -EINVAL);
	tap_eq_text(error.text, "cannot write db: it would be empty");
	tap_eq_int(count_files(&p), 0);
	keys.blobs[EFI_SB_DB] = (struct efi_blob){ (const uint8_t *)UPDATE("D"), UPDATE_SIZE };
	tap_eq_int(efi_secureboot_write(&p.dir, &keys, &error), 0);
	tap_eq_int(count_files(&p), 3);
	keys.blobs[EFI_SB_DBX] = (struct efi_blob){ (const uint8_t *)UPDATE("X"), UPDATE_SIZE };
	tap_eq_int(efi_secureboot_write(&p.dir, &keys, &error), 0);
	tap_file(&p, GLOBAL("PK"), "\x27\0\0\0" UPDATE("P"), 4 + UPDATE_SIZE);
	tap_file(&p, GLOBAL("KEK"), "\x27\0\0\0" UPDATE("K"), 4 + UPDATE_SIZE);
	tap_file(&p, SECURITY("db"), "\x27\0\0\0" UPDATE("D"), 4 + UPDATE_SIZE);
	tap_file(&p, SECURITY("dbx"), "\x27\0\0\0" UPDATE("X"), 4 + UPDATE_SIZE);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(a_variable_is_read_without_its_attributes),
		TAP_TEST(absent_empty_and_malformed_are_three_answers),
		TAP_TEST(a_zero_length_file_in_efivarfs_is_no_variable),
		TAP_TEST(reading_is_bounded),
		TAP_TEST(links_fifos_and_directories_are_neither_read_nor_written),
		TAP_TEST(a_write_leaves_one_private_file_with_attributes),
		TAP_TEST(what_a_crash_left_is_swept_and_never_followed),
		TAP_TEST(a_file_that_becomes_a_link_in_between_is_not_written),
		TAP_TEST(a_write_that_fails_leaves_no_temporary_file),
		TAP_TEST(a_transaction_takes_what_can_be_written),
		TAP_TEST(many_that_are_put_back_are_counted),
		TAP_TEST(trying_changes_nothing),
		TAP_TEST(an_old_value_that_cannot_be_kept_stops_all),
		TAP_TEST(removed_variables_are_gone_and_others_stay),
		TAP_TEST(what_could_not_be_put_back_is_not_removed),
		TAP_TEST(writes_and_removals_are_one_decision),
		TAP_TEST(two_processes_at_once_do_not_mix),
		TAP_TEST(a_directory_that_is_gone_is_said_to_be),
		TAP_TEST(opening_says_what_is_wrong_with_the_path),
		TAP_TEST(setup_mode_has_four_answers),
		TAP_TEST(asking_for_the_menu_keeps_the_other_bits),
		TAP_TEST(secure_boot_keys_go_together),
		{ 0 },
	};

	return tap_run(tests);
}
