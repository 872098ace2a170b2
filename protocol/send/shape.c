/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/send/shape.h"

#include <stdbool.h>
#include <stddef.h>

#define VISIBLE 64 /* alpha of a pixel that counts; a shadow has less */

/* What can be seen: from left, top to before right, bottom. */
struct box {
	int left, top, right, bottom;
	int seen_px, upper_px; /* in all, and in the upper half */
	int corner_px;         /* near the diagonal from upper left */
	int ends_px, sides_px; /* in the outer rows, the outer columns */
	int other_px;          /* near the other diagonal */
};

static bool is_seen(const struct sj_update_cursor *cursor, int x, int y)
{
	return cursor->pixels[((size_t)y * cursor->size.width_px + (size_t)x) *
				      4 +
			      3] >= VISIBLE;
}

static struct box find_box(const struct sj_update_cursor *cursor)
{
	struct box box = {.left = SJ_LIMIT_CURSOR_PX, .top = -1};

	for (int y = 0; y < cursor->size.height_px; y++) {
		for (int x = 0; x < cursor->size.width_px; x++) {
			if (!is_seen(cursor, x, y))
				continue;
			box.seen_px++;
			if (box.top < 0)
				box.top = y;
			box.bottom = y + 1;
			if (x < box.left)
				box.left = x;
			if (x >= box.right)
				box.right = x + 1;
		}
	}
	return box;
}

/* How the visible pixels lie in the quarters of the box. */
static void weigh(const struct sj_update_cursor *cursor, struct box *box)
{
	for (int y = box->top; y < box->bottom; y++) {
		for (int x = box->left; x < box->right; x++) {
			bool is_upper = 2 * y < box->top + box->bottom;
			bool is_left = 2 * x < box->left + box->right;

			if (!is_seen(cursor, x, y))
				continue;
			if (is_upper)
				box->upper_px++;
			if (y == box->top || y == box->bottom - 1)
				box->ends_px++;
			if (x == box->left || x == box->right - 1)
				box->sides_px++;
			if (is_upper == is_left)
				box->corner_px++;
			else
				box->other_px++;
		}
	}
}

/* Between the thirds of low to high. */
static bool is_middle(int at, int low, int high)
{
	return 3 * at >= 2 * low + high && 3 * at <= low + 2 * high;
}

/* The hot spot is in the middle. */
static enum sj_rfb_shape central_shape(const struct box *box)
{
	const int width = box->right - box->left;
	const int height = box->bottom - box->top;
	const int area = width * height;

	/* A beam has feet at its ends, an arrow tips. */
	if (2 * width <= height)
		return box->ends_px >= width ? SJ_RFB_SHAPE_TEXT
					     : SJ_RFB_SHAPE_RESIZE_V;
	if (2 * height <= width)
		return box->sides_px >= height ? SJ_RFB_SHAPE_TEXT_V
					       : SJ_RFB_SHAPE_RESIZE_H;
	if (3 * box->corner_px >= 4 * box->other_px)
		return SJ_RFB_SHAPE_RESIZE_DOWN;
	if (3 * box->other_px >= 4 * box->corner_px)
		return SJ_RFB_SHAPE_RESIZE_UP;
	if (4 * box->seen_px <= area)
		return SJ_RFB_SHAPE_CROSS;
	return 3 * box->seen_px <= 2 * area ? SJ_RFB_SHAPE_MOVE
					    : SJ_RFB_SHAPE_WAIT;
}

enum sj_rfb_shape sj_shape_of(const struct sj_update_cursor *cursor)
{
	struct box box = find_box(cursor);
	const int x = cursor->hot_x_px, y = cursor->hot_y_px;

	if (box.seen_px == 0)
		return SJ_RFB_SHAPE_HIDDEN;
	weigh(cursor, &box);
	if (is_middle(x, box.left, box.right) &&
		is_middle(y, box.top, box.bottom))
		return central_shape(&box);
	/* A finger points upwards from inside the box; an arrow's tip is the
	 * box's corner. */
	if (4 * (y - box.top) <= box.bottom - box.top &&
		6 * (x - box.left) >= box.right - box.left &&
		3 * (x - box.left) <= 2 * (box.right - box.left) &&
		2 * box.upper_px < box.seen_px)
		return SJ_RFB_SHAPE_HAND;
	return SJ_RFB_SHAPE_ARROW;
}
