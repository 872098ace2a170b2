/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/rect.h"

static uint32_t right_of(const struct sj_rect *rect)
{
	return (uint32_t)rect->x_px + rect->width_px;
}

static uint32_t bottom_of(const struct sj_rect *rect)
{
	return (uint32_t)rect->y_px + rect->height_px;
}

static bool is_empty(const struct sj_rect *rect)
{
	return rect->width_px == 0 || rect->height_px == 0;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* An edge distance as a member; beyond 16 bits it ends at the last pixel. */
static uint16_t as_px(uint32_t distance)
{
	return (uint16_t)smaller(distance, UINT16_MAX);
}

bool sj_rect_fits(const struct sj_rect *rect, const struct sj_size *size)
{
	return !is_empty(rect) && right_of(rect) <= size->width_px &&
	       bottom_of(rect) <= size->height_px;
}

struct sj_rect sj_rect_clip(
	const struct sj_rect *rect, const struct sj_size *size)
{
	uint32_t right = smaller(right_of(rect), size->width_px);
	uint32_t bottom = smaller(bottom_of(rect), size->height_px);

	if (is_empty(rect) || right <= rect->x_px || bottom <= rect->y_px)
		return (struct sj_rect){0};
	return (struct sj_rect){rect->x_px, rect->y_px,
		as_px(right - rect->x_px), as_px(bottom - rect->y_px)};
}

struct sj_rect sj_rect_join(const struct sj_rect *a, const struct sj_rect *b)
{
	uint32_t x, y;

	if (is_empty(a))
		return *b;
	if (is_empty(b))
		return *a;
	x = smaller(a->x_px, b->x_px);
	y = smaller(a->y_px, b->y_px);
	return (struct sj_rect){(uint16_t)x, (uint16_t)y,
		as_px(larger(right_of(a), right_of(b)) - x),
		as_px(larger(bottom_of(a), bottom_of(b)) - y)};
}

uint32_t sj_rect_area(const struct sj_rect *rect)
{
	return (uint32_t)rect->width_px * rect->height_px;
}
