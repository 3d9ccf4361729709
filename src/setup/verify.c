/* SPDX-License-Identifier: BSD-2-Clause */
/* The step `verify`: see verify.h. */
#include "setup/verify.h"

#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "config.h"
#include "setup/urlcheck.h"

int setup_read_roots(struct setup *setup, struct error *error)
{
	const struct setup_options *o = setup->options;

	if (o->roots && *o->roots)
		return urlcheck_read_roots_file(o->roots, &setup->roots, &setup->roots_len, error);
	return urlcheck_read_roots(o->trust_policy, &setup->roots, &setup->roots_len, error);
}

/* One line a URL; the texts are printable and without passwords. */
static void log_result(void *context, const struct urlcheck_result *result)
{
	struct setup *setup = context;
	char length[48] = "length unknown";

	log_progress_wipe(&setup->progress);
	if (!result->good) {
		log_line("%s: cannot be fetched:", result->url);
		log_line("  %s", result->error.text);
		return;
	}
	if (result->has_length)
		snprintf(length, sizeof(length), "%llu byte%s", (unsigned long long)result->length,
			text_plural(result->length, "", "s"));
	log_line("%s: found at %s: %s, %s%s%s", result->url, result->address, length,
		result->type[0] ? result->type : "type unknown",
		result->redirects > 0 ? ", after redirects to " : "", result->final_url);
	log_script_line("HEAD request on provisioning url gave content-length: %lld",
		result->has_length ? (long long)result->length : -1LL);
}

static void on_urlcheck_tick(void *context, int64_t end_ms)
{
	struct setup *setup = context;

	setup->progress.until_ms = end_ms;
	log_progress(&setup->progress);
}

static void warn_about_clock(const struct setup *setup)
{
	int64_t now = clock_calendar_s();
	struct clock_date date = clock_date_utc(now);

	if (!urlcheck_clock_is_early(now, STPROV_BUILD_DATE))
		return;
	log_line("warning: this machine's clock says %04d-%02d-%02d: that is before this program "
		 "was built",
		date.year, date.month, date.day);
	log_line("  certificates are checked as of the build date");
}

int setup_verify(struct setup *setup, struct error *error)
{
	const struct setup_plan *plan = setup->plan;
	struct urlcheck check = {
		.urls = (const char *const *)plan->urls,
		.n = plan->urls_n,
		.roots = setup->roots,
		.roots_len = setup->roots_len,
		.build_date_s = STPROV_BUILD_DATE,
		.timeout_ms = URLCHECK_TIMEOUT_MS,
		.stop_fd = setup->signal_fd,
		.done = log_result,
		.tick = on_urlcheck_tick,
		.context = setup,
	};
	size_t failed = 0;

	if (plan->compiled_in_password)
		log_line("warning: the URLs get the compiled-in password (-u and -p give others)");
	warn_about_clock(setup);
	log_line("checking %zu OS package URL%s, at most %d s", plan->urls_n,
		text_plural(plan->urls_n, "", "s"), URLCHECK_TIMEOUT_MS / 1000);
	progress_begin(&setup->progress, "waiting for answers", CLOCK_NEVER, clock_now_ms());
	int r = urlcheck_run(&setup->launcher, &check, &failed, error);
	log_progress_wipe(&setup->progress);
	if (r == -EINTR)
		return setup_interrupted(error);
	if (r < 0 || failed == 0)
		return r;
	setup->urls_missing = failed;
	if (plan->force)
		return 0;
	setup->urls_failed = true;
	return error_set(error, -ENOENT,
		"%zu of %zu OS package URL%s cannot be fetched (to store %s anyway: -f)", failed,
		plan->urls_n, text_plural(plan->urls_n, "", "s"),
		text_plural(plan->urls_n, "it", "them"));
}
