/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines about the parts: see outcome.h. */
#include "host/outcome.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/log.h"

void host_outcome_line(const char *part, const char *format, ...)
{
	char text[LOG_LINE_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	log_line("%s: %s", part, text);
}

void host_outcome_error(struct host_outcome *outcome, const char *part, const struct error *error)
{
	outcome->broken++;
	log_line("%s: error: %s", part, error->text);
}

bool host_outcome_is_good(
	struct host_outcome *outcome, const char *part, const struct provisioned_part *found)
{
	if (found->state == PROVISIONED_ABSENT) {
		outcome->missing++;
		log_line("%s: missing, skipped: %s", part, found->error.text);
	} else if (found->state != PROVISIONED_GOOD) {
		host_outcome_error(outcome, part, &found->error);
	}
	return found->state == PROVISIONED_GOOD;
}
