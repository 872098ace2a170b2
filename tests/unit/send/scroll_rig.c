/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/send/scroll_rig.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "protocol/base/bytes.h"
#include "protocol/base/limits.h"
#include "protocol/rfb/encodings.h"
#include "tests/support/suite.h"

static struct sj_tile_image picture(uint16_t width_px, uint16_t height_px)
{
	struct sj_tile_image image = {calloc((size_t)width_px * height_px, 4),
		(size_t)width_px * 4, {width_px, height_px}};

	ck_assert_ptr_nonnull(image.pixels);
	return image;
}

void sj_scroll_rig_open(
	struct sj_scroll_rig *rig, uint16_t width_px, uint16_t height_px)
{
	const struct sj_sender_settings settings = {0};

	sj_scroll_rig_open_as(rig, width_px, height_px, &settings);
}

void sj_scroll_rig_open_as(struct sj_scroll_rig *rig, uint16_t width_px,
	uint16_t height_px, const struct sj_sender_settings *settings)
{
	const struct sj_size size = {width_px, height_px};

	memset(rig, 0, sizeof(*rig));
	rig->shadow = sj_shadow_create(&size);
	ck_assert_ptr_nonnull(rig->shadow);
	rig->sender = sj_sender_create(rig->shadow, settings);
	rig->decoder = sj_tile_decoder_create();
	ck_assert(rig->sender && rig->decoder);
	rig->live = picture(width_px, height_px);
	rig->viewer = picture(width_px, height_px);
	rig->spare = calloc((size_t)width_px * height_px, 4);
	ck_assert_ptr_nonnull(rig->spare);
	rig->random = 4711;
	sj_sender_begin(rig->sender, rig->now_us);
	sj_sender_learn(rig->sender, SJ_SENDER_COPY);
}

void sj_scroll_rig_close(struct sj_scroll_rig *rig)
{
	sj_sender_destroy(rig->sender);
	sj_shadow_destroy(rig->shadow);
	sj_tile_decoder_destroy(rig->decoder);
	free(rig->live.pixels);
	free(rig->viewer.pixels);
	free(rig->spare);
}

uint32_t sj_scroll_rig_random(struct sj_scroll_rig *rig)
{
	rig->random ^= rig->random << 13;
	rig->random ^= rig->random >> 17;
	rig->random ^= rig->random << 5;
	return rig->random;
}

/* ---- pages ---- */

static uint32_t mix(size_t a, size_t b, size_t c)
{
	uint32_t value = (uint32_t)(a * 0x9e3779b1u + b * 0x85ebca77u +
				    c * 0xc2b2ae3du + 0x27d4eb2fu);

	value = (value ^ value >> 15) * 0x2c1b3c6du;
	value = (value ^ value >> 12) * 0x297a2d39u;
	return value ^ value >> 15;
}

/* Letters of 8x12 in lines of 20, words, short lines, empty ones. */
static uint32_t text_at(size_t x, size_t y)
{
	size_t line = y / 20, row = y % 20, column = x / 8;
	uint32_t letter, dot;

	if (row < 4 || row >= 16 || mix(line, 1, 0) % 7 == 0 ||
		column % 200 > 100 + mix(line, 2, 0) % 90)
		return 0xffffff;
	letter = mix(line, column, 3) % 40;
	dot = mix(letter, row, x % 8);
	if (letter < 7 || x % 8 == 7 || dot % 5 < 3)
		return 0xffffff;
	return (dot >> 8 & 0xc0) * 0x010101u;
}

static uint32_t photo_at(size_t x, size_t y)
{
	uint32_t noise = mix(x, y, 5);
	uint32_t base = (uint32_t)(x / 3 + y / 2) & 0xff;

	return (base << 16 | (base ^ 0x55) << 8 | (255 - base)) ^
	       (noise & 0x0f0f0f);
}

static uint32_t table_at(size_t x, size_t y)
{
	uint32_t digit = mix(x / 10, y / 25, 6) % 10;

	if (x % 100 == 0 || y % 25 == 0)
		return 0xc0c0c0;
	if (y % 25 < 7 || y % 25 > 18 || mix(digit, x % 10, y % 25) % 3 != 0)
		return y / 25 % 2 == 0 ? 0xffffff : 0xf4f4fa;
	return 0x202020;
}

static uint32_t page_at(enum sj_page kind, size_t x, size_t y)
{
	switch (kind) {
	case SJ_PAGE_TEXT:
		return text_at(x, y);
	case SJ_PAGE_PHOTO:
		return photo_at(x, y);
	case SJ_PAGE_TABLE:
		return table_at(x, y);
	case SJ_PAGE_BLANK:
		return 0xf8f8f8;
	case SJ_PAGE_FRAME:
	default:
		return text_at(y, x) & 0xe0f0ff;
	}
}

void sj_scroll_rig_draw(struct sj_scroll_rig *rig, const struct sj_rect *window,
	enum sj_page kind, size_t x, size_t y)
{
	uint8_t *pixels = rig->live.pixels;

