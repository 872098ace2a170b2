/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/damage.h"

#include <stdint.h>

/* Pixels that joining a and b would repaint for nothing. */
static uint32_t waste(const struct sj_rect *a, const struct sj_rect *b)
{
	struct sj_rect joined = sj_rect_join(a, b);
	uint32_t area = sj_rect_area(&joined);
	uint32_t used = sj_rect_area(a) + sj_rect_area(b);

	return area > used ? area - used : 0;
}

static void remove_at(struct sj_damage *damage, size_t index)
{
	damage->count--;
	damage->rect[index] = damage->rect[damage->count];
}

/* Index of the entry that joins rect most cheaply; count if there is none. */
static size_t cheapest(const struct sj_damage *damage,
	const struct sj_rect *rect, uint32_t *least)
{
	size_t found = damage->count;
	size_t i;

	*least = UINT32_MAX;
	for (i = 0; i < damage->count; i++) {
		uint32_t cost = waste(&damage->rect[i], rect);

		if (cost < *least) {
			*least = cost;
			found = i;
		}
	}
	return found;
}

void sj_damage_add(struct sj_damage *damage, const struct sj_rect *rect)
{
	struct sj_rect added = *rect;
	uint32_t cost;
	size_t i;

	if (sj_rect_area(rect) == 0)
		return;
	/* A join may make another one free. */
	while ((i = cheapest(damage, &added, &cost)) < damage->count &&
		(cost == 0 || damage->count == SJ_DAMAGE_RECTS)) {
		added = sj_rect_join(&damage->rect[i], &added);
		remove_at(damage, i);
	}
	damage->rect[damage->count++] = added;
}

void sj_damage_add_all(struct sj_damage *damage, const struct sj_damage *more)
{
	size_t i;

	for (i = 0; i < more->count; i++)
		sj_damage_add(damage, &more->rect[i]);
}

void sj_damage_clip(struct sj_damage *damage, const struct sj_size *size)
{
	size_t i = 0;

	while (i < damage->count) {
		damage->rect[i] = sj_rect_clip(&damage->rect[i], size);
		if (sj_rect_area(&damage->rect[i]) == 0)
			remove_at(damage, i);
		else
			i++;
	}
}
