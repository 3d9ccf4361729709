/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `stprov local attestation`: checks a record again, offline. The author of a record chooses its
 * keys: that the endorsement key and the attestation key are in one TPM is proved only by a
 * signature over the record.
 */
#include "local/attestation_command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attest/sealed.h"
#include "base/descriptor.h"
#include "base/file.h"
#include "base/text.h"
#include "local/attestation.h"
#include "local/keygen.h"

/* Of ssh-keygen -Y. */
#define NAMESPACE "stprov"
#define SIGNATURE_SUFFIX ".sig"
#define PATH_TEXT_MAX 4096

struct attestation_command_options {
	struct wanted_options wanted;
	const char *file, *signers;
};

#define AT(field) offsetof(struct attestation_command_options, field)

static const struct attestation_command_options defaults = { .file = NULL };

static const struct cli_option table[] = {
	{ 0, "ek", CLI_TEXT, AT(wanted.ek), "HEX", NULL,
		"SHA-256 of the TPM's endorsement key, or @FILE with one a line" },
	{ 0, "ek-roots", CLI_TEXT, AT(wanted.ek_roots), "PATH", NULL,
		"certificates in PEM, a file or a directory, to one of which the endorsement "
		"key's must have a chain" },
	{ 0, "image", CLI_TEXT, AT(wanted.image), "FILE", NULL,
		"the image that the platform must have started" },
	{ 0, "defaults", CLI_TEXT, AT(wanted.defaults), "FILE", NULL,
		"the defaults that were on the boot medium beside the image, or the value of PCR "
		"12" },
	{ 0, "signers", CLI_TEXT, AT(signers), "FILE", NULL,
		"allowed signers, as ssh-keygen -Y verify has them: the signature of the record is "
		"in the file of its name with .sig" },
	{ 0 },
};

/* -- the signature ---------------------------------------------------------------------------- */

/* The first principal whom the file allows this signature. */
static int find_principal(const char *signers, const char *signature, char out[KEYGEN_OUTPUT_MAX],
	struct error *error)
{
	const char *const argv[] = { "ssh-keygen", "-Y", "find-principals", "-f", signers, "-s",
		signature, NULL };
	int r = keygen_run(argv, out, error);

	if (r == -EIO)
		return error_set(error, -EBADMSG,
			"the record's signature is missing, or by a key that is not in --signers");
	if (r < 0)
		return r;
	out[strcspn(out, "\n")] = '\0';
	return out[0] ? 0 : error_set(error, -EBADMSG, "--signers names no principal");
}

