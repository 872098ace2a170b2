/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any pictures through encoder and decoder: U8 x, y, width, height, kind and
 * two more bytes say what is painted where, for a line that is quick or slow;
 * from kind 0xc0 on, all is moved up instead, and kept. The viewer always ends
 * exact.
 */
#include <stdlib.h>

#include "protocol/base/bytes.h"
#include "tests/fuzz/target.h"
#include "tests/support/tile_rig.h"

enum { SIDE = 200, KINDS = 6, MOVED = 0xc0 };

static uint32_t pixel_of(
	struct sj_tile_rig *rig, const uint8_t *recipe, size_t x, size_t y)
{
	uint32_t seed = (uint32_t)(recipe[5] << 8 | recipe[6]);

	switch (recipe[4] % KINDS) {
	case 0:
		return seed * 0x10101u;
	case 1:
		return sj_tile_rig_random(rig);
	case 2:
		return (uint32_t)(x * seed + y * 0x10203);
	case 3:
		return (x * seed >> 6 ^ y) % 5 == 0 ? 0x123456 : 0xffffff;
	case 4:
		return (uint32_t)(x / 3 * 0x20100 + y / 5 * seed);
	default:
		return sj_tile_rig_random(rig) % (1 + seed % 300) * 0x1357;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sj_tile_rig rig;
	struct sj_reader in = sj_reader_of(data, size);
	const struct sj_size limit = {SIDE, SIDE};
	const uint8_t *recipe = NULL;

	/* One for all: its memory is large. */
	if (!rig.encoder)
		sj_tile_rig_open(&rig, SIDE, SIDE);
	sj_tile_rig_reset(&rig);
	for (int i = 0; i < 24 && sj_read_view(&in, &recipe, 7); i++) {
		struct sj_rect rect = {
			recipe[0], recipe[1], recipe[2], recipe[3]};

		rig.random = (uint32_t)(recipe[5] << 8 | recipe[6]) + 1;
		if (recipe[4] >= MOVED) {
			sj_tile_rig_roll(&rig, recipe[5]);
			if (!sj_tile_rig_keep(&rig) ||
				!sj_tile_rig_is_exact(&rig))
				abort();
			continue;
		}
		sj_tile_encoder_set_slow(
			rig.encoder, recipe[4] / KINDS % 2 == 1);
		rect = sj_rect_clip(&rect, &limit);
		if (rect.width_px == 0 || rect.height_px == 0)
			continue;
		for (size_t y = rect.y_px; y < rect.y_px + rect.height_px; y++)
			for (size_t x = rect.x_px;
				x < rect.x_px + rect.width_px; x++)
				*sj_tile_rig_pixel(&rig, x, y) =
					pixel_of(&rig, recipe, x, y);
		if (!sj_tile_rig_send(&rig, &rect) ||
			!sj_tile_rig_is_exact(&rig))
			abort();
	}
	return 0;
}
