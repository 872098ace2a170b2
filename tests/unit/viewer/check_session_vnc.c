/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/session_vnc.h"

#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/base/reason.h"
#include "protocol/motion/motion.h"
#include "protocol/rfb/encodings.h"
#include "protocol/tile/flat.h"
#include "protocol/tile/tile.h"
#include "tests/support/suite.h"
#include "tests/unit/viewer/vnc_rig.h"

START_TEST(the_handshake_gives_the_size)
{
	rig_start();
	put_handshake(WIDTH_PX, HEIGHT_PX);
	rig_send();
	ck_assert_int_eq(sj_vnc_open(rig.vnc), SJ_VNC_RUNNING);
	ck_assert_uint_eq(rig.damage_count, 1);
	ck_assert_uint_eq(rig.damages[0].type, SJ_VIEWER_DAMAGE_SIZE);
	ck_assert_uint_eq(rig.damages[0].rect.width_px, WIDTH_PX);
	ck_assert_uint_eq(rig.damages[0].rect.height_px, HEIGHT_PX);
	rig_finish();
}
END_TEST

START_TEST(the_library_writes_nothing_after_the_handshake)
{
	uint8_t wire[256];

	rig_open();
	/* Version, security type, ClientInit. */
	ck_assert_int_eq(read(rig.gate_fd, wire, sizeof(wire)), 14);
	ck_assert_mem_eq(wire, "RFB 003.008\n\1\0", 14);
	put_update(1);
	put_rect(0, 0, 2, 2, SJ_RFB_ENCODING_RAW);
	put_raw(2, 2, 9);
	ck_assert_int_eq(rig_step(), SJ_VNC_RUNNING);
	ck_assert_int_eq(read(rig.gate_fd, wire, sizeof(wire)), -1);
	rig_finish();
}
END_TEST

START_TEST(a_raw_rectangle_is_drawn_and_reported)
{
	rig_open();
	put_update(1);
	put_rect(10, 20, 30, 40, SJ_RFB_ENCODING_RAW);
	put_raw(30, 40, 7);
	ck_assert_int_eq(rig_step(), SJ_VNC_RUNNING);
	ck_assert_uint_eq(rig.damage_count, 2);
	ck_assert_uint_eq(rig.damages[0].type, SJ_VIEWER_DAMAGE_RECT);
	ck_assert_uint_eq(rig.damages[0].rect.x_px, 10);
	ck_assert_uint_eq(rig.damages[0].rect.height_px, 40);
	ck_assert_uint_eq(rig.damages[1].type, SJ_VIEWER_DAMAGE_UPDATE);
	ck_assert_uint_eq(pixel_at(10, 20)[0], 7);
	ck_assert_uint_eq(pixel_at(39, 59)[0], 7);
	ck_assert_uint_eq(pixel_at(39, 59)[1], (30 * 40 - 1) & 0xFF);
	ck_assert_uint_eq(pixel_at(40, 59)[0], 0);
	ck_assert_uint_eq(pixel_at(39, 60)[0], 0);
	rig_finish();
}
END_TEST

START_TEST(a_copy_moves_pixels)
{
	rig_open();
	put_update(2);
	put_rect(0, 0, 8, 8, SJ_RFB_ENCODING_RAW);
	put_raw(8, 8, 3);
	put_rect(100, 100, 8, 8, SJ_RFB_ENCODING_COPY_RECT);
	put_u16(0);
	put_u16(0);
	ck_assert_int_eq(rig_step(), SJ_VNC_RUNNING);
	ck_assert_mem_eq(pixel_at(100, 100), pixel_at(0, 0), 32);
	ck_assert_uint_eq(rig.damages[1].rect.x_px, 100);
	rig_finish();
}
END_TEST

START_TEST(a_tile_is_drawn_exactly)
{
	static uint8_t pixels[64 * 64 * 4];
	struct sj_tile_image image = {pixels, 64 * 4, {64, 64}};
	const struct sj_rect whole = {0, 0, 64, 64};
	struct sj_rect covered;
	struct sj_tile_encoder *encoder = sj_tile_encoder_create(1);
	size_t i;
	unsigned y;

	ck_assert_ptr_nonnull(encoder);
	for (i = 0; i < sizeof(pixels); i++)
		pixels[i] = i % 4 == 3 ? 0 : (uint8_t)(i * i >> 5);
	rig_open();
	put_update(1);
	put_rect(64, 128, 64, 64, SJ_RFB_ENCODING_TILE);
	sj_tile_add(encoder, &image, &whole);
	ck_assert_int_eq(
		sj_tile_end(encoder, &rig.out, &covered), SJ_STEP_DONE);
	ck_assert_int_eq(rig_step(), SJ_VNC_RUNNING);
	ck_assert_uint_eq(rig.damage_count, 2);
	for (y = 0; y < 64; y++)
		ck_assert_mem_eq(
			pixel_at(64, 128 + y), pixels + y * 64 * 4, 64 * 4);
	sj_tile_encoder_destroy(encoder);
	rig_finish();
}
END_TEST

