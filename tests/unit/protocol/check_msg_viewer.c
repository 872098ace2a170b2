/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/rfb/msg_viewer.h"

#include <string.h>

#include "tests/support/hex.h"
#include "tests/support/suite.h"

static struct sj_rfb_viewer_message message;
static enum sj_reason reason;
static uint8_t bytes[4096];

static enum sj_step parse(const char *text, size_t *left)
{
	struct sj_reader in =
		sj_reader_of(bytes, sj_hex_bytes(text, bytes, sizeof(bytes)));
	enum sj_step step;

	memset(&message, 0, sizeof(message));
	reason = SJ_REASON_NONE;
	step = sj_rfb_viewer_parse(&in, &message, &reason);
	*left = sj_reader_left(&in);
	return step;
}

static void expect_done(const char *text)
{
	size_t left;

	ck_assert_int_eq(parse(text, &left), SJ_STEP_DONE);
	ck_assert_uint_eq(left, 0);
}

START_TEST(parses_a_key)
{
	expect_done("04 01 abcd 0000ff0d");
	ck_assert_int_eq(message.type, SJ_RFB_KEY_EVENT);
	ck_assert(message.u.key.is_down);
	ck_assert_uint_eq(message.u.key.keysym, 0xff0d);
}
END_TEST

START_TEST(parses_a_pointer)
{
	expect_done("05 7f 1234 5678");
	ck_assert_uint_eq(message.u.pointer.buttons, 0x7f);
	ck_assert_uint_eq(message.u.pointer.x_px, 0x1234);
	ck_assert_uint_eq(message.u.pointer.y_px, 0x5678);
}
END_TEST

START_TEST(parses_a_request)
{
	expect_done("03 01 0001 0002 0003 0004");
	ck_assert(message.u.request.is_incremental);
	ck_assert_uint_eq(message.u.request.rect.x_px, 1);
	ck_assert_uint_eq(message.u.request.rect.y_px, 2);
	ck_assert_uint_eq(message.u.request.rect.width_px, 3);
	ck_assert_uint_eq(message.u.request.rect.height_px, 4);
}
END_TEST

START_TEST(parses_encodings_with_their_signs)
{
	expect_done("02 ff 0003 00000007 ffffff11 534a0000");
	ck_assert_uint_eq(message.u.encodings.count, 3);
	ck_assert_int_eq(message.u.encodings.number[0], 7);
	ck_assert_int_eq(message.u.encodings.number[1], -239);
	ck_assert_int_eq(message.u.encodings.number[2], 0x534a0000);
}
END_TEST

START_TEST(takes_32_encodings_and_not_33)
{
	size_t left;

	expect_done("02 00 0020 00*128");
	ck_assert_uint_eq(message.u.encodings.count, SJ_LIMIT_ENCODINGS);
	/* Refused by the count: the numbers need not come. */
	ck_assert_int_eq(parse("02 00 0021", &left), SJ_STEP_REFUSE);
	ck_assert_int_eq(reason, SJ_REASON_VIEWER_ENCODINGS);
	ck_assert_uint_eq(left, 4);
	expect_done("02 00 0000");
}
END_TEST

START_TEST(knows_the_constant_format)
{
	expect_done("00 00*3 20 18 00 01 00ff 00ff 00ff 10 08 00 010203");
	ck_assert(message.u.format.is_constant);
	ck_assert_mem_eq(message.u.format.bytes, sj_rfb_pixel_format, 16);
	expect_done("00 00*3 20 18 00 ff 00ff 00ff 00ff 10 08 00 00*3");
	ck_assert(!message.u.format.is_constant);
	expect_done("00 00*3 20 18 00 01 00ff 00ff 00ff 00 08 10 00*3");
	ck_assert(!message.u.format.is_constant);
	expect_done("00 00*3 20 18 80 01 00ff 00ff 00ff 18 10 08 00*3");
	ck_assert(!message.u.format.is_constant);
	ck_assert_uint_eq(message.u.format.bytes[2], 1);
}
END_TEST

