/* SPDX-License-Identifier: BSD-2-Clause */
/* The TPM role itself: see role.h. */
#include "tpm/role.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "privsep/role_child.h"
#include "tpm/ipc.h"

/* Later than the parent's limit, which has the sentence for the operator. */
#define REQUEST_LIMIT_MS (150 * 1000)

/* Exit code: not locked in, or the parent sent what it does not send. */
#define EXIT_BROKEN 1

struct tpm_role {
	struct frame frame; /* the last one received: 64 KiB, so not on the stack */
	uint8_t payload[TPM_IPC_PAYLOAD_MAX];
	struct tpm_device device;
	struct tpm tpm;
	/* Of the request that is carried out. */
	struct error error;
	struct tpm_look look;
	struct tpm_attest attest;
	struct tpm_prove_order prove;
	struct tpm_proof proof;
	struct tpm_seal_order seal;
	struct tpm_seal_result result;
	struct tpm_sealed sealed;
	uint8_t secret[TPM_SECRET_SIZE];
};

/* -- requests: each carries one out and sends its answer if that went well ----------------------
 */

/* A request that the parent does not make: the role ends. Above every result of an operation. */
#define MALFORMED 1000

static int do_look(struct tpm_role *role)
{
	int r = tpm_look(&role->tpm, &role->look, &role->error);

	if (r == 0)
		role_tell(TPM_IPC_LOOKED, role->payload,
			tpm_ipc_encode_looked(&role->look, role->payload));
	return r;
}

static void tell_certificate(
	struct tpm_role *role, bool is_of_chain, const uint8_t *der, size_t len)
{
	role_tell(TPM_IPC_CERTIFICATE, role->payload,
		tpm_ipc_encode_certificate(is_of_chain, der, len, role->payload));
}

static int do_attest(struct tpm_role *role)
{
	const struct tpm_attest *attest = &role->attest;
	size_t at = 0;
	int r = tpm_attest(&role->tpm, &role->attest, &role->error);

	if (r < 0)
		return r;
	if (attest->certificate_len > 0)
		tell_certificate(role, false, attest->certificate, attest->certificate_len);
	for (size_t i = 0; i < attest->n_chain; i++) {
		tell_certificate(role, true, attest->chain + at, attest->chain_len[i]);
		at += attest->chain_len[i];
	}
	role_tell(TPM_IPC_ATTESTED, role->payload, tpm_ipc_encode_attested(attest, role->payload));
	return 0;
}

static int do_prove(struct tpm_role *role)
{
	if (!tpm_ipc_decode_prove(&role->frame, &role->prove))
		return MALFORMED;
	int r = tpm_prove(&role->tpm, &role->prove, &role->proof, &role->error);
	if (r == 0)
		role_tell(TPM_IPC_PROVED, role->payload,
			tpm_ipc_encode_proved(&role->proof, role->payload));
	return r;
}

static int do_seal(struct tpm_role *role)
{
	if (!tpm_ipc_decode_seal(&role->frame, &role->seal))
		return MALFORMED;
	int r = tpm_seal(&role->tpm, &role->seal, &role->result, &role->error);
	secret_wipe_bytes(&role->seal, sizeof(role->seal));
	if (r == 0)
		role_tell(TPM_IPC_SEALED, role->payload,
			tpm_ipc_encode_result(&role->result, role->payload));
	return r;
}

static int do_open(struct tpm_role *role)
{
	if (!tpm_ipc_decode_sealed(&role->frame, &role->sealed))
		return MALFORMED;
	int r = tpm_open(&role->tpm, &role->sealed, role->secret, &role->error);
	if (r == 0)
		role_tell(TPM_IPC_OPENED, role->secret, sizeof(role->secret));
	secret_wipe_bytes(role->secret, sizeof(role->secret));
	return r;
}

static int done(int r)
{
	if (r == 0)
		role_tell(TPM_IPC_DONE, NULL, 0);
	return r;
}