START_TEST(strict_zlib_is_drawn_by_our_own_decoder)
{
	static uint8_t pixels[64 * 64 * 4];
	struct sj_tile_image image = {pixels, 64 * 4, {64, 64}};
	const struct sj_rect whole = {0, 0, 64, 64};
	struct sj_flat_encoder *encoder = sj_flat_encoder_create();

	ck_assert_ptr_nonnull(encoder);
	for (size_t i = 0; i < sizeof(pixels); i++)
		pixels[i] = i % 4 == 3 ? 0 : (uint8_t)(i * i >> 5);
	rig.is_strict = true;
	rig_open();
	put_update(1);
	put_rect(64, 128, 64, 64, SJ_RFB_ENCODING_INNER_ZLIB);
	ck_assert_int_eq(sj_flat_encode(encoder, &image, &whole, &rig.out),
		SJ_STEP_DONE);
	ck_assert_int_eq(rig_step(), SJ_VNC_RUNNING);
	for (unsigned y = 0; y < 64; y++)
		ck_assert_mem_eq(
			pixel_at(64, 128 + y), pixels + y * 64 * 4, 64 * 4);
	/* What does not decode ends it. */
	put_update(1);
	put_rect(0, 0, 8, 8, SJ_RFB_ENCODING_INNER_ZLIB);
	put_u32(4);
	put_u32(0xa5a5a5a5);
	ck_assert_int_eq(rig_step(), SJ_VNC_TILE);
	sj_flat_encoder_destroy(encoder);
	rig_finish();
}
END_TEST

START_TEST(strict_shapes_are_drawn_from_our_own_pictures)
{
	for (uint16_t shape = 0; shape < SJ_LIMIT_SHAPES; shape++) {
		const struct sj_rect *rect = &rig.damages[0].rect;

		rig.is_strict = true;
		rig.damage_count = 0;
		rig_open();
		put_update(1);
		put_rect(shape, 0, 0, 0, SJ_RFB_ENCODING_SHAPE);
		ck_assert_int_eq(rig_step(), SJ_VNC_RUNNING);
		ck_assert_uint_eq(rig.damages[0].type, SJ_VIEWER_DAMAGE_CURSOR);
		ck_assert_int_eq(rect->width_px == 0, shape == 0);
		ck_assert(shape == 0 || (rect->x_px < rect->width_px &&
						rect->y_px < rect->height_px));
		rig_finish();
	}
	rig.damage_count = 0;
	rig_open();
	put_update(1);
	put_rect(SJ_LIMIT_SHAPES, 0, 0, 0, SJ_RFB_ENCODING_SHAPE);
	ck_assert_int_eq(rig_step(), SJ_VNC_CURSOR);
	rig_finish();
}
END_TEST

START_TEST(strict_and_default_take_nothing_of_each_other)
{
	rig.is_strict = true;
	rig_open();
	put_update(1);
	put_rect(0, 0, 0, 0, SJ_RFB_ENCODING_CARET);
	ck_assert_int_eq(rig_step(), SJ_VNC_ENCODING);
	rig_finish();
	rig.is_strict = false;
	rig_open();
	put_update(1);
	put_rect(1, 0, 0, 0, SJ_RFB_ENCODING_SHAPE);
	ck_assert_int_eq(rig_step(), SJ_VNC_ENCODING);
	rig_finish();
}
END_TEST

START_TEST(a_motion_rectangle_is_drawn)
{
	static uint8_t pixels[64 * 64 * 4];
	struct sj_tile_image image = {pixels, 64 * 4, {64, 64}};
	const struct sj_rect part = {0, 0, 50, 40};
	struct sj_motion_encoder *encoder = sj_motion_encoder_create();

	ck_assert_ptr_nonnull(encoder);
	memset(pixels, 0x80, sizeof(pixels));
	rig_open();
	put_update(1);
	put_rect(
		70, 128, part.width_px, part.height_px, SJ_RFB_ENCODING_MOTION);
	ck_assert_int_eq(sj_motion_encode(encoder, &image, &part, 92, &rig.out),
		SJ_STEP_DONE);
	ck_assert_int_eq(rig_step(), SJ_VNC_RUNNING);
	ck_assert_uint_eq(rig.damage_count, 2);
	ck_assert_mem_eq(pixel_at(70, 128), "\x80\x80\x80\0", 4);
	ck_assert_mem_eq(pixel_at(119, 167), "\x80\x80\x80\0", 4);
	ck_assert_mem_eq(pixel_at(69, 128), "\0\0\0\0", 4);
	ck_assert_mem_eq(pixel_at(120, 167), "\0\0\0\0", 4);
	ck_assert_mem_eq(pixel_at(70, 168), "\0\0\0\0", 4);
	sj_motion_encoder_destroy(encoder);
	rig_finish();
}
END_TEST

