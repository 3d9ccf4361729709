/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text of an error: set where it happens, prefixed on the way up, printed once at the top.
 *
 * It is of fixed size, so that it can be copied, sent through IPC and kept without ownership.
 * The result of a function is an int beside it: 0; a negative errno; or a positive MODULE_E_*
 * that the module's header documents and its direct caller handles.
 */
#pragma once

#include "base/macros.h"

/* Longest error sentence, with its NUL. Longer text is cut and ends in "...". */
#define ERROR_TEXT_MAX 320

struct error {
	char text[ERROR_TEXT_MAX];
};

/* An error without text. */
#define ERROR_INIT ((struct error){ .text = "" })

/*
 * Sets the text. @code: what the caller returns, passed through so that one can write
 * `return error_set(error, -EINVAL, "...")`. A sentence without a final dot or newline.
 */
int error_set(struct error *error, int code, const char *format, ...) PRINTF_LIKE(3, 4);

/* The same, with ": " and the errno's own text behind it. @code: a negative errno. */
int error_set_errno(struct error *error, int code, const char *format, ...) PRINTF_LIKE(3, 4);

/* Puts "prefix: " before the text. @code is passed through. */
int error_prefix(struct error *error, int code, const char *format, ...) PRINTF_LIKE(3, 4);
