/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/screenshot.h"

#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <unistd.h>

#include <png.h>

struct out {
	int fd;
	enum sj_err err;
};

static void write_bytes(png_structp png, png_bytep data, png_size_t size)
{
	struct out *out = png_get_io_ptr(png);

	while (size > 0) {
		ssize_t put = write(out->fd, data, size);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0) {
			out->err = SJ_ERR_SYSTEM;
			png_error(png, "write");
		}
		data += put;
		size -= (size_t)put;
	}
}

static void flush_bytes(png_structp png)
{
	(void)png;
}

static void on_error(png_structp png, png_const_charp text)
{
	(void)text;
	png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
	(void)png;
	(void)text;
}

static void write_rows(png_structp png, png_infop info, const uint8_t *frame,
	const struct sj_size *size)
{
	size_t stride = (size_t)size->width_px * 4;
	size_t y;

	png_set_IHDR(png, info, size->width_px, size->height_px, 8,
		PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
		PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_set_compression_level(png, 3);
	png_write_info(png, info);
	png_set_filler(png, 0, PNG_FILLER_AFTER);
	png_set_bgr(png);
	for (y = 0; y < size->height_px; y++)
		png_write_row(png, frame + y * stride);
	png_write_end(png, info);
}

enum sj_err sj_screenshot_write(
	int fd, const uint8_t *frame, const struct sj_size *size)
{
	struct out out = {fd, SJ_ERR_MEMORY};
	png_infop info = NULL;
	png_structp png = png_create_write_struct(
		PNG_LIBPNG_VER_STRING, NULL, on_error, on_warning);

	if (!png)
		return SJ_ERR_MEMORY;
	info = png_create_info_struct(png);
	if (!info) {
		png_destroy_write_struct(&png, NULL);
		return SJ_ERR_MEMORY;
	}
	if (setjmp(png_jmpbuf(png)) == 0) {
		png_set_write_fn(png, &out, write_bytes, flush_bytes);
		write_rows(png, info, frame, size);
		out.err = SJ_OK;
	}
	png_destroy_write_struct(&png, &info);
	return out.err;
}
