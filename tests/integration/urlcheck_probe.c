/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checks OS package URLs as `stprov remote static` does, and prints the results of urlcheck.h: a
 * line for each URL, `key=value` with tabs between them; then `failed=N`. SIGINT interrupts it.
 *With argv[0] as the role's name it is that role, as stprov itself is.
 *
 *	urlcheck_probe [-T TRUST_POLICY] [-F FLOOR_SECONDS] [-t TIMEOUT_MS] URL...
 *
 * Exit codes: 0 all good, 1 some not, 3 no check at all (the reason on stderr), 4 interrupted.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "setup/probe_role.h"
#include "setup/urlcheck.h"

static void on_result(void *context, const struct urlcheck_result *r)
{
	printf("index=%zu\turl=%s\tgood=%d\tstatus=%d\thas_length=%d\tlength=%" PRIu64
	       "\ttype=%s\taddress=%s\tredirects=%u\tfinal=%s\ttook=%" PRId64 "\terror=%s\n",
		r->index, r->url, r->good, r->status, r->has_length, r->length, r->type, r->address,
		r->redirects, r->final_url, r->took_ms, r->error.text);
	fflush(stdout);
}

static int open_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	return signalfd(-1, &signals, SFD_CLOEXEC);
}

static int run(struct urlcheck *check)
{
	struct role_launcher launcher = ROLE_LAUNCHER_INIT;
	struct error error = ERROR_INIT;
	size_t failed;
	int r = role_launcher_init(&launcher, &error);

	if (r == 0)
		r = urlcheck_run(&launcher, check, &failed, &error);
	role_launcher_deinit(&launcher);
	if (r < 0) {
		fprintf(stderr, "%s\n", error.text);
		return r == -EINTR ? 4 : 3;
	}
	printf("failed=%zu\n", failed);
	return failed > 0;
}

int main(int argc, char **argv)
{
	const char *trust_policy = "/nonexistent";
	struct urlcheck check = { .timeout_ms = URLCHECK_TIMEOUT_MS, .done = on_result };
	struct error error = ERROR_INIT;
	uint8_t *roots = NULL;
	int option;

	if (argc > 0 && strcmp(argv[0], PROBE_ROLE_NAME) == 0)
		return probe_main();
	while ((option = getopt(argc, argv, "T:F:t:")) != -1) {
		if (option == 'T')
			trust_policy = optarg;
		else if (option == 'F')
			check.build_date_s = atoll(optarg);
		else if (option == 't')
			check.timeout_ms = atoll(optarg);
		else
			return 2;
	}
	check.urls = (const char *const *)(argv + optind);
	check.n = (size_t)(argc - optind);
	check.stop_fd = open_signals();
	if (urlcheck_read_roots(trust_policy, &roots, &check.roots_len, &error) < 0) {
		fprintf(stderr, "%s\n", error.text);
		return 3;
	}
	check.roots = roots;
	int code = run(&check);
	free(roots);
	close(check.stop_fd);
	return code;
}
