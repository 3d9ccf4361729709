/* SPDX-License-Identifier: BSD-2-Clause */
/* `stprov remote`: the part that runs on the platform. */
#pragma once

/* Runs `stprov remote` with what follows it; returns the exit code. */
int remote_main(int argc, char **argv);
/* Prints the help of its commands, or of the one that is named; returns the exit code. */
int remote_help(int argc, char **argv);
