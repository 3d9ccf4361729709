/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands of `stprov local`, each in a file of its own. Not for anybody else. */
#pragma once

/* Takes what follows its name and returns the exit code. */
int local_run(int argc, char **argv);
int local_check(int argc, char **argv);

/* Its help, on stdout. */
void local_run_help(void);
void local_check_help(void);
