/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a gate that was taken over might send to the decoder.
 */
#include "viewer/session_vnc.h"

#include <string.h>
#include <sys/socket.h>

#include "protocol/base/reason.h"
#include "protocol/rfb/encodings.h"
#include "tests/support/suite.h"
#include "tests/unit/viewer/vnc_rig.h"

/* ---- hostile handshakes ---- */

static void bad_version(void)
{
	put_bytes("RFB 003.003\n", 12);
	put_u32(1);
	put_u16(WIDTH_PX);
	put_u16(HEIGHT_PX);
	put_bytes(sj_rfb_pixel_format, SJ_RFB_PIXEL_FORMAT_BYTES);
	put_u32(0);
}

static void no_version(void)
{
	put_bytes("HTTP/1.1 200", 12);
}

static void password_wanted(void)
{
	put_bytes("RFB 003.008\n", 12);
	put_u8(1);
	put_u8(2);
}

static void tls_wanted(void)
{
	put_bytes("RFB 003.008\n", 12);
	put_u8(1);
	put_u8(19);
}

static void security_refused(void)
{
	put_bytes("RFB 003.008\n", 12);
	put_u8(1);
	put_u8(1);
	put_u32(1);
	put_u32(3);
	put_bytes("no!", 3);
}

static void other_pixels(void)
{
	static const uint8_t format[16] = {
		16, 16, 0, 1, 0, 31, 0, 63, 0, 31, 11, 5, 0};

	put_bytes("RFB 003.008\n", 12);
	put_u8(1);
	put_u8(1);
	put_u32(0);
	put_u16(WIDTH_PX);
	put_u16(HEIGHT_PX);
	put_bytes(format, sizeof(format));
	put_u32(0);
}

static void too_wide(void)
{
	put_handshake(SJ_LIMIT_WIDTH_PX + 1, 300);
}

static void too_high(void)
{
	put_handshake(400, SJ_LIMIT_HEIGHT_PX + 1);
}

static void too_narrow(void)
{
	put_handshake(SJ_LIMIT_WIDTH_MIN_PX - 1, 300);
}

static void empty(void)
{
	put_handshake(0, 0);
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
	rig_start();
	bad_handshakes[_i].play();
	rig_send();
	ck_assert_int_eq(sj_vnc_open(rig.vnc), bad_handshakes[_i].end);
	rig_finish();
}
END_TEST

START_TEST(a_gate_that_ends_in_the_handshake_is_no_violation)
{
	rig_start();
	put_bytes("RFB 003.008\n", 12);
	put_u8(1);
	rig_send();
	(void)shutdown(rig.gate_fd, SHUT_WR);
	ck_assert_int_eq(sj_vnc_open(rig.vnc), SJ_VNC_CLOSED);
	rig_finish();
}
END_TEST

START_TEST(the_largest_size_is_accepted)
{
	rig_start();
	put_handshake(SJ_LIMIT_WIDTH_PX, SJ_LIMIT_HEIGHT_PX);
	rig_send();
	ck_assert_int_eq(sj_vnc_open(rig.vnc), SJ_VNC_RUNNING);
	rig_finish();
}
END_TEST

/* ---- hostile messages ---- */

static void bell(void)
{
	put_u8(2);
}

static void cut_text(void)
{
	put_u8(3);
	put_u8(0);
	put_u16(0);
	put_u32(0x7FFFFFFF);
}

static void color_map(void)
{
	put_u8(1);
	put_u8(0);
	put_u16(0);
	put_u16(1);
}

static void file_transfer(void)
{
	put_u8(7);
}

static void text_chat(void)
{
	put_u8(11);
}

static void resize_frame_buffer(void)
{
	put_u8(4);
}

static void xvp(void)
{
	put_u8(250);
}

static void past_right_edge(void)
{
	put_update(1);
	put_rect(WIDTH_PX - 1, 0, 2, 1, SJ_RFB_ENCODING_RAW);
	put_raw(2, 1, 1);
}

static void past_bottom(void)
{
	put_update(1);
	put_rect(0, HEIGHT_PX, 1, 1, SJ_RFB_ENCODING_RAW);
	put_raw(1, 1, 1);
}

static void half_a_rectangle(void)
{
	put_update(1);
	put_rect(0, 0, 10, 10, SJ_RFB_ENCODING_RAW);
	put_raw(5, 1, 1);
}

static void unknown_encoding(void)
{
	put_update(1);
	put_rect(0, 0, 10, 10, 0x12345678);
}

static void our_next_encoding(void)
{
	put_update(1);
	put_rect(0, 0, 10, 10, SJ_RFB_ENCODING_MOTION + 1);
}

static void tile_outside(void)
{
	put_update(1);
	put_rect(1, 0, 0xFFFF, 64, SJ_RFB_ENCODING_TILE);
	put_u32(1);
	put_u8(0);
}

static void tile_empty(void)
{
	put_update(1);
	put_rect(0, 0, 0, 64, SJ_RFB_ENCODING_TILE);
	put_u32(1);
	put_u8(0);
}

static void tile_without_payload(void)
{
	put_update(1);
	put_rect(0, 0, 64, 64, SJ_RFB_ENCODING_TILE);
	put_u32(0);
}