START_TEST(several_messages_in_one_read_are_all_drawn)
{
	int i;

	rig_open();
	for (i = 0; i < 50; i++) {
		put_update(1);
		put_rect((uint16_t)i, 0, 1, 1, SJ_RFB_ENCODING_RAW);
		put_raw(1, 1, (uint8_t)(i + 1));
	}
	ck_assert_int_eq(rig_step(), SJ_VNC_RUNNING);
	ck_assert_uint_eq(rig.damage_count, 100);
	ck_assert_uint_eq(pixel_at(49, 0)[0], 50);
	rig_finish();
}
END_TEST

START_TEST(what_follows_the_handshake_at_once_is_drawn)
{
	rig_start();
	put_handshake(WIDTH_PX, HEIGHT_PX);
	put_update(1);
	put_rect(0, 0, 1, 1, SJ_RFB_ENCODING_RAW);
	put_raw(1, 1, 5);
	rig_send();
	ck_assert_int_eq(sj_vnc_open(rig.vnc), SJ_VNC_RUNNING);
	ck_assert_uint_eq(pixel_at(0, 0)[0], 5);
	rig_finish();
}
END_TEST

START_TEST(cursor_and_caret_are_reported)
{
	uint8_t image[24 * 16 * 4];

	memset(image, 0xAB, sizeof(image));
	rig_open();
	put_update(3);
	put_rect(3, 4, 24, 16, SJ_RFB_ENCODING_ALPHA_CURSOR);
	put_bytes(image, sizeof(image));
	put_rect(0, 0, 0, 0, SJ_RFB_ENCODING_CARET); /* none */
	put_rect(50, 60, 2, 20, SJ_RFB_ENCODING_CARET);
	ck_assert_int_eq(rig_step(), SJ_VNC_RUNNING);
	ck_assert_uint_eq(rig.damage_count, 3);
	ck_assert_uint_eq(rig.damages[0].type, SJ_VIEWER_DAMAGE_CURSOR);
	ck_assert_uint_eq(rig.damages[0].rect.x_px, 3);
	ck_assert_mem_eq(
		rig.frame + SJ_VIEWER_CURSOR_OFFSET, image, sizeof(image));
	ck_assert_uint_eq(rig.damages[1].type, SJ_VIEWER_DAMAGE_CARET);
	rig_finish();
}
END_TEST

static void expect_session_end(unsigned number)
{
	ck_assert_uint_eq(rig.damage_count, 2);
	ck_assert_uint_eq(rig.damages[0].type, SJ_VIEWER_DAMAGE_END);
	ck_assert_uint_eq(rig.damages[0].number, number);
	ck_assert_uint_eq(rig.damages[1].type, SJ_VIEWER_DAMAGE_UPDATE);
	rig.damage_count = 0;
}

START_TEST(an_end_is_reported_on_a_screen_narrower_than_its_number)
{
	unsigned number;

	rig_open();
	put_update(1);
	put_desktop_size(SJ_LIMIT_WIDTH_MIN_PX, SJ_LIMIT_HEIGHT_MIN_PX);
	ck_assert_int_eq(rig_step(), SJ_VNC_RUNNING);
	rig.damage_count = 0;
	for (number = 401; number < 600; number++) {
		if (!sj_reason_is_known(number))
			continue;
		put_update(1);
		put_rect(
			(uint16_t)number, 0, 0, 0, SJ_RFB_ENCODING_SESSION_END);
		ck_assert_int_eq(rig_step(), SJ_VNC_RUNNING);
		expect_session_end(number);
	}
	rig_finish();
}
END_TEST

START_TEST(an_end_behind_an_update_in_one_read_is_reported)
{
	rig_open();
	put_update(1);
	put_rect(0, 0, 1, 1, SJ_RFB_ENCODING_RAW);
	put_raw(1, 1, 5);
	put_update(1);
	put_rect(SJ_REASON_END_ADMIN, 0, 0, 0, SJ_RFB_ENCODING_SESSION_END);
	ck_assert_int_eq(rig_step(), SJ_VNC_RUNNING);
	ck_assert_uint_eq(rig.damage_count, 4);
	ck_assert_uint_eq(pixel_at(0, 0)[0], 5);
	ck_assert_uint_eq(rig.damages[2].type, SJ_VIEWER_DAMAGE_END);
	ck_assert_uint_eq(rig.damages[2].number, SJ_REASON_END_ADMIN);
	rig_finish();
}
END_TEST

