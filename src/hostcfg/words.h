/* SPDX-License-Identifier: BSD-2-Clause */
/* A host configuration in words, for people. Pure; nothing is checked here (hostcfg_check()). */
#pragma once

#include "hostcfg/hostcfg.h"

/*
 * Lines of a label and its value (base/columns.h), each with its newline. One URL is never broken,
 * so that it can be copied: a longer one is on a line of its own.
 *
 *	network      static
 *	address      10.0.2.10/26
 *	gateway      10.0.2.1
 *	DNS          9.9.9.9, 149.112.112.112
 *	links        eth0 52:54:00:12:34:56, eth1 52:54:00:12:34:57
 *	bond         bond0, balance-rr
 *	OS package   https://stboot:***@stpackage.example.org/os-stable.json
 *	description  stprov version v1.0; timestamp 2025-01-30T13:49:01Z
 *
 * What is not set is `none`; address and gateway of DHCP, a bond, and a description are then
 * left out, as is what an older form does not tell of a link. Printable ASCII only: other bytes are
 *\xNN. Passwords of URLs are masked (url_mask()). @ret_text: the caller frees it. -ENOMEM.
 */
int hostcfg_format_words(const struct hostcfg *cfg, char **ret_text) MUST_CHECK;

/*
 * What stboot takes and is a mistake nevertheless, each as a sentence that ends in what stboot
 * does: keys that come twice or in other letter case, interfaces without a name that a link can
 * have, a hardware address of other length than a MAC, a host address or gateway that no host can
 * have, a gateway outside the host's network. Returns their number.
 */
#define HOSTCFG_WARNINGS_MAX 40
size_t hostcfg_warnings(const struct hostcfg *cfg, struct error ret[HOSTCFG_WARNINGS_MAX]);
/*
 * What is wrong with its OS packages although stboot takes them: one that is not an http or https
 * URL. NULL: nothing, or there are none.
 */
const char *hostcfg_url_warning(const struct hostcfg *cfg);

/*
 * The older forms of a configuration (struct hostcfg), with commas between them; empty if there
 * is none.
 */
#define HOSTCFG_OLD_TEXT_MAX 96
void hostcfg_format_old(unsigned old, char out[HOSTCFG_OLD_TEXT_MAX]);