static const struct {
	const char *text;
	enum sj_reason reason;
} refused[] = {
	/* formats: bits, depth, palette, maxima, shifts */
	{"00 00*3 10 18 00 01 00ff 00ff 00ff 10 08 00 00*3",
		SJ_REASON_VIEWER_FORMAT},
	{"00 00*3 20 20 00 01 00ff 00ff 00ff 10 08 00 00*3",
		SJ_REASON_VIEWER_FORMAT},
	{"00 00*3 20 18 00 00 00ff 00ff 00ff 10 08 00 00*3",
		SJ_REASON_VIEWER_FORMAT},
	{"00 00*3 20 18 00 01 00ff 00fe 00ff 10 08 00 00*3",
		SJ_REASON_VIEWER_FORMAT},
	{"00 00*3 20 18 00 01 00ff 00ff 00ff 10 10 00 00*3",
		SJ_REASON_VIEWER_FORMAT},
	{"00 00*3 20 18 00 01 00ff 00ff 00ff 18 10 08 00*3",
		SJ_REASON_VIEWER_FORMAT},
	{"00 00*3 20 18 01 01 00ff 00ff 00ff 10 08 00 00*3",
		SJ_REASON_VIEWER_FORMAT},
	{"00 00*3 20 18 00 01 00ff 00ff 00ff 11 08 00 00*3",
		SJ_REASON_VIEWER_FORMAT},
	{"00 00*3 20 18 00 01 00ff 00ff 00ff ff 08 00 00*3",
		SJ_REASON_VIEWER_FORMAT},
	{"03 02", SJ_REASON_VIEWER_REQUEST},
	{"04 02", SJ_REASON_VIEWER_KEY},
	{"05 80", SJ_REASON_VIEWER_POINTER},
	{"06 000000 00100001", SJ_REASON_VIEWER_CUT_TEXT},
	{"06 000000 ffffffff", SJ_REASON_VIEWER_CUT_TEXT},
	{"96 02", SJ_REASON_VIEWER_CONTINUOUS},
	{"f8 000000 00000008", SJ_REASON_VIEWER_FENCE},
	{"f8 000000 c0000000", SJ_REASON_VIEWER_FENCE},
	{"f8 000000 80000000 41", SJ_REASON_VIEWER_FENCE},
	{"fb 00 0400 0300 00", SJ_REASON_VIEWER_SIZE},
	{"fb 00 0400 0300 02", SJ_REASON_VIEWER_SIZE},
	{"fb 00 0400 0300 01 00 00000001 0001 0000 0400 0300 00000000",
		SJ_REASON_VIEWER_SIZE},
	{"fb 00 0400 0300 01 00 00000001 0000 0001 0400 0300 00000000",
		SJ_REASON_VIEWER_SIZE},
	{"fb 00 0400 0300 01 00 00000001 0000 0000 0401 0300 00000000",
		SJ_REASON_VIEWER_SIZE},
	{"fb 00 0400 0300 01 00 00000001 0000 0000 0400 02ff 00000000",
		SJ_REASON_VIEWER_SIZE},
};
#define REFUSED (sizeof(refused) / sizeof(refused[0]))

START_TEST(refuses_as_soon_as_it_can_know)
{
	size_t left;

	ck_assert_msg(parse(refused[_i].text, &left) == SJ_STEP_REFUSE, "%s",
		refused[_i].text);
	ck_assert_msg(reason == refused[_i].reason, "%s", refused[_i].text);
	ck_assert_uint_eq(
		left, sj_hex_bytes(refused[_i].text, bytes, sizeof(bytes)));
}
END_TEST

START_TEST(refuses_every_type_that_is_not_listed)
{
	static const uint8_t listed[] = {0, 2, 3, 4, 5, 6, 150, 248, 251};

	for (unsigned type = 0; type < 256; type++) {
		const uint8_t byte = (uint8_t)type;
		struct sj_reader in = sj_reader_of(&byte, 1);
		const bool is_listed =
			memchr(listed, (int)type, sizeof(listed)) != NULL;

		reason = SJ_REASON_NONE;
		ck_assert_int_eq(sj_rfb_viewer_parse(&in, &message, &reason),
			is_listed ? SJ_STEP_MORE : SJ_STEP_REFUSE);
		if (!is_listed)
			ck_assert_int_eq(reason, SJ_REASON_VIEWER_TYPE);
	}
}
END_TEST

