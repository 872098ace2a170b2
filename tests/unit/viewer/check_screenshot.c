/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/screenshot.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <png.h>

#include "tests/support/suite.h"

START_TEST(a_screenshot_reads_back_pixel_for_pixel)
{
	const struct sj_size size = {37, 11};
	uint8_t frame[37 * 11 * 4];
	uint8_t back[37 * 11 * 3];
	png_image image;
	char path[64];
	int fd = memfd_create("shot", 0);
	size_t i;

	for (i = 0; i < sizeof(frame); i++)
		frame[i] = (uint8_t)(i * 7 + i / 13);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(sj_screenshot_write(fd, frame, &size), SJ_OK);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	memset(&image, 0, sizeof(image));
	image.version = PNG_IMAGE_VERSION;
	ck_assert_int_ne(png_image_begin_read_from_file(&image, path), 0);
	ck_assert_uint_eq(image.width, 37);
	ck_assert_uint_eq(image.height, 11);
	image.format = PNG_FORMAT_RGB;
	ck_assert_int_ne(png_image_finish_read(&image, NULL, back, 0, NULL), 0);
	for (i = 0; i < 37 * 11; i++) {
		ck_assert_uint_eq(back[i * 3 + 0], frame[i * 4 + 2]);
		ck_assert_uint_eq(back[i * 3 + 1], frame[i * 4 + 1]);
		ck_assert_uint_eq(back[i * 3 + 2], frame[i * 4 + 0]);
	}
}
END_TEST

START_TEST(a_file_that_takes_nothing_is_an_error)
{
	const struct sj_size size = {320, 200};
	uint8_t *frame = calloc(320 * 200, 4);
	int fd = open("/dev/full", O_WRONLY);

	ck_assert_ptr_nonnull(frame);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(sj_screenshot_write(fd, frame, &size), SJ_ERR_SYSTEM);
	free(frame);
	(void)close(fd);
}
END_TEST

SJ_SUITE_MAIN("viewer screenshot", a_screenshot_reads_back_pixel_for_pixel,
	a_file_that_takes_nothing_is_an_error)
