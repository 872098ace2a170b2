/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/suite.h"

#define WIDTH 40
#define HEIGHT 30
#define FILE_BYTES 65536
#define HEAD_BYTES 16

static const struct sj_size size = {WIDTH, HEIGHT};
static uint32_t pixels[WIDTH * HEIGHT];
static char path[] = "/tmp/check-trace-XXXXXX";
static uint8_t bytes[FILE_BYTES];
static size_t byte_count;

static struct sj_tile_image image(void)
{
	struct sj_tile_image made = {
		(uint8_t *)pixels, (size_t)WIDTH * 4, size};

	return made;
}

static void set_up(void)
{
	int file;

	strcpy(path, "/tmp/check-trace-XXXXXX");
	file = mkstemp(path);
	ck_assert_int_ge(file, 0);
	close(file);
	for (size_t i = 0; i < WIDTH * HEIGHT; i++)
		pixels[i] = 0xff000000u | (uint32_t)(i % 11 * 0x051203u);
}

static void tear_down(void)
{
	unlink(path);
}

static void add(
	struct sj_trace_writer *writer, uint32_t time_us, bool must_be_new)
{
	struct sj_tile_image now = image();
	bool is_new;

	ck_assert_int_eq(
		sj_trace_writer_add(writer, time_us, &now, NULL, &is_new),
		SJ_OK);
	ck_assert_int_eq(is_new, must_be_new);
}

/* Three frames: all, one pixel, a box of two far pixels. */
static void write_three(void)
{
	struct sj_trace_writer *writer = NULL;

	ck_assert_int_eq(sj_trace_writer_create(&writer, path, &size), SJ_OK);
	add(writer, 10, true);
	add(writer, 20, false);
	pixels[WIDTH * 3 + 5] ^= 0x10;
	add(writer, 30, true);
	pixels[WIDTH * 7 + 2] ^= 0x20;
	pixels[WIDTH * 9 + 31] ^= 0x40;
	/* The 4th byte is no colour. */
	pixels[0] ^= 0xff000000u;
	add(writer, 40, true);
	ck_assert_uint_eq(sj_trace_writer_frames(writer), 3);
	ck_assert_int_eq(sj_trace_writer_finish(writer), SJ_OK);
	sj_trace_writer_destroy(writer);
}

static void check_frame(struct sj_trace_reader *reader, uint32_t time_us,
	const struct sj_rect *rect)
{
	struct sj_trace_frame frame;

	ck_assert_int_eq(sj_trace_reader_next(reader, &frame), SJ_OK);
	ck_assert_uint_eq(frame.time_us, time_us);
	ck_assert_mem_eq(&frame.rect, rect, sizeof(*rect));
}

static void check_three(struct sj_trace_reader *reader)
{
	const struct sj_rect rects[] = {
		{0, 0, WIDTH, HEIGHT}, {5, 3, 1, 1}, {2, 7, 30, 3}};
	const struct sj_tile_image *shown = sj_trace_reader_image(reader);
	const uint32_t *row = (const void *)shown->pixels;
	struct sj_trace_frame frame;

	ck_assert_uint_eq(sj_trace_reader_frames(reader), 3);
	check_frame(reader, 10, &rects[0]);
	check_frame(reader, 30, &rects[1]);
	check_frame(reader, 40, &rects[2]);
	for (size_t i = 0; i < WIDTH * HEIGHT; i++)
		ck_assert_uint_eq(row[i], pixels[i] & 0xffffffu);
	ck_assert_int_eq(sj_trace_reader_next(reader, &frame), SJ_ERR_MISSING);
}

START_TEST(gives_back_what_was_written)
{
	struct sj_trace_reader *reader = NULL;

	write_three();
	ck_assert_int_eq(sj_trace_reader_open(&reader, path), SJ_OK);
	check_three(reader);
	ck_assert(sj_trace_reader_rewind(reader));
	check_three(reader);
	sj_trace_reader_destroy(reader);
}
END_TEST

static void load(void)
{
	FILE *file = fopen(path, "rbe");

	ck_assert_ptr_nonnull(file);
	byte_count = fread(bytes, 1, sizeof(bytes), file);
	ck_assert_uint_lt(byte_count, sizeof(bytes));
	fclose(file);
}

static void store(size_t count)
{
	FILE *file = fopen(path, "wbe");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, count, file), count);
	fclose(file);
}

/* Frames that can be read; *last tells how it ended. */
static size_t read_all(enum sj_err *last)
{
	struct sj_trace_reader *reader = NULL;
	struct sj_trace_frame frame;
	size_t count = 0;

	*last = sj_trace_reader_open(&reader, path);
	while (*last == SJ_OK) {
		*last = sj_trace_reader_next(reader, &frame);
		if (*last == SJ_OK)
			count++;
	}
	sj_trace_reader_destroy(reader);
	return count;
}

START_TEST(refuses_a_file_that_is_cut_anywhere)
{
	write_three();
	load();
	for (size_t count = 0; count < byte_count; count++) {
		enum sj_err last;

		store(count);
		ck_assert_uint_lt(read_all(&last), 3);
		ck_assert_int_eq(last, SJ_ERR_FORMAT);
	}
}
END_TEST

START_TEST(refuses_a_trace_that_was_not_finished)
{
	struct sj_trace_writer *writer = NULL;
	enum sj_err last;

	ck_assert_int_eq(sj_trace_writer_create(&writer, path, &size), SJ_OK);
	add(writer, 10, true);
	sj_trace_writer_destroy(writer);
	ck_assert_uint_eq(read_all(&last), 0);
	ck_assert_int_eq(last, SJ_ERR_FORMAT);
}
END_TEST

/* Offset in the file and the byte that is wrong there. */
static const struct {
	size_t at;
	uint8_t byte;
} wrong[] = {
	{0, 'X'}, {7, '2'},                         /* no trace */
	{8, 0}, {9, 255},                           /* width */
	{10, 0}, {11, 255},                         /* height */
	{HEAD_BYTES + 4, 1}, {HEAD_BYTES + 6, 1},   /* outside the screen */
	{HEAD_BYTES + 8, 0}, {HEAD_BYTES + 10, 0},  /* empty */
	{HEAD_BYTES + 8, 39}, {HEAD_BYTES + 10, 2}, /* first is not all */
	{HEAD_BYTES + 15, 255},                     /* packed bytes */
	{HEAD_BYTES + 16, 0},                       /* no zstd frame */
	{HEAD_BYTES + 3, 1},                        /* later than the next */
};

START_TEST(refuses_what_is_wrong)
{
	enum sj_err last;

	write_three();
	load();
	ck_assert_uint_ne(bytes[wrong[_i].at], wrong[_i].byte);
	bytes[wrong[_i].at] = wrong[_i].byte;
	store(byte_count);
	ck_assert_uint_lt(read_all(&last), 2);
	ck_assert_int_eq(last, SJ_ERR_FORMAT);
}
END_TEST

START_TEST(refuses_a_file_that_is_not_there)
{
	struct sj_trace_reader *reader = NULL;

	unlink(path);
	ck_assert_int_eq(sj_trace_reader_open(&reader, path), SJ_ERR_SYSTEM);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("trace");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(all, 60);
	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_test(all, gives_back_what_was_written);
	tcase_add_test(all, refuses_a_file_that_is_cut_anywhere);
	tcase_add_test(all, refuses_a_trace_that_was_not_finished);
	tcase_add_loop_test(all, refuses_what_is_wrong, 0,
		(int)(sizeof(wrong) / sizeof(wrong[0])));
	tcase_add_test(all, refuses_a_file_that_is_not_there);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
