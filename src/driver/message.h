/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The messages between `stprov local console` and `stprov remote console` (docs/console.md): JSON
 * objects with a key `type`. What the platform tells is a report, what the laptop asks for a
 * request.
 *
 * Pure. Reports come from an untrusted terminal: every text is bounded and printable afterwards.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "json/json.h"

#define DRIVER_PROTOCOL 1

/* Longest texts of a report, with their NUL, printable. */
#define DRIVER_TEXT_MAX 1024
#define DRIVER_NAME_MAX 256
#define DRIVER_WORD_MAX 128
/* The most addresses of a report, and the most words of a request. */
#define DRIVER_ADDRESSES_MAX 32
#define DRIVER_ARGV_MAX 64

enum driver_report_type {
	DRIVER_HELLO,     /* protocol, version, addresses, status */
	DRIVER_TOLD,      /* `line`: text, what a person would see */
	DRIVER_ADDRESSES, /* the end of `setup`: exit, text, addresses */
	DRIVER_LISTENING, /* addresses, port, code */
	DRIVER_OPENED,    /* client, words: a connection has shown the code */
	DRIVER_REVIEW,    /* client, words, hostname, fingerprint: the question is open */
	DRIVER_DONE,      /* the end of `run`: exit, text */
	DRIVER_OTHER,     /* one that this stprov does not know */
};

/* What a platform tells of itself, if it can find it out. */
enum driver_flag {
	DRIVER_NOT_KNOWN,
	DRIVER_NO,
	DRIVER_YES,
};

struct driver_report {
	enum driver_report_type type;
	int64_t protocol, exit, port;
	char version[DRIVER_WORD_MAX];
	char text[DRIVER_TEXT_MAX];
	char addresses[DRIVER_ADDRESSES_MAX][DRIVER_WORD_MAX];
	size_t addresses_n;
	char code[DRIVER_WORD_MAX];
	char client[DRIVER_WORD_MAX], words[DRIVER_WORD_MAX];
	char hostname[DRIVER_NAME_MAX], fingerprint[DRIVER_WORD_MAX];
	/* Of the status in `hello`; the host name that is stored is in @hostname. */
	enum driver_flag provisioned, setup_mode;
};

/* -EINVAL with its text: it is not an object, or lacks what its type needs. */
int driver_report_parse(
	const char *text, size_t len, struct driver_report *ret, struct error *error) MUST_CHECK;

enum driver_request_type {
	DRIVER_SETUP,   /* argv: the words after `stprov remote` */
	DRIVER_RUN,     /* argv: the words after `stprov remote run` */
	DRIVER_CONFIRM, /* words */
	DRIVER_ABORT,
	DRIVER_PING,
	DRIVER_LEAVE,
};

struct driver_request {
	enum driver_request_type type;
	struct json *object;                   /* owned: it has the texts */
	const char *argv[DRIVER_ARGV_MAX + 1]; /* ends with NULL */
	size_t argc;
	const char *words;
};

#define DRIVER_REQUEST_INIT ((struct driver_request){ .object = NULL })
void driver_request_deinit(struct driver_request *request);
#define _cleanup_driver_request_ _cleanup_(driver_request_deinit)

/* -EINVAL with its text. */
int driver_request_parse(
	const char *text, size_t len, struct driver_request *ret, struct error *error) MUST_CHECK;

/*
 * The text of a request; the caller frees it. @argv: NULL or a list that ends with NULL; @words:
 * or NULL. A negative errno with its text.
 */
int driver_request_format(enum driver_request_type type, const char *const *argv, const char *words,
	char **ret, struct error *error) MUST_CHECK;

/* A new report of this type, for its sender to fill in. */
int driver_report_new(
	enum driver_report_type type, struct json **ret, struct error *error) MUST_CHECK;
