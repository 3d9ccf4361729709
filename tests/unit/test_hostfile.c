/* SPDX-License-Identifier: BSD-2-Clause */
/* hostfile/hostfile.h and efi/list.h: files for the OS package, their names and variables. */
#include "efi_test.h"

#include "hostfile/hostfile.h"

#define OWN(name) name "-" EFI_GUID_STPROV

static void a_name_is_up_to_forty_letters_digits_and_three_signs(void)
{
	static const char *const good[] = { "a", "0", "a.b-c_d", "wifi.key", "x-",
		"ssh.authorized_keys.root", "sysctl.extra2", "passwords", "network",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
	static const struct {
		const char *name, *reason;
	} bad[] = {
		{ "", "empty" },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "longer than 40" },
		{ "A", "another character" },
		{ "a/b", "another character" },
		{ "a b", "another character" },
		{ "\xc3\xa4", "another character" },
		{ "..", "begin with" },
		{ ".a", "begin with" },
		{ "-a", "begin with" },
		{ "_a", "begin with" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		if (hostfile_reason_against(good[i], strlen(good[i])))
			tap_fail(__FILE__, __LINE__, "%s: %s", good[i],
				hostfile_reason_against(good[i], strlen(good[i])));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		const char *reason = hostfile_reason_against(bad[i].name, strlen(bad[i].name));
		tap_ok(reason);
		tap_has(reason ? reason : bad[i].name, bad[i].reason);
	}
	tap_ok(hostfile_reason_against("a\0b", 3));
}

static void names_by_which_systemd_runs_code_are_refused(void)
{
	static const char *const bad[] = { "sysctl.extra", "tmpfiles.extra", "sysusers.extra",
		"fstab.extra", "passwd.hashed-password.root", "passwd.shell.root",
		"shell.prompt.prefix", "udev.rules.x", "network.link.x", "systemd.extra-unit.x",
		"userdb.user.x", "ssh.authorized_keys.root2", "ssh.ephemeral-authorized_keys-all",
		"home.create.x", "import.pull" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		const char *reason = hostfile_reason_against(bad[i], strlen(bad[i]));
		if (!reason || !strstr(reason, "systemd"))
			tap_fail(__FILE__, __LINE__, "%s is not refused", bad[i]);
	}
}

static void the_variable_of_the_longest_name_has_room(void)
{
	const struct efi_dir dir = EFI_DIR_INIT, bare = { .fd = -1, .bare = true };
	struct hostfile_variable v;
	char file[EFI_FILE_NAME_MAX];

	hostfile_variable("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", &v);
	efi_file_name(&dir, &v.efi, file);
	tap_eq_text(file, OWN("STFile-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
	efi_file_name(&bare, &v.efi, file);
	tap_eq_text(file, "STFile-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	tap_eq_int(v.efi.attributes, 7);
}

/* Python: hmac.digest(b"\x0b" * 32, b"app.conf\0content", "sha256")[:4].hex() */
static void a_file_has_a_mac_over_name_and_data(void)
{
	uint8_t binding[HOSTFILE_BINDING_SIZE];
	char mac[HOSTFILE_MAC_MAX], other[HOSTFILE_MAC_MAX];
	struct error e = ERROR_INIT;

	memset(binding, 0x0b, sizeof(binding));
	tap_eq_int(hostfile_mac(binding, "app.conf", "content", 7, mac, &e), 0);
	tap_eq_text(mac, "a06ece06");
	/* Where the name ends is in it. */
	tap_eq_int(hostfile_mac(binding, "app.con", "fcontent", 8, other, &e), 0);
	tap_ok(strcmp(mac, other) != 0);
}

static int decode(const char *bytes, size_t len, enum hostfile_format *format, size_t *n)
{
	struct error e = ERROR_INIT;
	const uint8_t *data;
	int r = hostfile_decode((const uint8_t *)bytes, len, format, &data, n, &e);

	if (r == 0 ? data != (const uint8_t *)bytes + 1 : e.text[0] == '\0')
		tap_fail(__FILE__, __LINE__, "%s", e.text);
	return r;
}

static void the_first_byte_is_the_format(void)
{
	static char large[1 + HOSTFILE_DATA_MAX + 1];
	enum hostfile_format format = HOSTFILE_PLAIN;
	size_t n = 0;

	tap_eq_int(decode("\0x", 2, &format, &n), 0);
	tap_eq_int(format, HOSTFILE_PLAIN);
	tap_eq_int(n, 1);
	tap_eq_int(decode("\1xyz", 4, &format, &n), 0);
	tap_eq_int(format, HOSTFILE_ENCRYPTED);
	tap_eq_int(n, 3);
	tap_eq_int(decode("", 0, &format, &n), -EINVAL);
	tap_eq_int(decode("\0", 1, &format, &n), -EINVAL);
	tap_eq_int(decode("\2x", 2, &format, &n), -EINVAL);
	tap_eq_int(decode(large, sizeof(large) - 1, &format, &n), 0);
	tap_eq_int(n, HOSTFILE_DATA_MAX);
	tap_eq_int(decode(large, sizeof(large), &format, &n), -EINVAL);
	large[0] = HOSTFILE_ENCRYPTED;
	tap_eq_int(decode(large, sizeof(large), &format, &n), 0);
}

static void the_files_of_a_store_are_listed_in_order_and_nothing_else_is(void)
{
	_cleanup_play_ struct play p;
	struct efi_list list;
	struct error e = ERROR_INIT;

	play_init(&p);
	put(&p, OWN("STFile-b"), "\7\0\0\0\0x", 6);
	put(&p, OWN("STFile-a-b"), "\7\0\0\0\0x", 6);
	put(&p, OWN("STFile-"), "", 0);
	put(&p, OWN("STHostCert"), "\7\0\0\0x", 5);
	put(&p, STBOOT("STFile-c"), "\7\0\0\0\0x", 6);
	put(&p, "STFile-" EFI_GUID_STPROV "x", "", 0);
	put(&p, OWN("STFile-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), "",
		0);
	tap_eq_int(mkdirat(p.dir.fd, OWN("STFile-d"), 0700), 0);
	tap_eq_int(symlinkat("x", p.dir.fd, OWN("STFile-e")), 0);
	tap_eq_int(hostfile_list(&p.dir, &list, &e), 0);
	tap_eq_int(list.n, 3);
	tap_ok(!list.more);
	tap_eq_text(list.names[0], "STFile-");
	tap_eq_text(list.names[1], "STFile-a-b");
	tap_eq_text(hostfile_name_of(list.names[2]), "b");
}

static void at_most_sixty_four_are_looked_at(void)
{
	_cleanup_play_ struct play p;
	struct efi_list list;
	struct error e = ERROR_INIT;
	char file[EFI_FILE_NAME_MAX];

	play_init(&p);
	for (int i = 0; i < EFI_LIST_MAX; i++) {
		snprintf(file, sizeof(file), OWN("STFile-%d"), i);
		put(&p, file, "", 0);
	}
	tap_eq_int(hostfile_list(&p.dir, &list, &e), 0);
	tap_eq_int(list.n, EFI_LIST_MAX);
	tap_ok(!list.more);
	put(&p, OWN("STFile-x"), "", 0);
	tap_eq_int(hostfile_list(&p.dir, &list, &e), 0);
	tap_eq_int(list.n, EFI_LIST_MAX);
	tap_ok(list.more);
}

static void a_variable_is_taken_from_other_users(void)
{
	_cleanup_play_ struct play p;
	struct error e = ERROR_INIT;
	struct stat st;

	play_init(&p);
	tap_eq_int(efi_make_private(&p.dir, &efi_host_key, &e), EFI_E_ABSENT);
	put(&p, STBOOT("STHostKey"), "\7\0\0\0x", 5);
	tap_eq_int(fchmodat(p.dir.fd, STBOOT("STHostKey"), 0644, 0), 0);
	tap_eq_int(efi_make_private(&p.dir, &efi_host_key, &e), 0);
	tap_eq_int(fstatat(p.dir.fd, STBOOT("STHostKey"), &st, 0), 0);
	tap_eq_int(st.st_mode & 07777, 0600);
	tap_eq_int(symlinkat("/etc/passwd", p.dir.fd, STBOOT("STHostConfig")), 0);
	tap_eq_int(efi_make_private(&p.dir, &efi_host_config, &e), -ELOOP);
	tap_has(e.text, "cannot take from other users the variable STHostConfig: ");
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(a_name_is_up_to_forty_letters_digits_and_three_signs),
		TAP_TEST(names_by_which_systemd_runs_code_are_refused),
		TAP_TEST(the_variable_of_the_longest_name_has_room),
		TAP_TEST(a_file_has_a_mac_over_name_and_data),
		TAP_TEST(the_first_byte_is_the_format),
		TAP_TEST(the_files_of_a_store_are_listed_in_order_and_nothing_else_is),
		TAP_TEST(at_most_sixty_four_are_looked_at),
		TAP_TEST(a_variable_is_taken_from_other_users),
		{ 0 },
	};

	return tap_run(tests);
}
