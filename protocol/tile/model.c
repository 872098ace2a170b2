/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/tile/model.h"

#include <stdlib.h>
#include <string.h>

/* The part being coded, with room for its neighbours on all sides but below. */
#define STRIDE 72u
#define LEFT 4u
#define ABOVE 2u
#define CANVAS ((SJ_TILE_CELL_PX + ABOVE) * STRIDE)

/* Tables of colours by what is beside them. */
#define FAR_BITS 17
#define NEAR_BITS 16
#define CLOSE_BITS 14
#define SHADE_BITS 12
#define SHADES 4u

/* A guess is colour << 8 | check << 3 | trust; trust 0 is none. */
#define TRUST 7u
/* From here on a guess is not dropped at the first mistake. */
#define TRUST_FIRM 3u
#define CHECK_MASK (31u << 3)
#define CHECK(hash, bits) (((hash) >> (32 - (bits)-5) & 31u) << 3)

struct guess {
	uint32_t first, second;
};

struct sj_model {
	bool is_fresh;      /* nothing was learnt */
	unsigned same_rows; /* bit 0: the row before was as the one above */
	uint32_t ground;    /* the colour of the last flat place */
	uint32_t stroke;    /* the last colour that no guess had */
	uint32_t last;      /* pixel of the last part */
	uint32_t far[1u << FAR_BITS];
	struct guess near[1u << NEAR_BITS];
	struct guess close[1u << CLOSE_BITS];
	uint32_t shade[1u << SHADE_BITS][SHADES]; /* | known << 24 */
	struct sj_chance is_same_row[4];
	struct sj_chance is_full[2][8];
	struct sj_chance length[8][64];
	struct sj_chance is_far[64];
	struct sj_chance is_near[512], is_second[256], is_close[512];
	struct sj_chance is_beside[3][128];
	struct sj_chance is_shade[SHADES];
	struct sj_chance green[256], red[256], blue[256];
	uint32_t canvas[CANVAS];
};

/* All else is 0 already, and its pages stay untouched until they are used. */
static void begin(struct sj_model *model)
{
	struct sj_chance *chance = model->is_same_row;
	struct sj_chance *end = model->blue + 256;

	for (; chance < end; chance++)
		chance->quick = chance->slow = 1u << 15;
	model->is_fresh = true;
}

void sj_model_reset(struct sj_model *model)
{
	if (model->is_fresh)
		return;
	memset(model, 0, sizeof(*model));
	begin(model);
}

struct sj_model *sj_model_create(void)
{
	struct sj_model *model = calloc(1, sizeof(*model));

	if (model)
		begin(model);
	return model;
}

void sj_model_destroy(struct sj_model *model)
{
	if (!model)
		return;
	if (!model->is_fresh)
		explicit_bzero(model, sizeof(*model));
	free(model);
}

/* ---- colours that no guess had ---- */

/* Channel number k of what lies at green between the colours a and b. */
static uint32_t blend(uint32_t a, uint32_t b, unsigned green, unsigned k)
{
	int from = (int)(a >> 8 & 255), to = (int)(b >> 8 & 255);
	int begin = (int)(a >> 8 * k & 255), end = (int)(b >> 8 * k & 255);
	int value = begin + (int)green - from;

	if (to != from)
		value = begin +
			(end - begin) * ((int)green - from) / (to - from);
	return value < 0 ? 0u : value > 255 ? 255u : (uint32_t)value;
}

/* A byte as its distance from what was expected: 0, -1, 1, -2... */
static uint32_t code_folded(struct sj_coder *coder, struct sj_chance *chances,
	uint32_t byte, uint32_t expected)
{
	uint32_t away = (byte - expected) & 255;
	uint32_t folded = (away << 1 ^ (away & 128 ? 255u : 0u)) & 255;

	folded = sj_coder_number(coder, chances, 8, folded);
	away = folded >> 1 ^ (folded & 1 ? 255u : 0u);
	return (expected + away) & 255;
}

static uint32_t code_colour(
	struct sj_model *model, struct sj_coder *coder, uint32_t colour)
{
	uint32_t green =
		sj_coder_number(coder, model->green, 8, colour >> 8 & 255);
	uint32_t hash = (model->ground * 0x2c1b3c6du + green) * 0x9e3779b1u;
	uint32_t *shade = model->shade[hash >> (32 - SHADE_BITS)];
	uint32_t red, blue;
	size_t i = 0;

