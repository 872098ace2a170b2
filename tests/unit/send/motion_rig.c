/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/send/motion_rig.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/base/bytes.h"
#include "protocol/rfb/encodings.h"
#include "tests/support/suite.h"

#define STEP_US 1000
#define REST_US 100000
#define TRIP_US 2000
#define FAST_BYTES_PER_S 12500000

static struct sj_tile_image picture(const struct sj_size *size)
{
	struct sj_tile_image image = {
		calloc((size_t)size->width_px * size->height_px, 4),
		(size_t)size->width_px * 4, *size};

	ck_assert_ptr_nonnull(image.pixels);
	return image;
}

static enum sj_step encode(void *self, const struct sj_tile_image *image,
	const struct sj_rect *rect, int quality, struct sj_writer *out)
{
	return sj_motion_encode(self, image, rect, quality, out);
}

static void reset(void *self)
{
	sj_motion_encoder_reset(self);
}

void sj_motion_rig_open(struct sj_motion_rig *rig, const struct sj_size *size,
	bool is_lossless, bool is_old)
{
	struct sj_update_codec codec = {.encode = encode, .reset = reset};
	struct sj_sender_settings settings = {.frames_per_second = 60};

	memset(rig, 0, sizeof(*rig));
	rig->now_us = 1000000000;
	rig->rate_bytes_per_s = FAST_BYTES_PER_S;
	rig->shadow = sj_shadow_create(size);
	ck_assert_ptr_nonnull(rig->shadow);
	rig->encoder = sj_motion_encoder_create();
	codec.self = rig->encoder;
	if (!is_lossless)
		settings.motion = &codec;
	rig->sender = sj_sender_create(rig->shadow, &settings);
	rig->motion = sj_motion_decoder_create();
	rig->tile = sj_tile_decoder_create();
	rig->lossy = calloc(size->width_px, size->height_px);
	ck_assert(rig->sender && rig->motion && rig->tile && rig->lossy);
	ck_assert_ptr_nonnull(rig->encoder);
	rig->live = picture(size);
	rig->viewer = picture(size);
	sj_sender_begin(rig->sender, rig->now_us);
	sj_sender_learn(rig->sender,
		is_old ? SJ_SENDER_COPY : SJ_SENDER_COPY | SJ_SENDER_MOTION);
	for (int i = 0; i < SJ_LIMIT_REQUESTS; i++)
		sj_sender_request(rig->sender, i == 0, rig->now_us);
}

void sj_motion_rig_close(struct sj_motion_rig *rig)
{
	sj_sender_destroy(rig->sender);
	sj_shadow_destroy(rig->shadow);
	sj_motion_encoder_destroy(rig->encoder);
	sj_motion_decoder_destroy(rig->motion);
	sj_tile_decoder_destroy(rig->tile);
	free(rig->live.pixels);
	free(rig->viewer.pixels);
	free(rig->lossy);
}

/* ---- what is drawn ---- */

static uint32_t mix(size_t a, size_t b, size_t c)
{
	uint32_t value = (uint32_t)(a * 0x9e3779b1u + b * 0x85ebca77u +
				    c * 0xc2b2ae3du + 0x27d4eb2fu);

	value = (value ^ value >> 15) * 0x2c1b3c6du;
	value = (value ^ value >> 12) * 0x297a2d39u;
	return value ^ value >> 15;
}

/* Letters of 8x12 with grey edges, in dense lines of 16. */
static uint32_t letter_at(size_t x, size_t y, size_t number)
{
	size_t row = y % 16;
	uint32_t letter = mix(y / 16, x / 8, number) % 40;
	uint32_t dot = mix(letter, row, x % 8);

	if (row < 2 || row >= 14 || letter < 5 || x % 8 == 7 || dot % 5 < 3)
		return 0xffffff;
	return (dot >> 8 & 0xf8) * 0x010101u;
}

uint32_t sj_rig_text(size_t x, size_t y, size_t number)
{
	(void)number;
	return letter_at(x, y, 0);
}

uint32_t sj_rig_scrolled(size_t x, size_t y, size_t number)
{
	return letter_at(x, y + 20 * number, 0);
}

uint32_t sj_rig_typed(size_t x, size_t y, size_t number)
{
	return (y / 16 * 80 + x / 8) % 400 < number % 400 ? letter_at(x, y, 0)
							  : 0xffffff;
}

uint32_t sj_rig_blinking(size_t x, size_t y, size_t number)
{
	return number % 2 ? letter_at(x, y, 0) : 0xffffff;
}

uint32_t sj_rig_rewritten(size_t x, size_t y, size_t number)
{
	return letter_at(x, y, number);
}

uint32_t sj_rig_noise(size_t x, size_t y, size_t number)
{
	return mix(x, y, number) >> 8;
}

