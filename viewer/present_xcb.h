/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * present_xcb: puts pixels into an X window, by shared memory where possible.
 *
 * The server reads the frame memfd itself (MIT-SHM, read-only); nothing is
 * copied on our side. Without shared memory rows are sent. At most one
 * picture is under way, so that a slow server never has a queue.
 */
#ifndef SJ_VIEWER_PRESENT_XCB_H
#define SJ_VIEWER_PRESENT_XCB_H

#include <stdbool.h>

#include <xcb/xcb.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "viewer/damage.h"
#include "viewer/mask.h"

struct sj_present;

/*
 * For drawable on connection (both kept), which has depth 24 in 32 bits. NULL
 * when memory is short. Waits for the server.
 */
SJ_MUST_USE struct sj_present *sj_present_create(
	xcb_connection_t *connection, xcb_drawable_t drawable);

/* Frees present; NULL does nothing. */
void sj_present_destroy(struct sj_present *present);

/*
 * Hands the frame memfd of a new link (taken, -1: none) to the server; it is
 * used from sj_present_show_next on.
 */
void sj_present_attach(struct sj_present *present, int frame_fd);

/* From now on pictures come from what was attached last. */
void sj_present_show_next(struct sj_present *present);

/* Lets go of all pixels of the host, here and in the server. */
void sj_present_forget(struct sj_present *present);

/* True while the server has not finished the last picture. */
bool sj_present_is_busy(const struct sj_present *present);

/*
 * Draws the rectangles of damage (inside size) from frame (BGRX, stride =
 * width x 4), which is the mapping of what is attached.
 */
void sj_present_put(struct sj_present *present, const uint8_t *frame,
	const struct sj_size *size, const struct sj_damage *damage);

/*
 * A canvas of size (at most a screen) of the viewer's own; lent until the next
 * call. Draw, then sj_present_put_canvas.
 */
struct sj_canvas sj_present_canvas(
	struct sj_present *present, const struct sj_size *size);

/* Draws canvas into target (the drawable of create or another) at 0, 0. */
void sj_present_put_canvas(struct sj_present *present, xcb_drawable_t target,
	const struct sj_canvas *canvas);

/* Takes event if it is the end of a picture; false if it is not. */
bool sj_present_take_event(
	struct sj_present *present, const xcb_generic_event_t *event);

#endif /* SJ_VIEWER_PRESENT_XCB_H */
