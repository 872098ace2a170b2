/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/place.h"

#include <stdint.h>

/* length cut to room, and at least one pixel. */
static uint16_t cut(uint16_t length, uint16_t room)
{
	if (length == 0)
		return 1;
	return length < room ? length : room;
}

static uint16_t put(
	uint16_t wish, uint16_t length, uint16_t room, bool is_placed)
{
	uint16_t space = (uint16_t)(room - length);

	if (!is_placed)
		return space / 2;
	return wish < space ? wish : space;
}

struct sj_rect sj_place(const struct sj_rect *wish,
	const struct sj_size *screen, bool is_filling, bool is_placed)
{
	struct sj_rect rect = {
		.width_px = screen->width_px,
		.height_px = screen->height_px,
	};

	if (is_filling)
		return rect;
	rect.width_px = cut(wish->width_px, screen->width_px);
	rect.height_px = cut(wish->height_px, screen->height_px);
	rect.x_px = put(wish->x_px, rect.width_px, screen->width_px, is_placed);
	rect.y_px =
		put(wish->y_px, rect.height_px, screen->height_px, is_placed);
	return rect;
}
