/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_picture: what the tests ask about pictures; the answer is one JSON line.
 *
 *   state FILE.png            the cells that test_paint draws, and where
 *   frame XWD W H FILE.png    the top left W x H of an Xvfb framebuffer file
 *   compare A.png B.png X Y   B at X,Y inside A: number of unequal pixels
 *   find A.png B.png          where B is inside A, exactly
 *   colors FILE.png           how many different colours, and the commonest
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/test_cells.h"
#include "tests/support/test_png.h"

static uint32_t pixel(
	const struct test_picture *picture, uint32_t x, uint32_t y)
{
	const uint8_t *at =
		picture->rgb + ((size_t)y * picture->width_px + x) * 3;

	if (x >= picture->width_px || y >= picture->height_px)
		return UINT32_MAX;
	return (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];
}

static uint32_t cell(const struct test_picture *picture, uint32_t left,
	uint32_t top, uint32_t row, uint32_t column)
{
	return pixel(picture, left + column * TEST_CELL_PX + 1,
		top + row * TEST_CELL_PX + 1);
}

static bool find_cells(
	const struct test_picture *picture, uint32_t *left, uint32_t *top)
{
	for (uint32_t y = 0; y < picture->height_px; y++)
		for (uint32_t x = 0; x < picture->width_px; x++)
			if (pixel(picture, x, y) == TEST_CELL_MAGIC0 &&
				pixel(picture, x + TEST_CELL_PX, y) ==
					TEST_CELL_MAGIC1) {
				*left = x;
				*top = y;
				return true;
			}
	return false;
}

static void print_log(const struct test_picture *picture, uint32_t left,
	uint32_t top, const uint32_t *state)
{
	uint32_t per_row = state[TEST_CELL_width] / TEST_CELL_PX / 2;
	uint32_t count = state[TEST_CELL_events];
	uint32_t kept = per_row * TEST_CELL_LOG_ROWS;
	const char *comma = "";

	printf(",\"log\":[");
	for (uint32_t i = count > kept ? count - kept : 0; i < count; i++) {
		uint32_t row = 1 + i / per_row % TEST_CELL_LOG_ROWS;
		uint32_t head = cell(picture, left, top, row, i % per_row * 2);

		printf("%s[%u,%u,%u]", comma, head >> 20, head & 0xfffffu,
			cell(picture, left, top, row, i % per_row * 2 + 1));
		comma = ",";
	}
	printf("]");
}

static int show_state(const char *path)
{
	static const char *const names[] = {"magic0", "magic1",
#define NAME_ROW(name) #name,
		TEST_CELL_TABLE(NAME_ROW)
#undef NAME_ROW
	};
	struct test_picture picture = {0};
	uint32_t state[TEST_CELL_COUNT], left = 0, top = 0, sum = 0;

	if (!test_png_read(path, &picture))
		return 2;
	if (!find_cells(&picture, &left, &top)) {
		printf("{\"found\":false}\n");
		free(picture.rgb);
		return 0;
	}
	for (uint32_t i = 0; i < TEST_CELL_COUNT; i++)
		state[i] = cell(&picture, left, top, 0, i);
	for (uint32_t i = TEST_CELL_tag; i < TEST_CELL_sum; i++)
		sum = (sum + state[i]) & 0xffffffu;
	printf("{\"found\":true,\"whole\":%s,\"left\":%u,\"top\":%u",
		sum == state[TEST_CELL_sum] ? "true" : "false", left, top);
	for (uint32_t i = TEST_CELL_tag; i < TEST_CELL_sum; i++)
		printf(",\"%s\":%u", names[i], state[i]);
	if (sum == state[TEST_CELL_sum])
		print_log(&picture, left, top, state);
	printf("}\n");
	free(picture.rgb);
	return 0;
}

static uint32_t big_endian(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
	       (uint32_t)at[2] << 8 | at[3];
}

static int show_frame(char **argv)
{
	struct test_picture picture = {
		.width_px = (uint32_t)strtoul(argv[1], NULL, 10),
		.height_px = (uint32_t)strtoul(argv[2], NULL, 10)};
	int fd = open(argv[0], O_RDONLY | O_CLOEXEC);
	struct stat status;
	const uint8_t *file;
	bool is_ok = false;

	if (fd < 0 || fstat(fd, &status) != 0 || status.st_size < 4096) {
		perror(argv[0]);
		return 2;
	}
	file = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (file == MAP_FAILED)
		return 2;
	/* XWD header words: 0 its size, 12 bytes a line, 19 colours of 12. */
	if (picture.width_px <= big_endian(file + 16) &&
		picture.height_px <= big_endian(file + 20))
		is_ok = test_picture_from_bgrx(&picture,
			file + big_endian(file) +
				(size_t)big_endian(file + 76) * 12,
			big_endian(file + 48));
	printf("{\"width_max\":%u,\"height_max\":%u}\n", big_endian(file + 16),
		big_endian(file + 20));
	is_ok = is_ok && test_png_write(argv[3], &picture);
	free(picture.rgb);
	munmap((void *)(uintptr_t)file, (size_t)status.st_size);
	return is_ok ? 0 : 2;
}

