/* SPDX-License-Identifier: BSD-2-Clause */
/* Any frame between the monitor and a session, given to each decoder. */
#include "any_frame.h"
#include "service/session_ipc.h"

int main(void)
{
	static struct ipc_start start;
	static struct ipc_answer answer;
	static struct api_add_data add_data;
	static struct api_commit commit;
	static struct ipc_secure_boot secure_boot;
	static struct api_believed believed;
	static struct ipc_seal seal;
	static struct ipc_prove prove;
	static struct api_attest attested;
	static struct api_proof proved;
	static struct ipc_file file;
	static struct ipc_certificate certificate;
	const struct frame *frame = any_frame();
	const uint8_t *data;
	size_t len;
	int64_t deadline;

	session_ipc_decode_start(frame, &start);
	session_ipc_decode_connection(frame, &deadline);
	session_ipc_decode_answer(frame, &answer);
	session_ipc_decode_committed(frame, IPC_COMMITTED, &commit);
	session_ipc_decode_add_data(frame, &add_data);
	session_ipc_decode_secure_boot(frame, &secure_boot);
	session_ipc_decode_commit(frame, &believed);
	session_ipc_decode_seal(frame, &seal);
	session_ipc_decode_prove(frame, &prove);
	session_ipc_decode_attested(frame, &attested);
	session_ipc_decode_proved(frame, &proved);
	session_ipc_decode_file(frame, &file, &data, &len);
	session_ipc_decode_certificate(frame, &certificate, &data, &len);
	return 0;
}
