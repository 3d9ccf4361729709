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
#include "privsep/role_child.h"
#include "setup/probe_head.h"

/*
 * Three seconds for the first server and two turns for all of them: three silent ones take 18 s, so
 * that there is time left to report it (resolv.conf(5), RES_OPTIONS; it goes before the file).
 */
#define RESOLVER_OPTIONS "timeout:3 attempts:2"

struct probe_role {
	struct frame frame; /* the last one received: 64 KiB, so not on the stack */
	struct probe_start start;
	struct tls_context *tls;
};

static void tell_stage(const char *text)
{
	role_tell_text(PROBE_STAGE, text);
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

static int load_probe(void *context, struct error *error)
{
	struct probe_role *role = context;
	const struct probe_start *start = &role->start;
	_cleanup_free_ uint8_t *roots = NULL;

	if (!probe_decode_start(&role->frame, &role->start) || start->roots_len > TLS_WEB_ROOTS_MAX)
		return error_set(error, -EPROTO, "malformed start");
	int r = receive_roots(&role->frame, start->roots_len, &roots, error);
	if (r == 0)
		r = prepare_resolver(error);
	if (r < 0)
		return r;
	struct tls_web web = { .roots = roots,
		.roots_len = start->roots_len,
		.clock_s = clock_calendar_s(),
		.floor_s = start->floor_s };
	return tls_context_new_web(&web, &role->tls, error);
}

int probe_main(void)
{
	static struct probe_role role;
	static struct probe_result result;
	static uint8_t payload[PROBE_PAYLOAD_MAX];
	static const struct role_entry entry = { .sandbox = SANDBOX_PROBE,
		.ready = PROBE_READY,
		.failed = PROBE_FAILED,
		.frame = &role.frame,
		.load = load_probe,
		.context = &role };

	int r = role_enter(&entry);
	if (r == 0) {
		struct probe probe = {
			.tls = role.tls, .deadline_ms = role.start.deadline_ms, .stage = tell_stage
		};
		probe_head(&probe, role.start.url, &result);
		size_t len = probe_encode_result(&result, payload);
		struct error ignored;
		r = frame_send(ROLE_FRAME_FD, PROBE_RESULT, payload, len, &ignored);
	}
	secret_wipe_bytes(&role.start, sizeof(role.start));
	tls_context_free(&role.tls);
	return r < 0;
}
