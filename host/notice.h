/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * notice: a picture with fixed texts and a number, as large as the screen.
 *
 * Texts and digits are drawn once, with fonts, before confinement
 * (sj_notice_create); afterwards the picture is only put together from them.
 */
#ifndef SJ_HOST_NOTICE_H
#define SJ_HOST_NOTICE_H

#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/rect.h"
#include "protocol/tile/tile.h"

/* 0xRRGGBB, as a pixel of the fixed format. */
#define SJ_NOTICE_PAPER 0xf5f1e8u

enum sj_notice_kind { SJ_NOTICE_WAITING, SJ_NOTICE_KINDS };

/* A drawn part: width x height pixels, rows without gaps. */
struct sj_notice_part {
	struct sj_size size;
	uint32_t *pixels;
};

/* above, the number, below: one under the other, centred. */
struct sj_notice {
	struct sj_notice_part above;
	struct sj_notice_part digit[10];
	struct sj_notice_part below;
};

/*
 * Draws the parts of kind; reads fonts. NULL when memory is short or kind
 * unknown.
 */
SJ_MUST_USE struct sj_notice *sj_notice_create(enum sj_notice_kind kind);
void sj_notice_destroy(struct sj_notice *notice);

/* Fills canvas with the picture; number 0 shows none. Pure. */
void sj_notice_compose(const struct sj_notice *notice,
	const struct sj_tile_image *canvas, uint32_t number);

#endif /* SJ_HOST_NOTICE_H */
