/* SPDX-License-Identifier: BSD-2-Clause */
/* `stprov host`: the part that runs in the OS package, on the provisioned platform. */
#pragma once

/* Runs `stprov host` with the words after it; returns the exit code. */
int host_main(int argc, char **argv);
/* Prints the help of its commands, or of the one that is named; returns the exit code. */
int host_help(int argc, char **argv);
