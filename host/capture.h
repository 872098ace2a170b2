/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * capture: the pixels of the display and the news where they changed.
 *
 * Pixels are read in place from the mapped framebuffer file of Xvfb, whose
 * layout stays that of the largest size whatever the present one is. The file
 * belongs to the jail: if it is cut short, the reader dies, and its session.
 * Not thread-safe.
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
 * Maps file (kept by the caller, who may close it afterwards), which has to be
 * the framebuffer of a screen of size max, and asks display (keeps) for
 * damage of its root window. SJ_ERR_FORMAT when the file is something
 * else.
 */
SJ_MUST_USE enum sj_err sj_capture_create(struct sj_capture **capture,
	struct sj_display *display, int file, const struct sj_size *max);
void sj_capture_destroy(struct sj_capture *capture);

/* The mapped picture, as large as max. Read-only; it changes at any time. */
struct sj_tile_image sj_capture_image(const struct sj_capture *capture);

/*
 * True if event (of sj_display_next) is damage; *rect is then where, inside
 * max.
 */
SJ_MUST_USE bool sj_capture_event(const struct sj_capture *capture,
	const void *event, struct sj_rect *rect);

#endif /* SJ_HOST_CAPTURE_H */
