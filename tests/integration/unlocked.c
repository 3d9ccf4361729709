/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stprov for the sanitizers: its roles are not locked in, since a sanitizer needs what no sandbox
 * allows. What is found, in whatever process, is in files stprov-findings.PID where it was started.
 */
#include "privsep/sandbox.h"

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *__asan_default_options(void)
{
	return "log_path=stprov-findings";
}

const char *__ubsan_default_options(void)
{
	return "log_path=stprov-findings:halt_on_error=1:print_stacktrace=1";
}

int sandbox_enter(enum sandbox_role role, struct error *error)
{
	return 0;
}
