/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * damage: a short list of rectangles that covers everything put in. Pure.
 */
#ifndef SJ_VIEWER_DAMAGE_H
#define SJ_VIEWER_DAMAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "protocol/base/attr.h"
#include "protocol/base/rect.h"

#define SJ_DAMAGE_RECTS 32

/* Zeroed: nothing is damaged. */
struct sj_damage {
	struct sj_rect rect[SJ_DAMAGE_RECTS];
	size_t count;
};

/*
 * Adds rect. Neighbours that together fill their common box become one; when
 * the list is full, the two that waste least are joined. An empty rect
 * adds nothing.
 */
void sj_damage_add(struct sj_damage *damage, const struct sj_rect *rect);

/* Adds all of more. */
void sj_damage_add_all(struct sj_damage *damage, const struct sj_damage *more);

/* Cuts every rectangle to size; what lies outside disappears. */
void sj_damage_clip(struct sj_damage *damage, const struct sj_size *size);

#endif /* SJ_VIEWER_DAMAGE_H */
