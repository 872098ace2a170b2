/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/capture_shm_xcb.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xcb/shm.h>
#include <xcb/xcb.h>

#include "host/display_xcb.h"
#include "protocol/base/limits.h"
#include "protocol/base/memfd.h"

#define TILE SJ_LIMIT_TILE_PX

struct sj_capture_shm {
	struct sj_display *display;
	void *map;
	size_t map_bytes;
	struct sj_size max;
	xcb_shm_seg_t segment;
	xcb_pixmap_t pixmap;
	xcb_gcontext_t gc;
	uint8_t *due; /* a byte for each tile, row by row: 1 to be copied */
	size_t columns, rows;
	bool is_due; /* any of them */
};

/* One request of which only success is of interest. Blocks. */
static bool is_done(xcb_connection_t *connection, xcb_void_cookie_t request)
{
	xcb_generic_error_t *error;
	bool is_good;

	/* XCB would wait for the answer even when it cannot send all of it. */
	if (xcb_flush(connection) <= 0)
		return false;
	error = xcb_request_check(connection, request);
	is_good = !error && xcb_connection_has_error(connection) == 0;
	free(error);
	return is_good;
}

/* Version 1.2 takes descriptors. */
static bool can_share(xcb_connection_t *connection)
{
	const xcb_query_extension_reply_t *extension =
		xcb_get_extension_data(connection, &xcb_shm_id);
	xcb_shm_query_version_reply_t *reply;
	bool can;

	if (!extension || !extension->present)
		return false;
	reply = xcb_shm_query_version_reply(
		connection, xcb_shm_query_version(connection), NULL);
	can = reply &&
	      (reply->major_version > 1 ||
		      (reply->major_version == 1 &&
			      reply->minor_version >= 2)) &&
	      reply->shared_pixmaps != 0 &&
	      reply->pixmap_format == XCB_IMAGE_FORMAT_Z_PIXMAP;
	free(reply);
	return can;
}

/* Whether pixels of depth 24 are 32 bits wide here, as ours are. */
static bool are_pixels_ours(xcb_connection_t *connection)
{
	const xcb_setup_t *setup = xcb_get_setup(connection);
	xcb_format_iterator_t at = xcb_setup_pixmap_formats_iterator(setup);

	if (setup->image_byte_order != XCB_IMAGE_ORDER_LSB_FIRST)
		return false;
	for (; at.rem > 0; xcb_format_next(&at))
		if (at.data->depth == 24)
			return at.data->bits_per_pixel == 32 &&
			       at.data->scanline_pad == 32;
	return false;
}

static enum sj_err share(struct sj_capture_shm *shm)
{
	xcb_connection_t *connection = shm->display->connection;
	/* Windows are part of the picture; copies raise no events. */
	const uint32_t values[] = {XCB_SUBWINDOW_MODE_INCLUDE_INFERIORS, 0};
	enum sj_err err;
	int fd;

	if (!can_share(connection) || !are_pixels_ours(connection))
		return SJ_ERR_MISSING;
	err = sj_memfd_create("capture", shm->map_bytes, &fd);
	if (err != SJ_OK)
		return err;
	shm->map = sj_memfd_map(fd, shm->map_bytes, 0);
	if (!shm->map) {
		close(fd);
		return SJ_ERR_SYSTEM;
	}
	shm->segment = xcb_generate_id(connection);
	shm->pixmap = xcb_generate_id(connection);
	shm->gc = xcb_generate_id(connection);
	/* The descriptor is XCB's from here on. */
	if (!is_done(connection, xcb_shm_attach_fd_checked(
					 connection, shm->segment, fd, 0)) ||
		!is_done(connection,
			xcb_shm_create_pixmap_checked(connection, shm->pixmap,
				shm->display->root, shm->max.width_px,
				shm->max.height_px, 24, shm->segment, 0)) ||
		!is_done(connection,
			xcb_create_gc_checked(connection, shm->gc, shm->pixmap,
				XCB_GC_SUBWINDOW_MODE |
					XCB_GC_GRAPHICS_EXPOSURES,
				values)))
		return SJ_ERR_MISSING;
	return SJ_OK;
}

