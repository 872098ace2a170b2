/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tokens: pixels of one cell to runs and literals; the choice between these
 * and planes. For the encoder. Pure, no allocation.
 */
#ifndef SJ_PROTOCOL_TILE_TOKENS_H
#define SJ_PROTOCOL_TILE_TOKENS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/tile/colours.h"

/* Where tokens and colours go; the memory is large enough for any cell. */
struct sj_tokens {
	uint8_t *control;
	size_t control_bytes;
	uint8_t *index;
	size_t index_bytes;
	struct sj_colours table;
	struct sj_colour_finder finder;
};

/* Most bytes of control and index together for area pixels. */
size_t sj_tokens_bound(size_t area);

/* Appends the number to control: 7 bits a byte, low ones first, the upper
 * bit set in all but the last. */
void sj_tokens_number(struct sj_tokens *tokens, size_t number);

/* Appends one colour to index. */
void sj_tokens_colour(struct sj_tokens *tokens, uint32_t colour);

/* Where a part of at most 64x64 pixels has something new. */
struct sj_tokens_novel {
	size_t width, height;
	size_t count;
	/* 1: differs from the pixel to the left and the one above. 0 in the
	 * first row and column. */
	uint8_t mark[SJ_TILE_CELL_AREA];
};

/* Fills novel from width x height pixels (rows without a gap, 4th byte 0). */
void sj_tokens_look(struct sj_tokens_novel *novel, const uint32_t *pixels,
	size_t width, size_t height);

/* Appends the tokens of the pixels that novel was filled from. */
void sj_tokens_put(struct sj_tokens *tokens, const uint32_t *pixels,
	const struct sj_tokens_novel *novel);

/* True if planes are likely to be shorter than tokens for these pixels. */
SJ_MUST_USE bool sj_tokens_is_photo(const struct sj_tokens *tokens,
	const uint32_t *pixels, const struct sj_tokens_novel *novel);

#endif /* SJ_PROTOCOL_TILE_TOKENS_H */
