/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/bytes.h"

#include <string.h>

#include "tests/support/suite.h"

static const uint8_t sample[] = {
	0x01, 0x02, 0x03, 0x04, 0x05, 0xff, 0xff, 0xff, 0xfe, 0x09};

START_TEST(reads_big_endian_values)
{
	struct sj_reader reader = sj_reader_of(sample, sizeof(sample));
	uint8_t u8;
	uint16_t u16;
	int32_t s32;

	ck_assert(sj_read_u8(&reader, &u8));
	ck_assert_uint_eq(u8, 0x01);
	ck_assert(sj_read_u16(&reader, &u16));
	ck_assert_uint_eq(u16, 0x0203);
	ck_assert(sj_read_skip(&reader, 2));
	ck_assert(sj_read_s32(&reader, &s32));
	ck_assert_int_eq(s32, -2);
	ck_assert_uint_eq(sj_reader_left(&reader), 1);
}
END_TEST

START_TEST(reads_u32_with_its_top_bit)
{
	struct sj_reader reader = sj_reader_of(sample + 5, 4);
	uint32_t u32;

	ck_assert(sj_read_u32(&reader, &u32));
	ck_assert_uint_eq(u32, 0xfffffffe);
}
END_TEST

START_TEST(a_read_that_does_not_fit_changes_nothing)
{
	uint8_t u8 = 7, copy[4] = {7, 7, 7, 7};
	uint16_t u16 = 7;
	uint32_t u32 = 7;
	int32_t s32 = 7;
	const uint8_t *view = copy;

	for (size_t size = 0; size < 4; size++) {
		struct sj_reader reader = sj_reader_of(sample, size);

		ck_assert(!sj_read_u32(&reader, &u32));
		ck_assert(!sj_read_s32(&reader, &s32));
		ck_assert(!sj_read_bytes(&reader, copy, size + 1));
		ck_assert(!sj_read_view(&reader, &view, size + 1));
		ck_assert(!sj_read_skip(&reader, size + 1));
		ck_assert_uint_eq(reader.at, 0);
	}
	struct sj_reader one = sj_reader_of(sample, 1);
	struct sj_reader none = sj_reader_of(sample, 0);
	ck_assert(!sj_read_u16(&one, &u16));
	ck_assert(!sj_read_u8(&none, &u8));
	ck_assert_uint_eq(u8, 7);
	ck_assert_uint_eq(u16, 7);
	ck_assert_uint_eq(u32, 7);
	ck_assert_int_eq(s32, 7);
	ck_assert_uint_eq(copy[0], 7);
	ck_assert_ptr_eq(view, copy);
}
END_TEST

START_TEST(a_huge_size_does_not_wrap_round)
{
	struct sj_reader reader = sj_reader_of(sample, sizeof(sample));
	uint8_t room[4];
	struct sj_writer writer = sj_writer_of(room, sizeof(room));

	ck_assert(sj_read_skip(&reader, 3));
	ck_assert(!sj_read_skip(&reader, SIZE_MAX));
	ck_assert(!sj_read_skip(&reader, SIZE_MAX - 2));
	ck_assert_uint_eq(reader.at, 3);
	ck_assert(sj_write_u8(&writer, 1));
	ck_assert(!sj_write_zeros(&writer, SIZE_MAX));
	ck_assert(!sj_write_bytes(&writer, sample, SIZE_MAX));
	ck_assert_uint_eq(writer.at, 1);
}
END_TEST

START_TEST(view_and_copy_give_the_same_bytes)
{
	struct sj_reader a = sj_reader_of(sample, sizeof(sample));
	struct sj_reader b = a;
	uint8_t copy[sizeof(sample)];
	const uint8_t *view;

	ck_assert(sj_read_bytes(&a, copy, sizeof(copy)));
	ck_assert(sj_read_view(&b, &view, sizeof(sample)));
	ck_assert_ptr_eq(view, sample);
	ck_assert_mem_eq(copy, view, sizeof(copy));
	ck_assert_uint_eq(sj_reader_left(&a), 0);
}
END_TEST

START_TEST(no_memory_is_read_as_empty)
{
	struct sj_reader reader = sj_reader_of(NULL, 0);
	const uint8_t *view;
	uint8_t u8;

	ck_assert_uint_eq(sj_reader_left(&reader), 0);
	ck_assert(sj_read_view(&reader, &view, 0));
	ck_assert(!sj_read_u8(&reader, &u8));
}
END_TEST

START_TEST(writes_big_endian_values)
{
	uint8_t room[14];
	struct sj_writer writer = sj_writer_of(room, sizeof(room));
	static const uint8_t expected[] = {
		1, 2, 3, 0x80, 5, 6, 7, 0xff, 0xff, 0xff, 0xfd, 9, 0, 0};

	ck_assert(sj_write_u8(&writer, 1));
	ck_assert(sj_write_u16(&writer, 0x0203));
	ck_assert(sj_write_u32(&writer, 0x80050607));
	ck_assert(sj_write_s32(&writer, -3));
	ck_assert(sj_write_bytes(&writer, "\t", 1));
	ck_assert(sj_write_zeros(&writer, 2));
	ck_assert_uint_eq(sj_writer_room(&writer), 0);
	ck_assert_mem_eq(room, expected, sizeof(expected));
}
END_TEST

START_TEST(a_write_that_does_not_fit_changes_nothing)
{
	uint8_t room[4];

	for (size_t size = 0; size < 4; size++) {
		struct sj_writer writer = sj_writer_of(room, size);

		memset(room, 0xaa, sizeof(room));
		ck_assert(!sj_write_u32(&writer, 0));
		ck_assert(!sj_write_s32(&writer, 0));
		ck_assert(!sj_write_bytes(&writer, sample, size + 1));
		ck_assert(!sj_write_zeros(&writer, size + 1));
		ck_assert_uint_eq(writer.at, 0);
		for (size_t i = 0; i < sizeof(room); i++)
			ck_assert_uint_eq(room[i], 0xaa);
	}
	struct sj_writer one = sj_writer_of(room, 1);
	struct sj_writer none = sj_writer_of(room, 0);
	ck_assert(!sj_write_u16(&one, 0));
	ck_assert(!sj_write_u8(&none, 0));
	ck_assert_uint_eq(room[0], 0xaa);
}
END_TEST

START_TEST(arithmetic_says_when_it_overflows)
{
	size_t result = 7;

	ck_assert(!sj_mul_size(SIZE_MAX, 2, &result));
	ck_assert(!sj_mul_size(SIZE_MAX / 2 + 1, 2, &result));
	ck_assert(!sj_add_size(SIZE_MAX, 1, &result));
	ck_assert_uint_eq(result, 7);
	ck_assert(sj_mul_size(SIZE_MAX / 2, 2, &result));
	ck_assert_uint_eq(result, SIZE_MAX - 1);
	ck_assert(sj_add_size(SIZE_MAX - 1, 1, &result));
	ck_assert_uint_eq(result, SIZE_MAX);
	ck_assert(sj_mul_size(0, SIZE_MAX, &result));
	ck_assert_uint_eq(result, 0);
}
END_TEST

SJ_SUITE_MAIN("bytes", reads_big_endian_values, reads_u32_with_its_top_bit,
	a_read_that_does_not_fit_changes_nothing,
	a_huge_size_does_not_wrap_round, view_and_copy_give_the_same_bytes,
	no_memory_is_read_as_empty, writes_big_endian_values,
	a_write_that_does_not_fit_changes_nothing,
	arithmetic_says_when_it_overflows)
