/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/tile/colours.h"

bool sj_colours_is_full(const struct sj_colours *table)
{
	return table->count == SJ_TILE_COLOURS;
}

uint32_t sj_colours_add(
	struct sj_colours *table, uint32_t colour, uint32_t *evicted)
{
	uint32_t place = table->count;

	if (sj_colours_is_full(table)) {
		while (table->is_used[table->hand] != 0) {
			table->is_used[table->hand] = 0;
			table->hand = (table->hand + 1) % SJ_TILE_COLOURS;
		}
		place = table->hand;
		*evicted = table->colour[place];
		table->hand = (table->hand + 1) % SJ_TILE_COLOURS;
	} else {
		table->count++;
	}
	table->colour[place] = colour;
	table->is_used[place] = 1;
	return place;
}

static void unlink_place(
	struct sj_colour_finder *finder, uint32_t place, uint32_t colour)
{
	uint16_t *link = &finder->head[sj_colour_chain(colour)];

	while (*link != 0 && *link != place + 1)
		link = &finder->next[*link - 1];
	if (*link != 0)
		*link = finder->next[place];
}

void sj_colour_learn(struct sj_colour_finder *finder, struct sj_colours *table,
	uint32_t colour)
{
	bool was_full = sj_colours_is_full(table);
	uint32_t evicted = 0;
	uint32_t place = sj_colours_add(table, colour, &evicted);
	uint16_t *head = &finder->head[sj_colour_chain(colour)];

	if (was_full)
		unlink_place(finder, place, evicted);
	finder->next[place] = *head;
	*head = (uint16_t)(place + 1);
}
