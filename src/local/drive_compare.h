/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether what the platform's console shows is this laptop's own connection. Pure. Inside `stprov
 * local console` only.
 */
#pragma once

#include "driver/message.h"

/* What this laptop knows from its own connection. */
struct drive_own {
	/* Behind a NAT the platform sees another address (-a in --run): then it may differ. */
	bool translated;
	bool opened; /* with the next two */
	char words[DRIVER_WORD_MAX], client[DRIVER_WORD_MAX];
	bool prepared; /* with the next two */
	char hostname[DRIVER_NAME_MAX], fingerprint[DRIVER_WORD_MAX];
};

/*
 * @report: DRIVER_OPENED, or DRIVER_REVIEW once @own is prepared. 0, or -EBADMSG with a sentence
 * that says what differs.
 */
int drive_compare(const struct drive_own *own, const struct driver_report *report,
	struct error *error) MUST_CHECK;
