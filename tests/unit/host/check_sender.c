/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When updates are made, in virtual time; what is in them: check_publish. */
#include "protocol/send/sender.h"

#include <string.h>

#include "tests/support/suite.h"

#define WIDTH 640
#define HEIGHT 480
#define SECOND_US UINT64_C(1000000)

static uint32_t live_pixels[WIDTH * HEIGHT];
static const struct sj_size size = {WIDTH, HEIGHT};
static struct sj_shadow *shadow;
static struct sj_sender *sender;
static uint64_t now_us;
static size_t sent_bytes;

/* One update, which arrives at once; false if none may be made. */
static bool send_one(void)
{
	const struct sj_tile_image live = {
		(uint8_t *)live_pixels, (size_t)WIDTH * 4, size};
	const uint8_t *data;
	size_t bytes;

	if (!sj_sender_wants(sender, now_us))
		return false;
	bytes = sj_sender_next(sender, &live, &data, now_us);
	sent_bytes += bytes;
	if (bytes > 0)
		sj_sender_request(sender, false, now_us);
	return bytes > 0;
}

/* From the top down to height. */
static void draw_noise(uint16_t height)
{
	static uint32_t seed = 1;
	const struct sj_rect all = {0, 0, WIDTH, height};

	for (size_t i = 0; i < (size_t)WIDTH * height; i++) {
		seed = seed * 1664525 + 1013904223;
		live_pixels[i] = seed >> 8;
	}
	sj_shadow_damage(shadow, &all);
}

static void draw_pixel(size_t x, size_t y)
{
	const struct sj_rect rect = {(uint16_t)x, (uint16_t)y, 1, 1};

	live_pixels[y * WIDTH + x] ^= 0xff;
	sj_shadow_damage(shadow, &rect);
}

/* A viewer that has everything, and has been resting for a while. */
static void open_all(uint32_t frames_per_second, uint32_t bandwidth_kbit)
{
	const struct sj_sender_settings settings = {
		.frames_per_second = frames_per_second,
		.bandwidth_kbit = bandwidth_kbit};

	memset(live_pixels, 0, sizeof(live_pixels));
	now_us = 100 * SECOND_US;
	shadow = sj_shadow_create(&size);
	ck_assert_ptr_nonnull(shadow);
	sender = sj_sender_create(shadow, &settings);
	ck_assert_ptr_nonnull(sender);
	sj_sender_begin(sender, now_us);
	for (int i = 0; i < SJ_LIMIT_REQUESTS; i++)
		sj_sender_request(sender, i == 0, now_us);
	for (int i = 0; i < 10000; i++) {
		(void)send_one();
		now_us += 1000;
	}
	ck_assert(!sj_shadow_has_work(shadow));
	sent_bytes = 0;
}

static void close_all(void)
{
	sj_sender_destroy(sender);
	sj_shadow_destroy(shadow);
}

/* True if the next update, of one rectangle, is a caret. */
static bool tells_caret(struct sj_rect caret)
{
	static const uint8_t encoding[] = {0x53, 0x4a, 0x00, 0x02};
	const struct sj_tile_image live = {
		(uint8_t *)live_pixels, (size_t)WIDTH * 4, size};
	const uint8_t *data = NULL;

	sj_sender_request(sender, false, now_us);
	sj_sender_set_caret(sender, &caret);
	return sj_sender_next(sender, &live, &data, now_us) == 16 &&
	       memcmp(data + 12, encoding, sizeof(encoding)) == 0;
}

START_TEST(tells_no_caret_outside_the_screen)
{
	const struct sj_rfb_screen_size small = {
		.cause = SJ_RFB_SIZE_BY_HOST, .size = {320, 240}};

	open_all(60, 0);
	sj_sender_learn(sender, SJ_SENDER_CARET);
	ck_assert(tells_caret((struct sj_rect){630, 460, 1, 20}));
	/* Of a larger screen: a gate would end the session. */
	sj_sender_set_size(sender, &small);
	ck_assert(!tells_caret((struct sj_rect){630, 460, 1, 20}));
	ck_assert(tells_caret((struct sj_rect){319, 220, 1, 20}));
	close_all();
}
END_TEST

