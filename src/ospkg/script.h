/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A network as a script for a POSIX shell with ip(8), as in busybox, and udhcpc where it is DHCP.
 * Running it twice is as once. Pure: it writes to the FILE it is given, which keeps the failures.
 */
#pragma once

#include <stdio.h>

#include "ospkg/net.h"

void ospkg_script_format(FILE *out, const struct ospkg_net *net);
