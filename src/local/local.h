/* SPDX-License-Identifier: BSD-2-Clause */
/* `stprov local`: the part that runs on the operator's laptop. */
#pragma once

/* Runs `stprov local` with the words after it; returns the exit code. */
int local_main(int argc, char **argv);
/* Prints the help of its commands, or of the one that is named; returns the exit code. */
int local_help(int argc, char **argv);
