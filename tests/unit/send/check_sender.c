/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When updates are made, in virtual time; what is in them: check_publish. */
#include "protocol/send/sender.h"

#include <string.h>

#include "protocol/rfb/msg_host.h"
#include "protocol/rfb/payload.h"
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

/* A codec that asks for the room of Zlib, as ours does, writes the rectangle's
 * size (and fills the room with zeros if is_flat_long), and counts. */
static unsigned flat_rects, flat_area_px, flat_resets;
static bool is_flat_long;

static enum sj_step encode_flat(void *self, const struct sj_tile_image *image,
	const struct sj_rect *rect, struct sj_writer *out)
{
	const size_t bound =
		(size_t)sj_rfb_payload_bound(SJ_RFB_ENCODING_ZLIB, rect);
	const size_t bytes = is_flat_long ? bound : 4;

	(void)self;
	(void)image;
	if (sj_writer_room(out) < 4 + bound)
		return SJ_STEP_FULL;
	flat_rects++;
	flat_area_px += sj_rect_area(rect);
	return sj_write_u32(out, (uint32_t)bytes) &&
			       sj_write_u16(out, rect->width_px) &&
			       sj_write_u16(out, rect->height_px) &&
			       sj_write_zeros(out, bytes - 4)
		       ? SJ_STEP_DONE
		       : SJ_STEP_FULL;
}

static void reset_flat(void *self)
{
	(void)self;
	flat_resets++;
}

/* Rectangles of strict that were sent; raw_bytes holds the last one of Raw. */
static unsigned raws, copies, zlibs, shapes;
static uint8_t raw_bytes[16];
static unsigned shape_index;
static size_t largest_bytes;

/* Bytes behind the head of a rectangle that strict permits. */
static size_t body_of(
	const struct sj_rfb_rect_head *head, const struct sj_reader *in)
{
	const uint8_t *at = in->data + in->at;

	switch (head->encoding) {
	case SJ_RFB_ENCODING_RAW:
		raws++;
		ck_assert_uint_le(sj_rect_area(&head->rect), 4);
		memcpy(raw_bytes, at, sj_rect_area(&head->rect) * 4);
		return sj_rect_area(&head->rect) * 4;
	case SJ_RFB_ENCODING_COPY_RECT:
		copies++;
		return 4;
	case SJ_RFB_ENCODING_ZLIB:
		zlibs++;
		ck_assert_uint_eq(head->rect.width_px, at[4] << 8 | at[5]);
		ck_assert_uint_eq(head->rect.height_px, at[6] << 8 | at[7]);
		return 4 + ((size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3]);
	case SJ_RFB_ENCODING_SHAPE:
		shapes++;
		shape_index = head->rect.x_px;
		return 0;
	default:
		ck_abort_msg("encoding %d in strict", (int)head->encoding);
	}
	return 0;
}

/* One update, which has to be of what strict permits; false if none is made. */
static bool send_strict(void)
{
	const struct sj_tile_image live = {
		(uint8_t *)live_pixels, (size_t)WIDTH * 4, size};
	const uint8_t *data = NULL;
	struct sj_rfb_rect_head head;
	struct sj_reader in;
	size_t bytes;
	unsigned rects;

	if (!sj_sender_wants(sender, now_us))
		return false;
	bytes = sj_sender_next(sender, &live, &data, now_us);
	if (bytes == 0)
		return false;
	in = sj_reader_of(data, bytes);
	rects = (unsigned)(data[2] << 8 | data[3]);
	ck_assert(sj_read_skip(&in, 4));
	for (unsigned i = 0; i < rects; i++) {
		ck_assert_int_eq(
			sj_rfb_rect_head_parse(&in, &head), SJ_STEP_DONE);
		ck_assert(sj_read_skip(&in, body_of(&head, &in)));
	}
	ck_assert_uint_eq(sj_reader_left(&in), 0);
	if (bytes > largest_bytes)
		largest_bytes = bytes;
	/* A line that is fast enough for the largest updates. */
	now_us += 100;
	sj_sender_request(sender, false, now_us);
	return true;
}

static void send_all_strict(void)
{
	now_us += SECOND_US;
	while (send_strict())
		;
	ck_assert(!sj_sender_wants(sender, now_us));
}