	for (; i < SHADES && shade[i] != 0; i++)
		if (sj_coder_bit(coder, &model->is_shade[i],
			    (shade[i] & SJ_TILE_COLOUR_MASK) == colour))
			break;
	if (i < SHADES && shade[i] != 0) {
		colour = shade[i] & SJ_TILE_COLOUR_MASK;
	} else {
		red = code_folded(coder, model->red, colour >> 16,
			blend(model->ground, model->stroke, green, 2));
		blue = code_folded(coder, model->blue, colour & 255,
			blend(model->ground, model->stroke, green, 0));
		colour = red << 16 | green << 8 | blue;
		i = i < SHADES ? i : SHADES - 1;
	}
	memmove(shade + 1, shade, i * sizeof(shade[0]));
	shade[0] = colour | 1u << 24;
	model->stroke = colour;
	return colour;
}

/* ---- guesses ---- */

/* The pixels around one, and what was seen before beside the same. */
struct place {
	uint32_t left, above;
	unsigned is_break; /* 1: it ends a flat run, and is not as left */
	unsigned pattern;
	unsigned far_trust, near_trust, close_trust;
	uint32_t near_check, close_check;
	struct guess *near, *close;
	size_t nots;
	uint32_t not_this[8]; /* colours that it is not */
};

static uint32_t mix(uint32_t sum)
{
	return (sum ^ sum >> 15) * 0x9e3779b1u;
}

static unsigned trust_of(uint32_t guess, uint32_t check)
{
	return (guess & CHECK_MASK) == check ? guess & TRUST : 0;
}

/* Sums over the pixels around: each one takes in more of them. */
static uint32_t close_sum(const uint32_t *pixel)
{
	const uint32_t *up = pixel - STRIDE;

	return pixel[-1] * 0x85ebca6bu + up[0] * 0xc2b2ae35u +
	       up[-1] * 0x27d4eb2fu + up[1] * 0x165667b1u;
}

static uint32_t near_sum(const uint32_t *pixel)
{
	return close_sum(pixel) + pixel[-2] * 0xd3a2646du +
	       *(pixel - (size_t)2 * STRIDE) * 0xfd7046c5u;
}

static uint32_t far_sum(const uint32_t *pixel)
{
	const uint32_t *up = pixel - STRIDE, *top = up - STRIDE;

	return near_sum(pixel) + pixel[-3] * 0xa3b1956du + up[2] * 0xb55a4f09u +
	       up[-2] * 0x8f29c3b7u + top[1] * 0xe4d1a7c3u +
	       top[-1] * 0x6c8e9cf5u;
}

static void look_near(
	struct sj_model *model, const uint32_t *pixel, struct place *place)
{
	const uint32_t *up = pixel - STRIDE;
	uint32_t hash = mix(close_sum(pixel));
	uint32_t left = place->left, above = place->above;

	place->close = &model->close[hash >> (32 - CLOSE_BITS)];
	place->close_check = CHECK(hash, CLOSE_BITS);
	place->close_trust = trust_of(place->close->first, place->close_check);
	hash = mix(near_sum(pixel));
	place->near = &model->near[hash >> (32 - NEAR_BITS)];
	place->near_check = CHECK(hash, NEAR_BITS);
	place->near_trust = trust_of(place->near->first, place->near_check);
	place->pattern = (unsigned)(left == above) |
			 (unsigned)(left == up[-1]) << 1 |
			 (unsigned)(above == up[-1]) << 2 |
			 (unsigned)(above == up[1]) << 3 |
			 (unsigned)(left == pixel[-2]) << 4 |
			 (unsigned)(above == *(up - STRIDE)) << 5;
}

/* True if the pixel is colour; not asked again if that was denied before. */
static bool code_is(struct sj_coder *coder, struct place *place,
	struct sj_chance *chance, uint32_t colour, uint32_t *pixel)
{
	for (size_t i = 0; i < place->nots; i++)
		if (place->not_this[i] == colour)
			return false;
	if (sj_coder_bit(coder, chance, *pixel == colour)) {
		*pixel = colour;
		return true;
	}
	place->not_this[place->nots++] = colour;
	return false;
}

static unsigned is_beside(const struct place *place, uint32_t colour)
{
	return (unsigned)(colour == place->left) << 1 |
	       (unsigned)(colour == place->above);
}

static bool code_near(struct sj_model *model, struct sj_coder *coder,
	struct place *place, uint32_t *pixel)
{
	uint32_t first = place->near->first >> 8;
	uint32_t second = place->near->second >> 8;
	uint32_t close = place->close->first >> 8;
	unsigned had_far = place->far_trust != 0;
	unsigned agrees = place->close_trust == 0 ? 0 : first == close ? 1 : 2;
	unsigned context = place->near_trust << 6 | had_far << 5 | agrees << 3 |
			   is_beside(place, first) << 1 | place->is_break;

	if (code_is(coder, place, &model->is_near[context], first, pixel))
		return true;
	context = place->near_trust << 4 | had_far << 3 |
		  is_beside(place, second) << 1 | place->is_break;
	return place->near->second != 0 &&
	       code_is(coder, place, &model->is_second[context], second, pixel);
}

