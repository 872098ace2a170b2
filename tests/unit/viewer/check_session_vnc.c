/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A scripted gate on a socketpair: what the real one sends, and what a gate
 * that was taken over might.
 */
#include "viewer/session_vnc.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/base/bytes.h"
#include "protocol/base/reason.h"
#include "protocol/rfb/encodings.h"
#include "protocol/tile/tile.h"
#include "tests/support/suite.h"

#define WIDTH_PX 400
#define HEIGHT_PX 300
#define SCRIPT_BYTES (4 * 1024 * 1024)
#define DAMAGES_MAX 256

static int gate_fd;
static struct sj_vnc *vnc;
static uint8_t *frame;
static uint8_t *script;
static struct sj_writer out;
static struct sj_viewer_damage damages[DAMAGES_MAX];
static size_t damage_count;
static bool is_sink_closed;

static bool take_damage(void *self, const struct sj_viewer_damage *damage)
{
	(void)self;
	if (is_sink_closed)
		return false;
	if (damage_count < DAMAGES_MAX)
		damages[damage_count++] = *damage;
	return true;
}

static void u8(uint8_t value)
{
	ck_assert(sj_write_u8(&out, value));
}

static void u16(uint16_t value)
{
	ck_assert(sj_write_u16(&out, value));
}

static void u32(uint32_t value)
{
	ck_assert(sj_write_u32(&out, value));
}

static void bytes(const void *data, size_t size)
{
	ck_assert(sj_write_bytes(&out, data, size));
}