/* Whole messages in canonical form; the cut text is a head alone. */
static const char *const whole[] = {
	"00 00*3 20 18 00 01 00ff 00ff 00ff 10 08 00 00*3",
	"02 00 0002 00000000 ffffff11",
	"03 01 0001 0002 0003 0004",
	"04 00 0000 00000061",
	"05 01 0001 0002",
	"96 01 0001 0002 0003 0004",
	"f8 000000 80000007 03 010203",
	"f8 000000 00000000 00",
	"f8 000000 80000001 40 aa*64",
	"fb 00 0400 0300 01 00 00000001 0000 0000 0400 0300 00000000",
	"06 000000 00100000",
};
#define WHOLE (sizeof(whole) / sizeof(whole[0]))
#define BUILT (WHOLE - 1)

START_TEST(wants_more_for_every_shorter_piece)
{
	const size_t size = sj_hex_bytes(whole[_i], bytes, sizeof(bytes));

	for (size_t part = 0; part < size; part++) {
		struct sj_reader in = sj_reader_of(bytes, part);

		ck_assert_int_eq(sj_rfb_viewer_parse(&in, &message, &reason),
			SJ_STEP_MORE);
		ck_assert_uint_eq(in.at, 0);
	}
}
END_TEST

START_TEST(leaves_what_follows)
{
	const size_t size = sj_hex_bytes(whole[_i], bytes, sizeof(bytes));
	struct sj_reader in = sj_reader_of(bytes, size + 5);

	memset(bytes + size, 0x55, 5);
	ck_assert_int_eq(
		sj_rfb_viewer_parse(&in, &message, &reason), SJ_STEP_DONE);
	ck_assert_uint_eq(sj_reader_left(&in), 5);
}
END_TEST

START_TEST(builds_what_it_parsed)
{
	uint8_t built[256];
	struct sj_writer out = sj_writer_of(built, sizeof(built));

	expect_done(whole[_i]);
	ck_assert(sj_rfb_viewer_build(&out, &message));
	sj_hex_expect(built, out.at, whole[_i]);
}
END_TEST

START_TEST(writes_nothing_when_it_does_not_fit)
{
	uint8_t built[256];
	const size_t size = sj_hex_bytes(whole[_i], bytes, sizeof(bytes));

	expect_done(whole[_i]);
	for (size_t room = 0; room < size; room++) {
		struct sj_writer out = sj_writer_of(built, room);

		ck_assert(!sj_rfb_viewer_build(&out, &message));
		ck_assert_uint_eq(out.at, 0);
	}
}
END_TEST

START_TEST(never_builds_cut_text)
{
	uint8_t built[256];
	struct sj_writer out = sj_writer_of(built, sizeof(built));

	expect_done("06 000000 00000000");
	ck_assert(!sj_rfb_viewer_build(&out, &message));
	ck_assert_uint_eq(out.at, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		parses_a_key,
		parses_a_pointer,
		parses_a_request,
		parses_encodings_with_their_signs,
		takes_32_encodings_and_not_33,
		knows_the_constant_format,
		refuses_every_type_that_is_not_listed,
		never_builds_cut_text,
	};
	const struct sj_suite_loop loops[] = {
		{refuses_as_soon_as_it_can_know, REFUSED},
		{wants_more_for_every_shorter_piece, WHOLE},
		{leaves_what_follows, WHOLE},
		{builds_what_it_parsed, BUILT},
		{writes_nothing_when_it_does_not_fit, BUILT},
	};

	return sj_suite_run_loops("msg_viewer", tests,
		sizeof(tests) / sizeof(tests[0]), loops,
		sizeof(loops) / sizeof(loops[0]));
}
