/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What read.c and write.c share: the tree of jansson below a struct json. Only they include it:
 * no other folder sees jansson's header.
 */
#pragma once

#include <jansson.h>

#include "json/json.h"

struct json {
	/* Of a root: its own reference. Of a view: a borrowed one. */
	json_t *value;
	/* The first failure of a setter, a negative errno, or 0. */
	int failure;
	/*
	 * Views are what the readers hand out for the parts of a root. They belong to the root:
	 * @views leads to its list, in the root and in each view.
	 */
	struct json **views;
	struct json *view_list;
	struct json *next_view;
};

/* Before the first object of jansson's is made: see the comment inside. */
int json_tree_init(struct error *error) MUST_CHECK;

/*
 * A root that takes @value over, also when it fails; -ENOMEM with its text, also for a NULL
 * @value.
 */
int json_tree_root(json_t *value, struct json **ret, struct error *error) MUST_CHECK;

/* A view of @value, which is a part of @json's tree. */
int json_tree_view(const struct json *json, json_t *value, const struct json **ret,
	struct error *error) MUST_CHECK;