static bool code_close(struct sj_model *model, struct sj_coder *coder,
	struct place *place, uint32_t *pixel)
{
	uint32_t close = place->close->first >> 8;
	unsigned context = place->close_trust << 5 |
			   (unsigned)(place->far_trust != 0) << 4 |
			   (unsigned)(place->near_trust != 0) << 3 |
			   is_beside(place, close) << 1 | place->is_break;

	return code_is(coder, place, &model->is_close[context], close, pixel);
}

/* As the pixel to the left, the one above, or the ground. */
static bool code_beside(struct sj_model *model, struct sj_coder *coder,
	struct place *place, uint32_t *pixel)
{
	const uint32_t colours[] = {place->left, place->above, model->ground};
	unsigned context = place->pattern << 1 | place->is_break;

	for (size_t i = 0; i < 3; i++)
		if (code_is(coder, place, &model->is_beside[i][context],
			    colours[i], pixel))
			return true;
	return false;
}

static void learn(
	struct guess *guess, uint32_t check, unsigned trust, uint32_t colour)
{
	if (trust != 0 && guess->first >> 8 == colour) {
		guess->first += trust < TRUST ? 1 : 0;
	} else if (trust >= TRUST_FIRM) {
		guess->first -= 2;
		guess->second = colour << 8 | 1;
	} else {
		guess->second = trust != 0 ? guess->first : 0;
		guess->first = colour << 8 | check | 1;
	}
}

/* The pixel is not what far said, if it said anything. */
static void learn_far(uint32_t *far, uint32_t check, const struct place *place,
	uint32_t colour)
{
	unsigned trust = place->far_trust;

	if (trust > 1)
		*far -= trust > TRUST_FIRM ? 2 : 1;
	else if (trust == 1 || place->near_trust < TRUST_FIRM ||
		 place->near->first >> 8 != colour)
		/* What is known from near by needs no place of its own. */
		*far = colour << 8 | check | 1;
}

/* Codes what far did not know: check is of its place, trust what it had. */
static void code_unforeseen(struct sj_model *model, struct sj_coder *coder,
	struct place *place, uint32_t *far, uint32_t check, uint32_t *pixel)
{
	look_near(model, pixel, place);
	if (!(place->near_trust != 0 &&
		    code_near(model, coder, place, pixel)) &&
		!(place->close_trust != 0 &&
			code_close(model, coder, place, pixel)) &&
		!code_beside(model, coder, place, pixel))
		*pixel = code_colour(model, coder, *pixel);
	learn_far(far, check, place, *pixel);
	learn(place->near, place->near_check, place->near_trust, *pixel);
	learn(place->close, place->close_check, place->close_trust, *pixel);
}

static void code_pixel(struct sj_model *model, struct sj_coder *coder,
	uint32_t *pixel, unsigned is_break)
{
	uint32_t hash = mix(far_sum(pixel));
	uint32_t *far = &model->far[hash >> (32 - FAR_BITS)];
	uint32_t check = CHECK(hash, FAR_BITS);
	struct place place;

	place.left = pixel[-1];
	place.above = *(pixel - STRIDE);
	place.is_break = is_break;
	place.not_this[0] = place.left;
	place.nots = is_break;
	place.far_trust = trust_of(*far, check);
	if (place.far_trust != 0 &&
		code_is(coder, &place,
			&model->is_far[place.far_trust << 3 |
				       is_beside(&place, *far >> 8) << 1 |
				       is_break],
			*far >> 8, pixel)) {
		*far += place.far_trust < TRUST ? 1 : 0;
		return;
	}
	code_unforeseen(model, coder, &place, far, check, pixel);
}

/* ---- parts ---- */

static unsigned bits_of(size_t number)
{
	unsigned bits = 0;

	for (; number != 0; number >>= 1)
		bits++;
	return bits;
}

static bool is_flat(const uint32_t *pixel)
{
	const uint32_t *up = pixel - STRIDE;

	return pixel[-1] == up[0] && up[-1] == up[0] && up[1] == up[0] &&
	       pixel[-2] == up[0];
}

/* How many of the next pixels, at most left, are flat if those before are. */
static size_t flat_length(const uint32_t *pixel, size_t left)
{
	const uint32_t *up = pixel - STRIDE;
	size_t length = 1;

	while (length < left && up[length + 1] == up[0])
		length++;
	return length;
}

/* Codes pixels at a flat place, at most left of them: as long as they stay as
 * the one before, and the one that does not. Returns how many. */