enum sj_err sj_capture_shm_create(struct sj_capture_shm **shm,
	struct sj_display *display, const struct sj_size *max)
{
	const struct sj_rect all = {0, 0, max->width_px, max->height_px};
	struct sj_capture_shm *made = calloc(1, sizeof(*made));
	enum sj_err err = SJ_ERR_MEMORY;

	if (!made)
		return SJ_ERR_MEMORY;
	made->display = display;
	made->max = *max;
	made->map_bytes = (size_t)max->width_px * max->height_px * 4;
	made->columns = ((size_t)max->width_px + TILE - 1) / TILE;
	made->rows = ((size_t)max->height_px + TILE - 1) / TILE;
	made->due = calloc(made->columns, made->rows);
	if (made->due)
		err = share(made);
	if (err != SJ_OK) {
		sj_capture_shm_destroy(made);
		return err;
	}
	sj_capture_shm_damage(made, &all);
	*shm = made;
	return SJ_OK;
}

/* What the server holds ends with the connection. */
void sj_capture_shm_destroy(struct sj_capture_shm *shm)
{
	if (!shm)
		return;
	if (shm->map)
		munmap(shm->map, shm->map_bytes);
	free(shm->due);
	free(shm);
}

struct sj_tile_image sj_capture_shm_image(const struct sj_capture_shm *shm)
{
	struct sj_tile_image image = {
		.pixels = shm->map,
		.stride_bytes = (size_t)shm->max.width_px * 4,
		.size = shm->max,
	};

	return image;
}

void sj_capture_shm_damage(
	struct sj_capture_shm *shm, const struct sj_rect *rect)
{
	struct sj_rect part = sj_rect_clip(rect, &shm->max);
	size_t left, right, top, bottom;

	if (part.width_px == 0 || part.height_px == 0)
		return;
	left = part.x_px / TILE;
	right = ((size_t)part.x_px + part.width_px - 1) / TILE;
	top = part.y_px / TILE;
	bottom = ((size_t)part.y_px + part.height_px - 1) / TILE;
	for (size_t y = top; y <= bottom; y++)
		memset(shm->due + y * shm->columns + left, 1, right - left + 1);
	shm->is_due = true;
}

/* Width of the run of due tiles that begins at x of row; 0 if none does. */
static size_t run_at(const uint8_t *row, size_t x, size_t columns)
{
	size_t width = 0;

	while (x + width < columns && row[x + width] != 0)
		width++;
	return width;
}

/* Takes the run at x, y and the same run of the rows below it. */
static struct sj_rect take_run(
	struct sj_capture_shm *shm, size_t x, size_t y, size_t width)
{
	struct sj_rect rect;
	size_t bottom = y;

	while (bottom < shm->rows && run_at(shm->due + bottom * shm->columns, x,
					     x + width) == width) {
		memset(shm->due + bottom * shm->columns + x, 0, width);
		bottom++;
	}
	rect.x_px = (uint16_t)(x * TILE);
	rect.y_px = (uint16_t)(y * TILE);
	rect.width_px = (uint16_t)(width * TILE);
	rect.height_px = (uint16_t)((bottom - y) * TILE);
	return sj_rect_clip(&rect, &shm->max);
}

void sj_capture_shm_refresh(struct sj_capture_shm *shm)
{
	xcb_connection_t *connection = shm->display->connection;

	if (!shm->is_due)
		return;
	for (size_t y = 0; y < shm->rows; y++) {
		for (size_t x = 0; x < shm->columns; x++) {
			size_t width = run_at(
				shm->due + y * shm->columns, x, shm->columns);
			struct sj_rect rect;

			if (width == 0)
				continue;
			rect = take_run(shm, x, y, width);
			xcb_copy_area(connection, shm->display->root,
				shm->pixmap, shm->gc, (int16_t)rect.x_px,
				(int16_t)rect.y_px, (int16_t)rect.x_px,
				(int16_t)rect.y_px, rect.width_px,
				rect.height_px);
		}
	}
	shm->is_due = false;
	/* The server works in order: with this answer all are done. */
	free(xcb_get_input_focus_reply(
		connection, xcb_get_input_focus(connection), NULL));
}