	for (size_t row = 0; row < window->height_px; row++)
		for (size_t column = 0; column < window->width_px; column++) {
			/* The 4th byte means nothing. */
			uint32_t pixel = page_at(kind, x + column, y + row) |
					 (uint32_t)(row * 7 + column + y) << 24;

			memcpy(pixels +
					(window->y_px + row) *
						rig->live.stride_bytes +
					(window->x_px + column) * 4,
				&pixel, sizeof(pixel));
		}
	sj_shadow_damage(rig->shadow, window);
}

/* ---- the viewer ---- */

struct head {
	struct sj_rect rect;
	int32_t encoding;
};

static struct head read_head(struct sj_reader *in)
{
	struct head head = {0};

	ck_assert(sj_read_u16(in, &head.rect.x_px) &&
		  sj_read_u16(in, &head.rect.y_px) &&
		  sj_read_u16(in, &head.rect.width_px) &&
		  sj_read_u16(in, &head.rect.height_px) &&
		  sj_read_s32(in, &head.encoding));
	return head;
}

static void draw_tile(struct sj_scroll_rig *rig, struct sj_reader *in,
	const struct sj_rect *rect)
{
	const uint8_t *payload = NULL;
	uint32_t bytes = 0;

	ck_assert(sj_read_u32(in, &bytes) && sj_read_view(in, &payload, bytes));
	ck_assert_int_eq(sj_tile_decode(rig->decoder, payload, bytes, rect,
				 &rig->viewer),
		SJ_STEP_DONE);
}

/* All is read before anything is written. */
static void draw_copy(struct sj_scroll_rig *rig, struct sj_reader *in,
	const struct sj_rect *rect)
{
	struct sj_rect from = *rect;
	size_t stride = rig->viewer.stride_bytes;
	size_t row_bytes = (size_t)rect->width_px * 4;
	uint8_t *spare = (uint8_t *)rig->spare;

	ck_assert(sj_read_u16(in, &from.x_px) && sj_read_u16(in, &from.y_px));
	ck_assert(sj_rect_fits(rect, &rig->viewer.size));
	ck_assert(sj_rect_fits(&from, &rig->viewer.size));
	for (size_t y = 0; y < rect->height_px; y++)
		memcpy(spare + y * row_bytes,
			rig->viewer.pixels + (from.y_px + y) * stride +
				(size_t)from.x_px * 4,
			row_bytes);
	for (size_t y = 0; y < rect->height_px; y++)
		memcpy(rig->viewer.pixels + (rect->y_px + y) * stride +
				(size_t)rect->x_px * 4,
			spare + y * row_bytes, row_bytes);
	rig->copies++;
	rig->copied_px += sj_rect_area(rect);
}

static void show(struct sj_scroll_rig *rig, const uint8_t *data, size_t size)
{
	struct sj_reader in = sj_reader_of(data, size);
	uint16_t type = 1, count = 0;
	uint64_t area_px = 0;

	ck_assert(sj_read_u16(&in, &type) && sj_read_u16(&in, &count));
	ck_assert_uint_eq(type, 0);
	for (size_t i = 0; i < count; i++) {
		struct head head = read_head(&in);

		area_px += sj_rect_area(&head.rect);
		if (head.encoding == SJ_RFB_ENCODING_COPY_RECT)
			draw_copy(rig, &in, &head.rect);
		else if (head.encoding == SJ_RFB_ENCODING_TILE)
			draw_tile(rig, &in, &head.rect);
		else
			ck_abort_msg("encoding %d", (int)head.encoding);
	}
	ck_assert_uint_eq(sj_reader_left(&in), 0);
	/* What the gate lets through. */
	ck_assert_uint_le(area_px, (uint64_t)SJ_LIMIT_UPDATE_AREA_FRAMES *
					   rig->viewer.size.width_px *
					   rig->viewer.size.height_px);
}

static double cpu_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

size_t sj_scroll_rig_step(struct sj_scroll_rig *rig)
{
	const uint8_t *data = NULL;
	double start = cpu_ms();
	size_t size;

	/* A viewer that is never behind. */
	rig->now_us += 20000;
	sj_sender_request(rig->sender, false, rig->now_us);
	size = sj_sender_next(rig->sender, &rig->live, &data, rig->now_us);
	rig->find_ms += cpu_ms() - start;
	if (size == 0)
		return 0;
	rig->updates++;
	rig->bytes += size;
	show(rig, data, size);
	return size;
}

void sj_scroll_rig_send(struct sj_scroll_rig *rig)
{
	int idle = 0;

	while (idle < 100 && (sj_sender_wants(rig->sender, rig->now_us) ||
				     sj_shadow_has_work(rig->shadow) ||
				     sj_shadow_has_moved(rig->shadow)))
		idle = sj_scroll_rig_step(rig) > 0 ? 0 : idle + 1;
	ck_assert_int_lt(idle, 100);
}

void sj_scroll_rig_rest(struct sj_scroll_rig *rig)
{
	sj_shadow_rest(rig->shadow);
	sj_scroll_rig_send(rig);
}

bool sj_scroll_rig_is_exact(const struct sj_scroll_rig *rig)
{
	size_t bytes = rig->live.stride_bytes * rig->live.size.height_px;

	for (size_t i = 0; i < bytes; i++)
		if (i % 4 != 3 && rig->viewer.pixels[i] != rig->live.pixels[i])
			return false;
	return true;
}
