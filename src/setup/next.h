/* SPDX-License-Identifier: BSD-2-Clause */
/* What comes before and after a run: the configuration that it replaces, and the next command. */
#pragma once

#include "efi/efi.h"
#include "net/addr.h"
#include "net/hostname.h"
#include "store/store.h"

/* Room for what is replaced, with its NUL. */
#define SETUP_REPLACED_MAX (NET_HOSTNAME_ANY_MAX + 64)

/*
 * What a run replaces in the store: `web01.example.net (static)`, or "" if there is neither host
 * name nor host configuration. What is there and cannot be read is named as that. Not escaped.
 */
void setup_read_replaced(const struct efi_dir *efi, char out[SETUP_REPLACED_MAX]);

/* Room for the command, with its NUL. */
#define SETUP_NEXT_MAX (NET_PREFIX_TEXT_MAX + 64 + SETUP_NEXT_DIR_MAX)
/* A longer directory is left out. */
#define SETUP_NEXT_DIR_MAX 256

/*
 * `stprov remote run`, with the networks that may connect where @allowed (the compiled-in list)
 * lets in this machine only: that of @host, the address that was set up. IPv6 has to be listened
 * on, too. @store: the command has its -S or -E, unless that is the default, or would need quotes
 * in a shell.
 */
void setup_next_command(const struct net_prefix *host, const char *allowed,
	const struct store_choice *store, char out[SETUP_NEXT_MAX]);
