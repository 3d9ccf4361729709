/* SPDX-License-Identifier: BSD-2-Clause */
/* Frama-C's C library has no prctl(2). */
#pragma once

#define PR_SET_DUMPABLE 4

/*@ assigns \result \from option; */
int prctl(int option, ...);
