/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * capture: the pixels of the display and the news where they changed.
 *
 * Two sources behind one interface. Xvfb's framebuffer file is read in place.
 * Any other X server copies what changed into shared memory of ours (MIT-SHM
 * 1.2, a memfd passed with the attach request) when it is told to: bytes are
 * moved for the damaged tiles only, with one wait for all of them. Either way
 * the layout stays that of the largest size whatever the present one is.
 * The file belongs to the jail: if it is cut short, the reader dies, and
 * its session. The memfd is sealed. Not thread-safe.
 */
#ifndef SJ_HOST_CAPTURE_H
#define SJ_HOST_CAPTURE_H

#include <stdbool.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/base/rect.h"
#include "protocol/tile/tile.h"

struct sj_capture;
struct sj_display;

/*
 * Asks display (keeps) for damage of its root window and maps file (kept by
 * the caller, who may close it afterwards), which has to be the framebuffer of
 * a screen of size max: SJ_ERR_FORMAT when it is something else. With file -1
 * memory is shared with the display instead: SJ_ERR_MISSING when it cannot,
 * or has no pixmaps in shared memory. Blocks; before confinement.
 */
SJ_MUST_USE enum sj_err sj_capture_create(struct sj_capture **capture,
	struct sj_display *display, int file, const struct sj_size *max);
void sj_capture_destroy(struct sj_capture *capture);

/*
 * The mapped picture, as large as max. Read-only. A file changes at any time,
 * shared memory only in sj_capture_refresh.
 */
struct sj_tile_image sj_capture_image(const struct sj_capture *capture);

/*
 * True if event (of sj_display_next) is damage; *rect is then where, inside
 * max.
 */
SJ_MUST_USE bool sj_capture_event(
	struct sj_capture *capture, const void *event, struct sj_rect *rect);

/* All of the picture may differ: the display has another size. */
void sj_capture_resized(struct sj_capture *capture);

/*
 * Brings the picture to what the display showed after the last event that
 * was told. Call it before pixels are read. Nothing to do for a file; for
 * shared memory blocks for one answer if anything was damaged. A display that
 * refuses keeps its old picture: what it shows is its own affair.
 */
void sj_capture_refresh(struct sj_capture *capture);

#endif /* SJ_HOST_CAPTURE_H */
