/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as one stream of Zlib rectangles: U8 width, U8 height, U16 length,
 * payload, and again. The stream is new for each input. Nothing outside a
 * rectangle is touched.
 */
#include <stdlib.h>
#include <string.h>

#include "protocol/base/bytes.h"
#include "protocol/tile/flat.h"
#include "tests/fuzz/target.h"

enum { SIDE = 160, MARK = 0xee };

static uint8_t frame[SIDE * SIDE * 4];

static void check_frame(const struct sj_rect *rect, enum sj_step step)
{
	for (size_t i = 0; i < sizeof(frame); i++) {
		size_t x = i / 4 % SIDE, y = i / 4 / SIDE;
		bool is_inside = x < rect->width_px && y < rect->height_px;

		if (!is_inside && frame[i] != MARK)
			abort();
		if (is_inside && i % 4 == 3 && step == SJ_STEP_DONE &&
			frame[i] != 0)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sj_tile_image image = {frame, SIDE * 4, {SIDE, SIDE}};
	struct sj_flat_decoder *decoder = sj_flat_decoder_create();
	struct sj_reader in = sj_reader_of(data, size);
	const uint8_t *payload = NULL;
	uint16_t bytes;
	uint8_t width, height;

	if (!decoder)
		abort();
	while (sj_read_u8(&in, &width) && sj_read_u8(&in, &height) &&
		sj_read_u16(&in, &bytes) &&
		sj_read_view(&in, &payload, bytes)) {
		struct sj_rect rect = {0, 0, width, height};

		memset(frame, MARK, sizeof(frame));
		check_frame(&rect,
			sj_flat_decode(decoder, payload, bytes, &rect, &image));
	}
	sj_flat_decoder_destroy(decoder);
	return 0;
}
