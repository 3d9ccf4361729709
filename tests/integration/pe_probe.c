/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints the Authenticode SHA-256 of a program, and the one that it has once it is signed; the
 * integration tests compare them with those of other implementations.
 *
 *	pe_probe FILE
 */
#include <stdio.h>

#include "base/text.h"
#include "pe/pe.h"

int main(int argc, char **argv)
{
	uint8_t digest[PE_DIGEST_SIZE], when_signed[PE_DIGEST_SIZE];
	char text[2 * PE_DIGEST_SIZE + 1];
	struct error error = ERROR_INIT;

	if (argc != 2)
		return 2;
	if (pe_digest_file(argv[1], digest, &error) < 0 ||
		pe_digest_file_when_signed(argv[1], when_signed, &error) < 0) {
		fprintf(stderr, "%s\n", error.text);
		return 1;
	}
	text_format_hex(digest, sizeof(digest), text);
	printf("%s\n", text);
	text_format_hex(when_signed, sizeof(when_signed), text);
	printf("%s\n", text);
	return 0;
}
