/* SPDX-License-Identifier: BSD-2-Clause */
/* What is demanded of a platform's TPM: see wanted.h. */
#include "local/wanted.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "attest/defaults.h"
#include "base/file.h"
#include "base/text.h"
#include "pe/pe.h"

/* One file of certificates, and how many files of a directory are read. */
#define ROOTS_FILE_MAX (4 * 1024 * 1024)
#define ROOTS_FILES_MAX 4096
#define SHOWN_MAX 128

void wanted_deinit(struct wanted *wanted)
{
	attest_pins_deinit(&wanted->attest.pins);
	crypto_roots_free(&wanted->roots);
}

const char *wanted_first(const struct wanted_options *o)
{
	return o->ek         ? "--ek"
	       : o->ek_roots ? "--ek-roots"
	       : o->image    ? "--image"
	       : o->defaults ? "--defaults"
			     : NULL;
}

/* A bad file is not an error of the command line. */
static int bad_file(int r, const char *option, struct error *error)
{
	return error_prefix(error, r == -EINVAL ? -EBADF : r, "%s", option);
}

/* -- --ek ------------------------------------------------------------------------------------- */

static int read_pins(const char *text, struct wanted *wanted, struct error *error)
{
	_cleanup_free_ uint8_t *data = NULL;
	uint8_t sha256[TPM_HASH_SIZE];
	char shown[SHOWN_MAX];
	size_t len = 0;

	text_printable(text, strlen(text), shown, sizeof(shown));
	if (text[0] != '@' && text_parse_hex(text, sha256, sizeof(sha256)) < 0)
		return error_set(error, -EINVAL,
			"--ek: \"%s\" is not a SHA-256 of 64 hex digits; a file of them is @FILE",
			shown);
	if (text[0] != '@')
		return attest_pins_read(text, strlen(text), &wanted->attest.pins, error);
	int r = file_read(AT_FDCWD, text + 1, ATTEST_PINS_TEXT_MAX, &data, &len, error);
	if (r < 0)
		return bad_file(r, "--ek", error);
	r = attest_pins_read((const char *)data, len, &wanted->attest.pins, error);
	return r < 0 ? bad_file(error_prefix(error, r, "%s", shown + 1), "--ek", error) : 0;
}

/* -- --ek-roots ------------------------------------------------------------------------------- */

static int add_file(
	int dir_fd, const char *path, struct crypto_roots *roots, size_t *io_n, struct error *error)
{
	_cleanup_free_ uint8_t *data = NULL;
	char shown[SHOWN_MAX];
	size_t len = 0, n = 0;
	int r = file_read(dir_fd, path, ROOTS_FILE_MAX, &data, &len, error);

	if (r < 0)
		return r;
	r = crypto_roots_add(roots, data, len, &n, error);
	*io_n += n;
	text_printable(path, strlen(path), shown, sizeof(shown));
	return r < 0 ? error_prefix(error, r, "%s", shown) : 0;
}

static bool is_file(int dir_fd, const char *name)
{
	struct stat st;

	return fstatat(dir_fd, name, &st, 0) == 0 && S_ISREG(st.st_mode);
}

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

/* Each regular file; one without certificates is passed over, as a README is. */
static int add_files(
	const char *path, struct crypto_roots *roots, size_t *io_n, struct error *error)
{
	_cleanup_(close_dir) DIR *dir = opendir(path);
	const struct dirent *entry;
	size_t files = 0;
	int r = 0;

	if (!dir)
		return error_set_errno(error, -errno, "%s", path);
	while (r == 0 && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || !is_file(dirfd(dir), entry->d_name))
			continue;
		if (++files > ROOTS_FILES_MAX)
			return error_set(
				error, -EFBIG, "more than %d files are in it", ROOTS_FILES_MAX);
		r = add_file(dirfd(dir), entry->d_name, roots, io_n, error);
	}
	return r;
}

static int read_roots(const char *path, struct wanted *wanted, struct error *error)
{
	char shown[SHOWN_MAX];
	struct stat st;
	size_t n = 0;
	int r = crypto_roots_new(&wanted->roots, error);

	if (r == 0)
		r = stat(path, &st) == 0 && S_ISDIR(st.st_mode)
			    ? add_files(path, wanted->roots, &n, error)
			    : add_file(AT_FDCWD, path, wanted->roots, &n, error);
	text_printable(path, strlen(path), shown, sizeof(shown));
	if (r == 0 && n == 0)
		r = error_set(error, -ENODATA, "%s: no certificate in PEM form is in it", shown);
	if (r < 0)
		return bad_file(r, "--ek-roots", error);
	wanted->attest.roots = wanted->roots;
	wanted->attest.roots_name = path;
	return 0;
}

/* -- --image ---------------------------------------------------------------------------------- */

static int read_image(const char *path, struct wanted *wanted, struct error *error)
{
	static_assert(PE_DIGEST_SIZE == TPM_HASH_SIZE, "SHA-256");
	int r = pe_digest_file(path, wanted->attest.image, error);

	if (r == 0)
		r = pe_digest_file_when_signed(path, wanted->attest.image_when_signed, error);
	if (r < 0)
		return bad_file(r, "--image", error);
	wanted->attest.image_name = path;
	return 0;
}

/* -- --defaults ------------------------------------------------------------------------------- */

/* A file, or the value of PCR 12 that scripts/stamp printed. */
static int read_defaults(const char *text, struct wanted *wanted, struct error *error)
{
	struct attest_wanted *attest = &wanted->attest;
	_cleanup_free_ uint8_t *data = NULL;
	size_t len = 0;

	attest->defaults_name = text;
	if (text_parse_hex(text, attest->pcr12, sizeof(attest->pcr12)) == 0)
		return 0;
	int r = file_read(AT_FDCWD, text, ATTEST_DEFAULTS_MAX, &data, &len, error);
	if (r == 0)
		r = attest_defaults_pcr12(data, len, attest->pcr12, error);
	return r < 0 ? bad_file(r, "--defaults", error) : 0;
}

int wanted_read(const struct wanted_options *o, struct wanted *ret, struct error *error)
{
	int r = 0;

	if (o->ek)
		r = read_pins(o->ek, ret, error);
	if (r == 0 && o->ek_roots)
		r = read_roots(o->ek_roots, ret, error);
	if (r == 0 && o->image)
		r = read_image(o->image, ret, error);
	if (r == 0 && o->defaults)
		r = read_defaults(o->defaults, ret, error);
	return r;
}
