/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/from_host.h"

#include <string.h>

#include "protocol/base/limits.h"
#include "protocol/rfb/msg_host.h"
#include "tests/support/suite.h"

#define WIDTH 320
#define HEIGHT 200

static struct sj_screen *screen;
static struct sj_from_host *from;
static struct sj_update update;
static uint8_t data[SJ_LIMIT_UPDATE_BYTES + 1024];
static struct sj_writer out;

static void begin(void)
{
	const struct sj_size size = {WIDTH, HEIGHT};

	screen = sj_screen_create();
	ck_assert_ptr_nonnull(screen);
	sj_screen_resize(screen, &size);
	from = sj_from_host_create(screen);
	ck_assert_ptr_nonnull(from);
	out = sj_writer_of(data, sizeof(data));
}

static void end(void)
{
	sj_from_host_destroy(from);
	sj_screen_destroy(screen);
}

static void put_update(uint16_t rects)
{
	const struct sj_rfb_host_message head = {
		.type = SJ_RFB_UPDATE, .u.update.rects = rects};

	ck_assert(sj_rfb_host_build(&out, &head));
}

static void put_rect(struct sj_rect rect, int32_t encoding)
{
	const struct sj_rfb_rect_head head = {rect, encoding};

	ck_assert(sj_rfb_rect_head_build(&out, &head));
}

static void put_u32(uint32_t value)
{
	ck_assert(sj_write_u32(&out, value));
}

/*
 * Gives what was put, byte by byte, as it may come; *last is the last news that
 * said something. Returns the step that ended it.
 */
static enum sj_step feed(struct sj_news *last)
{
	struct sj_reader in = sj_reader_of(data, 0);
	struct sj_news news;
	enum sj_step step = SJ_STEP_MORE;

	memset(last, 0, sizeof(*last));
	while (in.size <= out.at) {
		size_t before = in.at;

		step = sj_from_host_next(from, &in, &news);
		if (step == SJ_STEP_REFUSE)
			return step;
		if (step == SJ_STEP_MORE) {
			ck_assert_uint_eq(in.at, before);
			in.size++;
			continue;
		}
		if (news.kind != SJ_NEWS_NONE)
			*last = news;
	}
	return in.at == out.at ? SJ_STEP_DONE : step;
}

static uint32_t at(size_t x, size_t y)
{
	struct sj_tile_image image = sj_screen_image(screen);
	uint32_t pixel;

	memcpy(&pixel, image.pixels + y * image.stride_bytes + x * 4, 4);
	return pixel;
}

START_TEST(rebuilds_raw_pixels_without_their_fourth_byte)
{
	struct sj_news news;

	begin();
	put_update(1);
	put_rect((struct sj_rect){10, 20, 2, 1}, SJ_RFB_ENCODING_RAW);
	put_u32(0x010203ff);
	put_u32(0x040506ff);
	ck_assert_int_eq(feed(&news), SJ_STEP_DONE);
	ck_assert_int_eq(news.kind, SJ_NEWS_PIXELS);
	ck_assert(news.is_update_over);
	ck_assert_uint_eq(news.rect.x_px, 10);
	ck_assert_uint_eq(at(10, 20), 0x030201);
	ck_assert_uint_eq(at(11, 20), 0x060504);
	end();
}
END_TEST

START_TEST(decodes_tiles_and_copies_of_our_own_encoder)
{
	static uint8_t pixels[64 * 64 * 4];
	struct sj_tile_image image = {pixels, 64 * 4, {64, 64}};
	const struct sj_rect whole = {0, 0, 64, 64};
	const struct sj_move move = {.to = {100, 100, 64, 64}};
	struct sj_tile_encoder *encoder = sj_tile_encoder_create(1);
	const uint8_t *made = NULL;
	struct sj_news news;
	size_t size;

	begin();
	for (size_t i = 0; i < sizeof(pixels); i++)
		pixels[i] = i % 4 == 3 ? 0 : (uint8_t)(i * i >> 4);
	sj_update_begin(&update);
	sj_update_add_tile(&update, encoder, &image, &whole);
	size = sj_update_end(&update, encoder, &made);
	ck_assert(sj_write_bytes(&out, made, size));
	ck_assert_int_eq(feed(&news), SJ_STEP_DONE);
	ck_assert_int_eq(news.kind, SJ_NEWS_PIXELS);
	for (size_t y = 0; y < 64; y++)
		ck_assert_mem_eq(sj_screen_image(screen).pixels + y * WIDTH * 4,
			pixels + y * 64 * 4, 64 * 4);
	sj_update_begin(&update);
	ck_assert(sj_update_add_copy(&update, &move));
	size = sj_update_end(&update, encoder, &made);
	out.at = 0;
	ck_assert(sj_write_bytes(&out, made, size));
	ck_assert_int_eq(feed(&news), SJ_STEP_DONE);
	ck_assert_uint_eq(at(163, 163), at(63, 63));
	sj_tile_encoder_destroy(encoder);
	end();
}
END_TEST

