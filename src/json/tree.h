/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shared by read.c and write.c: the jansson tree of a struct json. Only they include this header:
 * no other folder includes jansson's header.
 */
#pragma once

#include <jansson.h>

#include "json/json.h"

struct json {
	/* A root has its own reference, a view a borrowed one. */
	json_t *value;
	/* The first failure of a setter, a negative errno, or 0. */
	int failure;
	/*
	 * The readers return views for the parts of a root. The views belong to the root: @views
	 * points to its list, in the root and in each view.
	 */
	struct json **views;
	struct json *view_list;
	struct json *next_view;
};

/* To be called before the first jansson object is created: see the comment inside. */
int json_tree_init(struct error *error) MUST_CHECK;

/* json_object_parse(); @strict: without keys that come twice. */
int json_tree_parse(const char *text, size_t len, bool strict, struct json **ret,
	struct error *error) MUST_CHECK;

/*
 * A root that owns @value, also on failure; -ENOMEM with its text, also for a NULL @value.
 */
int json_tree_root(json_t *value, struct json **ret, struct error *error) MUST_CHECK;

/* A view of @value, a part of @json's tree. */
int json_tree_view(const struct json *json, json_t *value, const struct json **ret,
	struct error *error) MUST_CHECK;
