/* SPDX-License-Identifier: BSD-2-Clause */
/* The TCP port on which a platform waits for the laptop, unless -p names another. */
#pragma once

#include "base/macros.h"

#define STPROV_PORT 2009
#define STPROV_PORT_TEXT STRINGIFY(STPROV_PORT)