uint32_t sj_rig_photo(size_t x, size_t y, size_t number)
{
	size_t left = x + 3 * number;
	uint32_t grain = mix(x, y, number);
	uint32_t red = (uint32_t)(left / 2 + y / 3) & 0x7f;
	uint32_t green = (uint32_t)(left / 3 + y) & 0x7f;
	uint32_t blue = (uint32_t)(left * y / 700) & 0x7f;

	return (red + 40 + (grain & 7)) << 16 |
	       (green + 60 + (grain >> 8 & 7)) << 8 |
	       (blue + 50 + (grain >> 16 & 7));
}

uint32_t sj_rig_panel(size_t x, size_t y, size_t number)
{
	size_t bar = x / 12;

	if (y % 120 < mix(bar, y / 120, number) % 100 || x % 12 > 8)
		return 0xf4f4fa;
	return mix(bar, 1, 1) & 0xffffff;
}

void sj_motion_rig_draw(struct sj_motion_rig *rig, const struct sj_rect *rect,
	sj_rig_colour *colour, size_t number)
{
	for (size_t y = rect->y_px; y < (size_t)rect->y_px + rect->height_px;
		y++)
		for (size_t x = rect->x_px;
			x < (size_t)rect->x_px + rect->width_px; x++) {
			/* The 4th byte means nothing. */
			uint32_t pixel = colour(x, y, number) | 0x5a000000;

			memcpy(rig->live.pixels + y * rig->live.stride_bytes +
					x * 4,
				&pixel, sizeof(pixel));
		}
	rig->damage_us = rig->now_us;
	rig->is_rested = false;
	sj_sender_damage(rig->sender, rect, rig->now_us);
}

/* ---- the viewer ---- */

bool sj_motion_rig_is_exact(
	const struct sj_motion_rig *rig, const struct sj_rect *rect)
{
	for (size_t y = rect->y_px; y < (size_t)rect->y_px + rect->height_px;
		y++)
		for (size_t i = rect->x_px * 4u;
			i < (rect->x_px + (size_t)rect->width_px) * 4; i++) {
			size_t at = y * rig->live.stride_bytes + i;

			if (i % 4 != 3 &&
				rig->viewer.pixels[at] != rig->live.pixels[at])
				return false;
		}
	return true;
}

static uint8_t *lossy_row(
	struct sj_motion_rig *rig, const struct sj_rect *rect, size_t y)
{
	return rig->lossy + (rect->y_px + y) * rig->live.size.width_px +
	       rect->x_px;
}

/* What has become as the shadow has it is not lossy any more. */
static void draw_tile(struct sj_motion_rig *rig, struct sj_reader *in,
	const struct sj_rect *rect)
{
	const struct sj_tile_image sent = sj_shadow_image(rig->shadow);
	const uint8_t *payload = NULL;
	uint32_t bytes = 0;

	ck_assert(sj_read_u32(in, &bytes) && sj_read_view(in, &payload, bytes));
	ck_assert_int_eq(
		sj_tile_decode(rig->tile, payload, bytes, rect, &rig->viewer),
		SJ_STEP_DONE);
	for (size_t y = 0; y < rect->height_px; y++)
		for (size_t x = 0; x < rect->width_px; x++) {
			size_t at = (rect->y_px + y) * sent.stride_bytes +
				    (rect->x_px + x) * 4;

			if (memcmp(rig->viewer.pixels + at, sent.pixels + at,
				    3) == 0)
				lossy_row(rig, rect, y)[x] = 0;
		}
}

static void draw_motion(struct sj_motion_rig *rig, struct sj_reader *in,
	const struct sj_rect *rect)
{
	const uint8_t *payload = NULL;
	uint32_t bytes = 0;

	ck_assert(sj_read_u32(in, &bytes) && sj_read_view(in, &payload, bytes));
	ck_assert_int_eq(sj_motion_decode(rig->motion, payload, bytes, rect,
				 &rig->viewer),
		SJ_STEP_DONE);
	for (size_t y = 0; y < rect->height_px; y++)
		memset(lossy_row(rig, rect, y), 1, rect->width_px);
	rig->motion_bytes += bytes;
	rig->motion_px += sj_rect_area(rect);
	rig->rects++;
}

static void draw_copy(struct sj_motion_rig *rig, struct sj_reader *in,
	const struct sj_rect *to)
{
	struct sj_rect from = *to;
	size_t stride = rig->viewer.stride_bytes;

	ck_assert(sj_read_u16(in, &from.x_px) && sj_read_u16(in, &from.y_px));
	for (size_t i = 0; i < to->height_px; i++) {
		size_t y = from.y_px < to->y_px ? to->height_px - 1u - i : i;
		const uint8_t *marks = lossy_row(rig, &from, y);

		if (memchr(marks, 1, to->width_px))
			ck_abort_msg("a lossy source");
		memmove(rig->viewer.pixels + (to->y_px + y) * stride +
				to->x_px * 4u,
			rig->viewer.pixels + (from.y_px + y) * stride +
				from.x_px * 4u,
			to->width_px * 4u);
		memset(lossy_row(rig, to, y), 0, to->width_px);
	}
}

