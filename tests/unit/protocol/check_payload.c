/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/rfb/payload.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/hex.h"
#include "tests/support/suite.h"

static uint8_t bytes[1 << 18], out_bytes[1 << 18];
static enum sj_reason reason;
static size_t out_size, left;

/* Moves the payload text of a rectangle until it is done or stuck. */
static enum sj_step pass(int32_t encoding, uint16_t width_px,
	uint16_t height_px, const char *text)
{
	const struct sj_rfb_rect_head head = {
		.rect = {0, 0, width_px, height_px},
		.encoding = encoding,
	};
	struct sj_reader in =
		sj_reader_of(bytes, sj_hex_bytes(text, bytes, sizeof(bytes)));
	struct sj_writer out = sj_writer_of(out_bytes, sizeof(out_bytes));
	struct sj_rfb_payload payload;
	enum sj_step step = SJ_STEP_DONE;

	reason = SJ_REASON_NONE;
	ck_assert(sj_rfb_payload_begin(&payload, &head));
	while (!sj_rfb_payload_is_done(&payload) && step == SJ_STEP_DONE)
		step = sj_rfb_payload_next(&payload, &in, &out, &reason);
	left = sj_reader_left(&in);
	out_size = out.at;
	return step;
}

START_TEST(raw_loses_its_fourth_bytes)
{
	ck_assert_int_eq(pass(SJ_RFB_ENCODING_RAW, 3, 1,
				 "010203ff 040506ee 07080900 aa"),
		SJ_STEP_DONE);
	sj_hex_expect(out_bytes, out_size, "01020300 04050600 07080900");
	ck_assert_uint_eq(left, 1);
}
END_TEST

START_TEST(raw_keeps_its_place_between_chunks)
{
	const struct sj_rfb_rect_head head = {
		.rect = {0, 0, 5, 7}, .encoding = SJ_RFB_ENCODING_RAW};
	const size_t size = 5 * 7 * 4;
	struct sj_rfb_payload payload;
	size_t at = 0;

	memset(bytes, 0xff, size);
	ck_assert(sj_rfb_payload_begin(&payload, &head));
	for (size_t give = 4; at < size; give = give % 23 + 4) {
		const size_t here = give < size - at ? give : size - at;
		struct sj_reader in = sj_reader_of(bytes + at, here);
		struct sj_writer out = sj_writer_of(out_bytes + at, 13);

		ck_assert_int_eq(
			sj_rfb_payload_next(&payload, &in, &out, &reason),
			SJ_STEP_DONE);
		ck_assert_uint_eq(in.at, out.at);
		at += in.at;
	}
	ck_assert(sj_rfb_payload_is_done(&payload));
	for (size_t i = 0; i < size; i++)
		ck_assert_uint_eq(out_bytes[i], i % 4 == 3 ? 0 : 0xff);
}
END_TEST

START_TEST(a_cursor_loses_mask_bits_beyond_its_width)
{
	ck_assert_int_eq(pass(SJ_RFB_ENCODING_CURSOR, 3, 2, "01*24 ff ff"),
		SJ_STEP_DONE);
	sj_hex_expect(out_bytes + 24, out_size - 24, "e0 e0");
	ck_assert_int_eq(
		pass(SJ_RFB_ENCODING_CURSOR, 8, 1, "01*32 ff"), SJ_STEP_DONE);
	sj_hex_expect(out_bytes + 32, out_size - 32, "ff");
}
END_TEST

START_TEST(an_alpha_cursor_keeps_its_alpha)
{
	ck_assert_int_eq(pass(SJ_RFB_ENCODING_ALPHA_CURSOR, 1, 1, "01020380"),
		SJ_STEP_DONE);
	sj_hex_expect(out_bytes, out_size, "01020380");
}
END_TEST

START_TEST(empty_payloads_are_done_at_once)
{
	static const int32_t encodings[] = {SJ_RFB_ENCODING_CARET,
		SJ_RFB_ENCODING_SESSION_END, SJ_RFB_ENCODING_CURSOR,
		SJ_RFB_ENCODING_ALPHA_CURSOR, SJ_RFB_ENCODING_RAW};

	for (size_t i = 0; i < SJ_COUNT(encodings); i++) {
		const struct sj_rfb_rect_head head = {.encoding = encodings[i]};
		struct sj_rfb_payload payload;

		ck_assert(sj_rfb_payload_begin(&payload, &head));
		ck_assert(sj_rfb_payload_is_done(&payload));
	}
}
END_TEST

START_TEST(knows_no_other_encoding)
{
	static const int32_t encodings[] = {2, 4, 5, 8, 9, 15, 17, 21, 22, 50,
		-223, -224, -232, -240, -260, -307, -308, -312, -313, -314,
		0x574d5664};

	for (size_t i = 0; i < SJ_COUNT(encodings); i++) {
		const struct sj_rfb_rect_head head = {
			.rect = {0, 0, 1, 1}, .encoding = encodings[i]};
		struct sj_rfb_payload payload;

		ck_assert(!sj_rfb_payload_begin(&payload, &head));
	}
}
END_TEST

