/* SPDX-License-Identifier: BSD-2-Clause */
/* What rtnetlink does not tell about a link: driver, speed, duplex. For links_read alone. */
#pragma once

#include "link/link.h"

/* Fills in what can be found out; what cannot stays unknown. @sysfs: see links_read. */
void links_add_details(struct links *links, const char *sysfs);
