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

/* Appends the tokens of width x height pixels (rows without a gap, 4th byte
 * 0), at most 64x64. */
void sj_tokens_put(struct sj_tokens *tokens, const uint32_t *pixels,
	size_t width, size_t height);

/* True if planes are likely to be shorter than tokens. */
SJ_MUST_USE bool sj_tokens_is_photo(const struct sj_tokens *tokens,
	const uint32_t *pixels, size_t width, size_t height);

#endif /* SJ_PROTOCOL_TILE_TOKENS_H */
