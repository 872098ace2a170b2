/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a gate has let through, read a second way: from docs/protocol.md, with
 * code of its own. See many.h.
 */
#include <string.h>

#include "tests/mutate/many.h"

enum { WIDTH_MAX = 1920, HEIGHT_MAX = 1080 };

/* Numbers of encodings, as the page has them. */
enum {
	RAW = 0,
	COPY_RECT = 1,
	ZLIB = 6,
	TIGHT = 7,
	ZRLE = 16,
	CURSOR = -239,
	DESKTOP_SIZE = -308,
	TILE = 0x534a0000,
	ALPHA_CURSOR,
	CARET,
	SESSION_END,
	MOTION,
	SHAPE
};

static unsigned u16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static uint32_t u32(const uint8_t *p)
{
	return (uint32_t)u16(p) << 16 | u16(p + 2);
}

static bool is_zero(const uint8_t *p, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (p[i] != 0)
			return false;
	return true;
}

/* Every fourth byte of as many pixels as are there is 0. */
static bool is_plain(const uint8_t *p, size_t size)
{
	for (size_t i = 3; i < size; i += 4)
		if (p[i] != 0)
			return false;
	return true;
}

/* One screen of number 1, at 0, 0, as large as the desktop, no flags. */
static bool is_one_screen(const uint8_t *p, const uint8_t *width_height)
{
	return u32(p) <= 1 && u32(p + 4) == 0 &&
	       memcmp(p + 8, width_height, 4) == 0 && u32(p + 12) == 0;
}

/* ---- viewer ---- */

/* Length of the message at p by its type; 0: none that may pass. */
static size_t viewer_size(const uint8_t *p, size_t left)
{
	switch (p[0]) {
	case 0:
		return 20;
	case 2:
		if (left < 4)
			return 4;
		return u16(p + 2) <= 32 ? 4 + 4 * (size_t)u16(p + 2) : 0;
	case 3:
		return 10;
	case 4:
		return 8;
	case 5:
		return 6;
	case 251:
		return 24;
	default:
		return 0;
	}
}

static bool is_clean_viewer_message(const uint8_t *p)
{
	switch (p[0]) {
	case 0:
		return is_zero(p + 1, 3) && p[4] == 32 && p[5] == 24 &&
		       p[6] <= 1 && p[7] == 1 && is_zero(p + 17, 3);
	case 2:
		return p[1] == 0;
	case 3:
		return p[1] <= 1 && u16(p + 2) + u16(p + 6) <= WIDTH_MAX &&
		       u16(p + 4) + u16(p + 8) <= HEIGHT_MAX;
	case 4:
		return p[1] <= 1 && is_zero(p + 2, 2);
	case 5:
		return p[1] < 0x80 && u16(p + 2) < WIDTH_MAX &&
		       u16(p + 4) < HEIGHT_MAX;
	default: /* 251 */
		return p[1] == 0 && p[6] == 1 && p[7] == 0 &&
		       is_one_screen(p + 8, p + 2);
	}
}

bool sj_many_is_clean_viewer(const uint8_t *out, size_t size)
{
	size_t at = 0;

	while (at < size) {
		const size_t length = viewer_size(out + at, size - at);

		/* A message to the host passes whole. */
		if (length == 0 || length > size - at ||
			!is_clean_viewer_message(out + at))
			return false;
		at += length;
	}
	return true;
}

/* ---- host ---- */

struct walk {
	const uint8_t *p;
	size_t left;
	bool is_over; /* what is behind cannot be told */
};

static void skip(struct walk *walk, uint64_t size)
{
	const size_t step = size < walk->left ? (size_t)size : walk->left;

	walk->p += step;
	walk->left -= step;
}

/* Pixels of four bytes, then other bytes. */
static bool skip_pixels(struct walk *walk, uint64_t pixels, uint64_t others)
{
	const uint64_t size = pixels * 4;
	const bool is_clean = is_plain(
		walk->p, size < walk->left ? (size_t)size : walk->left);

	skip(walk, size);
	skip(walk, others);
	return is_clean;
}

static bool skip_opaque(struct walk *walk)
{
	if (walk->left < 4) {
		skip(walk, 4);
		return true;
	}
	const uint64_t size = u32(walk->p);

	skip(walk, 4);
	skip(walk, size);
	return size != 0;
}

static bool skip_size(struct walk *walk, const uint8_t *head)
{
	const uint8_t *p = walk->p;

	/* This one passes whole. */
	if (walk->left < 20)
		return false;
	skip(walk, 20);
	return p[0] == 1 && is_zero(p + 1, 3) &&
	       is_one_screen(p + 4, head + 4) && u16(head + 4) <= WIDTH_MAX &&
	       u16(head + 6) <= HEIGHT_MAX;
}

static bool skip_rect(struct walk *walk)
{
	const uint8_t *head = walk->p;

	/* Heads pass whole. */
	if (walk->left < 12)
		return false;
	const unsigned x = u16(head), y = u16(head + 2);
	const unsigned width = u16(head + 4), height = u16(head + 6);
	const uint64_t area = (uint64_t)width * height;

	skip(walk, 12);
	switch ((int32_t)u32(head + 8)) {
	case CURSOR:
		return width <= 64 && height <= 64 &&
		       skip_pixels(
			       walk, area, (uint64_t)(width + 7) / 8 * height);
	case ALPHA_CURSOR:
		skip(walk, area * 4);
		return width <= 64 && height <= 64;
	case DESKTOP_SIZE:
		return skip_size(walk, head);
	case SHAPE:
		return x < 16 && y == 0 && width == 0 && height == 0;
	case SESSION_END:
		return x >= 400 && x < 600 && y == 0 && width == 0 &&
		       height == 0;
	default:
		break;
	}
	if (x + width > WIDTH_MAX || y + height > HEIGHT_MAX)
		return false;
	switch ((int32_t)u32(head + 8)) {
	case RAW:
		return skip_pixels(walk, area, 0);
	case COPY_RECT:
		skip(walk, 4);
		return true;
	case ZLIB:
	case ZRLE:
	case TILE:
	case MOTION:
		return skip_opaque(walk);
	case CARET:
		return true;
	case TIGHT:
		walk->is_over = true;
		return true;
	default:
		return false;
	}
}

bool sj_many_is_clean_host(const uint8_t *out, size_t size)
{
	struct walk walk = {out, size, false};

	while (walk.left > 0 && !walk.is_over) {
		/* Nothing but updates may come from a host. */
		if (walk.left < 4 || walk.p[0] != 0 || walk.p[1] != 0)
			return false;
		unsigned rects = u16(walk.p + 2);

		if (rects == 0 || rects > 1024)
			return false;
		skip(&walk, 4);
		for (; rects > 0 && walk.left > 0 && !walk.is_over; rects--)
			if (!skip_rect(&walk))
				return false;
	}
	return true;
}
