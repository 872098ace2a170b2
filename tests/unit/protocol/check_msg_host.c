/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/rfb/msg_host.h"

#include <string.h>

#include "tests/support/hex.h"
#include "tests/support/suite.h"

static struct sj_rfb_host_message message;
static enum sj_reason reason;
static uint8_t bytes[4096];

static enum sj_step parse(const char *text, size_t *left)
{
	struct sj_reader in =
		sj_reader_of(bytes, sj_hex_bytes(text, bytes, sizeof(bytes)));
	enum sj_step step;

	memset(&message, 0, sizeof(message));
	reason = SJ_REASON_NONE;
	step = sj_rfb_host_parse(&in, &message, &reason);
	*left = sj_reader_left(&in);
	return step;
}

START_TEST(takes_1024_rectangles_and_not_1025)
{
	size_t left;

	ck_assert_int_eq(parse("00 77 0400", &left), SJ_STEP_DONE);
	ck_assert_uint_eq(message.u.update.rects, SJ_LIMIT_RECTS);
	ck_assert_int_eq(parse("00 00 0401", &left), SJ_STEP_REFUSE);
	ck_assert_int_eq(reason, SJ_REASON_HOST_UPDATE);
}
END_TEST

START_TEST(refuses_no_rectangles_and_an_unknown_number)
{
	size_t left;

	ck_assert_int_eq(parse("00 00 0000", &left), SJ_STEP_REFUSE);
	ck_assert_int_eq(reason, SJ_REASON_HOST_UPDATE);
	ck_assert_int_eq(parse("00 00 ffff", &left), SJ_STEP_REFUSE);
	ck_assert_int_eq(reason, SJ_REASON_HOST_UPDATE);
	ck_assert_uint_eq(left, 4);
}
END_TEST

START_TEST(takes_a_megabyte_of_cut_text_and_no_byte_more)
{
	size_t left;

	ck_assert_int_eq(parse("03 000000 00100000", &left), SJ_STEP_DONE);
	ck_assert_uint_eq(message.u.cut_text.bytes, SJ_LIMIT_CUT_TEXT_BYTES);
	ck_assert_int_eq(parse("03 000000 00100001", &left), SJ_STEP_REFUSE);
	ck_assert_int_eq(reason, SJ_REASON_HOST_CUT_TEXT);
}
END_TEST

START_TEST(takes_64_bytes_of_fence_and_not_65)
{
	size_t left;

	ck_assert_int_eq(
		parse("f8 000000 80000007 40 11*64", &left), SJ_STEP_DONE);
	ck_assert_uint_eq(left, 0);
	ck_assert_uint_eq(message.u.fence.size, SJ_LIMIT_FENCE_BYTES);
	ck_assert_uint_eq(message.u.fence.flags, 7);
	ck_assert(message.u.fence.is_request);
	ck_assert_int_eq(
		parse("f8 000000 80000007 41 11*65", &left), SJ_STEP_REFUSE);
	ck_assert_int_eq(reason, SJ_REASON_HOST_FENCE);
	ck_assert_int_eq(parse("f8 000000 00000010 00", &left), SJ_STEP_REFUSE);
	ck_assert_int_eq(reason, SJ_REASON_HOST_FENCE);
}
END_TEST

START_TEST(refuses_every_type_that_is_not_listed)
{
	static const uint8_t listed[] = {0, 2, 3, 150, 248};

	for (unsigned type = 0; type < 256; type++) {
		const uint8_t byte = (uint8_t)type;
		struct sj_reader in = sj_reader_of(&byte, 1);
		const bool is_listed =
			memchr(listed, (int)type, sizeof(listed)) != NULL;
		const enum sj_step step =
			sj_rfb_host_parse(&in, &message, &reason);

		if (is_listed)
			ck_assert_int_ne(step, SJ_STEP_REFUSE);
		else
			ck_assert_int_eq(step, SJ_STEP_REFUSE);
		if (!is_listed)
			ck_assert_int_eq(reason, SJ_REASON_HOST_TYPE);
	}
}
END_TEST

static const char *const whole[] = {
	"00 00 0001",
	"96",
	"f8 000000 80000003 02 0102",
	"02",
	"03 000000 00000001",
};
#define WHOLE (sizeof(whole) / sizeof(whole[0]))
#define BUILT 3

