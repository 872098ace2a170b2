/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/present_xcb.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xcb/shm.h>

#include "protocol/base/limits.h"
#include "protocol/base/memfd.h"
#include "viewer/viewer_ipc.h"

#define DEPTH 24
#define CANVAS_BYTES ((size_t)SJ_LIMIT_FRAME_BYTES)
/* Rows that are sent without shared memory go through this much at once. */
#define ROWS_BYTES (128u * 1024)

struct sj_present {
	xcb_connection_t *connection;
	xcb_drawable_t drawable;
	xcb_gcontext_t gc;
	bool has_shm;
	uint8_t shm_event;
	uint8_t shm_opcode;
	bool is_busy;
	xcb_shm_seg_t next;  /* 0: none */
	xcb_shm_seg_t shown; /* 0: none */
	xcb_shm_seg_t own;   /* 0: none */
	uint32_t *canvas;    /* SJ_LIMIT_FRAME_BYTES; own is its segment */
	uint8_t rows[ROWS_BYTES];
};

/* Gives 0 when the server cannot map fd (taken). */
static xcb_shm_seg_t attach(struct sj_present *present, int fd)
{
	xcb_shm_seg_t seg = xcb_generate_id(present->connection);
	const xcb_void_cookie_t request =
		xcb_shm_attach_fd_checked(present->connection, seg, fd, 1);
	xcb_generic_error_t *error;

	/* XCB would wait for the answer even when it cannot send fd. */
	if (xcb_flush(present->connection) <= 0)
		return 0;
	error = xcb_request_check(present->connection, request);
	if (!error)
		return seg;
	free(error);
	return 0;
}

static void detach(struct sj_present *present, xcb_shm_seg_t *seg)
{
	if (*seg != 0)
		(void)xcb_shm_detach(present->connection, *seg);
	*seg = 0;
}

/* Descriptors can be passed from version 1.2 on, over a local socket. */
static bool find_shm(struct sj_present *present)
{
	const xcb_query_extension_reply_t *extension =
		xcb_get_extension_data(present->connection, &xcb_shm_id);
	xcb_shm_query_version_reply_t *version;
	bool is_good;

	if (!extension || !extension->present)
		return false;
	present->shm_event = extension->first_event;
	present->shm_opcode = extension->major_opcode;
	version = xcb_shm_query_version_reply(present->connection,
		xcb_shm_query_version(present->connection), NULL);
	is_good = version && (version->major_version > 1 ||
				     (version->major_version == 1 &&
					     version->minor_version >= 2));
	free(version);
	return is_good;
}

/* The canvas tells whether the server takes descriptors at all. */
static bool make_canvas(struct sj_present *present)
{
	int fd = -1;

	if (sj_memfd_create("shoji-canvas", CANVAS_BYTES, &fd) != SJ_OK)
		return false;
	present->canvas = sj_memfd_map(fd, CANVAS_BYTES, 1);
	if (!present->canvas) {
		(void)close(fd);
		return false;
	}
	if (!find_shm(present)) {
		(void)close(fd);
		return true;
	}
	present->own = attach(present, fd);
	present->has_shm = present->own != 0;
	return true;
}

struct sj_present *sj_present_create(
	xcb_connection_t *connection, xcb_drawable_t drawable)
{
	const uint32_t no_exposures = 0;
	struct sj_present *present = calloc(1, sizeof(*present));

	if (!present)
		return NULL;
	present->connection = connection;
	present->drawable = drawable;
	present->gc = xcb_generate_id(connection);
	(void)xcb_create_gc(connection, present->gc, drawable,
		XCB_GC_GRAPHICS_EXPOSURES, &no_exposures);
	if (!make_canvas(present)) {
		sj_present_destroy(present);
		return NULL;
	}
	return present;
}

void sj_present_destroy(struct sj_present *present)
{
	if (!present)
		return;
	detach(present, &present->next);
	detach(present, &present->shown);
	detach(present, &present->own);
	if (present->canvas)
		(void)munmap(present->canvas, CANVAS_BYTES);
	free(present);
}

void sj_present_attach(struct sj_present *present, int frame_fd)
{
	detach(present, &present->next);
	if (frame_fd < 0)
		return;
	if (present->has_shm)
		present->next = attach(present, frame_fd);
	else
		(void)close(frame_fd);
}

