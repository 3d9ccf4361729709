/* SPDX-License-Identifier: BSD-2-Clause */
/* A TPM for commands that wait for it: see access.h. */
#include "tpm/access.h"

#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "base/secret.h"

struct tpm_access {
	struct role_launcher launcher;
	int fd;
	struct tpm_client client; /* 64 KiB: so this is not on the stack */
	/* Of the role, which is then of no use any more; 0: none. */
	int broken;
	struct error why;
};

const char *tpm_access_path(const char *option, const char *efivars)
{
	if (option)
		return option;
	return efivars ? NULL : TPM_DEVICE;
}

int tpm_access_open(const char *path, struct tpm_access **ret, struct error *error)
{
	_cleanup_tpm_access_ struct tpm_access *access = calloc(1, sizeof(*access));

	if (!access)
		return error_set_errno(error, -ENOMEM, "%s", path);
	access->launcher = ROLE_LAUNCHER_INIT;
	access->client.role = ROLE_INIT;
	access->fd = -1;
	int r = tpm_device_open(path, &access->fd, error);
	if (r == 0)
		r = role_launcher_init(&access->launcher, error);
	if (r == 0)
		r = tpm_client_start(&access->launcher, access->fd, &access->client, error);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(access);
	return 0;
}

void tpm_access_close(struct tpm_access **access)
{
	if (!*access)
		return;
	tpm_client_stop(&(*access)->client);
	role_launcher_deinit(&(*access)->launcher);
	cleanup_close(&(*access)->fd);
	free(*access);
	*access = NULL;
}

/* Before a request. */
static int check_role(const struct tpm_access *access, struct error *error)
{
	if (access->broken < 0)
		*error = access->why;
	return access->broken;
}

/* Waits for the answer to a request. @r: how sending it ended. */
static int finish(struct tpm_access *access, int r, struct error *error)
{
	int result = 0;

	if (r == 0)
		r = tpm_client_wait(&access->client, &result, error);
	if (r < 0) {
		access->broken = r;
		access->why = *error;
		return r;
	}
	return result;
}

int tpm_access_look(struct tpm_access *access, struct tpm_look *ret, struct error *error)
{
	int r = check_role(access, error);

	if (r == 0)
		r = finish(access, tpm_client_look(&access->client, error), error);
	if (r == 0)
		*ret = access->client.answer.look;
	return r;
}

int tpm_access_unseal(struct tpm_access *access, const struct tpm_sealed *sealed,
	uint8_t ret_secret[TPM_SECRET_SIZE], struct error *error)
{
	int r = check_role(access, error);

	if (r == 0)
		r = finish(access, tpm_client_open(&access->client, sealed, error), error);
	if (r == 0)
		memcpy(ret_secret, access->client.answer.secret, TPM_SECRET_SIZE);
	secret_wipe_bytes(&access->client.answer, sizeof(access->client.answer));
	return r;
}

int tpm_access_match(
	struct tpm_access *access, const struct tpm_sealed *sealed, struct error *error)
{
	int r = check_role(access, error);

	return r == 0 ? finish(access, tpm_client_match(&access->client, sealed, error), error) : r;
}

int tpm_access_forget(struct tpm_access *access, struct error *error)
{
	int r = check_role(access, error);

	return r == 0 ? finish(access, tpm_client_forget(&access->client, error), error) : r;
}

int tpm_access_drop(struct tpm_access *access, uint32_t handle, struct error *error)
{
	int r = check_role(access, error);

	return r == 0 ? finish(access, tpm_client_drop(&access->client, handle, error), error) : r;
}
