/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/xwd.h"

#include <string.h>

#include "tests/support/suite.h"

#define OFFSET (160 + 256 * 12)
#define STRIDE (1920 * 4)
#define FILE_BYTES (OFFSET + (uint64_t)STRIDE * 1080)

static const struct sj_size size = {1920, 1080};

/* What Xvfb writes; fields are numbered as in the format. */
static const uint32_t good[25] = {160, 7, 2, 24, 1920, 1080, 0, 0, 32, 0, 32,
	32, STRIDE, 4, 0xff0000, 0xff00, 0xff, 8, 256, 256, 1920, 1080, 0, 0,
	0};

static enum sj_err parse(
	const uint32_t *field, uint64_t file_bytes, struct sj_xwd *xwd)
{
	uint8_t head[SJ_XWD_HEAD_BYTES];

	for (size_t i = 0; i < 25; i++) {
		head[i * 4] = (uint8_t)(field[i] >> 24);
		head[i * 4 + 1] = (uint8_t)(field[i] >> 16);
		head[i * 4 + 2] = (uint8_t)(field[i] >> 8);
		head[i * 4 + 3] = (uint8_t)field[i];
	}
	return sj_xwd_parse(head, file_bytes, &size, xwd);
}

START_TEST(finds_the_pixels_of_xvfb)
{
	struct sj_xwd xwd;

	ck_assert_int_eq(parse(good, FILE_BYTES, &xwd), SJ_OK);
	ck_assert_uint_eq(xwd.offset_bytes, 3232);
	ck_assert_uint_eq(xwd.stride_bytes, STRIDE);
	ck_assert_uint_eq(xwd.size.width_px, 1920);
	ck_assert_uint_eq(xwd.size.height_px, 1080);
}
END_TEST

/* field, bad value */
static const struct {
	size_t field;
	uint32_t value;
} bad[] = {
	{0, 96},
	{0, 0},
	{0, 161},
	{0, 0xfffffffc},
	{1, 6},
	{2, 1},
	{3, 16},
	{4, 1919},
	{4, 0},
	{5, 1081},
	{6, 1},
	{7, 1},
	{11, 24},
	{12, STRIDE - 4},
	{12, STRIDE + 2},
	{12, 0},
	{12, 0xfffffffc},
	{14, 0xff},
	{15, 0},
	{16, 0xff0000},
	{19, 257},
	{19, 0xffffffff},
};

START_TEST(refuses_each_field_that_is_something_else)
{
	struct sj_xwd xwd = {1, 2, {3, 4}};
	uint32_t field[25];

	memcpy(field, good, sizeof(field));
	field[bad[_i].field] = bad[_i].value;
	/* Long enough for every row: the field itself is what is wrong. */
	ck_assert_int_eq(parse(field, 2 * FILE_BYTES, &xwd), SJ_ERR_FORMAT);
	ck_assert_uint_eq(xwd.offset_bytes, 1);
	ck_assert_uint_eq(xwd.stride_bytes, 2);
}
END_TEST

START_TEST(refuses_a_file_that_ends_before_its_pixels)
{
	struct sj_xwd xwd;

	ck_assert_int_eq(parse(good, FILE_BYTES - 1, &xwd), SJ_ERR_FORMAT);
	ck_assert_int_eq(parse(good, 0, &xwd), SJ_ERR_FORMAT);
	ck_assert_int_eq(parse(good, FILE_BYTES + 1, &xwd), SJ_OK);
}
END_TEST

START_TEST(takes_rows_with_padding)
{
	struct sj_xwd xwd;
	uint32_t field[25];

	memcpy(field, good, sizeof(field));
	field[12] = STRIDE + 256;
	ck_assert_int_eq(
		parse(field, OFFSET + (uint64_t)(STRIDE + 256) * 1080, &xwd),
		SJ_OK);
	ck_assert_uint_eq(xwd.stride_bytes, STRIDE + 256);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		finds_the_pixels_of_xvfb,
		refuses_a_file_that_ends_before_its_pixels,
		takes_rows_with_padding,
	};
	const struct sj_suite_loop loops[] = {
		{refuses_each_field_that_is_something_else,
			sizeof(bad) / sizeof(bad[0])},
	};

	return sj_suite_run_loops(
		"xwd", tests, sizeof(tests) / sizeof(tests[0]), loops, 1);
}
