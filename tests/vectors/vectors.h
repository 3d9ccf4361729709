/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file of vectors and its rows, for the tests on them: include it behind tap.h, once in a
 * program.
 */
#pragma once

#include <jansson.h>

#include "tap.h"

/* All of the file; set by vectors_run(). */
static json_t *vectors;

/* The rows of a table; a table that has gone missing or empty is a failure. */
__attribute__((unused)) static json_t *rows_of(const char *table)
{
	json_t *rows = json_object_get(vectors, table);

	if (json_array_size(rows) == 0)
		tap_fail(__FILE__, __LINE__, "no vectors: %s", table);
	return rows;
}

/* A text of a row; NULL where it has none. Borrowed. */
__attribute__((unused)) static const char *text_of(const json_t *row, const char *key)
{
	return json_string_value(json_object_get(row, key));
}

/* The same; where it has none, that is a failure, and the text is empty. */
__attribute__((unused)) static const char *row_text(const json_t *row, const char *key)
{
	const char *text = text_of(row, key);

	if (!text)
		tap_fail(__FILE__, __LINE__, "the row has no text \"%s\"", key);
	return text ? text : "";
}

/* main() of a program whose one argument is the file: runs @tests on it, returns the exit code. */
__attribute__((unused)) static int vectors_run(int argc, char **argv, const struct tap_test *tests)
{
	json_error_t why;
	int code;

	vectors = argc == 2 ? json_load_file(argv[1], 0, &why) : NULL;
	if (!vectors) {
		printf("Bail out! cannot read the vectors: %s\n", argc == 2 ? why.text : "usage");
		return 1;
	}
	code = tap_run(tests);
	json_decref(vectors);
	return code;
}
