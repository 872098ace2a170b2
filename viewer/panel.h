/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * panel: what the viewer itself writes on the screen: the strip with the zone's
 * name, and the box with a message over the greyed picture.
 *
 * All texts are made in create, before confinement; drawing only reads memory.
 */
#ifndef SJ_VIEWER_PANEL_H
#define SJ_VIEWER_PANEL_H

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "viewer/mask.h"
#include "viewer/viewer_ipc.h"

struct sj_panel;

/* NULL when memory is short. start is lent. */
SJ_MUST_USE struct sj_panel *sj_panel_create(
	const struct sj_viewer_window_start *start);

/* Frees panel; NULL does nothing. */
void sj_panel_destroy(struct sj_panel *panel);

/* Fills canvas with the zone's colour and its label. */
void sj_panel_draw_strip(
	const struct sj_panel *panel, struct sj_canvas *canvas);

/*
 * Draws frame (may be NULL; BGRX, size frame_size) greyed from the top left
 * corner of canvas, the rest dark, and the box for status in its middle.
 * retry_s counts down; 0 shows how to reconnect by hand.
 */
void sj_panel_draw_status(const struct sj_panel *panel,
	struct sj_canvas *canvas, const uint8_t *frame,
	const struct sj_size *frame_size, const struct sj_viewer_status *status,
	unsigned retry_s);

#endif /* SJ_VIEWER_PANEL_H */
