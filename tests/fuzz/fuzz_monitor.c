/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The monitor's decisions: frames of sessions in any order, what the operator types, signals,
 * deaths of sessions and deadlines, held to the rules of monitor_rig.h. The first byte: whether
 * v0.0.1 is served; each other one is a step of rig_play().
 */
#include "../unit/monitor_rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rig rig;

	if (size < 1)
		return 0;
	rig_init(&rig, data[0] & 1);
	rig_play(&rig, data + 1, size - 1);
	rig_end_sessions(&rig);
	rig_deinit(&rig);
	if (rig.broken) {
		fprintf(stderr, "broken rule: %s\n", rig.broken);
		abort();
	}
	return 0;
}
