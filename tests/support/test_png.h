/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_png: pictures of the tests, 8-bit RGB in memory and PNG in files.
 *
 * Trust: only files that the tests made. Errors are told on stderr.
 */
#ifndef SJ_TESTS_SUPPORT_TEST_PNG_H
#define SJ_TESTS_SUPPORT_TEST_PNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct test_picture {
	uint32_t width_px, height_px;
	uint8_t *rgb; /* width x height x 3 */
};

/* Reads a PNG of any kind; the caller frees picture->rgb. False: said why. */
bool test_png_read(const char *path, struct test_picture *picture);

/* Writes the picture to path; false when that fails, with the reason said. */
bool test_png_write(const char *path, const struct test_picture *picture);

/*
 * Makes a picture out of BGRX pixels (lent) with stride_bytes a line; the
 * fourth byte is ignored. The caller frees picture->rgb; false: no memory.
 */
bool test_picture_from_bgrx(
	struct test_picture *picture, const uint8_t *bgrx, size_t stride_bytes);

#endif /* SJ_TESTS_SUPPORT_TEST_PNG_H */