static void tile_endless(void)
{
	put_update(1);
	put_rect(0, 0, 64, 64, SJ_RFB_ENCODING_TILE);
	put_u32(0xFFFFFFFF);
}

static void tile_garbage(void)
{
	put_update(1);
	put_rect(0, 0, 64, 64, SJ_RFB_ENCODING_TILE);
	put_u32(6);
	put_bytes("\1\1zstd", 6);
}

static void tile_of_another_version(void)
{
	put_update(1);
	put_rect(0, 0, 1, 1, SJ_RFB_ENCODING_TILE);
	put_u32(7);
	put_bytes("\0\0\1\4\2\377bgr", 7);
}

static void tile_too_short(void)
{
	put_update(1);
	put_rect(0, 0, 2, 1, SJ_RFB_ENCODING_TILE);
	put_u32(8);
	put_bytes("\1\0\1\3\1\377bg", 8);
}

static void motion_outside(void)
{
	put_update(1);
	put_rect(1, 0, 0xFFFF, 64, SJ_RFB_ENCODING_MOTION);
	put_u32(1);
	put_u8(0);
}

static void motion_endless(void)
{
	put_update(1);
	put_rect(0, 0, 64, 64, SJ_RFB_ENCODING_MOTION);
	put_u32(0xFFFFFFFF);
}

static void motion_garbage(void)
{
	put_update(1);
	put_rect(0, 0, 64, 64, SJ_RFB_ENCODING_MOTION);
	put_u32(4);
	put_bytes("\xff\xd8\xff\xd9", 4);
}

static void cursor_too_wide(void)
{
	put_update(1);
	put_rect(0, 0, 65, 1, SJ_RFB_ENCODING_ALPHA_CURSOR);
	put_raw(65, 1, 1);
}

static void cursor_hot_spot_outside(void)
{
	put_update(1);
	put_rect(8, 0, 8, 8, SJ_RFB_ENCODING_ALPHA_CURSOR);
	put_raw(8, 8, 1);
}

static void caret_empty(void)
{
	put_update(1);
	put_rect(0, 0, 0, 1, SJ_RFB_ENCODING_CARET);
}

static void end_unknown(void)
{
	put_update(1);
	put_rect(399, 0, 0, 0, SJ_RFB_ENCODING_SESSION_END);
}

static void end_cut_short(void)
{
	put_update(1);
	put_u16(SJ_REASON_END_ADMIN);
}

static void end_beside_another(void)
{
	put_update(2);
	put_rect(0, 0, 1, 1, SJ_RFB_ENCODING_RAW);
	put_raw(1, 1, 1);
	put_rect(399, 0, 0, 0, SJ_RFB_ENCODING_SESSION_END);
}

static void end_with_a_size(void)
{
	put_update(1);
	put_rect(SJ_REASON_END_ADMIN, 0, 1, 1, SJ_RFB_ENCODING_SESSION_END);
}

static void size_too_wide(void)
{
	put_update(1);
	put_desktop_size(SJ_LIMIT_WIDTH_PX + 1, 600);
}

static void size_of_nothing(void)
{
	put_update(1);
	put_rect(0, 0, 0, 0, -223); /* NewFBSize, which nobody asked for */
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
	{tile_outside, SJ_VNC_MESSAGE},
	{tile_empty, SJ_VNC_TILE},
	{tile_without_payload, SJ_VNC_TILE},
	{tile_endless, SJ_VNC_TILE},
	{tile_garbage, SJ_VNC_TILE},
	{tile_of_another_version, SJ_VNC_TILE},
	{tile_too_short, SJ_VNC_TILE},
	{motion_outside, SJ_VNC_MESSAGE},
	{motion_endless, SJ_VNC_TILE},
	{motion_garbage, SJ_VNC_TILE},
	{cursor_too_wide, SJ_VNC_CURSOR},
	{cursor_hot_spot_outside, SJ_VNC_CURSOR},
	{caret_empty, SJ_VNC_CARET},
	{end_unknown, SJ_VNC_END},
	{end_cut_short, SJ_VNC_MESSAGE},
	{end_beside_another, SJ_VNC_ENCODING},
	{end_with_a_size, SJ_VNC_MESSAGE},
	{size_too_wide, SJ_VNC_SIZE},
	{size_of_nothing, SJ_VNC_SIZE},
};

START_TEST(a_message_that_no_gate_sends_is_refused)
{
	rig_open();
	bad_messages[_i].play();
	rig_send();
	(void)shutdown(rig.gate_fd, SHUT_WR);
	ck_assert_int_eq(sj_vnc_step(rig.vnc), bad_messages[_i].end);
	/* And stays so. */
	ck_assert_int_eq(sj_vnc_step(rig.vnc), bad_messages[_i].end);
	rig_finish();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_gate_that_ends_in_the_handshake_is_no_violation,
		the_largest_size_is_accepted};
	const struct sj_suite_loop loops[] = {
		{a_wrong_handshake_is_refused, SJ_COUNT(bad_handshakes)},
		{a_message_that_no_gate_sends_is_refused,
			SJ_COUNT(bad_messages)}};

	return sj_suite_run_loops("viewer session_vnc hostile", tests,
		SJ_COUNT(tests), loops, SJ_COUNT(loops));
}
