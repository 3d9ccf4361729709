/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings: see finding.h. */
#include "attest/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

const char *attest_result_name(enum attest_result result)
{
	static const char *const names[] = {
		[ATTEST_GOOD] = "good",
		[ATTEST_WARNING] = "warning",
		[ATTEST_NOT_CHECKED] = "not checked",
	};

	return names[result];
}

void attest_found(struct attest_findings *findings, const char *check, enum attest_result result,
	const char *format, ...)
{
	char text[ATTEST_FINDING_MAX];
	va_list args;

	assert(findings->n < ATTEST_FINDINGS_MAX);
	struct attest_finding *finding = &findings->items[findings->n++];
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	finding->check = check;
	finding->result = result;
	text_printable_again(text, strlen(text), finding->text, sizeof(finding->text));
}

int attest_findings_build(
	const struct attest_findings *findings, struct json **ret, struct error *error)
{
	_cleanup_json_ struct json *array = NULL;
	struct json *item = NULL;
	int r = json_array_new(&array, error);

	for (size_t i = 0; r == 0 && i < findings->n; i++) {
		const struct attest_finding *finding = &findings->items[i];
		r = json_object_new(&item, error);
		if (r < 0)
			break;
		json_set_text(item, "check", finding->check);
		json_set_text(item, "result", attest_result_name(finding->result));
		json_set_text(item, "text", finding->text);
		json_append_child(array, item);
	}
	if (r == 0)
		*ret = TAKE_PTR(array);
	return r;
}
