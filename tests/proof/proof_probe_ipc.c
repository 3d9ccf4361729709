/* SPDX-License-Identifier: BSD-2-Clause */
/* Any frame between a probe and its parent, given to each decoder. */
#include "any_frame.h"
#include "setup/probe_ipc.h"

int main(void)
{
	static struct probe_start start;
	static struct probe_result result;
	const struct frame *frame = any_frame();
	char text[PROBE_STAGE_MAX];

	probe_decode_start(frame, &start);
	probe_decode_result(frame, &result);
	probe_decode_text(frame, text);
	return 0;
}
