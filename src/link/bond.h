/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bonds: several links as one (Linux: Documentation/networking/bonding.rst).
 *
 * The kernel loads its module by itself (modprobe, alias rtnl-link-bond) where it has one;
 * otherwise the sentence says that it has none.
 */
#pragma once

#include "link/link.h"

/* The one bond that stprov makes and removes. */
#define BOND_NAME "bond0"
/* How often the members' carrier is looked at, in milliseconds. */
#define BOND_MIIMON_MS 100

/* With the kernel's numbers (linux/if_bonding.h, BOND_MODE_*). */
enum bond_mode {
	BOND_BALANCE_RR,
	BOND_ACTIVE_BACKUP,
	BOND_BALANCE_XOR,
	BOND_BROADCAST,
	BOND_802_3AD,
	BOND_BALANCE_TLB,
	BOND_BALANCE_ALB,
	BOND_MODES,
};

/* By its name, exactly: "balance-rr", "802.3ad", ... -EINVAL if there is no such mode. */
int bond_mode_parse(const char *text, enum bond_mode *ret) MUST_CHECK;
/* NULL if @mode is not one of them. */
const char *bond_mode_text(enum bond_mode mode);

/*
 * Removes BOND_NAME if there is one: its members are released (and down), its addresses and
 * routes are gone. -EEXIST if a link of that name is not a bond. *ret_removed: there was one.
 */
int bond_delete(struct rtnetlink *rtnl, bool *ret_removed, struct error *error) MUST_CHECK;

/*
 * Whether this kernel can make such a bond: one without members is made and removed again, or
 * there is one already. To be asked before links are reset for it.
 */
int bond_check(struct rtnetlink *rtnl, enum bond_mode mode, struct error *error) MUST_CHECK;

/*
 * Makes BOND_NAME with the mode, miimon, and LACP rate fast for 802.3ad; sets each member
 * down, enslaves it, and sets members and bond up. It must not exist (but one without members, as
 * the module makes it when it is loaded, is replaced). On failure it is removed again.
 * @members, @n: at least one, not loopback; their addresses should have been flushed.
 * *ret_bond: the bond's link (index, name, MAC), before carrier.
 */
int bond_new(struct rtnetlink *rtnl, enum bond_mode mode, const struct link *members, size_t n,
	struct link *ret_bond, struct error *error) MUST_CHECK;

struct bond_info {
	enum bond_mode mode;
	size_t members;    /* enslaved */
	size_t members_up; /* whose carrier the bond sees (MII status) */
	/* 802.3ad alone: */
	bool has_partner; /* the active aggregator's partner sent LACPDUs (its MAC is not all zero)
			   */
	uint8_t partner[NET_MAC_LEN];
	uint32_t ports; /* members in the active aggregator */
};

/* The state of the bond with this index. -EMEDIUMTYPE if it is not a bond. */
int bond_read(struct rtnetlink *rtnl, uint32_t index, struct bond_info *ret,
	struct error *error) MUST_CHECK;
/*
 * Waits for an 802.3ad partner, whose first LACPDU comes up to 1 s after carrier; other modes
 * return at once. 0 with or without partner: look at *ret. -EINTR (without text) by @interrupt_fd.
 * @deadline_ms: clock_now_ms().
 */
int bond_wait_partner(struct rtnetlink *rtnl, uint32_t index, int64_t deadline_ms, int interrupt_fd,
	struct bond_info *ret, struct error *error) MUST_CHECK;

/* --- pure parts, here for tests --- */

/* Appends IFLA_LINKINFO of a new bond to an RTM_NEWLINK message; -EMSGSIZE if it does not fit. */
int bond_put_options(struct nl_msg *msg, enum bond_mode mode) MUST_CHECK;
/*
 * Takes one RTM_NEWLINK message of a dump: the bond itself sets the mode and the partner, a
 * member adds itself to the counts. *io_found becomes true when the bond was seen.
 */
void bond_take(struct nl_msg *msg, uint32_t index, struct bond_info *io_info, bool *io_found);
