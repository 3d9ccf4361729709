/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is meant by what was typed on a keyboard whose layout is not the one that is set: there
 * `-`, `/`, `:`, `.`, `@`, `a`, `m`, `q`, `w`, `y` and `z` are on other keys, but blanks, digits
 * and the other letters are not. Pure; the guide shows what it understood.
 */
#pragma once

#include <stdbool.h>

#include "console/prompt.h"

/* Whether it has a byte that is not ASCII, as keys of another layout write. */
bool guide_typed_is_foreign(const char *text);

/*
 * A list of addresses or networks with commas. In an IPv4 address blanks may stand for dots:
 * `10 0 2 10 24` becomes `10.0.2.10 24`; in an IPv6 address `x` for `:`: `fd00xx1 64` becomes
 * `fd00::1 64`. Anything else is unchanged. As long as @typed, which is shorter than
 * PROMPT_ANSWER_MAX.
 */
void guide_typed_addresses(const char *typed, char out[PROMPT_ANSWER_MAX]);

/*
 * A list of URLs with commas. One without a scheme is of https: `host/os.json`. Where there is no
 * slash, blanks stand for them: `http host os.json`. False if it is longer than fits.
 */
bool guide_typed_urls(const char *typed, char out[PROMPT_ANSWER_MAX]);
