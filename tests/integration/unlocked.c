/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stprov for the sanitizers: its roles run without the sandbox, which would not allow the
 * sanitizers' system calls. The findings of each process are in files stprov-findings.PID in the
 * directory where it was started.
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