static const uint8_t admin_end[] = {0, 0, 0, 1, SJ_REASON_END_ADMIN >> 8,
	SJ_REASON_END_ADMIN & 0xFF, 0, 0, 0, 0, 0, 0, 0x53, 0x4A, 0, 3};

static void *give_slowly(void *fd)
{
	size_t i;

	for (i = 1; i < sizeof(admin_end); i++) {
		(void)usleep(2000);
		ck_assert_int_eq(
			send(*(const int *)fd, admin_end + i, 1, 0), 1);
	}
	return NULL;
}

START_TEST(an_end_that_comes_byte_by_byte_is_reported)
{
	pthread_t giver;

	rig_open();
	put_u8(admin_end[0]);
	rig_send();
	ck_assert_int_eq(
		pthread_create(&giver, NULL, give_slowly, &rig.gate_fd), 0);
	ck_assert_int_eq(sj_vnc_step(rig.vnc), SJ_VNC_RUNNING);
	ck_assert_int_eq(pthread_join(giver, NULL), 0);
	expect_session_end(SJ_REASON_END_ADMIN);
	rig_finish();
}
END_TEST

START_TEST(a_new_size_keeps_the_shared_pixels)
{
	rig_open();
	put_update(1);
	put_rect(0, 0, 8, 8, SJ_RFB_ENCODING_RAW);
	put_raw(8, 8, 3);
	ck_assert_int_eq(rig_step(), SJ_VNC_RUNNING);
	rig.damage_count = 0;
	put_update(1);
	put_desktop_size(800, 600);
	ck_assert_int_eq(rig_step(), SJ_VNC_RUNNING);
	ck_assert_uint_eq(rig.damages[0].type, SJ_VIEWER_DAMAGE_SIZE);
	ck_assert_uint_eq(rig.damages[0].rect.width_px, 800);
	ck_assert_uint_eq(rig.frame[(7 * 800 + 7) * 4], 3);
	ck_assert_uint_eq(rig.frame[(7 * 800 + 8) * 4], 0);
	put_update(1);
	put_desktop_size(320, 200);
	ck_assert_int_eq(rig_step(), SJ_VNC_RUNNING);
	ck_assert_uint_eq(rig.frame[(7 * 320 + 7) * 4], 3);
	ck_assert_uint_eq(rig.frame[(7 * 320 + 8) * 4], 0);
	rig_finish();
}
END_TEST

START_TEST(a_closed_stream_is_an_orderly_end)
{
	rig_open();
	(void)shutdown(rig.gate_fd, SHUT_WR);
	ck_assert_int_eq(sj_vnc_step(rig.vnc), SJ_VNC_CLOSED);
	rig_finish();
}
END_TEST

START_TEST(a_sink_that_is_gone_ends_it)
{
	rig_open();
	rig.is_sink_closed = true;
	put_update(1);
	put_rect(0, 0, 1, 1, SJ_RFB_ENCODING_RAW);
	put_raw(1, 1, 5);
	ck_assert_int_eq(rig_step(), SJ_VNC_SINK);
	rig_finish();
}
END_TEST

START_TEST(every_end_has_a_text)
{
	ck_assert_str_ne(sj_vnc_end_text((enum sj_vnc_end)_i), "unknown");
	ck_assert_str_eq(
		sj_vnc_end_text((enum sj_vnc_end)(SJ_VNC_SINK + 1)), "unknown");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {strict_zlib_is_drawn_by_our_own_decoder,
		strict_shapes_are_drawn_from_our_own_pictures,
		strict_and_default_take_nothing_of_each_other,
		the_handshake_gives_the_size,
		the_library_writes_nothing_after_the_handshake,
		a_raw_rectangle_is_drawn_and_reported, a_copy_moves_pixels,
		a_tile_is_drawn_exactly, a_motion_rectangle_is_drawn,
		several_messages_in_one_read_are_all_drawn,
		what_follows_the_handshake_at_once_is_drawn,
		cursor_and_caret_are_reported,
		an_end_is_reported_on_a_screen_narrower_than_its_number,
		an_end_behind_an_update_in_one_read_is_reported,
		an_end_that_comes_byte_by_byte_is_reported,
		a_new_size_keeps_the_shared_pixels,
		a_closed_stream_is_an_orderly_end, a_sink_that_is_gone_ends_it};
	const struct sj_suite_loop loops[] = {
		{every_end_has_a_text, SJ_VNC_SINK + 1}};

	return sj_suite_run_loops("viewer session_vnc", tests, SJ_COUNT(tests),
		loops, SJ_COUNT(loops));
}
