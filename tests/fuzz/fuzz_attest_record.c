/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The record of an attestation, which anyone may have written, and the checks of what is in it: a
 * record that is accepted is so again after it was written anew.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "attest/record.h"
#include "attest/sealed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool cond)
{
	if (!cond)
		abort();
}

/* 0, or the error of the first check that refuses it. */
static int check(struct attest_record_content *content)
{
	const struct attest_wanted wanted = { .roots = NULL };
	struct error error;
	int r = attest_check_keys(&content->round, &wanted, &error);

	if (r == 0)
		r = attest_check_proof(&content->round, &wanted, true, &error);
	if (r == 0 && content->has_seal && content->commit.sealed.given)
		r = attest_check_sealed(content->round.exporter, content->commit.publickey,
			&content->seal, &content->commit.sealed, &content->round, &error);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_record_ struct attest_record_content content = { .has_seal = false };
	_cleanup_free_ char *attest = NULL, *proof = NULL, *text = NULL;
	struct attest_record_content again;
	struct error error;

	if (attest_record_read(data, size, &content, &error) < 0)
		return 0;
	must(content.round.attest.bytes != NULL);
	if (check(&content) < 0)
		return 0;
	must(api_attest_encode(&content.round.attest, &attest, &error) == 0);
	must(api_proof_encode(&content.round.proof, &proof, &error) == 0);
	struct attest_record record = {
		.round = &content.round,
		.time = content.time,
		.ip = content.ip,
		.attest_answer = attest,
		.prove_answer = proof,
		.seal = content.has_seal ? &content.seal : NULL,
		.commit = content.has_commit ? &content.commit : NULL,
	};
	must(attest_record_format(&record, &text, &error) == 0);
	must(attest_record_read(text, strlen(text), &again, &error) == 0);
	must(check(&again) == 0);
	attest_record_deinit(&again);
	return 0;
}
