/* Time: see clock.h. */
#include "base/clock.h"

#include <limits.h>
#include <time.h>

int64_t clock_now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_calendar_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec;
}

int clock_until(int64_t deadline_ms)
{
	if (deadline_ms == CLOCK_NEVER)
		return -1;
	int64_t left = deadline_ms - clock_now_ms();
	if (left <= 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}
