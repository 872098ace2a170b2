/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * colours: the colour table that both ends of a session keep alike.
 *
 * A colour that is new takes a free place, or the place of one that was not
 * used for a round of the clock hand. Pure, no allocation. The encoder's side
 * also finds the place of a colour.
 */
#ifndef SJ_PROTOCOL_TILE_COLOURS_H
#define SJ_PROTOCOL_TILE_COLOURS_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/tile/format.h"

struct sj_colours {
	uint32_t colour[SJ_TILE_COLOURS];
	uint8_t is_used[SJ_TILE_COLOURS];
	uint32_t count;
	uint32_t hand;
};

#define SJ_COLOUR_HEADS 8192u

/* Chains of places by a hash of the colour; place + 1, 0 ends a chain. */
struct sj_colour_finder {
	uint16_t head[SJ_COLOUR_HEADS];
	uint16_t next[SJ_TILE_COLOURS];
};

/* Puts colour into the table; returns its place, *evicted (colour) says
 * whom it replaced, when the return of sj_colours_is_full was true before. */
uint32_t sj_colours_add(
	struct sj_colours *table, uint32_t colour, uint32_t *evicted);

/* True if the next colour replaces another one. */
bool sj_colours_is_full(const struct sj_colours *table);

/* The chain of the finder in which colour is. */
static inline uint32_t sj_colour_chain(uint32_t colour)
{
	return colour * 0x9e3779b1u >> 19;
}

/* The place of colour, or SJ_TILE_COLOURS. Asked for each pixel: inline. */
static inline uint32_t sj_colour_find(const struct sj_colour_finder *finder,
	const struct sj_colours *table, uint32_t colour)
{
	uint32_t at = finder->head[sj_colour_chain(colour)];

	while (at != 0 && table->colour[at - 1] != colour)
		at = finder->next[at - 1];
	return at != 0 ? at - 1 : SJ_TILE_COLOURS;
}

/* As sj_colours_add, and keeps the finder in step. */
void sj_colour_learn(struct sj_colour_finder *finder, struct sj_colours *table,
	uint32_t colour);

#endif /* SJ_PROTOCOL_TILE_COLOURS_H */
