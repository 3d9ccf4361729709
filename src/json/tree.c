/* SPDX-License-Identifier: BSD-2-Clause */
/* Roots and views of jansson's trees: see tree.h. */
#include "json/tree.h"

#include <errno.h>

#include "base/random.h"

int json_tree_init(struct error *error)
{
	size_t seed;
	int r = random_bytes(&seed, sizeof(seed), error);

	if (r < 0)
		return r;
	/*
	 * Without a seed, jansson opens /dev/urandom to seed its hash tables, which a process in
	 * its sandbox cannot do. Only the first call has an effect; 0 would make jansson choose.
	 */
	json_object_seed(seed | 1);
	return 0;
}

int json_tree_root(json_t *value, struct json **ret, struct error *error)
{
	struct json *json = value ? calloc(1, sizeof(*json)) : NULL;

	if (!json) {
		json_decref(value);
		return error_set_errno(error, -ENOMEM, "JSON");
	}
	json->value = value;
	json->views = &json->view_list;
	*ret = json;
	return 0;
}

int json_tree_view(
	const struct json *json, json_t *value, const struct json **ret, struct error *error)
{
	struct json *view = calloc(1, sizeof(*view));

	if (!view)
		return error_set_errno(error, -ENOMEM, "JSON");
	view->value = value;
	view->views = json->views;
	view->next_view = *json->views;
	*json->views = view;
	*ret = view;
	return 0;
}

void json_free(struct json **json)
{
	struct json *root = *json;

	if (!root)
		return;
	while (root->view_list) {
		struct json *view = root->view_list;
		root->view_list = view->next_view;
		free(view);
	}
	json_decref(root->value);
	free(root);
	*json = NULL;
}