void sj_present_show_next(struct sj_present *present)
{
	if (present->next == 0 && present->has_shm)
		return; /* shown already */
	detach(present, &present->shown);
	present->shown = present->next;
	present->next = 0;
}

void sj_present_forget(struct sj_present *present)
{
	detach(present, &present->next);
	detach(present, &present->shown);
	memset(present->canvas, 0, CANVAS_BYTES);
	memset(present->rows, 0, sizeof(present->rows));
}

bool sj_present_is_busy(const struct sj_present *present)
{
	return present->is_busy;
}

struct source {
	const uint8_t *pixels;
	size_t stride_bytes;
	struct sj_size size;
	xcb_shm_seg_t seg; /* 0: send rows */
};

static void put_rows(struct sj_present *present, xcb_drawable_t target,
	const struct source *source, const struct sj_rect *rect)
{
	size_t row_bytes = (size_t)rect->width_px * 4;
	size_t limit =
		(size_t)xcb_get_maximum_request_length(present->connection) * 4;
	size_t rows;
	size_t y = 0;
	size_t i;

	limit = limit > 256 + row_bytes ? limit - 256 : row_bytes;
	if (limit > sizeof(present->rows))
		limit = sizeof(present->rows);
	rows = limit / row_bytes;
	while (y < rect->height_px) {
		size_t count =
			rect->height_px - y < rows ? rect->height_px - y : rows;

		for (i = 0; i < count; i++)
			memcpy(present->rows + i * row_bytes,
				source->pixels +
					(rect->y_px + y + i) *
						source->stride_bytes +
					(size_t)rect->x_px * 4,
				row_bytes);
		(void)xcb_put_image(present->connection,
			XCB_IMAGE_FORMAT_Z_PIXMAP, target, present->gc,
			rect->width_px, (uint16_t)count, (int16_t)rect->x_px,
			(int16_t)(rect->y_px + y), 0, DEPTH,
			(uint32_t)(count * row_bytes), present->rows);
		y += count;
	}
}

static void put_rect(struct sj_present *present, xcb_drawable_t target,
	const struct source *source, const struct sj_rect *rect, bool is_last)
{
	if (source->seg == 0) {
		put_rows(present, target, source, rect);
		return;
	}
	(void)xcb_shm_put_image(present->connection, target, present->gc,
		(uint16_t)(source->stride_bytes / 4), source->size.height_px,
		rect->x_px, rect->y_px, rect->width_px, rect->height_px,
		(int16_t)rect->x_px, (int16_t)rect->y_px, DEPTH,
		XCB_IMAGE_FORMAT_Z_PIXMAP, is_last, source->seg, 0);
	if (is_last)
		present->is_busy = true;
}

void sj_present_put(struct sj_present *present, const uint8_t *frame,
	const struct sj_size *size, const struct sj_damage *damage)
{
	const struct source source = {
		frame, (size_t)size->width_px * 4, *size, present->shown};
	size_t i;

	for (i = 0; i < damage->count; i++)
		put_rect(present, present->drawable, &source, &damage->rect[i],
			i + 1 == damage->count);
}

struct sj_canvas sj_present_canvas(
	struct sj_present *present, const struct sj_size *size)
{
	struct sj_canvas canvas = {present->canvas, size->width_px, *size};

	return canvas;
}

void sj_present_put_canvas(struct sj_present *present, xcb_drawable_t target,
	const struct sj_canvas *canvas)
{
	/* Another target's rows are sent: the canvas is free again at once. */
	const struct source source = {(const uint8_t *)canvas->pixels,
		canvas->stride_px * 4, canvas->size,
		target == present->drawable ? present->own : 0};
	const struct sj_rect all = {
		0, 0, canvas->size.width_px, canvas->size.height_px};

	if (sj_rect_area(&all) > 0)
		put_rect(present, target, &source, &all, true);
}

bool sj_present_take_event(
	struct sj_present *present, const xcb_generic_event_t *event)
{
	const void *any = event;
	const xcb_generic_error_t *error = any;

	if (!present->has_shm)
		return false;
	/* A picture that the server refused has no end of its own. */
	if (event->response_type == 0 &&
		error->major_code == present->shm_opcode) {
		present->is_busy = false;
		return true;
	}
	if ((event->response_type & 0x7F) !=
		present->shm_event + XCB_SHM_COMPLETION)
		return false;
	present->is_busy = false;
	return true;
}