START_TEST(wants_more_for_every_shorter_piece)
{
	const size_t size = sj_hex_bytes(whole[_i], bytes, sizeof(bytes));

	for (size_t part = 0; part < size; part++) {
		struct sj_reader in = sj_reader_of(bytes, part);

		ck_assert_int_eq(sj_rfb_host_parse(&in, &message, &reason),
			SJ_STEP_MORE);
		ck_assert_uint_eq(in.at, 0);
	}
}
END_TEST

START_TEST(builds_what_it_parsed_or_nothing)
{
	uint8_t built[64];
	struct sj_writer out = sj_writer_of(built, sizeof(built));
	size_t left;

	ck_assert_int_eq(parse(whole[_i], &left), SJ_STEP_DONE);
	if (_i >= BUILT) {
		ck_assert(!sj_rfb_host_build(&out, &message));
		ck_assert_uint_eq(out.at, 0);
		return;
	}
	ck_assert(sj_rfb_host_build(&out, &message));
	sj_hex_expect(built, out.at, whole[_i]);
	for (size_t room = 0; room < out.at; room++) {
		struct sj_writer small = sj_writer_of(bytes, room);

		ck_assert(!sj_rfb_host_build(&small, &message));
		ck_assert_uint_eq(small.at, 0);
	}
}
END_TEST

START_TEST(a_rectangle_head_has_12_bytes)
{
	const char *text = "0001 0002 0003 0004 ffffff11";
	const size_t size = sj_hex_bytes(text, bytes, sizeof(bytes));
	struct sj_rfb_rect_head head;
	uint8_t built[16];

	for (size_t part = 0; part < size; part++) {
		struct sj_reader in = sj_reader_of(bytes, part);

		ck_assert_int_eq(
			sj_rfb_rect_head_parse(&in, &head), SJ_STEP_MORE);
		ck_assert_uint_eq(in.at, 0);
	}
	struct sj_reader in = sj_reader_of(bytes, size);
	ck_assert_int_eq(sj_rfb_rect_head_parse(&in, &head), SJ_STEP_DONE);
	ck_assert_uint_eq(in.at, 12);
	ck_assert_int_eq(head.encoding, SJ_RFB_ENCODING_CURSOR);
	for (size_t room = 0; room < 12; room++) {
		struct sj_writer out = sj_writer_of(built, room);

		ck_assert(!sj_rfb_rect_head_build(&out, &head));
		ck_assert_uint_eq(out.at, 0);
	}
	struct sj_writer out = sj_writer_of(built, sizeof(built));
	ck_assert(sj_rfb_rect_head_build(&out, &head));
	sj_hex_expect(built, out.at, text);
}
END_TEST

static enum sj_step parse_screen(const char *head_text, const char *body_text,
	struct sj_rfb_screen_size *screen)
{
	struct sj_rfb_rect_head head;
	struct sj_reader in = sj_reader_of(
		bytes, sj_hex_bytes(head_text, bytes, sizeof(bytes)));

	ck_assert_int_eq(sj_rfb_rect_head_parse(&in, &head), SJ_STEP_DONE);
	in = sj_reader_of(bytes, sj_hex_bytes(body_text, bytes, sizeof(bytes)));
	return sj_rfb_screen_size_parse(&in, &head, screen, &reason);
}

#define SCREEN "01 000000 00000005 0000 0000 0400 0300 00000000"