static int do_match(struct tpm_role *role)
{
	if (!tpm_ipc_decode_sealed(&role->frame, &role->sealed))
		return MALFORMED;
	return done(tpm_match(&role->tpm, &role->sealed, &role->error));
}

static int do_keep(struct tpm_role *role)
{
	uint32_t handle;

	if (!tpm_ipc_decode_handle(&role->frame, &handle))
		return MALFORMED;
	return done(tpm_parents_keep(&role->tpm, handle, &role->error));
}

static int do_drop(struct tpm_role *role)
{
	uint32_t handle;

	if (!tpm_ipc_decode_handle(&role->frame, &handle))
		return MALFORMED;
	return done(tpm_parents_drop(&role->tpm, handle, &role->error));
}

static int do_forget(struct tpm_role *role)
{
	return done(tpm_parents_forget(&role->tpm, &role->error));
}

static const struct {
	enum tpm_ipc_type type;
	int (*run)(struct tpm_role *role);
	bool is_empty;
} requests[] = {
	{ TPM_IPC_LOOK, do_look, true },
	{ TPM_IPC_ATTEST, do_attest, true },
	{ TPM_IPC_PROVE, do_prove, false },
	{ TPM_IPC_SEAL, do_seal, false },
	{ TPM_IPC_KEEP, do_keep, false },
	{ TPM_IPC_DROP, do_drop, false },
	{ TPM_IPC_OPEN, do_open, false },
	{ TPM_IPC_MATCH, do_match, false },
	{ TPM_IPC_FORGET, do_forget, true },
};

/* -- the process ------------------------------------------------------------------------------ */

static int serve(struct tpm_role *role)
{
	for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
		if (role->frame.type != requests[i].type)
			continue;
		if (requests[i].is_empty && role->frame.len != 0)
			return MALFORMED;
		role->error = ERROR_INIT;
		role->tpm.deadline_ms = clock_now_ms() + REQUEST_LIMIT_MS;
		return requests[i].run(role);
	}
	return MALFORMED;
}

static void tell_failure(struct tpm_role *role, int code)
{
	const struct tpm_failure failure = { .code = code, .error = role->error };

	role_tell(TPM_IPC_FAILED, role->payload, tpm_ipc_encode_failed(&failure, role->payload));
}

/* OpenSSL loads what it needs when it is used first: some of it from files, so before the lock. */
static int load_tpm(void *context, struct error *error)
{
	struct tpm_role *role = context;
	_cleanup_ecdh_ struct crypto_ecdh_key key = { .curve = CRYPTO_CURVE_P256 };
	uint8_t out[CRYPTO_COORDINATE_MAX];
	int r;

	if (role->frame.type != TPM_IPC_START || role->frame.len != 0)
		return error_set(error, -EPROTO, "malformed start");
	r = crypto_ecdh_generate(CRYPTO_CURVE_P256, &key, error);
	if (r == 0)
		r = crypto_ecdh(&key, &key.public, out, error);
	secret_wipe_bytes(out, sizeof(out));
	return r;
}

int tpm_role_main(void)
{
	static struct tpm_role role;
	static const struct role_entry entry = { .sandbox = SANDBOX_TPM,
		.ready = TPM_IPC_READY,
		.failed = TPM_IPC_BROKEN,
		.frame = &role.frame,
		.load = load_tpm,
		.context = &role };
	struct error ignored;

	/* A socket in place of a TPM's device can be closed at its other end. */
	signal(SIGPIPE, SIG_IGN);
	if (role_enter(&entry) < 0)
		return EXIT_BROKEN;
	tpm_device_init(&role.device, ROLE_WORK_FD);
	role.tpm.transport = &role.device.transport;
	while (frame_receive(ROLE_FRAME_FD, &role.frame, &ignored) == 0) {
		int r = serve(&role);
		secret_wipe_bytes(&role.frame, sizeof(role.frame));
		secret_wipe_bytes(role.payload, sizeof(role.payload));
		if (r == MALFORMED)
			return EXIT_BROKEN;
		if (r != 0)
			tell_failure(&role, r);
	}
	return 0;
}
