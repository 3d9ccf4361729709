/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stprov with a session that was taken over: its connection is to the test. So
 * tests/integration/puppet.py can act as code that took over a session. It does not test the
 * sandbox; test_sandbox.py does.
 */
#include "service/session.h"
#include "service/session_ipc.h"
#include "taken_over.h"

int session_main(void)
{
	static struct frame connection;
	struct error error;
	int fd;

	if (frame_receive(ROLE_FRAME_FD, &frame, &error) != 0 ||
		frame_send(ROLE_FRAME_FD, IPC_READY, "", 0, &error) < 0)
		return 1;
	if (frame_receive_fd(ROLE_FRAME_FD, &connection, &fd, &error) != 0 || fd != ROLE_WORK_FD)
		return 0;
	if (fcntl(ROLE_WORK_FD, F_SETFL, 0) < 0)
		return 1;
	pass_down();
	pass_both_ways();
	return 0;
}
