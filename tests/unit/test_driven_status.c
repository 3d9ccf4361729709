/* SPDX-License-Identifier: BSD-2-Clause */
/* The status in the first message of `remote console`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "remote/driven_status.h"
#include "tap.h"

/* The object of this directory of variables; the caller frees it. */
static char *status_of(const char *directory)
{
	const struct store_choice choice = { .efivars = directory };
	struct json *object = NULL;
	struct error error = ERROR_INIT;
	char *text = NULL;

	tap_eq_int(driven_status(&choice, &object, &error), 0);
	tap_eq_int(json_format_ascii(object, &text, &error), 0);
	json_free(&object);
	return text;
}

static void a_new_machine_is_not_provisioned(void)
{
	char directory[] = "/tmp/stprov-status-XXXXXX", path[128];
	static const char setup_mode[] = { 6, 0, 0, 0, 1 };

	if (!mkdtemp(directory))
		abort();
	snprintf(
		path, sizeof(path), "%s/SetupMode-8be4df61-93ca-11d2-aa0d-00e098032b8c", directory);
	FILE *file = fopen(path, "we");
	if (!file || fwrite(setup_mode, sizeof(setup_mode), 1, file) != 1)
		abort();
	fclose(file);
	char *text = status_of(directory);
	tap_eq_text(text, "{\"provisioned\":false,"
			  "\"host_name\":{\"state\":\"absent\",\"error\":null,\"value\":null},"
			  "\"host_key\":{\"state\":\"absent\",\"error\":null,\"fingerprint\":null},"
			  "\"secure_boot\":{\"enabled\":null,\"setup_mode\":true}}");
	free(text);
	unlink(path);
	rmdir(directory);
}

static void what_cannot_be_found_out_is_null(void)
{
	char *text = status_of("/nonexistent");

	tap_ok(strstr(text, "{\"provisioned\":null,") == text);
	tap_ok(strstr(text, "\"state\":\"unreadable\"") != NULL);
	tap_ok(strstr(text, "\"setup_mode\":null") != NULL);
	/* At 9600 baud this takes 2 s. */
	tap_ok(strlen(text) < 1024);
	free(text);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(a_new_machine_is_not_provisioned),
		TAP_TEST(what_cannot_be_found_out_is_null),
		{ 0 },
	};
	return tap_run(tests);
}
