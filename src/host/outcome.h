/* SPDX-License-Identifier: BSD-2-Clause */
/* How the parts of one `stprov host apply` ended, each told in lines on stderr. */
#pragma once

#include "host/parts.h"

struct host_outcome {
	unsigned missing, broken; /* parts */
};

/* `key: wrote etc/ssh/...`: a line about a part. */
void host_outcome_line(const char *part, const char *format, ...) PRINTF_LIKE(2, 3);
/* The line about a part that ended in an error, which is counted. */
void host_outcome_error(struct host_outcome *outcome, const char *part, const struct error *error);
/* Whether a part can be applied; if not, it is told and counted. */
bool host_outcome_is_good(
	struct host_outcome *outcome, const char *part, const struct provisioned_part *found);
