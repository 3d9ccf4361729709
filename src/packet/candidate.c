/* SPDX-License-Identifier: BSD-2-Clause */
/* Candidates: see candidate.h. */
#include "packet/candidate.h"

bool candidate_before(const struct candidate *links, size_t a, size_t b)
{
	if (links[a].speed != links[b].speed)
		return links[a].speed > links[b].speed;
	return a < b;
}