/* Two tiles with one between them that stays, in one rectangle. */
START_TEST(tells_only_the_tiles_that_were_drawn)
{
	static uint8_t pixels[192 * 64 * 4];
	struct sj_tile_image image = {pixels, 192 * 4, {192, 64}};
	const struct sj_rect first = {10, 20, 30, 5}, second = {128, 0, 64, 64};
	struct sj_tile_encoder *encoder = sj_tile_encoder_create(1);
	const uint8_t *made = NULL;
	struct sj_news news;
	size_t size;

	begin();
	for (size_t i = 0; i < sizeof(pixels); i++)
		pixels[i] = i % 4 == 3 ? 0 : (uint8_t)(i * i >> 4);
	sj_update_begin(&update);
	sj_update_add_tile(&update, encoder, &image, &first);
	sj_update_add_tile(&update, encoder, &image, &second);
	size = sj_update_end(&update, encoder, &made);
	ck_assert(sj_write_bytes(&out, made, size));
	ck_assert_int_eq(feed(&news), SJ_STEP_DONE);
	ck_assert_uint_eq(sj_rect_area(&news.rect), 192 * 64);
	ck_assert_uint_eq(news.part_count, 2);
	ck_assert_mem_eq(&news.parts[0], &first, sizeof(first));
	ck_assert_mem_eq(&news.parts[1], &second, sizeof(second));
	ck_assert(!news.is_motion);
	sj_tile_encoder_destroy(encoder);
	end();
}
END_TEST

START_TEST(tells_cursor_caret_size_and_end)
{
	const struct sj_rfb_screen_size wish = {
		.cause = SJ_RFB_SIZE_BY_VIEWER, .size = {640, 480}};
	struct sj_news news;

	begin();
	put_update(1);
	put_rect((struct sj_rect){1, 0, 2, 1}, SJ_RFB_ENCODING_ALPHA_CURSOR);
	put_u32(0x01020304);
	put_u32(0x05060708);
	ck_assert_int_eq(feed(&news), SJ_STEP_DONE);
	ck_assert_int_eq(news.kind, SJ_NEWS_CURSOR);
	ck_assert_uint_eq(news.cursor->hot_x_px, 1);
	ck_assert_uint_eq(news.cursor->pixels[7], 8);
	out.at = 0;
	put_update(1);
	put_rect((struct sj_rect){5, 6, 1, 20}, SJ_RFB_ENCODING_CARET);
	ck_assert_int_eq(feed(&news), SJ_STEP_DONE);
	ck_assert_int_eq(news.kind, SJ_NEWS_CARET);
	ck_assert_uint_eq(news.rect.height_px, 20);
	out.at = 0;
	put_update(1);
	ck_assert(sj_rfb_screen_size_build(&out, &wish));
	ck_assert_int_eq(feed(&news), SJ_STEP_DONE);
	ck_assert_int_eq(news.kind, SJ_NEWS_SIZE);
	ck_assert_uint_eq(sj_screen_image(screen).size.width_px, 640);
	out.at = 0;
	ck_assert(sj_rfb_session_end_build(&out, SJ_REASON_END_IDLE));
	ck_assert_int_eq(feed(&news), SJ_STEP_DONE);
	ck_assert_int_eq(news.kind, SJ_NEWS_END);
	ck_assert_int_eq(news.reason, SJ_REASON_END_IDLE);
	end();
}
END_TEST

