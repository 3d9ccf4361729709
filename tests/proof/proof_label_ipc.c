/* SPDX-License-Identifier: BSD-2-Clause */
/* Any frame of the role that looks for a label. */
#include "any_frame.h"
#include "store/label_role.h"

int main(void)
{
	struct label_found found;

	return label_decode_found(any_frame(), &found);
}
