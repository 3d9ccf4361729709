/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PCR 7: what firmware measures of Secure Boot, and the value that it will have at the next boot,
 * for a host key that only that boot may open (--seal secure-boot).
 *
 * TCG PC Client Platform Firmware Profile 1.05, section 3.3.4.8: the variables SecureBoot, PK, KEK,
 * db and dbx, a separator, and then once each the entry of db that vouched for a program that was
 * started. A wrong prediction locks the host key up for ever, so whatever is not known is refused.
 * Where keys change, that is firmware with any other event, or another order. Where they stay, all
 * is measured again except the image's certificate, and only events of other types are refused.
 * Everything here parses what the platform says: only on the laptop.
 */
#pragma once

#include "efi/secureboot.h"
#include "eventlog/replay.h"

#define PCR7_SIZE EVENTLOG_SHA256_SIZE

/* Secure Boot in the boot that a log is of. */
struct pcr7_secure_boot {
	bool enabled;    /* SecureBoot is 1 */
	bool setup_mode; /* PK is empty */
};

/*
 * What the log says of Secure Boot: its events of SecureBoot and PK, whose digests must be those of
 * their data. That the log is true is for the caller to know (eventlog_compare(), PCR 7).
 * -EINVAL with a text if the log is malformed, or these events are missing or not what was
 * measured.
 */
int pcr7_read_secure_boot(
	const void *log, size_t len, struct pcr7_secure_boot *ret, struct error *error) MUST_CHECK;

/* From what PCR 7 of the next boot is predicted. All is borrowed. */
struct pcr7_question {
	const void *log; /* the boot log of this boot */
	size_t log_len;
	/* PCR 0 to 15 as the TPM quoted them in this boot. */
	const uint8_t (*quoted)[EVENTLOG_SHA256_SIZE];
	/*
	 * The signed updates that this run writes, as enrol_check() left them (it sets .append).
	 * NULL, or none of them given: the keys of this boot stay.
	 */
	const struct efi_secureboot_keys *keys;
	/* Files, PEM or DER: the certificate that signs what boots next (stboot), and that of the
	 * provisioning image, which runs now. Without the second (len 0) one signs both. */
	struct efi_blob boot_cert, image_cert;
};

struct pcr7_prediction {
	uint8_t pcr7[PCR7_SIZE];
	uint8_t policy[PCR7_SIZE]; /* PolicyPCR of PCR 7 with this value: tpm/policy.h */
};

/*
 * -EINVAL with one sentence where the value cannot be known: the log is malformed or is not what
 * the TPM quoted; PCR 7 has events that are not known; keys are set while Secure Boot is on, or for
 * appending, or where an option ROM was started; the image's certificate is not the last authority;
 * the boot certificate is not an entry of db, or comes after the one that issued it.
 * The sentence says what to do, where something helps. -ENOENT if the log has no SHA-256, -ENOMEM,
 * -EIO; with a text.
 */
int pcr7_predict(const struct pcr7_question *question, struct pcr7_prediction *ret,
	struct error *error) MUST_CHECK;
