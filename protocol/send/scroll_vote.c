/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/send/scroll_vote.h"

#include <stdlib.h>
#include <string.h>

#define PLACES 8192u /* twice the lines at least, a power of two */
#define RARE 2       /* a line that is there more often says nothing */
#define DISTANCES (2 * SJ_VOTE_LINES + 1)

struct place {
	uint32_t line;
	uint16_t at[RARE];
	uint16_t poll; /* an entry of another one is free */
	uint16_t count;
};

struct sj_votes {
	struct place place[PLACES];
	uint16_t poll; /* number of the part that votes, from 1 */
	uint16_t votes[DISTANCES];
};

struct sj_votes *sj_votes_create(void)
{
	return calloc(1, sizeof(struct sj_votes));
}

void sj_votes_destroy(struct sj_votes *votes)
{
	free(votes);
}

void sj_votes_begin(struct sj_votes *votes)
{
	memset(votes->votes, 0, sizeof(votes->votes));
}

/* The place of line, or the free one where it belongs. */
static struct place *find(struct sj_votes *votes, uint32_t line)
{
	uint32_t at = (line * 0x9e3779b1u >> 16) % PLACES;

	while (votes->place[at].poll == votes->poll &&
		votes->place[at].line != line)
		at = (at + 1) % PLACES;
	return &votes->place[at];
}

static void next_poll(struct sj_votes *votes)
{
	votes->poll++;
	if (votes->poll != 0)
		return;
	memset(votes->place, 0, sizeof(votes->place));
	votes->poll = 1;
}

static void note(struct sj_votes *votes, uint32_t line, size_t at)
{
	struct place *place = find(votes, line);

	if (place->poll != votes->poll) {
		place->poll = votes->poll;
		place->line = line;
		place->count = 0;
	}
	if (place->count < RARE)
		place->at[place->count] = (uint16_t)at;
	if (place->count <= RARE)
		place->count++;
}

static void vote(struct sj_votes *votes, uint32_t line, size_t at)
{
	const struct place *place = find(votes, line);

	if (place->poll != votes->poll || place->count > RARE)
		return;
	for (size_t i = 0; i < place->count; i++)
		votes->votes[(size_t)place->at[i] + SJ_VOTE_LINES - at]++;
}

void sj_votes_cast(struct sj_votes *votes, const struct sj_vote_lines *lines)
{
	const uint32_t *shown = lines->shown;

	next_poll(votes);
	/* A line like the two before it is known not to be rare. */
	for (size_t i = 0; i < lines->count; i++)
		if (i < RARE + 1 || shown[i] != shown[i - 1] ||
			shown[i] != shown[i - 2] || shown[i] != shown[i - 3])
			note(votes, shown[i], i);
	for (size_t i = 0; i < lines->count; i += SJ_VOTE_STEP)
		if (lines->live[i / SJ_VOTE_STEP] != shown[i])
			vote(votes, lines->live[i / SJ_VOTE_STEP], i);
}

bool sj_votes_take(struct sj_votes *votes, unsigned least, int *distance)
{
	size_t best = 0;

	for (size_t i = 1; i < DISTANCES; i++)
		if (votes->votes[i] > votes->votes[best])
			best = i;
	if (votes->votes[best] < least)
		return false;
	votes->votes[best] = 0;
	*distance = (int)best - SJ_VOTE_LINES;
	return true;
}
