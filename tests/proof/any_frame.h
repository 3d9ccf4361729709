/* SPDX-License-Identifier: BSD-2-Clause */
/* A frame from another process, of any type and with any payload of up to ANY_SIZE bytes. */
#pragma once

#include "any.h"
#include "privsep/frame.h"

static struct frame any_frame_;

#if ANY_SIZE > FRAME_PAYLOAD_MAX
#error "no frame has so many bytes"
#endif

static inline const struct frame *any_frame(void)
{
	Frama_C_make_unknown((char *)&any_frame_, sizeof(any_frame_));
	any_frame_.len = any_len();
	return &any_frame_;
}