/* What was read, and not what the file has become. */
static int open_copy(const uint8_t *text, size_t len, int *ret_fd, struct error *error)
{
	_cleanup_close_ int fd = descriptor_temporary();
	ssize_t n = 0;

	for (size_t done = 0; fd >= 0 && n >= 0 && done < len; done += (size_t)n)
		n = write(fd, text + done, len - done);
	if (fd < 0 || n < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return error_set_errno(error, -errno, "a copy of the record");
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* ssh-keygen reads what is signed from its standard input. */
static int verify_signature(const struct attestation_command_options *o, const uint8_t *text,
	size_t len, char ret_principal[KEYGEN_OUTPUT_MAX], struct error *error)
{
	char signature[PATH_TEXT_MAX], out[KEYGEN_OUTPUT_MAX];
	const char *const argv[] = { "ssh-keygen", "-Y", "verify", "-f", o->signers, "-I",
		ret_principal, "-n", NAMESPACE, "-s", signature, NULL };
	_cleanup_close_ int fd = -1;

	if ((size_t)snprintf(signature, sizeof(signature), "%s" SIGNATURE_SUFFIX, o->file) >=
		sizeof(signature))
		return error_set(error, -ENAMETOOLONG, "the name of the record is too long");
	int r = find_principal(o->signers, signature, ret_principal, error);
	if (r == 0)
		r = open_copy(text, len, &fd, error);
	if (r < 0)
		return r;
	if (dup2(fd, STDIN_FILENO) < 0)
		return error_set_errno(error, -errno, "the record");
	r = keygen_run(argv, out, error);
	return r == -EIO ? error_set(error, -EBADMSG, "the record's signature is wrong") : r;
}

/* -- the checks ------------------------------------------------------------------------------- */

static int check_seal(struct attest_record_content *content, struct error *error)
{
	const struct api_commit *commit = &content->commit;
	struct error why = ERROR_INIT;

	if (!content->has_commit || content->has_seal != commit->sealed.given)
		return content->has_commit
			       ? error_set(error, -EBADMSG,
					 "the host key is %s, but that is not what was asked for",
					 commit->sealed.given ? "sealed" : "not sealed")
			       : 0;
	if (!content->has_seal)
		return 0;
	int r = attest_check_sealed(content->round.exporter, commit->publickey, &content->seal,
		&commit->sealed, &content->round, &why);
	return r < 0 ? error_set(error, r, "%s", why.text) : 0;
}

static int check(struct attest_record_content *content, const struct attest_wanted *wanted,
	struct error *error)
{
	int r = attest_check_keys(&content->round, wanted, error);

	if (r == 0)
		r = attest_check_proof(&content->round, wanted, true, error);
	return r == 0 ? check_seal(content, error) : r;
}

static void show(const struct attest_record_content *content, const struct attest_wanted *wanted,
	const char *principal)
{
	attestation_row(stdout, "record", "%s, %s, %s",
		content->hostname[0] ? content->hostname : "no host", content->ip, content->time);
	attestation_show(stdout, &content->round, wanted, NULL, false);
	if (content->has_commit && content->has_seal)
		attestation_show_sealed(stdout, &content->seal);
	else if (content->has_commit)
		attestation_row(stdout, "host key", "not sealed");
	else
		attestation_row(
			stdout, "host key", "none: the record was written before the commit");
	if (principal)
		attestation_row(stdout, "signature",
			"by %s: that EK and AK are in one TPM is what the signer's laptop proved",
			principal);
	else
		printf("EK and AK: as recorded, not proved\n");
}

static int check_record(const struct attestation_command_options *o, struct wanted *wanted, int fd,
	struct error *error)
{
	_cleanup_record_ struct attest_record_content content = { .has_seal = false };
	_cleanup_free_ uint8_t *text = NULL;
	char principal[KEYGEN_OUTPUT_MAX];
	size_t len = 0;

	int r = file_read_fd(fd, "cannot be read", ATTEST_RECORD_MAX, &text, &len, error);
	if (r == 0)
		r = attest_record_read(text, len, &content, error);
	if (r == 0 && o->signers)
		r = verify_signature(o, text, len, principal, error);
	if (r == 0)
		r = check(&content, &wanted->attest, error);
	if (r < 0)
		return r;
	show(&content, &wanted->attest, o->signers ? principal : NULL);
	return 0;
}

static int attestation_parsed(void *options, struct error *error)
{
	const struct attestation_command_options *o = options;
	_cleanup_wanted_ struct wanted wanted = { .roots = NULL };
	_cleanup_close_ int fd = -1;

	int r = wanted_read(&o->wanted, &wanted, error);
	if (r < 0)
		return r == -EINVAL ? CLI_EXIT_USAGE : CLI_EXIT_FAILED;
	fd = open(o->file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	r = fd < 0 ? error_set_errno(error, -errno, "cannot be read")
		   : check_record(o, &wanted, fd, error);
	if (r < 0) {
		char shown[128];
		text_printable(o->file, strlen(o->file), shown, sizeof(shown));
		(void)error_prefix(error, r, "%s", shown);
	}
	return r < 0 ? CLI_EXIT_FAILED : CLI_EXIT_OK;
}

const struct cli_command local_attestation_command = {
	.name = "attestation",
	.usage = "FILE [options]",
	.help = "Checks again, without a network, what `run --attest` wrote: the TPM's signatures, "
		"the boot log, the sealed host key. That the keys in the record are those of the "
		"platform is proved only by a signature over the record.",
	.options = table,
	.metavar = "FILE",
	.argument = AT(file),
	.defaults = &defaults,
	.size = sizeof(defaults),
	.run = attestation_parsed,
};
