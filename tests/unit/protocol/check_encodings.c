/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/rfb/encodings.h"

#include "tests/support/hex.h"
#include "tests/support/suite.h"

START_TEST(the_pixel_format_is_bgrx_of_32_bits)
{
	sj_hex_expect(sj_rfb_pixel_format, sizeof(sj_rfb_pixel_format),
		"20 18 00 01 00ff 00ff 00ff 10 08 00 00*3");
}
END_TEST

START_TEST(encoding_numbers_are_those_of_the_document)
{
	ck_assert_int_eq(SJ_RFB_ENCODING_RAW, 0);
	ck_assert_int_eq(SJ_RFB_ENCODING_COPY_RECT, 1);
	ck_assert_int_eq(SJ_RFB_ENCODING_ZLIB, 6);
	ck_assert_int_eq(SJ_RFB_ENCODING_TIGHT, 7);
	ck_assert_int_eq(SJ_RFB_ENCODING_ZRLE, 16);
	ck_assert_int_eq(SJ_RFB_ENCODING_CURSOR, -239);
	ck_assert_int_eq(SJ_RFB_ENCODING_EXTENDED_DESKTOP_SIZE, -308);
	ck_assert_int_eq(SJ_RFB_ENCODING_TILE, 1397358592);
	ck_assert_int_eq(SJ_RFB_ENCODING_SESSION_END, 1397358595);
}
END_TEST

SJ_SUITE_MAIN("encodings", the_pixel_format_is_bgrx_of_32_bits,
	encoding_numbers_are_those_of_the_document)
