/* What rtnetlink does not tell about a link: driver, speed, duplex. For net_links_read alone. */
#pragma once

#include "net/link.h"

/* Fills in what can be found out; what cannot stays unknown. @sysfs: see net_links_read. */
void net_links_add_details(struct net_links *links, const char *sysfs);