START_TEST(sends_the_first_change_after_a_rest_at_once)
{
	open_all(60, 0);
	ck_assert(!sj_sender_wants(sender, now_us));
	ck_assert_uint_eq(sj_sender_wait_us(sender, now_us), UINT64_MAX);
	draw_pixel(5, 5);
	ck_assert(send_one());
	close_all();
}
END_TEST

START_TEST(says_how_long_the_next_frame_has_to_wait)
{
	uint64_t wait_us;

	open_all(50, 0);
	draw_pixel(5, 5);
	ck_assert(send_one());
	now_us += 3000;
	draw_pixel(5, 5);
	ck_assert(!sj_sender_wants(sender, now_us));
	wait_us = sj_sender_wait_us(sender, now_us);
	ck_assert_uint_eq(wait_us, 17000);
	ck_assert(!sj_sender_wants(sender, now_us + wait_us - 1));
	now_us += wait_us;
	ck_assert(send_one());
	close_all();
}
END_TEST

static const uint32_t rates[] = {1, 30, 60, 120};

START_TEST(begins_no_more_frames_a_second_than_it_may)
{
	uint32_t frames = 0;

	open_all(rates[_i], 0);
	/* The loop of an agent never wakes at the very moment. */
	for (int i = 0; i < 10000; i++) {
		draw_pixel(5, (size_t)i % HEIGHT);
		if (send_one())
			frames++;
		now_us += 1000;
	}
	ck_assert_uint_ge(frames, rates[_i] * 10 * 98 / 100);
	ck_assert_uint_le(frames, rates[_i] * 10 + 1);
	close_all();
}
END_TEST

START_TEST(finishes_a_frame_without_waiting_for_the_next)
{
	int updates = 0;

	open_all(60, 0);
	draw_noise(HEIGHT);
	while (send_one())
		updates++;
	/* All in one moment: 900 KB in updates of at most 64 KiB. */
	ck_assert_int_ge(updates, 14);
	ck_assert(!sj_shadow_has_work(shadow));
	close_all();
}
END_TEST

/* Few bytes and many pixels: strokes of 8x4 pixels, no two tiles the same. */
static void draw_page(uint32_t seed)
{
	const struct sj_rect all = {0, 0, WIDTH, HEIGHT};

	for (size_t y = 0; y < HEIGHT; y++)
		for (size_t x = 0; x < WIDTH; x++) {
			size_t mix = x / 8 * 0x9e3779b1u + y / 4 * 0x85ebca77u;

			mix = (mix ^ mix >> 15) * 0x2c1b3c6du;
			live_pixels[y * WIDTH + x] = (mix >> 16) % 8 == 0
							     ? seed * 0x111111u
							     : 0xffffff;
		}
	sj_sender_damage(sender, &all, now_us);
}

/* Updates until all is sent. */
static int count_updates(void)
{
	int updates = 0;

	/* One may be empty: a pass that has nothing left ends so. */
	while (sj_sender_wants(sender, now_us))
		updates += send_one();
	ck_assert(!sj_shadow_has_work(shadow));
	return updates;
}

START_TEST(sends_a_large_page_in_bands)
{
	const struct sj_rect all = {0, 0, WIDTH, HEIGHT};

	open_all(60, 0);
	/* The first bytes are for the model, whole. */
	draw_page(1);
	ck_assert_int_eq(count_updates(), 1);
	now_us += SECOND_US;
	draw_noise(HEIGHT);
	sj_sender_damage(sender, &all, now_us);
	ck_assert_int_gt(count_updates(), 10);
	sent_bytes = 0;
	now_us += SECOND_US;
	draw_page(3);
	ck_assert_int_eq(count_updates(), 2);
	ck_assert_uint_lt(sent_bytes, 40000);
	now_us += SECOND_US;
	draw_page(5);
	ck_assert_int_eq(count_updates(), 2);
	/* What is only called back takes no time: it is not cut. */
	now_us += SECOND_US;
	draw_page(3);
	ck_assert_int_eq(count_updates(), 1);
	close_all();
}
END_TEST

