/* SPDX-License-Identifier: BSD-2-Clause */
/* The questions of the guide that most machines do not need: asked after `more`. */
#pragma once

#include "remote/guide_ask.h"

/* Each returns 0, or what guide_ask() returns. */
int guide_ask_dns(struct guide *guide) MUST_CHECK;
int guide_ask_link(struct guide *guide) MUST_CHECK;
/* For a bond only. */
int guide_ask_bonding_mode(struct guide *guide) MUST_CHECK;
int guide_ask_user(struct guide *guide) MUST_CHECK;
int guide_ask_password(struct guide *guide) MUST_CHECK;
