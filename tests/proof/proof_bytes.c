/* SPDX-License-Identifier: BSD-2-Clause */
/* The reader of bytes itself, on memory that ends where its bytes end: what models.c leaves out. */
#include "any.h"
#include "base/bytes.h"

int main(void)
{
	uint8_t out[ANY_SIZE], room[ANY_SIZE];
	size_t len = any_len(), part = (size_t)Frama_C_interval(0, ANY_SIZE), left;

	struct bytes_writer w = bytes_writer(room, sizeof(room));
	struct bytes_reader r, again;

	//@ split len;
	//@ split part;
	again = r = bytes_reader(any_bytes(len), len);
	/*@ loop invariant w.len <= w.cap; */
	while (any_bool())
		switch (Frama_C_interval(0, 7)) {
		case 0:
			bytes_read_u8(&r);
			break;
		case 1:
			bytes_read_le16(&r);
			break;
		case 2:
			bytes_read_be16(&r);
			break;
		case 3:
			bytes_read_le32(&r);
			break;
		case 4:
			bytes_read_be32(&r);
			break;
		case 5:
			bytes_read_be64(&r);
			break;
		case 6:
			bytes_read(&r, out, part);
			break;
		default:
			bytes_write_from(&w, &r, part);
			break;
		}
	bytes_rest(&r, &left);
	bytes_view(&again, part);
	return bytes_reader_done(&again) && bytes_position(&again) == len;
}
