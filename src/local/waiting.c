/* SPDX-License-Identifier: BSD-2-Clause */
/* Waits with a row that counts: see waiting.h. */
#include "local/waiting.h"

#include <errno.h>
#include <poll.h>

#include "base/clock.h"
#include "base/log.h"
#include "console/echo.h"
#include "net/tcp.h"

/* Only long waits have a row: delay before it is shown, and before the next try if the terminal
 * did not accept it. */
#define PAUSE_MS 1000

/* The earlier of the end of the wait and the next change of the row. */
static int64_t slice_ms(const struct progress *progress, int64_t deadline_ms)
{
	int64_t now_ms = clock_now_ms(), next_ms = progress_next_ms(progress, now_ms);

	return MIN(deadline_ms, next_ms > now_ms ? next_ms : now_ms + PAUSE_MS);
}

/* Without a terminal there is no row, so no wake-up is needed. */
static void begin(struct progress *progress, const char *what, int64_t until_ms)
{
	bool rows = what && log_has_rows();

	if (rows)
		echo_off();
	progress_begin(progress, rows ? what : NULL, until_ms, clock_now_ms());
}

static void end(struct progress *progress)
{
	log_progress_wipe(progress);
	echo_on();
}

static int read_waiting(struct stream *stream, void *buf, size_t cap, int64_t deadline_ms,
	size_t *ret_n, struct error *error)
{
	struct waiting_stream *waiting = (struct waiting_stream *)stream;
	struct progress *progress = &waiting->progress;
	int r;

	for (;;) {
		r = waiting->below->read(
			waiting->below, buf, cap, slice_ms(progress, deadline_ms), ret_n, error);
		if (r != -ETIMEDOUT || clock_until(deadline_ms) == 0)
			break;
		log_progress(progress);
	}
	end(progress);
	return r;
}

static int write_below(struct stream *stream, const void *buf, size_t len, int64_t deadline_ms,
	struct error *error)
{
	struct waiting_stream *waiting = (struct waiting_stream *)stream;

	return waiting->below->write(waiting->below, buf, len, deadline_ms, error);
}

void waiting_stream_init(struct waiting_stream *waiting, struct stream *below)
{
	*waiting = (struct waiting_stream){
		.stream = { .read = read_waiting, .write = write_below },
		.below = below,
		.progress = PROGRESS_INIT,
	};
}

void waiting_for(struct waiting_stream *waiting, const char *what, int64_t until_ms)
{
	begin(&waiting->progress, what, until_ms);
}

void waiting_end(struct waiting_stream *waiting)
{
	end(&waiting->progress);
	waiting->progress.what = NULL;
}

void waiting_pause(const char *what, int64_t row_until_ms, int64_t until_ms)
{
	struct progress progress = PROGRESS_INIT;

	begin(&progress, what, row_until_ms);
	while (clock_until(until_ms) > 0) {
		poll(NULL, 0, clock_until(slice_ms(&progress, until_ms)));
		log_progress(&progress);
	}
	end(&progress);
}

int waiting_connect(const struct net_addr *addr, uint16_t port, int64_t deadline_ms, int *ret_fd,
	struct error *error)
{
	struct progress progress = PROGRESS_INIT;
	_cleanup_close_ int fd = -1;
	int r = net_connect_begin(addr, port, &fd, error);

	begin(&progress, "connecting", deadline_ms);
	while (r == 0) {
		r = net_connect_end(fd, slice_ms(&progress, deadline_ms), error);
		if (r != -ETIMEDOUT || clock_until(deadline_ms) == 0)
			break;
		log_progress(&progress);
		r = 0;
	}
	end(&progress);
	if (r == 0)
		*ret_fd = TAKE_FD(fd);
	return r;
}
