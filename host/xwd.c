/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/xwd.h"

#include <stdbool.h>

#include "protocol/base/bytes.h"

#define FIELDS (SJ_XWD_HEAD_BYTES / 4)
#define COLOUR_BYTES 12
#define COLOURS_MAX 256

/* Fields of the head by their place, each 32 bits, big-endian. */
enum field {
	HEADER_BYTES = 0,
	VERSION = 1,
	FORMAT = 2,
	DEPTH = 3,
	WIDTH = 4,
	HEIGHT = 5,
	X_OFFSET = 6,
	BYTE_ORDER_OF_PIXELS = 7,
	BITS_PER_PIXEL = 11,
	BYTES_PER_LINE = 12,
	RED_MASK = 14,
	GREEN_MASK = 15,
	BLUE_MASK = 16,
	COLOURS = 19
};

static bool is_format_known(const uint32_t *field)
{
	return field[VERSION] == 7 && field[FORMAT] == 2 &&
	       field[DEPTH] == 24 && field[X_OFFSET] == 0 &&
	       field[BYTE_ORDER_OF_PIXELS] == 0 &&
	       field[BITS_PER_PIXEL] == 32 && field[RED_MASK] == 0xff0000 &&
	       field[GREEN_MASK] == 0xff00 && field[BLUE_MASK] == 0xff &&
	       field[COLOURS] <= COLOURS_MAX;
}

enum sj_err sj_xwd_parse(const uint8_t *head, uint64_t file_bytes,
	const struct sj_size *size, struct sj_xwd *xwd)
{
	struct sj_reader reader = sj_reader_of(head, SJ_XWD_HEAD_BYTES);
	uint32_t field[FIELDS];
	uint64_t offset, stride;

	for (size_t i = 0; i < FIELDS; i++)
		if (!sj_read_u32(&reader, &field[i]))
			return SJ_ERR_FORMAT;
	if (!is_format_known(field) || field[WIDTH] != size->width_px ||
		field[HEIGHT] != size->height_px ||
		field[HEADER_BYTES] < SJ_XWD_HEAD_BYTES)
		return SJ_ERR_FORMAT;
	/* 32-bit values: no sum or product below leaves 64 bits. */
	offset = field[HEADER_BYTES] + (uint64_t)field[COLOURS] * COLOUR_BYTES;
	stride = field[BYTES_PER_LINE];
	if (offset % 4 != 0 || stride % 4 != 0 ||
		stride < (uint64_t)size->width_px * 4 ||
		offset + stride * size->height_px > file_bytes)
		return SJ_ERR_FORMAT;
	*xwd = (struct sj_xwd){.offset_bytes = (size_t)offset,
		.stride_bytes = (size_t)stride,
		.size = *size};
	return SJ_OK;
}