/* Encodings whose payload is U32 length and opaque bytes. */
static const int32_t counted[] = {SJ_RFB_ENCODING_ZLIB, SJ_RFB_ENCODING_ZRLE,
	SJ_RFB_ENCODING_TILE, SJ_RFB_ENCODING_MOTION};

START_TEST(opaque_bytes_pass_at_the_bound_and_not_beyond)
{
	const struct sj_rect rect = {0, 0, 9, 5};
	const uint64_t bound = sj_rfb_payload_bound(counted[_i], &rect);
	char text[64];

	snprintf(text, sizeof(text), "%08x ab*%u", (unsigned)bound,
		(unsigned)bound);
	ck_assert_int_eq(pass(counted[_i], 9, 5, text), SJ_STEP_DONE);
	ck_assert_uint_eq(out_size, bound + 4);
	snprintf(text, sizeof(text), "%08x", (unsigned)bound + 1);
	ck_assert_int_eq(pass(counted[_i], 9, 5, text), SJ_STEP_REFUSE);
	ck_assert_int_eq(reason, SJ_REASON_HOST_LENGTH);
	ck_assert_uint_eq(left, 4);
	ck_assert_int_eq(pass(counted[_i], 9, 5, "00000000"), SJ_STEP_REFUSE);
	ck_assert_int_eq(pass(counted[_i], 9, 5, "ffffffff"), SJ_STEP_REFUSE);
	ck_assert_int_eq(pass(counted[_i], 9, 5, "000000"), SJ_STEP_MORE);
	ck_assert_int_eq(pass(counted[_i], 9, 5, "00000002 01"), SJ_STEP_MORE);
	ck_assert_uint_eq(out_size, 5);
}
END_TEST

START_TEST(bounds_leave_room_for_what_cannot_be_compressed)
{
	const struct sj_rect tile = {0, 0, 64, 64};
	const struct sj_rect screen = {
		0, 0, SJ_LIMIT_WIDTH_PX, SJ_LIMIT_HEIGHT_PX};

	/* Stored tiles are 2 + 3 bytes a pixel; zlib and ZRLE 4 a pixel. */
	ck_assert_uint_ge(sj_rfb_payload_bound(SJ_RFB_ENCODING_TILE, &tile),
		2 + 3 * 64 * 64);
	ck_assert_uint_ge(sj_rfb_payload_bound(SJ_RFB_ENCODING_ZLIB, &tile),
		4 * 64 * 64 + 5 * 2 + 6);
	ck_assert_uint_ge(sj_rfb_payload_bound(SJ_RFB_ENCODING_ZRLE, &tile),
		1 + 4 * 64 * 64 + 5 * 2 + 6);
	ck_assert_uint_lt(sj_rfb_payload_bound(SJ_RFB_ENCODING_ZRLE, &screen),
		SJ_LIMIT_RECT_BYTES);
	ck_assert_uint_eq(sj_rfb_payload_bound(SJ_RFB_ENCODING_MOTION, &tile),
		3 * 64 * 64 + 1024);
	ck_assert_uint_eq(sj_rfb_payload_bound(SJ_RFB_ENCODING_MOTION, &screen),
		SJ_LIMIT_UPDATE_BYTES);
	ck_assert_uint_eq(sj_rfb_payload_bound(SJ_RFB_ENCODING_RAW, &tile), 0);
}
END_TEST

