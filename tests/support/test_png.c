/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/test_png.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

bool test_png_read(const char *path, struct test_picture *picture)
{
	png_image image;

	memset(&image, 0, sizeof image);
	image.version = PNG_IMAGE_VERSION;
	if (png_image_begin_read_from_file(&image, path) == 0) {
		fprintf(stderr, "%s: %s\n", path, image.message);
		return false;
	}
	image.format = PNG_FORMAT_RGB;
	picture->width_px = image.width;
	picture->height_px = image.height;
	picture->rgb = malloc(PNG_IMAGE_SIZE(image));
	if (picture->rgb == NULL || png_image_finish_read(&image, NULL,
					    picture->rgb, 0, NULL) == 0) {
		fprintf(stderr, "%s: %s\n", path, image.message);
		png_image_free(&image);
		free(picture->rgb);
		picture->rgb = NULL;
		return false;
	}
	return true;
}

bool test_png_write(const char *path, const struct test_picture *picture)
{
	png_image image;

	memset(&image, 0, sizeof image);
	image.version = PNG_IMAGE_VERSION;
	image.width = picture->width_px;
	image.height = picture->height_px;
	image.format = PNG_FORMAT_RGB;
	image.flags = PNG_IMAGE_FLAG_FAST;
	if (png_image_write_to_file(&image, path, 0, picture->rgb, 0, NULL) ==
		0) {
		fprintf(stderr, "%s: %s\n", path, image.message);
		return false;
	}
	return true;
}

bool test_picture_from_bgrx(
	struct test_picture *picture, const uint8_t *bgrx, size_t stride_bytes)
{
	uint8_t *to;

	picture->rgb =
		malloc((size_t)picture->width_px * picture->height_px * 3 + 1);
	if (picture->rgb == NULL)
		return false;
	to = picture->rgb;
	for (uint32_t y = 0; y < picture->height_px; y++) {
		const uint8_t *from = bgrx + y * stride_bytes;

		for (uint32_t x = 0; x < picture->width_px; x++, from += 4) {
			*to++ = from[2];
			*to++ = from[1];
			*to++ = from[0];
		}
	}
	return true;
}