/* One rectangle, and up to two numbers behind its head. */
static const struct {
	struct sj_rect rect;
	int32_t encoding;
	uint32_t body[2];
	enum sj_reason reason;
} bad[] = {
	{{WIDTH - 1, 0, 2, 1}, SJ_RFB_ENCODING_RAW, {0}, SJ_REASON_HOST_RECT},
	{{0, 0, 0, 1}, SJ_RFB_ENCODING_RAW, {0}, SJ_REASON_HOST_RECT},
	{{0, HEIGHT, 1, 1}, SJ_RFB_ENCODING_TILE, {1, 0}, SJ_REASON_HOST_RECT},
	{{65535, 0, 65535, 1}, SJ_RFB_ENCODING_MOTION, {1, 0},
		SJ_REASON_HOST_RECT},
	{{0, 0, 64, 64}, SJ_RFB_ENCODING_TILE, {0}, SJ_REASON_HOST_LENGTH},
	{{0, 0, 64, 64}, SJ_RFB_ENCODING_TILE, {SJ_LIMIT_UPDATE_BYTES + 1},
		SJ_REASON_HOST_LENGTH},
	{{0, 0, 64, 64}, SJ_RFB_ENCODING_TILE, {4, 0xffffffff},
		SJ_REASON_HOST_PIXELS},
	{{0, 0, 64, 64}, SJ_RFB_ENCODING_MOTION, {4, 0xffd8ffff},
		SJ_REASON_HOST_PIXELS},
	{{0, 0, 10, 10}, SJ_RFB_ENCODING_COPY_RECT, {WIDTH << 16},
		SJ_REASON_HOST_COPY},
	{{WIDTH, 0, 10, 10}, SJ_RFB_ENCODING_COPY_RECT, {0},
		SJ_REASON_HOST_COPY},
	{{0, 0, 65, 1}, SJ_RFB_ENCODING_ALPHA_CURSOR, {0},
		SJ_REASON_HOST_CURSOR},
	{{2, 0, 2, 1}, SJ_RFB_ENCODING_ALPHA_CURSOR, {0},
		SJ_REASON_HOST_CURSOR},
	{{WIDTH, 0, 1, 1}, SJ_RFB_ENCODING_CARET, {0}, SJ_REASON_HOST_CARET},
	{{300, 0, 0, 0}, SJ_RFB_ENCODING_SESSION_END, {0}, SJ_REASON_HOST_END},
	{{499, 0, 0, 0}, SJ_RFB_ENCODING_SESSION_END, {0}, SJ_REASON_HOST_END},
	{{0, 0, 319, 200}, SJ_RFB_ENCODING_EXTENDED_DESKTOP_SIZE,
		{0x02000000, 0}, SJ_REASON_HOST_SIZE},
	{{3, 0, 320, 200}, SJ_RFB_ENCODING_EXTENDED_DESKTOP_SIZE, {0},
		SJ_REASON_HOST_SIZE},
	/* Encodings that the inner gate would never let through. */
	{{0, 0, 1, 1}, SJ_RFB_ENCODING_ZLIB, {0}, SJ_REASON_HOST_ENCODING},
	{{0, 0, 1, 1}, SJ_RFB_ENCODING_TIGHT, {0}, SJ_REASON_HOST_ENCODING},
	{{0, 0, 1, 1}, SJ_RFB_ENCODING_ZRLE, {0}, SJ_REASON_HOST_ENCODING},
	{{0, 0, 1, 1}, SJ_RFB_ENCODING_CURSOR, {0}, SJ_REASON_HOST_ENCODING},
	{{0, 0, 1, 1}, -224 /* LastRect */, {0}, SJ_REASON_HOST_ENCODING},
};

START_TEST(refuses_every_bad_rectangle_for_good)
{
	struct sj_reader again;
	struct sj_news news;

	begin();
	put_update(1);
	put_rect(bad[_i].rect, bad[_i].encoding);
	put_u32(bad[_i].body[0]);
	put_u32(bad[_i].body[1]);
	ck_assert_int_eq(feed(&news), SJ_STEP_REFUSE);
	ck_assert_int_eq(sj_from_host_reason(from), bad[_i].reason);
	again = sj_reader_of(data, 4);
	ck_assert_int_eq(
		sj_from_host_next(from, &again, &news), SJ_STEP_REFUSE);
	end();
}
END_TEST

START_TEST(refuses_other_message_types)
{
	static const uint8_t types[] = {1, SJ_RFB_BELL, SJ_RFB_SERVER_CUT_TEXT,
		4, SJ_RFB_END_OF_CONTINUOUS, SJ_RFB_SERVER_FENCE, 250, 255};

	for (size_t i = 0; i < SJ_COUNT(types); i++) {
		struct sj_news news;

		begin();
		ck_assert(sj_write_u8(&out, types[i]));
		ck_assert_int_eq(feed(&news), SJ_STEP_REFUSE);
		ck_assert_int_eq(
			sj_from_host_reason(from), SJ_REASON_HOST_TYPE);
		end();
	}
}
END_TEST

START_TEST(refuses_updates_of_no_or_too_many_rectangles)
{
	static const uint16_t counts[] = {0, SJ_LIMIT_RECTS + 1, 0xffff};

	for (size_t i = 0; i < SJ_COUNT(counts); i++) {
		struct sj_news news;

		begin();
		ck_assert(sj_write_zeros(&out, 2) &&
			  sj_write_u16(&out, counts[i]));
		ck_assert_int_eq(feed(&news), SJ_STEP_REFUSE);
		ck_assert_int_eq(
			sj_from_host_reason(from), SJ_REASON_HOST_UPDATE);
		end();
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		rebuilds_raw_pixels_without_their_fourth_byte,
		decodes_tiles_and_copies_of_our_own_encoder,
		tells_only_the_tiles_that_were_drawn,
		tells_cursor_caret_size_and_end, refuses_other_message_types,
		refuses_updates_of_no_or_too_many_rectangles};
	const struct sj_suite_loop loops[] = {
		{refuses_every_bad_rectangle_for_good, SJ_COUNT(bad)}};

	return sj_suite_run_loops("guard_from_host", tests, SJ_COUNT(tests),
		loops, SJ_COUNT(loops));
}