START_TEST(shows_what_is_below_though_it_always_changes_above)
{
	bool is_shown = false;

	open_all(60, 0);
	draw_noise(HEIGHT);
	for (int i = 0; i < 100 && !is_shown; i++) {
		const struct sj_tile_image image = sj_shadow_image(shadow);
		const uint8_t *last =
			image.pixels + (size_t)(WIDTH * HEIGHT - 1) * 4;

		/* More than one update holds. */
		draw_noise(200);
		(void)send_one();
		now_us += 1000;
		is_shown =
			memcmp(last, &live_pixels[WIDTH * HEIGHT - 1], 3) == 0;
	}
	ck_assert(is_shown);
	close_all();
}
END_TEST

START_TEST(sends_no_more_than_the_bandwidth_of_the_session)
{
	open_all(60, 8000);
	for (int i = 0; i < 5000; i++) {
		if (i % 100 == 0)
			draw_noise(HEIGHT);
		(void)send_one();
		now_us += 1000;
	}
	ck_assert_uint_le(sent_bytes, 5 * 1000000 + 65536);
	ck_assert_uint_ge(sent_bytes, 5 * 1000000 * 9 / 10);
	close_all();
}
END_TEST

/* A codec that writes the rectangle's size, and counts. */
static unsigned flat_rects, flat_area_px, flat_resets;

static enum sj_step encode_flat(void *self, const struct sj_tile_image *image,
	const struct sj_rect *rect, struct sj_writer *out)
{
	(void)self;
	(void)image;
	flat_rects++;
	flat_area_px += sj_rect_area(rect);
	return sj_write_u32(out, 4) && sj_write_u16(out, rect->width_px) &&
			       sj_write_u16(out, rect->height_px)
		       ? SJ_STEP_DONE
		       : SJ_STEP_FULL;
}

static void reset_flat(void *self)
{
	(void)self;
	flat_resets++;
}

static uint32_t encoding_of(const uint8_t *rect)
{
	return (uint32_t)rect[8] << 24 | (uint32_t)rect[9] << 16 |
	       (uint32_t)rect[10] << 8 | rect[11];
}

/* Strict: a whole screen comes as Zlib, two tiles in a rectangle; a few pixels
 * come as they are. */
START_TEST(strict_sends_zlib_and_raw_only)
{
	const struct sj_update_flat flat = {NULL, encode_flat, reset_flat};
	const struct sj_sender_settings settings = {.flat = &flat};
	const struct sj_tile_image live = {
		(uint8_t *)live_pixels, (size_t)WIDTH * 4, size};
	const uint8_t *data;

	now_us = SECOND_US;
	shadow = sj_shadow_create(&size);
	sender = sj_sender_create(shadow, &settings);
	ck_assert(shadow != NULL && sender != NULL);
	sj_sender_begin(sender, now_us);
	for (int i = 0; i < SJ_LIMIT_REQUESTS; i++)
		sj_sender_request(sender, i == 0, now_us);
	while (send_one())
		;
	ck_assert_uint_eq(flat_resets, 1);
	ck_assert_uint_eq(flat_area_px, WIDTH * HEIGHT);
	ck_assert_uint_lt(flat_rects, 10 / 2 * 8 + 4);
	now_us += SECOND_US;
	draw_pixel(70, 70);
	ck_assert_uint_eq(
		sj_sender_next(sender, &live, &data, now_us), 4 + 12 + 4);
	ck_assert_uint_eq(encoding_of(data + 4), SJ_RFB_ENCODING_RAW);
	ck_assert_uint_eq(flat_area_px, WIDTH * HEIGHT);
	close_all();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		tells_no_caret_outside_the_screen,
		sends_the_first_change_after_a_rest_at_once,
		says_how_long_the_next_frame_has_to_wait,
		finishes_a_frame_without_waiting_for_the_next,
		sends_a_large_page_in_bands,
		shows_what_is_below_though_it_always_changes_above,
		sends_no_more_than_the_bandwidth_of_the_session,
		strict_sends_zlib_and_raw_only,
	};
	const struct sj_suite_loop loops[] = {
		{begins_no_more_frames_a_second_than_it_may, SJ_COUNT(rates)},
	};

	return sj_suite_run_loops(
		"sender", tests, SJ_COUNT(tests), loops, SJ_COUNT(loops));
}