static bool lies_at(const struct test_picture *a, const struct test_picture *b,
	uint32_t left, uint32_t top)
{
	for (uint32_t y = 0; y < b->height_px; y++)
		if (memcmp(a->rgb + ((size_t)(top + y) * a->width_px + left) *
					    3,
			    b->rgb + (size_t)y * b->width_px * 3,
			    (size_t)b->width_px * 3) != 0)
			return false;
	return true;
}

static int show_find(const struct test_picture *a, const struct test_picture *b)
{
	for (uint32_t y = 0; y + b->height_px <= a->height_px; y++)
		for (uint32_t x = 0; x + b->width_px <= a->width_px; x++)
			if (lies_at(a, b, x, y)) {
				printf("{\"found\":true,\"left\":%u,\"top\":%u}\n",
					x, y);
				return 0;
			}
	printf("{\"found\":false}\n");
	return 0;
}

static int show_compare(const struct test_picture *a,
	const struct test_picture *b, uint32_t left, uint32_t top)
{
	uint32_t unequal = 0, first_x = 0, first_y = 0;
	bool is_inside = left + b->width_px <= a->width_px &&
			 top + b->height_px <= a->height_px;

	for (uint32_t y = 0; is_inside && y < b->height_px; y++)
		for (uint32_t x = 0; x < b->width_px; x++) {
			if (pixel(a, left + x, top + y) == pixel(b, x, y))
				continue;
			if (unequal++ == 0) {
				first_x = x;
				first_y = y;
			}
		}
	printf("{\"inside\":%s,\"unequal\":%u,\"pixels\":%u,\"first\":[%u,%u],"
	       "\"a\":[%u,%u],\"b\":[%u,%u]}\n",
		is_inside ? "true" : "false", unequal,
		b->width_px * b->height_px, first_x, first_y, a->width_px,
		a->height_px, b->width_px, b->height_px);
	return 0;
}

static int by_value(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return (left > right) - (left < right);
}

static int show_colors(const struct test_picture *picture)
{
	size_t count = (size_t)picture->width_px * picture->height_px;
	uint32_t *all = calloc(count + 1, sizeof *all);
	uint32_t best = 0;
	size_t different = 0, run = 0, best_run = 0;

	if (all == NULL)
		return 2;
	for (size_t i = 0; i < count; i++)
		all[i] = pixel(picture, (uint32_t)(i % picture->width_px),
			(uint32_t)(i / picture->width_px));
	qsort(all, count, sizeof *all, by_value);
	for (size_t i = 0; i < count; i++) {
		run = i > 0 && all[i] == all[i - 1] ? run + 1 : 1;
		different += run == 1;
		if (run > best_run) {
			best_run = run;
			best = all[i];
		}
	}
	printf("{\"width\":%u,\"height\":%u,\"different\":%zu,"
	       "\"commonest\":%u,\"commonest_pixels\":%zu}\n",
		picture->width_px, picture->height_px, different, best,
		best_run);
	free(all);
	return 0;
}

int main(int argc, char **argv)
{
	struct test_picture a = {0}, b = {0};
	int status = 2;

	if (argc == 3 && strcmp(argv[1], "state") == 0)
		return show_state(argv[2]);
	if (argc == 6 && strcmp(argv[1], "frame") == 0)
		return show_frame(argv + 2);
	if (argc == 3 && strcmp(argv[1], "colors") == 0 &&
		test_png_read(argv[2], &a))
		status = show_colors(&a);
	if (argc >= 4 && test_png_read(argv[2], &a) &&
		test_png_read(argv[3], &b)) {
		if (strcmp(argv[1], "find") == 0)
			status = show_find(&a, &b);
		if (argc == 6 && strcmp(argv[1], "compare") == 0)
			status = show_compare(&a, &b,
				(uint32_t)strtoul(argv[4], NULL, 10),
				(uint32_t)strtoul(argv[5], NULL, 10));
	}
	free(a.rgb);
	free(b.rgb);
	return status;
}
