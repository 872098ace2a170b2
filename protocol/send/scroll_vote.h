/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scroll_vote: by how many lines has something moved?
 *
 * A line is a number that stands for what one row or column of a part of a
 * picture shows. Lines of the new picture that are rare in the old one vote
 * for the distance to where they were; lines that are frequent, blank ones
 * above all, do not. What wins is a guess: the caller looks at the pixels.
 * Pure; allocates in create only. Work is bounded by the number of lines.
 */
#ifndef SJ_PROTOCOL_SEND_SCROLL_VOTE_H
#define SJ_PROTOCOL_SEND_SCROLL_VOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/limits.h"

/* The longest row or column of a screen. */
#define SJ_VOTE_LINES SJ_LIMIT_WIDTH_PX
/* Only every so many lines of the new picture vote. */
#define SJ_VOTE_STEP 4

struct sj_votes;

/* The lines of one part, from where both pictures are looked at. */
struct sj_vote_lines {
	uint32_t shown[SJ_VOTE_LINES];
	uint32_t live[SJ_VOTE_LINES / SJ_VOTE_STEP]; /* every SJ_VOTE_STEPth */
	size_t count;                                /* of shown */
};

/* NULL when memory is short. */
SJ_MUST_USE struct sj_votes *sj_votes_create(void);
void sj_votes_destroy(struct sj_votes *votes);

/* Forgets all votes. */
void sj_votes_begin(struct sj_votes *votes);

/* The lines of one part vote. */
void sj_votes_cast(struct sj_votes *votes, const struct sj_vote_lines *lines);

/*
 * Takes the distance (old place - new place) that has most votes, and them,
 * out of the poll. False if none has at least least.
 */
SJ_MUST_USE bool sj_votes_take(
	struct sj_votes *votes, unsigned least, int *distance);

#endif /* SJ_PROTOCOL_SEND_SCROLL_VOTE_H */
