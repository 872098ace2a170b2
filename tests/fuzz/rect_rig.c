/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/fuzz/rect_rig.h"

#include <stdlib.h>
#include <string.h>

enum { SIDE = 160, MARK = 0xee };

static uint8_t frame[SIDE * SIDE * 4];

bool rect_rig_next(struct rect_rig *rig, struct sj_reader *in)
{
	uint8_t width, height;

	if (!sj_read_u8(in, &width) || !sj_read_u8(in, &height) ||
		!sj_read_u16(in, &rig->bytes) ||
		!sj_read_view(in, &rig->payload, rig->bytes))
		return false;
	rig->rect = (struct sj_rect){0, 0, width, height};
	rig->image =
		(struct sj_tile_image){frame, (size_t)SIDE * 4, {SIDE, SIDE}};
	memset(frame, MARK, sizeof(frame));
	return true;
}

void rect_rig_check(const struct rect_rig *rig, bool is_whole)
{
	for (size_t i = 0; i < sizeof(frame); i++) {
		size_t x = i / 4 % SIDE, y = i / 4 / SIDE;
		bool is_inside =
			x < rig->rect.width_px && y < rig->rect.height_px;

		if (!is_inside && frame[i] != MARK)
			abort();
		if (is_inside && is_whole && i % 4 == 3 && frame[i] != 0)
			abort();
	}
}