static void draw_rect(struct sj_motion_rig *rig, struct sj_reader *in)
{
	struct sj_rect rect = {0};
	int32_t encoding = -1;

	ck_assert(sj_read_u16(in, &rect.x_px) && sj_read_u16(in, &rect.y_px) &&
		  sj_read_u16(in, &rect.width_px) &&
		  sj_read_u16(in, &rect.height_px) &&
		  sj_read_s32(in, &encoding));
	ck_assert(sj_rect_fits(&rect, &rig->viewer.size));
	if (encoding == SJ_RFB_ENCODING_COPY_RECT)
		draw_copy(rig, in, &rect);
	else if (encoding == SJ_RFB_ENCODING_TILE)
		draw_tile(rig, in, &rect);
	else if (encoding == SJ_RFB_ENCODING_MOTION)
		draw_motion(rig, in, &rect);
	else
		ck_abort_msg("encoding %d", (int)encoding);
}

static void show(struct sj_motion_rig *rig, const uint8_t *data, size_t size)
{
	struct sj_reader in = sj_reader_of(data, size);
	size_t rects = rig->rects;
	uint16_t type = 1, count = 0;

	ck_assert(sj_read_u16(&in, &type) && sj_read_u16(&in, &count));
	for (size_t i = 0; i < count; i++)
		draw_rect(rig, &in);
	ck_assert_uint_eq(sj_reader_left(&in), 0);
	rig->bytes += size;
	if (rig->rects > rects) {
		if (rig->frames++ == 0)
			rig->first_us = rig->now_us;
		rig->last_us = rig->now_us;
	}
	if (sj_rect_area(&rig->still) != 0)
		ck_assert(sj_motion_rig_is_exact(rig, &rig->still));
}

/* ---- time ---- */

static void send(struct sj_motion_rig *rig)
{
	const uint8_t *data = NULL;
	size_t size =
		sj_sender_next(rig->sender, &rig->live, &data, rig->now_us);
	uint64_t span_us;

	if (size == 0)
		return;
	show(rig, data, size);
	span_us = size * 1000000 / rig->rate_bytes_per_s;
	if (rig->free_us < rig->now_us)
		rig->free_us = rig->now_us;
	rig->free_us += span_us;
	/* As the gate of a viewer does: one request for a group. */
	rig->held++;
	rig->held_bytes += size;
	if (rig->held < SJ_LIMIT_HELD_UPDATES &&
		rig->held_bytes < SJ_LIMIT_HELD_BYTES)
		return;
	rig->held = rig->held_bytes = 0;
	ck_assert_uint_lt(rig->receipts, SJ_COUNT(rig->receipt_us));
	rig->receipt_us[rig->receipts++] = rig->free_us + TRIP_US;
}

static void receive(struct sj_motion_rig *rig)
{
	while (rig->receipts > 0 && rig->receipt_us[0] <= rig->now_us) {
		rig->receipts--;
		memmove(rig->receipt_us, rig->receipt_us + 1,
			rig->receipts * sizeof(rig->receipt_us[0]));
		sj_sender_request(rig->sender, false, rig->now_us);
	}
}

/* As the agent does: it comes back when it was told to. */
void sj_motion_rig_pass(struct sj_motion_rig *rig, uint64_t span_us)
{
	uint64_t end_us = rig->now_us + span_us;
	uint64_t wake_us = rig->now_us;

	for (; rig->now_us < end_us; rig->now_us += STEP_US) {
		size_t before = rig->receipts;

		receive(rig);
		if (!rig->is_rested &&
			rig->now_us >= rig->damage_us + REST_US) {
			rig->is_rested = true;
			sj_shadow_rest(rig->shadow);
			wake_us = rig->now_us;
		}
		if (rig->receipts == before && rig->now_us < wake_us)
			continue;
		for (int i = 0;
			i < 200 && sj_sender_wants(rig->sender, rig->now_us);
			i++)
			send(rig);
		wake_us = sj_sender_wait_us(rig->sender, rig->now_us);
		if (wake_us != UINT64_MAX)
			wake_us += rig->now_us;
	}
}

void sj_motion_rig_play(struct sj_motion_rig *rig, const struct sj_rect *rect,
	sj_rig_colour *colour, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		sj_motion_rig_draw(rig, rect, colour, i);
		sj_motion_rig_pass(rig, SJ_RIG_FRAME_US);
	}
}
