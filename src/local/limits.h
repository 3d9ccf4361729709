/* SPDX-License-Identifier: BSD-2-Clause */
/* How long `stprov local run` waits. */
#pragma once

#define CONNECT_MS (10 * 1000)
/* For the opening, the TLS handshake, and each answer except v1's answer to commit. */
#define ANSWER_MS (30 * 1000)
/* For the answers to v1's attest, attest-prove and seal: the platform gives its TPM 120 s. */
#define TPM_MS (130 * 1000)
