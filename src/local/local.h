/* SPDX-License-Identifier: BSD-2-Clause */
/* `stprov local`: the part that runs on the operator's laptop. */
#pragma once

/* Runs `stprov local` with the words after it; returns the exit code. */
int local_main(int argc, char **argv);
