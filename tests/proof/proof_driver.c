/* SPDX-License-Identifier: BSD-2-Clause */
/* Any characters of a line, one after the other. */
#include "any.h"
#include "driver/frame.h"

int main(void)
{
	static struct driver_reader reader;
	struct driver_frame frame;

	driver_reader_init(&reader, DRIVER_PLATFORM);
	for (;;)
		driver_reader_take(&reader, any_byte(), &frame);
}
