/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/motion/frame.h"

#include <string.h>

#include "protocol/base/bytes.h"
#include "protocol/base/err.h"

#define MARKER_BYTES 2
#define QUANT_BYTES 64
#define CODE_LENGTHS 16
#define DC_SYMBOLS 12  /* sizes 0 to 11 */
#define AC_SYMBOLS 162 /* runs 0 to 15 with sizes 1 to 10, end, skip */

static bool is_text(struct sj_reader *in, const uint8_t *text, size_t size)
{
	const uint8_t *view = NULL;

	return sj_read_view(in, &view, size) && memcmp(view, text, size) == 0;
}

/* DQT with the one 8-bit table that has this number; no step is 0. */
static bool is_quant(struct sj_reader *in, uint8_t number)
{
	const uint8_t head[] = {0xff, 0xdb, 0, 3 + QUANT_BYTES, number};
	const uint8_t *steps = NULL;

	return is_text(in, head, sizeof(head)) &&
	       sj_read_view(in, &steps, QUANT_BYTES) &&
	       memchr(steps, 0, QUANT_BYTES) == NULL;
}

/* SOF0: 8 bits, the size, components 1 to 3, each 1x1. */
static bool is_frame(struct sj_reader *in, const struct sj_rect *rect)
{
	static const uint8_t head[] = {0xff, 0xc0, 0, 17, 8};
	static const uint8_t components[] = {
		3, 1, 0x11, 0, 2, 0x11, 1, 3, 0x11, 1};
	uint16_t wire_height, wire_width;

	return is_text(in, head, sizeof(head)) &&
	       sj_read_u16(in, &wire_height) && sj_read_u16(in, &wire_width) &&
	       wire_height == rect->height_px && wire_width == rect->width_px &&
	       is_text(in, components, sizeof(components));
}

/* DHT with the one table that has this class and number. */
static bool is_codes(struct sj_reader *in, uint8_t class_and_number)
{
	static const uint8_t marker[] = {0xff, 0xc4};
	const size_t most = class_and_number < 0x10 ? DC_SYMBOLS : AC_SYMBOLS;
	const uint8_t *lengths = NULL;
	uint16_t wire_bytes;
	size_t symbols = 0;

	if (!is_text(in, marker, sizeof(marker)) ||
		!sj_read_u16(in, &wire_bytes) ||
		!is_text(in, &class_and_number, 1) ||
		!sj_read_view(in, &lengths, CODE_LENGTHS))
		return false;
	for (size_t i = 0; i < CODE_LENGTHS; i++)
		symbols += lengths[i];
	return symbols >= 1 && symbols <= most &&
	       wire_bytes == 2 + 1 + CODE_LENGTHS + symbols &&
	       sj_read_skip(in, symbols);
}

/* Entropy-coded bytes up to an EOI that is the end: no other marker. */
static bool is_scan(const struct sj_reader *in)
{
	const uint8_t *at = in->data + in->at;
	const uint8_t *end = in->data + in->size - MARKER_BYTES;

	if (sj_reader_left(in) < 1 + MARKER_BYTES || end[0] != 0xff ||
		end[1] != 0xd9)
		return false;
	while ((at = memchr(at, 0xff, (size_t)(end - at))) != NULL) {
		if (at + 1 == end || at[1] != 0)
			return false;
		at += 2;
	}
	return true;
}

bool sj_motion_frame_is_good(
	const uint8_t *payload, size_t size, const struct sj_rect *rect)
{
	static const uint8_t begin[] = {0xff, 0xd8};
	static const uint8_t scan[] = {
		0xff, 0xda, 0, 12, 3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0};
	struct sj_reader in = sj_reader_of(payload, size);

	return is_text(&in, begin, sizeof(begin)) && is_quant(&in, 0) &&
	       is_quant(&in, 1) && is_frame(&in, rect) && is_codes(&in, 0x00) &&
	       is_codes(&in, 0x10) && is_codes(&in, 0x01) &&
	       is_codes(&in, 0x11) && is_text(&in, scan, sizeof(scan)) &&
	       is_scan(&in);
}