static const struct {
	const char *head, *body;
	enum sj_step step;
} screens[] = {
	{"0000 0000 0400 0300 fffffecc", SCREEN, SJ_STEP_DONE},
	{"0001 0000 0400 0300 fffffecc", SCREEN, SJ_STEP_DONE},
	{"0002 0000 0400 0300 fffffecc", SCREEN, SJ_STEP_DONE},
	{"0001 0003 0400 0300 fffffecc", SCREEN, SJ_STEP_DONE},
	{"0000 0000 0400 0300 fffffecc", "", SJ_STEP_MORE},
	{"0000 0000 0400 0300 fffffecc", "01 000000 00000005 0000 0000",
		SJ_STEP_MORE},
	/* cause 3, status 4, a status without a wish, screens, place, size */
	{"0003 0000 0400 0300 fffffecc", SCREEN, SJ_STEP_REFUSE},
	{"0001 0004 0400 0300 fffffecc", SCREEN, SJ_STEP_REFUSE},
	{"0000 0001 0400 0300 fffffecc", SCREEN, SJ_STEP_REFUSE},
	{"0000 0000 0400 0300 fffffecc", "00", SJ_STEP_REFUSE},
	{"0000 0000 0400 0300 fffffecc", "02", SJ_STEP_REFUSE},
	{"0000 0000 0400 0300 fffffecc",
		"01 000000 00000001 0001 0000 0400 0300 00000000",
		SJ_STEP_REFUSE},
	{"0000 0000 0400 0300 fffffecc",
		"01 000000 00000001 0000 0001 0400 0300 00000000",
		SJ_STEP_REFUSE},
	{"0000 0000 0400 0300 fffffecc",
		"01 000000 00000001 0000 0000 03ff 0300 00000000",
		SJ_STEP_REFUSE},
	{"0000 0000 0400 0300 fffffecc",
		"01 000000 00000001 0000 0000 0400 0301 00000000",
		SJ_STEP_REFUSE},
};
#define SCREENS (sizeof(screens) / sizeof(screens[0]))

START_TEST(judges_extended_desktop_size)
{
	struct sj_rfb_screen_size screen;

	reason = SJ_REASON_NONE;
	ck_assert_int_eq(
		parse_screen(screens[_i].head, screens[_i].body, &screen),
		screens[_i].step);
	if (screens[_i].step == SJ_STEP_REFUSE)
		ck_assert_int_eq(reason, SJ_REASON_HOST_SIZE);
}
END_TEST

START_TEST(builds_extended_desktop_size_with_screen_1)
{
	struct sj_rfb_screen_size screen;
	uint8_t built[32];

	ck_assert_int_eq(
		parse_screen(screens[3].head, SCREEN, &screen), SJ_STEP_DONE);
	ck_assert_int_eq(screen.cause, SJ_RFB_SIZE_BY_VIEWER);
	ck_assert_uint_eq(screen.status, 3);
	ck_assert_uint_eq(screen.size.width_px, 1024);
	for (size_t room = 0; room < 32; room++) {
		struct sj_writer out = sj_writer_of(built, room);

		ck_assert(!sj_rfb_screen_size_build(&out, &screen));
		ck_assert_uint_eq(out.at, 0);
	}
	struct sj_writer out = sj_writer_of(built, sizeof(built));
	ck_assert(sj_rfb_screen_size_build(&out, &screen));
	sj_hex_expect(built, out.at,
		"0001 0003 0400 0300 fffffecc 01 000000 00000001 0000 0000"
		" 0400 0300 00000000");
}
END_TEST

START_TEST(builds_a_session_end_whole_or_not_at_all)
{
	uint8_t built[SJ_RFB_SESSION_END_BYTES];

	for (size_t room = 0; room < sizeof(built); room++) {
		struct sj_writer out = sj_writer_of(built, room);

		ck_assert(!sj_rfb_session_end_build(
			&out, SJ_REASON_END_TAKEN_OVER));
		ck_assert_uint_eq(out.at, 0);
	}
	struct sj_writer out = sj_writer_of(built, sizeof(built));
	ck_assert(sj_rfb_session_end_build(&out, SJ_REASON_END_TAKEN_OVER));
	sj_hex_expect(built, out.at, "00 00 0001 0194 0000 0000 0000 534a0003");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		takes_1024_rectangles_and_not_1025,
		refuses_no_rectangles_and_an_unknown_number,
		takes_a_megabyte_of_cut_text_and_no_byte_more,
		takes_64_bytes_of_fence_and_not_65,
		refuses_every_type_that_is_not_listed,
		a_rectangle_head_has_12_bytes,
		builds_extended_desktop_size_with_screen_1,
		builds_a_session_end_whole_or_not_at_all,
	};
	const struct sj_suite_loop loops[] = {
		{wants_more_for_every_shorter_piece, WHOLE},
		{builds_what_it_parsed_or_nothing, WHOLE},
		{judges_extended_desktop_size, SCREENS},
	};

	return sj_suite_run_loops("msg_host", tests,
		sizeof(tests) / sizeof(tests[0]), loops,
		sizeof(loops) / sizeof(loops[0]));
}
