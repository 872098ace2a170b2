/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/tile/tokens.h"

#include <string.h>

/* A shorter run would cost more than it saves between literals. */
#define RUN_MIN 2
/* An above run this long is taken without a look to the left. */
#define RUN_SURE 24
/* Above this many colours that are new, a cell is a photo in any case. */
#define NEW_MAX 220
#define SEEN_SIZE 1024u
/* Of so many rows one is asked; below one new colour in so many, no more. */
#define SAMPLE_ROWS 8
#define SAMPLE_RARE 8

size_t sj_tokens_bound(size_t area)
{
	/* All literals, all new: 4 bytes each and a token for 64. */
	return 4 * area + area / 64 + 8;
}

static void put(struct sj_tokens *tokens, size_t byte)
{
	tokens->control[tokens->control_bytes++] = (uint8_t)byte;
}

void sj_tokens_number(struct sj_tokens *tokens, size_t number)
{
	while (number > 127) {
		put(tokens, (number & 127) | 128);
		number >>= 7;
	}
	put(tokens, number);
}

static void put_token(struct sj_tokens *tokens, size_t type, size_t length)
{
	if (length <= SJ_TILE_TOKEN_LONG) {
		put(tokens, type << 6 | (length - 1));
		return;
	}
	put(tokens, type << 6 | SJ_TILE_TOKEN_LONG);
	sj_tokens_number(tokens, length - SJ_TILE_TOKEN_LONG - 1);
}

void sj_tokens_colour(struct sj_tokens *tokens, uint32_t colour)
{
	uint32_t place =
		sj_colour_find(&tokens->finder, &tokens->table, colour);
	uint8_t *out = tokens->index + tokens->index_bytes;

	if (place == SJ_TILE_COLOURS) {
		sj_colour_learn(&tokens->finder, &tokens->table, colour);
		out[0] = SJ_TILE_COLOUR_NEW;
		out[1] = (uint8_t)colour;
		out[2] = (uint8_t)(colour >> 8);
		out[3] = (uint8_t)(colour >> 16);
		tokens->index_bytes += 4;
		return;
	}
	tokens->table.is_used[place] = 1;
	if (place < SJ_TILE_COLOUR_SHORT) {
		out[0] = (uint8_t)place;
		tokens->index_bytes++;
		return;
	}
	place -= SJ_TILE_COLOUR_SHORT;
	out[0] = (uint8_t)(SJ_TILE_COLOUR_SHORT + (place >> 8));
	out[1] = (uint8_t)place;
	tokens->index_bytes += 2;
}

/* True if two pixels differ from two others. */
static inline uint64_t differ(const uint32_t *a, const uint32_t *b)
{
	uint64_t left, right;

	memcpy(&left, a, sizeof(left));
	memcpy(&right, b, sizeof(right));
	return left ^ right;
}

/* How many pixels from at on equal the ones that lie back before them. */
static inline size_t run_of(
	const uint32_t *pixels, size_t at, size_t back, size_t end)
{
	size_t i = at;

	if (pixels[at] != pixels[at - back])
		return 0;
	for (; i + 8 <= end; i += 8) {
		const uint32_t *a = pixels + i, *b = a - back;

		if ((differ(a, b) | differ(a + 2, b + 2) |
			    differ(a + 4, b + 4) | differ(a + 6, b + 6)) != 0)
			break;
	}
	while (i < end && pixels[i] == pixels[i - back])
		i++;
	return i - at;
}

static void put_literals(struct sj_tokens *tokens, const uint32_t *pixels,
	size_t begin, size_t end)
{
	if (begin == end)
		return;
	put_token(tokens, SJ_TILE_TOKEN_LITERAL, end - begin);
	for (size_t i = begin; i < end; i++) {
		uint32_t place = sj_colour_find(
			&tokens->finder, &tokens->table, pixels[i]);

		/* Most have one byte. */
		if (place >= SJ_TILE_COLOUR_SHORT) {
			sj_tokens_colour(tokens, pixels[i]);
			continue;
		}
		tokens->table.is_used[place] = 1;
		tokens->index[tokens->index_bytes++] = (uint8_t)place;
	}
}

