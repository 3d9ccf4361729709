/* SPDX-License-Identifier: BSD-2-Clause */
/* Where stboot's trust policy is, by which OS packages are fetched and judged. */
#pragma once

#define TRUST_POLICY_PATH "/etc/trust_policy"
/* In it: the certificates that HTTPS servers are checked against, PEM. */
#define TRUST_POLICY_ROOTS "tls_roots.pem"