static void start(void)
{
	struct sj_vnc_settings settings = {.damage = take_damage};
	int pair[2];
	int room = SCRIPT_BYTES;

	script = malloc(SCRIPT_BYTES);
	ck_assert_ptr_nonnull(script);
	out = sj_writer_of(script, SCRIPT_BYTES);
	frame = calloc(1, SJ_VIEWER_FRAME_FILE_BYTES);
	ck_assert_ptr_nonnull(frame);
	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	/* All of a script fits, so that one process can play both ends. */
	ck_assert_int_eq(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUFFORCE, &room,
				 sizeof(room)) == 0 ||
				 setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF,
					 &room, sizeof(room)) == 0,
		1);
	ck_assert_int_eq(fcntl(pair[1], F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(fcntl(pair[0], F_SETFL, O_NONBLOCK), 0);
	gate_fd = pair[0];
	settings.stream_fd = pair[1];
	settings.frame = frame;
	vnc = sj_vnc_create(&settings);
	ck_assert_ptr_nonnull(vnc);
}

/* Gives what was scripted so far to the socket. */
static void send_script(void)
{
	ssize_t put = write(gate_fd, script, out.at);

	ck_assert_int_eq(put, (ssize_t)out.at);
	out.at = 0;
}

static void handshake(uint16_t width, uint16_t height)
{
	bytes("RFB 003.008\n", 12);
	u8(1);
	u8(1);
	u32(0);
	u16(width);
	u16(height);
	bytes(sj_rfb_pixel_format, SJ_RFB_PIXEL_FORMAT_BYTES);
	u32(5);
	bytes("shoji", 5);
}

static void open_session(void)
{
	start();
	handshake(WIDTH_PX, HEIGHT_PX);
	send_script();
	ck_assert_int_eq(sj_vnc_open(vnc), SJ_VNC_RUNNING);
	ck_assert_uint_eq(damage_count, 1);
	damage_count = 0;
}

static void update(uint16_t rects)
{
	u8(0);
	u8(0);
	u16(rects);
}

static void rect(uint16_t x, uint16_t y, uint16_t width, uint16_t height,
	int32_t encoding)
{
	u16(x);
	u16(y);
	u16(width);
	u16(height);
	u32((uint32_t)encoding);
}

static void raw(uint16_t width, uint16_t height, uint8_t value)
{
	int i;

	for (i = 0; i < width * height; i++) {
		const uint8_t pixel[4] = {
			value, (uint8_t)i, (uint8_t)(i >> 8), 0};

		bytes(pixel, 4);
	}
}

static void finish(void)
{
	sj_vnc_destroy(vnc);
	(void)close(gate_fd);
	free(frame);
	free(script);
}

static enum sj_vnc_end step(void)
{
	send_script();
	return sj_vnc_step(vnc);
}

static const uint8_t *pixel_at(unsigned x, unsigned y)
{
	return frame + (y * WIDTH_PX + x) * 4;
}

START_TEST(the_handshake_gives_the_size)
{
	start();
	handshake(WIDTH_PX, HEIGHT_PX);
	send_script();
	ck_assert_int_eq(sj_vnc_open(vnc), SJ_VNC_RUNNING);
	ck_assert_uint_eq(damage_count, 1);
	ck_assert_uint_eq(damages[0].type, SJ_VIEWER_DAMAGE_SIZE);
	ck_assert_uint_eq(damages[0].rect.width_px, WIDTH_PX);
	ck_assert_uint_eq(damages[0].rect.height_px, HEIGHT_PX);
	finish();
}
END_TEST

START_TEST(the_library_writes_nothing_after_the_handshake)
{
	uint8_t wire[256];

	open_session();
	/* Version, security type, ClientInit. */
	ck_assert_int_eq(read(gate_fd, wire, sizeof(wire)), 14);
	ck_assert_mem_eq(wire, "RFB 003.008\n\1\0", 14);
	update(1);
	rect(0, 0, 2, 2, SJ_RFB_ENCODING_RAW);
	raw(2, 2, 9);
	ck_assert_int_eq(step(), SJ_VNC_RUNNING);
	ck_assert_int_eq(read(gate_fd, wire, sizeof(wire)), -1);
	finish();
}
END_TEST

START_TEST(a_raw_rectangle_is_drawn_and_reported)
{
	open_session();
	update(1);
	rect(10, 20, 30, 40, SJ_RFB_ENCODING_RAW);
	raw(30, 40, 7);
	ck_assert_int_eq(step(), SJ_VNC_RUNNING);
	ck_assert_uint_eq(damage_count, 2);
	ck_assert_uint_eq(damages[0].type, SJ_VIEWER_DAMAGE_RECT);
	ck_assert_uint_eq(damages[0].rect.x_px, 10);
	ck_assert_uint_eq(damages[0].rect.height_px, 40);
	ck_assert_uint_eq(damages[1].type, SJ_VIEWER_DAMAGE_UPDATE);
	ck_assert_uint_eq(pixel_at(10, 20)[0], 7);
	ck_assert_uint_eq(pixel_at(39, 59)[0], 7);
	ck_assert_uint_eq(pixel_at(39, 59)[1], (30 * 40 - 1) & 0xFF);
	ck_assert_uint_eq(pixel_at(40, 59)[0], 0);
	ck_assert_uint_eq(pixel_at(39, 60)[0], 0);
	finish();
}
END_TEST

START_TEST(a_copy_moves_pixels)
{
	open_session();
	update(2);
	rect(0, 0, 8, 8, SJ_RFB_ENCODING_RAW);
	raw(8, 8, 3);
	rect(100, 100, 8, 8, SJ_RFB_ENCODING_COPY_RECT);
	u16(0);
	u16(0);
	ck_assert_int_eq(step(), SJ_VNC_RUNNING);
	ck_assert_mem_eq(pixel_at(100, 100), pixel_at(0, 0), 32);
	ck_assert_uint_eq(damages[1].rect.x_px, 100);
	finish();
}
END_TEST

START_TEST(a_tile_is_drawn_exactly)
{
	static uint8_t pixels[64 * 64 * 4];
	struct sj_tile_image image = {pixels, 64 * 4, {64, 64}};
	const struct sj_rect whole = {0, 0, 64, 64};
	struct sj_tile_encoder *encoder = sj_tile_encoder_create();
	size_t i;
	unsigned y;

	ck_assert_ptr_nonnull(encoder);
	for (i = 0; i < sizeof(pixels); i++)
		pixels[i] = i % 4 == 3 ? 0 : (uint8_t)(i * i >> 5);
	open_session();
	update(1);
	rect(64, 128, 64, 64, SJ_RFB_ENCODING_TILE);
	ck_assert_int_eq(
		sj_tile_encode(encoder, &image, &whole, &out), SJ_STEP_DONE);
	ck_assert_int_eq(step(), SJ_VNC_RUNNING);
	ck_assert_uint_eq(damage_count, 2);
	for (y = 0; y < 64; y++)
		ck_assert_mem_eq(
			pixel_at(64, 128 + y), pixels + y * 64 * 4, 64 * 4);
	sj_tile_encoder_destroy(encoder);
	finish();
}
END_TEST

START_TEST(several_messages_in_one_read_are_all_drawn)
{
	int i;

	open_session();
	for (i = 0; i < 50; i++) {
		update(1);
		rect((uint16_t)i, 0, 1, 1, SJ_RFB_ENCODING_RAW);
		raw(1, 1, (uint8_t)(i + 1));
	}
	ck_assert_int_eq(step(), SJ_VNC_RUNNING);
	ck_assert_uint_eq(damage_count, 100);
	ck_assert_uint_eq(pixel_at(49, 0)[0], 50);
	finish();
}
END_TEST

START_TEST(what_follows_the_handshake_at_once_is_drawn)
{
	start();
	handshake(WIDTH_PX, HEIGHT_PX);
	update(1);
	rect(0, 0, 1, 1, SJ_RFB_ENCODING_RAW);
	raw(1, 1, 5);
	send_script();
	ck_assert_int_eq(sj_vnc_open(vnc), SJ_VNC_RUNNING);
	ck_assert_uint_eq(pixel_at(0, 0)[0], 5);
	finish();
}
END_TEST

START_TEST(cursor_caret_and_end_are_reported)
{
	uint8_t image[24 * 16 * 4];

	memset(image, 0xAB, sizeof(image));
	open_session();
	update(3);
	rect(3, 4, 24, 16, SJ_RFB_ENCODING_ALPHA_CURSOR);
	bytes(image, sizeof(image));
	rect(50, 60, 2, 20, SJ_RFB_ENCODING_CARET);
	rect(SJ_REASON_CLOSED, 0, 0, 0, SJ_RFB_ENCODING_SESSION_END);
	ck_assert_int_eq(step(), SJ_VNC_RUNNING);
	ck_assert_uint_eq(damage_count, 4);
	ck_assert_uint_eq(damages[0].type, SJ_VIEWER_DAMAGE_CURSOR);
	ck_assert_uint_eq(damages[0].rect.x_px, 3);
	ck_assert_mem_eq(frame + SJ_VIEWER_CURSOR_OFFSET, image, sizeof(image));
	ck_assert_uint_eq(damages[1].type, SJ_VIEWER_DAMAGE_CARET);
	ck_assert_uint_eq(damages[2].type, SJ_VIEWER_DAMAGE_END);
	ck_assert_uint_eq(damages[2].number, SJ_REASON_CLOSED);
	finish();
}
END_TEST

static void desktop_size(uint16_t width, uint16_t height)
{
	rect(0, 0, width, height, SJ_RFB_ENCODING_EXTENDED_DESKTOP_SIZE);
	u32(0x01000000);
	u32(1);
	u16(0);
	u16(0);
	u16(width);
	u16(height);
	u32(0);
}

START_TEST(a_new_size_keeps_the_shared_pixels)
{
	open_session();
	update(1);
	rect(0, 0, 8, 8, SJ_RFB_ENCODING_RAW);
	raw(8, 8, 3);
	ck_assert_int_eq(step(), SJ_VNC_RUNNING);
	damage_count = 0;
	update(1);
	desktop_size(800, 600);
	ck_assert_int_eq(step(), SJ_VNC_RUNNING);
	ck_assert_uint_eq(damages[0].type, SJ_VIEWER_DAMAGE_SIZE);
	ck_assert_uint_eq(damages[0].rect.width_px, 800);
	ck_assert_uint_eq(frame[(7 * 800 + 7) * 4], 3);
	ck_assert_uint_eq(frame[(7 * 800 + 8) * 4], 0);
	update(1);
	desktop_size(320, 200);
	ck_assert_int_eq(step(), SJ_VNC_RUNNING);
	ck_assert_uint_eq(frame[(7 * 320 + 7) * 4], 3);
	ck_assert_uint_eq(frame[(7 * 320 + 8) * 4], 0);
	finish();
}
END_TEST

START_TEST(a_closed_stream_is_an_orderly_end)
{
	open_session();
	(void)shutdown(gate_fd, SHUT_WR);
	ck_assert_int_eq(sj_vnc_step(vnc), SJ_VNC_CLOSED);
	finish();
}
END_TEST

START_TEST(a_sink_that_is_gone_ends_it)
{
	open_session();
	is_sink_closed = true;
	update(1);
	rect(0, 0, 1, 1, SJ_RFB_ENCODING_RAW);
	raw(1, 1, 5);
	ck_assert_int_eq(step(), SJ_VNC_SINK);
	finish();
}
END_TEST

/* ---- hostile handshakes ---- */

static void bad_version(void)
{
	bytes("RFB 003.003\n", 12);
	u32(1);
	u16(WIDTH_PX);
	u16(HEIGHT_PX);
	bytes(sj_rfb_pixel_format, SJ_RFB_PIXEL_FORMAT_BYTES);
	u32(0);
}

static void no_version(void)
{
	bytes("HTTP/1.1 200", 12);
}

static void password_wanted(void)
{
	bytes("RFB 003.008\n", 12);
	u8(1);
	u8(2);
}

static void tls_wanted(void)
{
	bytes("RFB 003.008\n", 12);
	u8(1);
	u8(19);
}

static void security_refused(void)
{
	bytes("RFB 003.008\n", 12);
	u8(1);
	u8(1);
	u32(1);
	u32(3);
	bytes("no!", 3);
}

static void other_pixels(void)
{
	static const uint8_t format[16] = {
		16, 16, 0, 1, 0, 31, 0, 63, 0, 31, 11, 5, 0};

	bytes("RFB 003.008\n", 12);
	u8(1);
	u8(1);
	u32(0);
	u16(WIDTH_PX);
	u16(HEIGHT_PX);
	bytes(format, sizeof(format));
	u32(0);
}

static void too_wide(void)
{
	handshake(SJ_LIMIT_WIDTH_PX + 1, 300);
}

static void too_high(void)
{
	handshake(400, SJ_LIMIT_HEIGHT_PX + 1);
}

static void too_narrow(void)
{
	handshake(SJ_LIMIT_WIDTH_MIN_PX - 1, 300);
}

static void empty(void)
{
	handshake(0, 0);
}

static const struct {
	void (*play)(void);
	enum sj_vnc_end end;
} bad_handshakes[] = {
	{bad_version, SJ_VNC_HANDSHAKE},
	{no_version, SJ_VNC_HANDSHAKE},
	{password_wanted, SJ_VNC_HANDSHAKE},
	{tls_wanted, SJ_VNC_HANDSHAKE},
	{security_refused, SJ_VNC_HANDSHAKE},
	{other_pixels, SJ_VNC_HANDSHAKE},
	{too_wide, SJ_VNC_SIZE},
	{too_high, SJ_VNC_SIZE},
	{too_narrow, SJ_VNC_SIZE},
	{empty, SJ_VNC_SIZE},
};

START_TEST(a_wrong_handshake_is_refused)
{
	start();
	bad_handshakes[_i].play();
	send_script();
	ck_assert_int_eq(sj_vnc_open(vnc), bad_handshakes[_i].end);
	finish();
}
END_TEST

START_TEST(a_gate_that_ends_in_the_handshake_is_no_violation)
{
	start();
	bytes("RFB 003.008\n", 12);
	u8(1);
	send_script();
	(void)shutdown(gate_fd, SHUT_WR);
	ck_assert_int_eq(sj_vnc_open(vnc), SJ_VNC_CLOSED);
	finish();
}
END_TEST

START_TEST(the_largest_size_is_accepted)
{
	start();
	handshake(SJ_LIMIT_WIDTH_PX, SJ_LIMIT_HEIGHT_PX);
	send_script();
	ck_assert_int_eq(sj_vnc_open(vnc), SJ_VNC_RUNNING);
	finish();
}
END_TEST

/* ---- hostile messages ---- */

static void bell(void)
{
	u8(2);
}

static void cut_text(void)
{
	u8(3);
	u8(0);
	u16(0);
	u32(0x7FFFFFFF);
}

static void color_map(void)
{
	u8(1);
	u8(0);
	u16(0);
	u16(1);
}

static void file_transfer(void)
{
	u8(7);
}

static void text_chat(void)
{
	u8(11);
}

static void resize_frame_buffer(void)
{
	u8(4);
}

static void xvp(void)
{
	u8(250);
}

static void past_right_edge(void)
{
	update(1);
	rect(WIDTH_PX - 1, 0, 2, 1, SJ_RFB_ENCODING_RAW);
	raw(2, 1, 1);
}

static void past_bottom(void)
{
	update(1);
	rect(0, HEIGHT_PX, 1, 1, SJ_RFB_ENCODING_RAW);
	raw(1, 1, 1);
}

static void half_a_rectangle(void)
{
	update(1);
	rect(0, 0, 10, 10, SJ_RFB_ENCODING_RAW);
	raw(5, 1, 1);
}

static void unknown_encoding(void)
{
	update(1);
	rect(0, 0, 10, 10, 0x12345678);
}

static void our_next_encoding(void)
{
	update(1);
	rect(0, 0, 10, 10, SJ_RFB_ENCODING_SESSION_END + 1);
}

static void tile_too_wide(void)
{
	update(1);
	rect(0, 0, 65, 64, SJ_RFB_ENCODING_TILE);
	u32(1);
	u8(0);
}

static void tile_empty(void)
{
	update(1);
	rect(0, 0, 0, 64, SJ_RFB_ENCODING_TILE);
	u32(1);
	u8(0);
}

static void tile_without_payload(void)
{
	update(1);
	rect(0, 0, 64, 64, SJ_RFB_ENCODING_TILE);
	u32(0);
}

static void tile_endless(void)
{
	update(1);
	rect(0, 0, 64, 64, SJ_RFB_ENCODING_TILE);
	u32(0xFFFFFFFF);
}

static void tile_garbage(void)
{
	update(1);
	rect(0, 0, 64, 64, SJ_RFB_ENCODING_TILE);
	u32(6);
	bytes("\0\1zstd", 6);
}

static void tile_of_another_version(void)
{
	update(1);
	rect(0, 0, 1, 1, SJ_RFB_ENCODING_TILE);
	u32(5);
	bytes("\1\0bgr", 5);
}

static void tile_too_short(void)
{
	update(1);
	rect(0, 0, 2, 1, SJ_RFB_ENCODING_TILE);
	u32(5);
	bytes("\0\0bgr", 5);
}

static void cursor_too_wide(void)
{
	update(1);
	rect(0, 0, 65, 1, SJ_RFB_ENCODING_ALPHA_CURSOR);
	raw(65, 1, 1);
}

static void cursor_hot_spot_outside(void)
{
	update(1);
	rect(8, 0, 8, 8, SJ_RFB_ENCODING_ALPHA_CURSOR);
	raw(8, 8, 1);
}

static void caret_empty(void)
{
	update(1);
	rect(0, 0, 0, 0, SJ_RFB_ENCODING_CARET);
}

static void end_unknown(void)
{
	update(1);
	rect(399, 0, 0, 0, SJ_RFB_ENCODING_SESSION_END);
}

static void size_too_wide(void)
{
	update(1);
	desktop_size(SJ_LIMIT_WIDTH_PX + 1, 600);
}

static void size_of_nothing(void)
{
	update(1);
	rect(0, 0, 0, 0, -223); /* NewFBSize, which nobody asked for */
}

static const struct {
	void (*play)(void);
	enum sj_vnc_end end;
} bad_messages[] = {
	{bell, SJ_VNC_TYPE},
	{cut_text, SJ_VNC_TYPE},
	{color_map, SJ_VNC_TYPE},
	{file_transfer, SJ_VNC_TYPE},
	{text_chat, SJ_VNC_TYPE},
	{resize_frame_buffer, SJ_VNC_TYPE},
	{xvp, SJ_VNC_TYPE},
	{past_right_edge, SJ_VNC_MESSAGE},
	{past_bottom, SJ_VNC_MESSAGE},
	{half_a_rectangle, SJ_VNC_MESSAGE},
	{unknown_encoding, SJ_VNC_ENCODING},
	{our_next_encoding, SJ_VNC_ENCODING},
	{tile_too_wide, SJ_VNC_TILE},
	{tile_empty, SJ_VNC_TILE},
	{tile_without_payload, SJ_VNC_TILE},
	{tile_endless, SJ_VNC_TILE},
	{tile_garbage, SJ_VNC_TILE},
	{tile_of_another_version, SJ_VNC_TILE},
	{tile_too_short, SJ_VNC_TILE},
	{cursor_too_wide, SJ_VNC_CURSOR},
	{cursor_hot_spot_outside, SJ_VNC_CURSOR},
	{caret_empty, SJ_VNC_CARET},
	{end_unknown, SJ_VNC_END},
	{size_too_wide, SJ_VNC_SIZE},
	{size_of_nothing, SJ_VNC_SIZE},
};

START_TEST(a_message_that_no_gate_sends_is_refused)
{
	open_session();
	bad_messages[_i].play();
	send_script();
	(void)shutdown(gate_fd, SHUT_WR);
	ck_assert_int_eq(sj_vnc_step(vnc), bad_messages[_i].end);
	/* And stays so. */
	ck_assert_int_eq(sj_vnc_step(vnc), bad_messages[_i].end);
	finish();
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
	const TTest *const tests[] = {the_handshake_gives_the_size,
		the_library_writes_nothing_after_the_handshake,
		a_raw_rectangle_is_drawn_and_reported, a_copy_moves_pixels,
		a_tile_is_drawn_exactly,
		several_messages_in_one_read_are_all_drawn,
		what_follows_the_handshake_at_once_is_drawn,
		cursor_caret_and_end_are_reported,
		a_new_size_keeps_the_shared_pixels,
		a_closed_stream_is_an_orderly_end, a_sink_that_is_gone_ends_it,
		a_gate_that_ends_in_the_handshake_is_no_violation,
		the_largest_size_is_accepted};
	const struct sj_suite_loop loops[] = {
		{a_wrong_handshake_is_refused, SJ_COUNT(bad_handshakes)},
		{a_message_that_no_gate_sends_is_refused,
			SJ_COUNT(bad_messages)},
		{every_end_has_a_text, SJ_VNC_SINK + 1}};

	return sj_suite_run_loops("viewer session_vnc", tests, SJ_COUNT(tests),
		loops, SJ_COUNT(loops));
}
