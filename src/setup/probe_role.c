/* SPDX-License-Identifier: BSD-2-Clause */
/* The probe role: see probe_role.h. It loads everything, locks the door, then asks. */
#include "setup/probe_role.h"

#include <errno.h>
#include <nss.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "crypto/tls_web.h"
#include "privsep/role.h"
#include "privsep/sandbox.h"
#include "setup/probe_head.h"

/*
 * Three seconds for the first server and two turns for all of them: three silent ones take 18 s, so
 * that it is still time to say so (resolv.conf(5), RES_OPTIONS; it goes before the file).
 */
#define RESOLVER_OPTIONS "timeout:3 attempts:2"

static void tell(enum probe_type type, const char *text)
{
	struct error ignored;

	/* If the parent is gone, this process is about to go too. */
	(void)!frame_send(ROLE_FRAME_FD, type, text, strlen(text), &ignored);
}

static void tell_stage(const char *text)
{
	tell(PROBE_STAGE, text);
}

/*
 * Names come from /etc/hosts and the DNS, both of which are built into glibc, whatever
 * /etc/nsswitch.conf says: its other sources would load foreign code into the sandbox.
 */
static int prepare_resolver(struct error *error)
{
	if (setenv("RES_OPTIONS", RESOLVER_OPTIONS, 1) < 0)
		return error_set_errno(error, -errno, "RES_OPTIONS");
	if (__nss_configure_lookup("hosts", "files dns") < 0)
		return error_set_errno(error, -errno, "name resolution");
	return 0;
}

static int receive_start(struct frame *frame, struct probe_start *ret, struct error *error)
{
	if (frame_receive(ROLE_FRAME_FD, frame, error) != 0)
		return -EPROTO;
	bool ok = probe_decode_start(frame, ret) && ret->roots_len <= TLS_WEB_ROOTS_MAX;
	secret_wipe_bytes(frame->payload, frame->len);
	return ok ? 0 : error_set(error, -EPROTO, "malformed start");
}

/* All frames of roots, together @len bytes. The caller frees @ret_roots. */
static int receive_roots(struct frame *frame, size_t len, uint8_t **ret_roots, struct error *error)
{
	_cleanup_free_ uint8_t *roots = malloc(len > 0 ? len : 1);
	size_t have = 0;

	if (!roots)
		return error_set_errno(error, -ENOMEM, "HTTPS roots");
	while (have < len) {
		if (frame_receive(ROLE_FRAME_FD, frame, error) != 0)
			return -EPROTO;
		if (frame->type != PROBE_ROOTS || frame->len == 0 || frame->len > len - have)
			return error_set(error, -EPROTO, "malformed roots");
		memcpy(roots + have, frame->payload, frame->len);
		have += frame->len;
	}
	*ret_roots = TAKE_PTR(roots);
	return 0;
}

static int load_and_lock(struct frame *frame, struct probe_start *ret_start,
	struct tls_context **ret_tls, struct error *error)
{
	_cleanup_free_ uint8_t *roots = NULL;
	int r = receive_start(frame, ret_start, error);

	if (r == 0)
		r = receive_roots(frame, ret_start->roots_len, &roots, error);
	if (r == 0)
		r = prepare_resolver(error);
	if (r < 0)
		return r;
	struct tls_web web = { .roots = roots,
		.roots_len = ret_start->roots_len,
		.clock_s = clock_calendar_s(),
		.floor_s = ret_start->floor_s };
	r = tls_context_new_web(&web, ret_tls, error);
	if (r < 0)
		return r;
	return sandbox_enter(SANDBOX_PROBE, error);
}

int probe_main(void)
{
	static struct frame frame;
	static struct probe_start start;
	static struct probe_result result;
	static uint8_t payload[PROBE_PAYLOAD_MAX];
	_cleanup_tls_context_ struct tls_context *tls = NULL;
	struct error error = ERROR_INIT;

	if (!role_is_child()) {
		log_line("%s is a part of `stprov remote`, not a command", PROBE_ROLE_NAME);
		return 2;
	}
	if (load_and_lock(&frame, &start, &tls, &error) < 0) {
		tell(PROBE_FAILED, error.text);
		return 1;
	}
	tell(PROBE_READY, "");
	struct probe probe = { .tls = tls, .deadline_ms = start.deadline_ms, .stage = tell_stage };
	probe_head(&probe, start.url, &result);
	secret_wipe_bytes(&start, sizeof(start));
	size_t len = probe_encode_result(&result, payload);
	if (frame_send(ROLE_FRAME_FD, PROBE_RESULT, payload, len, &error) < 0)
		return 1;
	return 0;
}
