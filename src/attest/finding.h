/* SPDX-License-Identifier: BSD-2-Clause */
/* What the checks of an attestation found: a list that grows. Pure. */
#pragma once

#include "base/error.h"
#include "json/json.h"

enum attest_result {
	ATTEST_GOOD,
	ATTEST_WARNING,
	ATTEST_NOT_CHECKED,
};

#define ATTEST_FINDINGS_MAX 24
#define ATTEST_FINDING_MAX 200

struct attest_finding {
	const char *check; /* `quote`; a literal */
	enum attest_result result;
	char text[ATTEST_FINDING_MAX]; /* printable */
};

struct attest_findings {
	size_t n;
	struct attest_finding items[ATTEST_FINDINGS_MAX];
};

/* Appends one; its text is made printable, and truncated. There is room for what checks append. */
void attest_found(struct attest_findings *findings, const char *check, enum attest_result result,
	const char *format, ...) PRINTF_LIKE(4, 5);

/* `good`, `warning`, `not checked`. */
const char *attest_result_name(enum attest_result result);

/* As a list of {"check", "result", "text"}; the caller frees it. */
int attest_findings_build(
	const struct attest_findings *findings, struct json **ret, struct error *error) MUST_CHECK;
