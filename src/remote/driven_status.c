/* SPDX-License-Identifier: BSD-2-Clause */
/* The status in `hello`: see driven_status.h. */
#include "remote/driven_status.h"

#include <errno.h>

#include "provisioned/part_json.h"
#include "status/status.h"

/* A part with its state and one text. */
static int set_part(struct json *root, const char *name, const struct provisioned_part *part,
	const char *key, const char *text, struct error *error)
{
	struct json *object;
	int r = provisioned_part_json(part->state, &part->error, &object, error);

	if (r < 0)
		return r;
	json_set_text(object, key, part->state == PROVISIONED_GOOD ? text : NULL);
	json_set_child(root, name, object);
	return 0;
}

static void set_flag(struct json *object, const char *key, const struct status_flag *flag)
{
	if (flag->known)
		json_set_bool(object, key, flag->value);
	else
		json_set_null(object, key);
}

static int set_secure_boot(struct json *root, const struct status *s, struct error *error)
{
	struct json *object;
	int r = json_object_new(&object, error);

	if (r < 0)
		return r;
	set_flag(object, "enabled", &s->secure_boot);
	set_flag(object, "setup_mode", &s->setup_mode);
	json_set_child(root, "secure_boot", object);
	return 0;
}

int driven_status(const struct store_choice *choice, struct json **ret, struct error *error)
{
	_cleanup_status_ struct status *s = status_new(choice, NULL);
	_cleanup_json_ struct json *root = NULL;
	struct error why;

	if (!s)
		return error_set(error, -ENOMEM, "no memory");
	const struct provisioned *p = &s->provisioned;
	const struct provisioned_counting key = provisioned_host_key(p);
	enum provisioned_state verdict = status_verdict(s, &why);
	int r = json_object_new(&root, error);

	if (r < 0)
		return r;
	if (verdict == PROVISIONED_UNREADABLE)
		json_set_null(root, "provisioned");
	else
		json_set_bool(root, "provisioned", verdict == PROVISIONED_GOOD);
	r = set_part(root, "host_name", &p->name, "value", p->hostname, error);
	if (r == 0)
		r = set_part(root, "host_key", key.part, "fingerprint", key.fingerprint, error);
	if (r == 0)
		r = set_secure_boot(root, s, error);
	if (r == 0)
		*ret = TAKE_PTR(root);
	return r;
}