static const struct {
	uint16_t width_px, height_px;
	const char *text;
	enum sj_step step;
	enum sj_reason reason;
} tights[] = {
	{16, 16, "80 010203", SJ_STEP_DONE, SJ_REASON_NONE},
	{16, 16, "8f 010203", SJ_STEP_DONE, SJ_REASON_NONE},
	{16, 16, "8f 0102", SJ_STEP_MORE, SJ_REASON_NONE},
	/* JPEG, PNG and the rest */
	{16, 16, "90", SJ_STEP_REFUSE, SJ_REASON_HOST_ENCODING},
	{16, 16, "a0", SJ_STEP_REFUSE, SJ_REASON_HOST_ENCODING},
	{16, 16, "ff", SJ_STEP_REFUSE, SJ_REASON_HOST_ENCODING},
	/* filters */
	{16, 16, "40 00 01 ee", SJ_STEP_DONE, SJ_REASON_NONE},
	{16, 16, "40 02 01 ee", SJ_STEP_DONE, SJ_REASON_NONE},
	{16, 16, "40 03", SJ_STEP_REFUSE, SJ_REASON_HOST_ENCODING},
	{16, 16, "40", SJ_STEP_MORE, SJ_REASON_NONE},
	/* palettes: 0 means one colour */
	{16, 16, "40 01 00", SJ_STEP_REFUSE, SJ_REASON_HOST_ENCODING},
	{16, 16, "40 01", SJ_STEP_MORE, SJ_REASON_NONE},
	{16, 16, "40 01 ff aa*768 01 ee", SJ_STEP_DONE, SJ_REASON_NONE},
	/* below 12 bytes neither compressed nor counted */
	{3, 1, "00 aa*9", SJ_STEP_DONE, SJ_REASON_NONE},
	{11, 1, "40 01 02 aa*9 bb*11", SJ_STEP_DONE, SJ_REASON_NONE},
	{12, 1, "40 01 02 aa*9 01 bb", SJ_STEP_DONE, SJ_REASON_NONE},
	{8, 11, "40 01 01 aa*6 bb*11", SJ_STEP_DONE, SJ_REASON_NONE},
	{9, 6, "40 01 01 aa*6 01 bb", SJ_STEP_DONE, SJ_REASON_NONE},
	{4, 1, "00 01 bb", SJ_STEP_DONE, SJ_REASON_NONE},
	/* compact lengths: 0, bound, bound + 1 (4 pixels: 12 + 77) */
	{4, 1, "00 00", SJ_STEP_REFUSE, SJ_REASON_HOST_LENGTH},
	{4, 1, "00 59 bb*89", SJ_STEP_DONE, SJ_REASON_NONE},
	{4, 1, "00 5a", SJ_STEP_REFUSE, SJ_REASON_HOST_LENGTH},
	{4, 1, "00 ffffff", SJ_STEP_REFUSE, SJ_REASON_HOST_LENGTH},
	{4, 1, "00 81", SJ_STEP_MORE, SJ_REASON_NONE},
	{4, 1, "00 8180", SJ_STEP_MORE, SJ_REASON_NONE},
	{255, 255, "00 808001 cc*16384", SJ_STEP_DONE, SJ_REASON_NONE},
};
#define TIGHTS (sizeof(tights) / sizeof(tights[0]))

START_TEST(frames_the_forms_of_tight)
{
	ck_assert_msg(pass(SJ_RFB_ENCODING_TIGHT, tights[_i].width_px,
			      tights[_i].height_px,
			      tights[_i].text) == tights[_i].step,
		"%s", tights[_i].text);
	ck_assert_int_eq(reason, tights[_i].reason);
	if (tights[_i].step != SJ_STEP_DONE)
		return;
	ck_assert_uint_eq(left, 0);
	sj_hex_expect(out_bytes, out_size, tights[_i].text);
}
END_TEST

START_TEST(a_compact_length_leaves_in_its_shortest_form)
{
	ck_assert_int_eq(
		pass(SJ_RFB_ENCODING_TIGHT, 8, 8, "00 858000 aabbccddee"),
		SJ_STEP_DONE);
	sj_hex_expect(out_bytes, out_size, "00 05 aabbccddee");
	ck_assert_int_eq(
		pass(SJ_RFB_ENCODING_TIGHT, 64, 64, "00 ff7f"), SJ_STEP_REFUSE);
}
END_TEST

START_TEST(says_full_when_the_next_unit_does_not_fit)
{
	static const struct {
		int32_t encoding;
		const char *text;
		size_t room;
	} fulls[] = {
		{SJ_RFB_ENCODING_RAW, "01020304", 3},
		{SJ_RFB_ENCODING_ZLIB, "00000001", 3},
		{SJ_RFB_ENCODING_TIGHT, "00", 0},
		{SJ_RFB_ENCODING_COPY_RECT, "00010002", 0},
		{SJ_RFB_ENCODING_ALPHA_CURSOR, "01", 0},
	};

	for (size_t i = 0; i < SJ_COUNT(fulls); i++) {
		const struct sj_rfb_rect_head head = {
			.rect = {0, 0, 4, 4}, .encoding = fulls[i].encoding};
		struct sj_rfb_payload payload;
		struct sj_reader in = sj_reader_of(bytes,
			sj_hex_bytes(fulls[i].text, bytes, sizeof(bytes)));
		struct sj_writer out = sj_writer_of(out_bytes, fulls[i].room);

		ck_assert(sj_rfb_payload_begin(&payload, &head));
		ck_assert_int_eq(
			sj_rfb_payload_next(&payload, &in, &out, &reason),
			SJ_STEP_FULL);
		ck_assert_uint_eq(in.at, 0);
		ck_assert_uint_eq(out.at, 0);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		raw_loses_its_fourth_bytes,
		raw_keeps_its_place_between_chunks,
		a_cursor_loses_mask_bits_beyond_its_width,
		an_alpha_cursor_keeps_its_alpha,
		empty_payloads_are_done_at_once,
		knows_no_other_encoding,
		bounds_leave_room_for_what_cannot_be_compressed,
		a_compact_length_leaves_in_its_shortest_form,
		says_full_when_the_next_unit_does_not_fit,
	};
	const struct sj_suite_loop loops[] = {
		{opaque_bytes_pass_at_the_bound_and_not_beyond,
			SJ_COUNT(counted)},
		{frames_the_forms_of_tight, TIGHTS},
	};

	return sj_suite_run_loops("payload", tests,
		sizeof(tests) / sizeof(tests[0]), loops,
		sizeof(loops) / sizeof(loops[0]));
}