void sj_tokens_put(struct sj_tokens *tokens, const uint32_t *pixels,
	const struct sj_tokens_novel *novel)
{
	size_t width = novel->width;
	size_t end = width * novel->height;
	size_t literal = 0;
	size_t at = 1;

	while (at < end) {
		size_t above = 0, left = 0, least;

		/* No run can begin here. */
		if (novel->mark[at] != 0) {
			at++;
			continue;
		}
		if (at >= width)
			above = run_of(pixels, at, width, end);
		if (above < RUN_SURE)
			left = run_of(pixels, at, 1, end);
		least = literal == at ? 1 : RUN_MIN;
		if (above < least && left < least) {
			at++;
			continue;
		}
		put_literals(tokens, pixels, literal, at);
		if (above >= left)
			put_token(tokens, SJ_TILE_TOKEN_ABOVE, above);
		else
			put_token(tokens, SJ_TILE_TOKEN_LEFT, left);
		at += above >= left ? above : left;
		literal = at;
	}
	put_literals(tokens, pixels, literal, end);
}

void sj_tokens_look(struct sj_tokens_novel *novel,
	const uint32_t *restrict pixels, size_t width, size_t height)
{
	uint8_t *restrict marks = novel->mark;

	novel->width = width;
	novel->height = height;
	novel->count = 0;
	memset(marks, 0, width);
	for (size_t y = 1; y < height; y++) {
		const uint32_t *row = pixels + y * width;
		const uint32_t *up = row - width;
		uint8_t *mark = marks + y * width;
		uint32_t sum = 0;

		mark[0] = 0;
		/* Without a branch: the compiler does many at once. */
		for (size_t x = 1; x < width; x++) {
			mark[x] = (row[x] != row[x - 1]) & (row[x] != up[x]);
			sum += mark[x];
		}
		novel->count += sum;
	}
}

/* A colour that was met among the last ones is not looked for again. */
static bool is_fresh(
	const struct sj_tokens *tokens, uint32_t colour, uint32_t *seen)
{
	uint32_t *mark = &seen[(colour * 0x9e3779b1u >> 16) % SEEN_SIZE];

	if (*mark == colour)
		return false;
	*mark = colour;
	return sj_colour_find(&tokens->finder, &tokens->table, colour) ==
	       SJ_TILE_COLOURS;
}

/* Colours of novel pixels of a row that are not in the table, about. */
static size_t fresh_in(const struct sj_tokens *tokens, const uint32_t *pixels,
	const uint8_t *novel, size_t width, uint32_t *seen)
{
	size_t count = 0;

	for (size_t x = 0; x < width; x++)
		if (novel[x] != 0)
			count += is_fresh(tokens, pixels[x], seen);
	return count;
}

/*
 * True if more than limit colours of novel pixels are not in the table. Every
 * 8th row is asked first: text has hardly any.
 */
static bool has_fresh(const struct sj_tokens *tokens, const uint32_t *pixels,
	const struct sj_tokens_novel *novel, size_t limit)
{
	const size_t width = novel->width, height = novel->height;
	uint32_t seen[SEEN_SIZE];
	size_t count = 0, novels = 0;

	memset(seen, 0xff, sizeof(seen));
	for (size_t y = SAMPLE_ROWS / 2; y < height; y += SAMPLE_ROWS) {
		const uint8_t *row = novel->mark + y * width;

		count += fresh_in(tokens, pixels + y * width, row, width, seen);
		for (size_t x = 0; x < width; x++)
			novels += row[x];
	}
	if (count * SAMPLE_RARE < novels)
		return false;
	for (size_t y = 0; y < height && count <= limit; y++)
		if (y % SAMPLE_ROWS != SAMPLE_ROWS / 2)
			count += fresh_in(tokens, pixels + y * width,
				novel->mark + y * width, width, seen);
	return count > limit;
}

bool sj_tokens_is_photo(const struct sj_tokens *tokens, const uint32_t *pixels,
	const struct sj_tokens_novel *novel)
{
	size_t area = novel->width * novel->height;
	/* In tenths of a byte: 3.5 a new colour and 0.7 a literal, against 2
	 * a novel pixel and 0.12 any other of a plane. */
	size_t limit = (13 * novel->count + area * 12 / 10) / 35;

	if (limit > NEW_MAX)
		limit = NEW_MAX;
	return novel->count > limit && has_fresh(tokens, pixels, novel, limit);
}
