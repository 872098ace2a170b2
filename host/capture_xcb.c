/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/capture.h"

#include <stdint.h>
#include <stdlib.h>

#include <xcb/damage.h>
#include <xcb/xcb.h>

#include "host/capture_file.h"
#include "host/capture_shm_xcb.h"
#include "host/display_xcb.h"

struct sj_capture {
	struct sj_display *display;
	struct sj_size max;
	struct sj_capture_file file; /* of Xvfb, unless shm is there */
	struct sj_capture_shm *shm;
};

enum sj_err sj_capture_create(struct sj_capture **capture,
	struct sj_display *display, int file, const struct sj_size *max)
{
	struct sj_capture *made = calloc(1, sizeof(*made));
	enum sj_err err;

	if (!made)
		return SJ_ERR_MEMORY;
	made->display = display;
	made->max = *max;
	if (file >= 0)
		err = sj_capture_file_open(&made->file, file, max);
	else
		err = sj_capture_shm_create(&made->shm, display, max);
	if (err != SJ_OK) {
		sj_capture_destroy(made);
		return err;
	}
	/*
	 * Raw: each drawing is told, so nothing has to be acknowledged and no
	 * change between a read and an acknowledgement can be lost. It is
	 * also the cheapest. A request with 512 rectangles is told as one box;
	 * 30,000 requests of one rectangle each cost server and agent 52 and
	 * 27 ms with it, but 149 and 6 ms by growing bounding boxes, 278 and
	 * 93 ms by deltas and 1990 and 1 ms by "not empty": these have
	 * the server keep the region of all that was not acknowledged. A
	 * browser's one box a frame costs the same at any level.
	 */
	xcb_damage_create(display->connection,
		xcb_generate_id(display->connection), display->root,
		XCB_DAMAGE_REPORT_LEVEL_RAW_RECTANGLES);
	sj_display_flush(display);
	*capture = made;
	return SJ_OK;
}

void sj_capture_destroy(struct sj_capture *capture)
{
	if (!capture)
		return;
	sj_capture_file_close(&capture->file);
	sj_capture_shm_destroy(capture->shm);
	free(capture);
}

struct sj_tile_image sj_capture_image(const struct sj_capture *capture)
{
	return capture->shm ? sj_capture_shm_image(capture->shm)
			    : capture->file.image;
}

bool sj_capture_event(
	struct sj_capture *capture, const void *event, struct sj_rect *rect)
{
	const xcb_damage_notify_event_t *damage = event;
	int32_t left, top, right, bottom;

	if ((damage->response_type & 0x7f) != capture->display->damage_event)
		return false;
	left = damage->area.x < 0 ? 0 : damage->area.x;
	top = damage->area.y < 0 ? 0 : damage->area.y;
	right = damage->area.x + damage->area.width;
	bottom = damage->area.y + damage->area.height;
	*rect = (struct sj_rect){0};
	if (right <= left || bottom <= top)
		return true;
	rect->x_px = (uint16_t)left;
	rect->y_px = (uint16_t)top;
	rect->width_px = (uint16_t)(right - left);
	rect->height_px = (uint16_t)(bottom - top);
	*rect = sj_rect_clip(rect, &capture->max);
	if (capture->shm)
		sj_capture_shm_damage(capture->shm, rect);
	return true;
}

void sj_capture_resized(struct sj_capture *capture)
{
	const struct sj_rect all = {
		0, 0, capture->max.width_px, capture->max.height_px};

	if (capture->shm)
		sj_capture_shm_damage(capture->shm, &all);
}

void sj_capture_refresh(struct sj_capture *capture)
{
	if (capture->shm)
		sj_capture_shm_refresh(capture->shm);
}
