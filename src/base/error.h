/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text of an error: set where the error occurs, prefixed on the way up, printed once at the
 * top.
 *
 * It has a fixed size, so that it can be copied, sent through IPC and kept without ownership.
 * The function also returns an int: 0; a negative errno; or a positive MODULE_E_* that the
 * module's header documents and its direct caller handles.
 */
#pragma once

#include "base/macros.h"

/* Longest error sentence, with its NUL. Longer text is truncated and ends in "...". */
#define ERROR_TEXT_MAX 320

struct error {
	char text[ERROR_TEXT_MAX];
};

/* An error without text. */
#define ERROR_INIT ((struct error){ .text = "" })

/*
 * Sets the text, a sentence without a final dot or newline. @code is returned, so that the caller
 * can write `return error_set(error, -EINVAL, "...")`.
 */
int error_set(struct error *error, int code, const char *format, ...) PRINTF_LIKE(3, 4);

/* The same, followed by ": " and the text of the errno. @code: a negative errno. */
int error_set_errno(struct error *error, int code, const char *format, ...) PRINTF_LIKE(3, 4);

/* Puts "prefix: " before the text. @code is passed through. */
int error_prefix(struct error *error, int code, const char *format, ...) PRINTF_LIKE(3, 4);