static size_t code_flat(struct sj_model *model, struct sj_coder *coder,
	uint32_t *pixel, size_t left)
{
	uint32_t ground = pixel[-1];
	size_t length = flat_length(pixel, left), run = 0;
	unsigned bits = bits_of(length);
	bool is_full;

	model->ground = ground;
	while (!coder->is_reading && run < length && pixel[run] == ground)
		run++;
	is_full = sj_coder_bit(
		coder, &model->is_full[length == left][bits], run == length);
	if (is_full)
		run = length;
	else
		run = sj_coder_number(coder, model->length[bits],
			bits_of(length - 1), (uint32_t)run);
	if (run > length || (run == length && !is_full)) {
		coder->is_bad = true;
		run = 0;
	}
	for (size_t i = 0; i < run; i++)
		pixel[i] = ground;
	if (is_full)
		return run;
	code_pixel(model, coder, pixel + run, 1);
	return run + 1;
}

/* The rest of a part that would get too long: three bytes a pixel. */
static void code_plain(struct sj_coder *coder, uint32_t *pixels, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t blue = sj_coder_byte(coder, (uint8_t)pixels[i]);
		uint32_t green =
			sj_coder_byte(coder, (uint8_t)(pixels[i] >> 8));
		uint32_t red = sj_coder_byte(coder, (uint8_t)(pixels[i] >> 16));

		pixels[i] = red << 16 | green << 8 | blue;
	}
}

static void code_row(struct sj_model *model, struct sj_coder *coder,
	uint32_t *row, size_t width, size_t most)
{
	size_t x = 0;

	while (x < width && coder->at <= most) {
		if (is_flat(row + x)) {
			x += code_flat(model, coder, row + x, width - x);
			continue;
		}
		code_pixel(model, coder, row + x, 0);
		x++;
	}
	code_plain(coder, row + x, width - x);
}

/* Lays the neighbours around the part, or what stands for them. True if those
 * to the left are there. */
static bool surround(struct sj_model *model, const struct sj_model_part *part)
{
	const struct sj_edges *edges = part->edges;
	bool has_left = !part->is_box &&
			sj_edges_has_left(edges, part->column, part->row);
	bool has_above = !part->is_box &&
			 sj_edges_has_above(edges, part->column, part->row);
	uint32_t seed = has_left ? edges->rightmost[0][SJ_EDGE_COLUMNS - 1]
				 : model->last;
	size_t width = part->size.width_px;

	for (size_t y = 0; y < ABOVE; y++) {
		uint32_t *row = model->canvas + y * STRIDE + LEFT;
		const uint32_t *from =
			has_above ? edges->lowest[part->column][y] : NULL;

		for (size_t x = 0; x < width; x++)
			row[x] = from ? from[x] : seed;
		row[-1] = row[-2] = row[-3] = row[0];
		row[width] = row[width + 1] = row[width - 1];
	}
	for (size_t y = 0; has_left && y < part->size.height_px; y++)
		memcpy(model->canvas + (y + ABOVE) * STRIDE + LEFT -
				SJ_EDGE_COLUMNS,
			edges->rightmost[y], sizeof(edges->rightmost[y]));
	return has_left;
}

/* Codes a row, which may be the same as the one above it. */
static void code_next_row(struct sj_model *model, struct sj_coder *coder,
	uint32_t *row, size_t width, size_t most)
{
	const uint32_t *up = row - STRIDE;
	bool is_same = false;

	if (coder->at <= most) {
		is_same = !coder->is_reading && memcmp(row, up, width * 4) == 0;
		is_same = sj_coder_bit(
			coder, &model->is_same_row[model->same_rows], is_same);
		model->same_rows = (model->same_rows << 1 & 3) | is_same;
	}
	if (is_same)
		memcpy(row, up, width * 4);
	else
		code_row(model, coder, row, width, most);
	row[width] = row[width + 1] = row[width - 1];
}

void sj_model_code(struct sj_model *model, struct sj_coder *coder,
	const struct sj_model_part *part, uint32_t *pixels)
{
	size_t width = part->size.width_px, height = part->size.height_px;
	size_t area = width * height;
	size_t most = coder->at + area - area / 8;
	bool has_left = surround(model, part);

	model->is_fresh = false;
	model->same_rows = 0;
	for (size_t y = 0; y < height; y++) {
		uint32_t *row = model->canvas + (y + ABOVE) * STRIDE + LEFT;

		if (!has_left)
			row[-1] = row[-2] = row[-3] = *(row - STRIDE);
		if (!coder->is_reading)
			memcpy(row, pixels + y * width, width * 4);
		code_next_row(model, coder, row, width, most);
		if (coder->is_reading)
			memcpy(pixels + y * width, row, width * 4);
	}
	model->last = pixels[area - 1];
}

bool sj_model_is_photo(const uint32_t *pixels, size_t width, size_t height)
{
	size_t novel = 0;

	for (size_t y = 1; y < height; y++) {
		const uint32_t *row = pixels + y * width, *up = row - width;

		for (size_t x = 1; x < width; x++)
			novel += (size_t)((row[x] != row[x - 1]) &
					  (row[x] != up[x]));
	}
	return novel * 3 > width * height;
}
