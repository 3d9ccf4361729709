/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether OS packages can be fetched: HEAD on each URL, all at once, each in a process of its own
 * that is locked in (probe_role.h). This is the parent's side; it parses nothing that a server
 * sent. Addresses come from the DNS servers in /etc/resolv.conf, and /etc/hosts.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "net/addr.h"
#include "privsep/role.h"

/* From the start of its process to the answer, for one URL. */
#define URLCHECK_TIMEOUT_MS (20 * 1000)
/* Processes at a time; further URLs wait for one of them to end. */
#define URLCHECK_PROCESSES_MAX 16
/* Longest media type that is shown, with its NUL. */
#define URLCHECK_TYPE_MAX 128

struct urlcheck_result;

struct urlcheck {
	const char *const *urls; /* as they will be persisted, with user and password */
	size_t n;                /* any number */
	const void *roots;       /* urlcheck_read_roots(); borrowed */
	size_t roots_len;        /* 0: none */
	int64_t build_date_s;    /* STPROV_BUILD_DATE of config.h: the floor of the clock */
	int64_t timeout_ms;      /* for each; URLCHECK_TIMEOUT_MS */
	int stop_fd;             /* readable: stop (a signalfd); -1: none */
	/* Called once for each URL, in the order in which they end. */
	void (*done)(void *context, const struct urlcheck_result *result);
	/* Called when it begins and each second: when the last process that runs is at its end, in
	 * clock_now_ms(). NULL: not. */
	void (*tick)(void *context, int64_t end_ms);
	void *context; /* of both */
};

/* How one URL fared. All texts are printable ASCII and hold no password. */
struct urlcheck_result {
	size_t index;    /* in urls */
	const char *url; /* masked; valid during the callback */
	bool good;       /* status 200 */
	int status;      /* of the last answer; 0: there was none */
	bool has_length; /* Content-Length was there */
	uint64_t length;
	char type[URLCHECK_TYPE_MAX]; /* Content-Type; empty: none */
	/* The address that answered, or that was tried last, with its port; empty: none was. */
	char address[NET_ENDPOINT_TEXT_MAX];
	unsigned redirects;    /* that were followed */
	const char *final_url; /* after the redirects, without user; "" without any */
	int64_t took_ms;
	/* When not good: the reason, without URL but with each address that failed in front. */
	struct error error;
};

/*
 * Reads the roots of a trust policy: DIR/TRUST_POLICY_ROOTS. A missing file means no roots: 0 with
 * *ret_len = 0 and *ret_roots = NULL. A file without a certificate, with half a one, or larger
 * than TLS_WEB_ROOTS_MAX is an error whose text names the path. @ret_roots: the caller frees it.
 */
int urlcheck_read_roots(const char *trust_policy_dir, uint8_t **ret_roots, size_t *ret_len,
	struct error *error) MUST_CHECK;

/* The same of a file; -ENOENT, too, is an error with its text. */
int urlcheck_read_roots_file(
	const char *path, uint8_t **ret_roots, size_t *ret_len, struct error *error) MUST_CHECK;

/* Whether the platform's clock is before the program's build date, which is used instead. */
bool urlcheck_clock_is_early(int64_t clock_s, int64_t build_date_s);

/*
 * Checks all URLs and reports each by done(). 0 when all were reported, good or not:
 * *ret_failed of them were not good. -EINTR when stop_fd became readable (the processes have been
 * ended; what was not reported is not), -EPERM when a process could not be locked in (there is no
 * check without sandbox), another negative errno when processes cannot be started; with a text.
 */
int urlcheck_run(const struct role_launcher *launcher, const struct urlcheck *check,
	size_t *ret_failed, struct error *error) MUST_CHECK;
