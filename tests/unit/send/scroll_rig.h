/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scroll_rig: a display with pages that scroll, a sender, and a viewer that
 * draws what the sender makes. Aborts the test when an update is malformed.
 */
#ifndef SJ_TESTS_UNIT_SEND_SCROLL_RIG_H
#define SJ_TESTS_UNIT_SEND_SCROLL_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/rect.h"
#include "protocol/send/sender.h"
#include "protocol/send/shadow.h"
#include "protocol/tile/tile.h"

/* What a page shows at any place of an endless plane. */
enum sj_page {
	SJ_PAGE_TEXT,
	SJ_PAGE_PHOTO,
	SJ_PAGE_TABLE, /* numbers between rules, as good as no blank rows */
	SJ_PAGE_BLANK,
	SJ_PAGE_FRAME /* what stands around a page */
};

struct sj_scroll_rig {
	struct sj_shadow *shadow;
	struct sj_sender *sender;
	struct sj_tile_decoder *decoder;
	struct sj_tile_image live, viewer;
	uint32_t *spare; /* of the viewer's CopyRect */
	size_t updates, bytes;
	size_t copies, copied_px; /* CopyRects, and their area */
	double find_ms;           /* CPU time of all sj_sender_next */
	uint32_t random;
	uint64_t now_us;
};

/* Both pictures are black; the viewer takes CopyRect. */
void sj_scroll_rig_open(
	struct sj_scroll_rig *rig, uint16_t width_px, uint16_t height_px);
void sj_scroll_rig_open_as(struct sj_scroll_rig *rig, uint16_t width_px,
	uint16_t height_px, const struct sj_sender_settings *settings);
void sj_scroll_rig_close(struct sj_scroll_rig *rig);

/* Draws the part of a page from x, y on into window, and tells the damage. */
void sj_scroll_rig_draw(struct sj_scroll_rig *rig, const struct sj_rect *window,
	enum sj_page kind, size_t x, size_t y);

/* Makes and shows one update; returns its bytes. */
size_t sj_scroll_rig_step(struct sj_scroll_rig *rig);

/* All updates that there are to be made. */
void sj_scroll_rig_send(struct sj_scroll_rig *rig);

/* The display rests, and all that follows from it is sent. */
void sj_scroll_rig_rest(struct sj_scroll_rig *rig);

/* True if the viewer shows what the display does. */
bool sj_scroll_rig_is_exact(const struct sj_scroll_rig *rig);

/* A number that looks random; the same in each run. */
uint32_t sj_scroll_rig_random(struct sj_scroll_rig *rig);

#endif /* SJ_TESTS_UNIT_SEND_SCROLL_RIG_H */
