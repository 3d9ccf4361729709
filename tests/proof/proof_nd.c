/* SPDX-License-Identifier: BSD-2-Clause */
/* Any frame, taken for an advertisement and for a solicitation of Neighbour Discovery. */
#include "any.h"
#include "neighbour/nd.h"

int main(void)
{
	struct nd_advert advert;
	struct nd_solicit solicit;
	struct net_addr target;
	size_t len = any_len();

	nd_decode(any_buffer, len, any_bool(), &advert);
	return nd_decode_solicit(any_buffer, len, any_bool(), &target, &solicit);
}
