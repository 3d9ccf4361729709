/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames between the monitor and a session, in both directions: the first byte is the type. */
#include <string.h>

#include "service/session_ipc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was decoded must encode to the same bytes. */
static void same(const struct frame *frame, const uint8_t *out, size_t len)
{
	if (len != frame->len || memcmp(out, frame->payload, len) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct frame frame;
	uint8_t out[IPC_SMALL_MAX];
	struct ipc_start start;
	struct ipc_answer answer;
	struct api_commit commit;
	struct api_add_data request;

	if (size < 1 || size - 1 > sizeof(frame.payload))
		return 0;
	frame.type = data[0];
	frame.len = size - 1;
	memcpy(frame.payload, data + 1, frame.len);
	/* Two flags at its end: whatever is not 1 is false. */
	if (session_ipc_decode_start(&frame, &start) && frame.payload[frame.len - 1] < 2 &&
		frame.payload[frame.len - 2] < 2)
		same(&frame, out, session_ipc_encode_start(&start, out));
	if (session_ipc_decode_answer(&frame, &answer) &&
		!memchr(frame.payload + 1, 0, frame.len - 1))
		same(&frame, out, session_ipc_encode_answer(&answer, out));
	if (session_ipc_decode_committed(&frame, IPC_COMMITTED, &commit) &&
		strlen(commit.publickey) + strlen(commit.fingerprint) + strlen(commit.hostname) +
				strlen(commit.authentication) + strlen(commit.identity) + 20 ==
			frame.len)
		same(&frame, out, session_ipc_encode_committed(&commit, out));
	if (session_ipc_decode_add_data(&frame, &request))
		same(&frame, out, session_ipc_encode_add_data(&request, out));
	return 0;
}
