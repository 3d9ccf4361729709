/* SPDX-License-Identifier: BSD-2-Clause */
/* What `remote console` tells of this machine in its first message. Inside `remote console` only.
 */
#pragma once

#include "json/json.h"
#include "store/store.h"

/*
 * Keys of the object of `remote status -j` that a program needs before it begins: `provisioned`,
 * `host_name` and `host_key` with their states, `secure_boot`. The whole object would take ten
 * seconds at 9600 baud. No TPM is asked. What cannot be found out is null. -ENOMEM with its text.
 */
int driven_status(
	const struct store_choice *choice, struct json **ret, struct error *error) MUST_CHECK;
