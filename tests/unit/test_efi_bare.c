/* SPDX-License-Identifier: BSD-2-Clause */
/* efi/: a directory without GUIDs and attributes, and a transaction in two directories. */
#include "efi_test.h"

#include "efi/list.h"

static void bare_init(struct play *p)
{
	play_init(p);
	p->dir.bare = true;
}

static void a_bare_directory_holds_data_alone(void)
{
	_cleanup_play_ struct play p;
	_cleanup_free_ uint8_t *data = NULL;
	struct error error = ERROR_INIT;
	struct stat st;
	size_t len = 0;

	bare_init(&p);
	tap_eq_int(efi_read(&p.dir, &efi_host_key, &data, &len, &error), EFI_E_ABSENT);
	tap_has(error.text, "there is no STHostKey in /tmp/stprov-efi-");
	tap_eq_int(efi_write(&p.dir, &efi_host_key, "PEM", 3, &error), 0);
	tap_file(&p, "STHostKey", "PEM", 3);
	tap_eq_int(fstatat(p.dir.fd, "STHostKey", &st, 0), 0);
	tap_eq_int(st.st_mode & 07777, 0600);
	tap_eq_int(efi_read(&p.dir, &efi_host_key, &data, &len, &error), 0);
	tap_eq_bytes(data, len, "PEM", 3);
	tap_eq_int(data[3], 0);
}

static void fewer_bytes_than_attributes_are_data_there(void)
{
	_cleanup_play_ struct play p;
	_cleanup_free_ uint8_t *data = NULL;
	struct error error = ERROR_INIT;
	size_t len = 0;

	bare_init(&p);
	put(&p, "STHostName", "abc", 3);
	tap_eq_int(efi_read(&p.dir, &efi_host_name, &data, &len, &error), 0);
	tap_eq_bytes(data, len, "abc", 3);
}

static void reading_it_is_bounded(void)
{
	_cleanup_play_ struct play p;
	_cleanup_free_ uint8_t *data = NULL, *big = calloc(1, EFI_DATA_MAX + 5);
	struct error error = ERROR_INIT;
	size_t len;

	bare_init(&p);
	put(&p, "STHostName", big, EFI_DATA_MAX + 1);
	tap_eq_int(efi_read(&p.dir, &efi_host_name, &data, &len, &error), -EFBIG);
	put(&p, "STHostName", big, EFI_DATA_MAX);
	tap_eq_int(efi_read(&p.dir, &efi_host_name, &data, &len, &error), 0);
	tap_eq_int(len, EFI_DATA_MAX);
}

static void its_variables_are_listed_without_a_guid(void)
{
	_cleanup_play_ struct play p;
	static struct efi_list list;
	struct error error = ERROR_INIT;

	bare_init(&p);
	put(&p, "STFile-b", "x", 1);
	put(&p, "STFile-a", "x", 1);
	put(&p, "STHostKey", "x", 1);
	put(&p, ".stprov-new-STFile-c", "x", 1);
	tap_eq_int(efi_list_read(&p.dir, EFI_GUID_STPROV, "STFile-", &list, &error), 0);
	tap_eq_int(list.n, 2);
	tap_eq_text(list.names[0], "STFile-a");
	tap_eq_text(list.names[1], "STFile-b");
}

/* A transaction of one variable each in @a and @b. */
static int write_both(const struct play *a, const struct play *b, size_t b_len, struct error *error)
{
	_cleanup_efi_txn_ struct efi_txn txn;
	_cleanup_free_ uint8_t *data = calloc(1, b_len);

	efi_txn_init(&txn, &a->dir);
	int r = efi_txn_add(&txn, &efi_host_key, "new", 3, error);
	efi_txn_use(&txn, &b->dir);
	if (r == 0)
		r = efi_txn_add(&txn, &efi_host_name, data, b_len, error);
	efi_txn_use(&txn, &a->dir);
	if (r == 0)
		r = efi_txn_add_removal(&txn, &efi_host_config, error);
	return r == 0 ? efi_txn_commit(&txn, error) : r;
}

static void two_directories_are_one_decision(void)
{
	_cleanup_play_ struct play a, b;
	struct error error = ERROR_INIT;

	bare_init(&a);
	play_init(&b);
	put(&a, "STHostConfig", "{}", 2);
	tap_eq_int(write_both(&a, &b, 2, &error), 0);
	tap_file(&a, "STHostKey", "new", 3);
	tap_file(&b, STBOOT("STHostName"), "\x07\0\0\0\0\0", 6);
	tap_eq_int(faccessat(a.dir.fd, "STHostConfig", F_OK, 0), -1);
}

static void a_failure_in_the_second_puts_back_the_first(void)
{
	_cleanup_play_ struct play a, b;
	struct error error = ERROR_INIT;

	bare_init(&a);
	play_init(&b);
	put(&a, "STHostKey", "old", 3);
	put(&a, "STHostConfig", "{}", 2);
	tap_eq_int(symlinkat("elsewhere", b.dir.fd, STBOOT("STHostName")), 0);
	tap_eq_int(write_both(&a, &b, 2, &error), -ELOOP);
	tap_file(&a, "STHostKey", "old", 3);
	/* The second directory fails while it is written to. */
	tap_eq_int(unlinkat(b.dir.fd, STBOOT("STHostName"), 0), 0);
	b.dir.efivarfs = true;
	close(b.dir.fd);
	b.dir.fd = open("/proc/self/fdinfo", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	tap_ok(write_both(&a, &b, 2, &error) < 0);
	tap_has(error.text, "cannot write STHostName");
	tap_has(error.text, "put back as before: STHostKey");
	tap_file(&a, "STHostKey", "old", 3);
	tap_file(&a, "STHostConfig", "{}", 2);
}

static void both_are_locked_at_once(void)
{
	_cleanup_play_ struct play a, b;
	struct error error = ERROR_INIT;

	bare_init(&a);
	play_init(&b);
	/* Another open file of the same directory: a lock of another process. */
	struct play again = b;
	_cleanup_close_ int fd = open(b.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	again.dir.fd = fd;
	tap_eq_int(write_both(&b, &again, 2, &error), -EBUSY);
	tap_has(error.text, "another stprov is writing to");
	tap_has(error.text, "nothing was changed");
	tap_eq_int(faccessat(b.dir.fd, STBOOT("STHostKey"), F_OK, 0), -1);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(a_bare_directory_holds_data_alone),
		TAP_TEST(fewer_bytes_than_attributes_are_data_there),
		TAP_TEST(reading_it_is_bounded),
		TAP_TEST(its_variables_are_listed_without_a_guid),
		TAP_TEST(two_directories_are_one_decision),
		TAP_TEST(a_failure_in_the_second_puts_back_the_first),
		TAP_TEST(both_are_locked_at_once),
		{ 0 },
	};

	return tap_run(tests);
}