/* A strict viewer that has all of the screen. */
static void open_strict(unsigned features)
{
	static const struct sj_update_flat flat = {
		NULL, encode_flat, reset_flat};
	const struct sj_sender_settings settings = {.flat = &flat};

	flat_rects = flat_area_px = flat_resets = 0;
	raws = copies = zlibs = shapes = 0;
	largest_bytes = 0;
	now_us = SECOND_US;
	shadow = sj_shadow_create(&size);
	sender = sj_sender_create(shadow, &settings);
	ck_assert(shadow != NULL && sender != NULL);
	sj_sender_begin(sender, now_us);
	sj_sender_learn(sender, features);
	for (int i = 0; i < SJ_LIMIT_REQUESTS; i++)
		sj_sender_request(sender, i == 0, now_us);
	send_all_strict();
}

START_TEST(strict_sends_a_screen_as_zlib_and_few_pixels_as_they_are)
{
	static const uint8_t pixel[] = {0x33, 0x22, 0x11, 0};

	is_flat_long = false;
	open_strict(0);
	ck_assert_uint_eq(flat_resets, 1);
	ck_assert_uint_eq(flat_area_px, WIDTH * HEIGHT);
	/* Two tiles in a rectangle. */
	ck_assert_uint_lt(flat_rects, 10 / 2 * 8 + 4);
	ck_assert_uint_eq(zlibs, flat_rects);
	ck_assert_uint_eq(raws, 0);
	live_pixels[70 * WIDTH + 70] = 0x99112233 ^ 0xff;
	draw_pixel(70, 70);
	send_all_strict();
	ck_assert_uint_eq(raws, 1);
	ck_assert_mem_eq(raw_bytes, pixel, sizeof(pixel));
	ck_assert_uint_eq(flat_area_px, WIDTH * HEIGHT);
	close_all();
}
END_TEST

/* Room is asked for before anything is added, however badly it packs. */
START_TEST(strict_has_room_for_what_cannot_be_packed)
{
	is_flat_long = true;
	open_strict(0);
	ck_assert_uint_eq(flat_area_px, WIDTH * HEIGHT);
	draw_noise(HEIGHT);
	send_all_strict();
	ck_assert_uint_eq(flat_area_px, 2 * WIDTH * HEIGHT);
	/* Not for want of something to add. */
	ck_assert_uint_gt(largest_bytes, SJ_LIMIT_UPDATE_BYTES / 2);
	close_all();
}
END_TEST

/* What has moved is not kept for later, as tiles would be. */
START_TEST(strict_copies_a_scroll_and_sends_no_tile_after_it)
{
	const struct sj_rect all = {0, 0, WIDTH, HEIGHT};

	is_flat_long = false;
	open_strict(SJ_SENDER_COPY);
	draw_noise(HEIGHT);
	send_all_strict();
	ck_assert_uint_eq(copies, 0);
	memmove(live_pixels, live_pixels + (size_t)16 * WIDTH,
		(size_t)(HEIGHT - 16) * WIDTH * 4);
	sj_shadow_damage(shadow, &all);
	flat_area_px = 0;
	send_all_strict();
	ck_assert_uint_gt(copies, 0);
	ck_assert_uint_lt(flat_area_px, WIDTH * HEIGHT / 4);
	sj_shadow_rest(shadow);
	send_all_strict();
	ck_assert(!sj_shadow_has_moved(shadow));
	close_all();
}
END_TEST

START_TEST(strict_names_a_pointer_when_it_is_another)
{
	struct sj_update_cursor cursor = {.size = {8, 8}};

	is_flat_long = false;
	open_strict(SJ_SENDER_SHAPE);
	ck_assert_uint_eq(shapes, 1);
	ck_assert_uint_eq(shape_index, SJ_RFB_SHAPE_HIDDEN);
	memset(cursor.pixels, 0xff, sizeof(cursor.pixels));
	sj_sender_set_cursor(sender, &cursor);
	send_all_strict();
	ck_assert_uint_eq(shapes, 2);
	ck_assert_uint_eq(shape_index, SJ_RFB_SHAPE_ARROW);
	/* Another picture that looks the same. */
	memset(cursor.pixels, 0xee, sizeof(cursor.pixels));
	sj_sender_set_cursor(sender, &cursor);
	send_all_strict();
	ck_assert_uint_eq(shapes, 2);
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
		strict_sends_a_screen_as_zlib_and_few_pixels_as_they_are,
		strict_has_room_for_what_cannot_be_packed,
		strict_copies_a_scroll_and_sends_no_tile_after_it,
		strict_names_a_pointer_when_it_is_another,
	};
	const struct sj_suite_loop loops[] = {
		{begins_no_more_frames_a_second_than_it_may, SJ_COUNT(rates)},
	};

	return sj_suite_run_loops(
		"sender", tests, SJ_COUNT(tests), loops, SJ_COUNT(loops));
}
