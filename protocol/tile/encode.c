/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/tile/tile.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "protocol/tile/edges.h"
#include "protocol/tile/format.h"
#include "protocol/tile/model.h"
#include "protocol/tile/pack.h"
#include "protocol/tile/photo.h"
#include "protocol/tile/slots.h"
#include "protocol/tile/tokens.h"

#define GRID_COLUMNS                                                           \
	((SJ_LIMIT_WIDTH_PX + SJ_TILE_CELL_PX - 1) / SJ_TILE_CELL_PX)
#define CELLS_MAX SJ_SLOT_PLACES
/* Operation, box, slot, and the gap before it. */
#define CELL_HEAD_BYTES 12
/* U32 length, head, seven numbers, the slack of six frames. */
#define HEAD_BYTES 256
/* In a smaller cell the model's worst case is more than 4 bytes a pixel. */
#define MODEL_CELL_MIN 768
/* The first pixels of a payload are coded by the model on quick lines, too: a
 * key or a menu is small, costs little time, and gets shorter by a third. Less
 * than a cell: whole cells are of pages, whose text zstd may know already. */
#define SMALL_PX 3072
/* Less than this is not worth the heads of two blocks. */
#define PACK_MIN 64

/* One cell of the payload being made; its bytes are [begin, end) of control,
 * none for a cell that is drawn from a slot, or stays and goes to one. */
struct cell {
	uint16_t place; /* of the grid of the screen, row by row */
	bool is_slot, is_kept;
	bool is_next; /* it is kept in the slot that is next */
	uint16_t slot;
	size_t begin, end;
};

struct sj_tile_encoder {
	uint64_t key;
	struct sj_packer *packer;
	struct sj_tokens tokens;
	struct sj_tokens_novel novel; /* of the cell being coded */
	struct sj_slots slots;
	uint16_t next_slot; /* where a bare STORE goes */
	struct cell cell[CELLS_MAX];
	size_t cells;
	size_t left, right, top, bottom; /* of the cells, inclusive */
	struct sj_size size;
	size_t photo_px;
	size_t drawn_px;            /* but those from slots */
	bool is_more;               /* this payload goes on with a picture */
	bool is_slow, is_slow_next; /* in this payload, from the next on */
	bool has_model;             /* this payload uses it */
	struct sj_model *model;
	struct sj_coder coder;
	struct sj_edges edges;
	uint32_t pixels[SJ_TILE_CELL_AREA];
	uint8_t control[SJ_TILE_STREAM_BYTES];
	uint8_t index[SJ_TILE_STREAM_BYTES];
	uint8_t plane[3][SJ_TILE_STREAM_BYTES];
	uint8_t merged[SJ_TILE_STREAM_BYTES];
	uint8_t modelled[SJ_TILE_STREAM_BYTES];
};

static void start(struct sj_tile_encoder *encoder)
{
	encoder->cells = 0;
	encoder->photo_px = 0;
	encoder->drawn_px = 0;
	encoder->tokens.control_bytes = 0;
	encoder->tokens.index_bytes = 0;
	encoder->is_slow = encoder->is_slow_next;
	encoder->has_model = false;
	sj_edges_start(&encoder->edges);
	sj_coder_write(
		&encoder->coder, encoder->modelled, sizeof(encoder->modelled));
}

void sj_tile_encoder_set_more(struct sj_tile_encoder *encoder, bool is_more)
{
	if (encoder->cells == 0)
		encoder->is_more = is_more;
}

void sj_tile_encoder_set_slow(struct sj_tile_encoder *encoder, bool is_slow)
{
	encoder->is_slow_next = is_slow;
	if (encoder->cells == 0)
		encoder->is_slow = is_slow;
}

void sj_tile_encoder_reset(struct sj_tile_encoder *encoder)
{
	memset(&encoder->tokens, 0, sizeof(encoder->tokens));
	encoder->tokens.control = encoder->control;
	encoder->tokens.index = encoder->index;
	sj_slots_init(&encoder->slots);
	encoder->next_slot = 0;
	sj_packer_reset(encoder->packer);
	sj_model_reset(encoder->model);
	start(encoder);
}

struct sj_tile_encoder *sj_tile_encoder_create(uint64_t key)
{
	struct sj_tile_encoder *encoder = calloc(1, sizeof(*encoder));

	if (!encoder)
		return NULL;
	encoder->key = key;
	encoder->packer = sj_packer_create();
	encoder->model = sj_model_create();
	if (!encoder->packer || !encoder->model) {
		sj_tile_encoder_destroy(encoder);
		return NULL;
	}
	sj_tile_encoder_reset(encoder);
	return encoder;
}

void sj_tile_encoder_destroy(struct sj_tile_encoder *encoder)
{
	if (!encoder)
		return;
	sj_packer_destroy(encoder->packer);
	sj_model_destroy(encoder->model);
	explicit_bzero(encoder, sizeof(*encoder));
	free(encoder);
}

/* ---- one cell ---- */

static size_t grid_x(const struct sj_rect *rect)
{
	return rect->x_px / SJ_TILE_CELL_PX;
}

static size_t grid_y(const struct sj_rect *rect)
{
	return rect->y_px / SJ_TILE_CELL_PX;
}

static uint16_t place_of(const struct sj_rect *rect)
{
	return (uint16_t)(grid_y(rect) * GRID_COLUMNS + grid_x(rect));
}

static size_t min_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t max_of(size_t a, size_t b)
{
	return a > b ? a : b;
}

bool sj_tile_is_open(const struct sj_tile_encoder *encoder)
{
	return encoder->cells > 0;
}

size_t sj_tile_drawn_px(const struct sj_tile_encoder *encoder)
{
	return encoder->drawn_px;
}

bool sj_tile_takes(
	const struct sj_tile_encoder *encoder, const struct sj_rect *rect)
{
	size_t x = grid_x(rect), y = grid_y(rect);
	size_t columns, rows;

	if (encoder->cells == 0)
		return true;
	if (encoder->cells == CELLS_MAX ||
		place_of(rect) <= encoder->cell[encoder->cells - 1].place)
		return false;
	columns = max_of(encoder->right, x) - min_of(encoder->left, x) + 1;
	rows = max_of(encoder->bottom, y) - encoder->top + 1;
	return columns * rows <= 2 * (encoder->cells + 1) + 16;
}

static struct sj_rect cell_rect(
	const struct sj_rect *part, const struct sj_size *size)
{
	struct sj_rect rect = {
		(uint16_t)(grid_x(part) * SJ_TILE_CELL_PX),
		(uint16_t)(grid_y(part) * SJ_TILE_CELL_PX),
		SJ_TILE_CELL_PX,
		SJ_TILE_CELL_PX,
	};

	return sj_rect_clip(&rect, size);
}

/* Fills pixels with rect of image, 4th byte 0, rows without a gap. */
static void take(struct sj_tile_encoder *encoder,
	const struct sj_tile_image *image, const struct sj_rect *rect)
{
	uint32_t *to = encoder->pixels;

	for (size_t y = 0; y < rect->height_px; y++) {
		memcpy(to,
			image->pixels + (rect->y_px + y) * image->stride_bytes +
				(size_t)rect->x_px * 4,
			(size_t)rect->width_px * 4);
		for (size_t x = 0; x < rect->width_px; x++)
			to[x] &= SJ_TILE_COLOUR_MASK;
		to += rect->width_px;
	}
}

static bool is_solid(const uint32_t *pixels, size_t count)
{
	return count < 2 || memcmp(pixels, pixels + 1, (count - 1) * 4) == 0;
}

static struct sj_slot_key key_of(
	const struct sj_tile_encoder *encoder, const struct sj_rect *rect)
{
	XXH128_hash_t hash = XXH3_128bits_withSeed(encoder->pixels,
		(size_t)rect->width_px * rect->height_px * 4, encoder->key);
	/* A stored cell is drawn with its own size only. */
	struct sj_slot_key key = {
		hash.low64 ^ ((uint64_t)rect->width_px << 8 | rect->height_px),
		hash.high64};

	return key;
}

static void put(struct sj_tile_encoder *encoder, size_t byte)
{
	encoder->tokens.control[encoder->tokens.control_bytes++] =
		(uint8_t)byte;
}

static void put_slot(struct sj_tile_encoder *encoder, uint16_t slot)
{
	put(encoder, slot >> 8);
	put(encoder, slot & 0xff);
}

/* Writes operation and head of a cell of which box is drawn. */
static void put_head(struct sj_tile_encoder *encoder, unsigned mode,
	const struct sj_rect *cell, const struct sj_rect *box, int slot)
{
	bool is_part = box->width_px != cell->width_px ||
		       box->height_px != cell->height_px;
	unsigned op = mode | (is_part ? SJ_TILE_OP_BOX : 0u);
	size_t bits;

	if (slot >= 0)
		op |= slot == encoder->next_slot ? SJ_TILE_OP_STORE
						 : SJ_TILE_OP_STORE_AT;
	put(encoder, op);
	if (is_part) {
		bits = (size_t)(box->x_px - cell->x_px) << 18 |
		       (size_t)(box->y_px - cell->y_px) << 12 |
		       (box->width_px - 1u) << 6 | (box->height_px - 1u);
		put(encoder, bits >> 16);
		put(encoder, bits >> 8 & 0xff);
		put(encoder, bits & 0xff);
	}
	if (slot < 0)
		return;
	if (slot != encoder->next_slot)
		put_slot(encoder, (uint16_t)slot);
	encoder->next_slot = (uint16_t)((slot + 1) % SJ_LIMIT_TILE_SLOTS);
}

/* True if the next pixels, so many of them, may be coded by the model. Once
 * it is false for 1, it stays so until the end of the payload. */
static bool may_model(const struct sj_tile_encoder *encoder, size_t count)
{
	return encoder->is_slow ||
	       (!encoder->is_more && encoder->drawn_px + count <= SMALL_PX);
}

/* What was drawn, or is, lies beside what the model may be asked for. */
static void note(struct sj_tile_encoder *encoder, const struct sj_rect *cell)
{
	const struct sj_size size = {cell->width_px, cell->height_px};

	if (may_model(encoder, 1))
		sj_edges_note(&encoder->edges, grid_x(cell), grid_y(cell),
			encoder->pixels, &size);
}

static void draw_model(struct sj_tile_encoder *encoder,
	const struct sj_rect *cell, const struct sj_rect *box, int slot)
{
	const struct sj_model_part part = {
		.size = {box->width_px, box->height_px},
		.edges = &encoder->edges,
		.column = grid_x(cell),
		.row = grid_y(cell),
		.is_box = box->width_px != cell->width_px ||
			  box->height_px != cell->height_px,
	};

	put_head(encoder, SJ_TILE_MODE_MODEL, cell, box, slot);
	sj_model_code(encoder->model, &encoder->coder, &part, encoder->pixels);
	encoder->has_model = true;
}

/* Encodes box of cell, whose pixels have been taken. */
static void draw(struct sj_tile_encoder *encoder, const struct sj_rect *cell,
	const struct sj_rect *box, int slot)
{
	size_t width = box->width_px, height = box->height_px;
	uint8_t *planes[3];

	if (is_solid(encoder->pixels, width * height)) {
		put_head(encoder, SJ_TILE_MODE_SOLID, cell, box, slot);
		sj_tokens_colour(&encoder->tokens, encoder->pixels[0]);
		return;
	}
	if (may_model(encoder, width * height) &&
		sj_rect_area(cell) >= MODEL_CELL_MIN &&
		!sj_model_is_photo(encoder->pixels, width, height)) {
		draw_model(encoder, cell, box, slot);
		return;
	}
	sj_tokens_look(&encoder->novel, encoder->pixels, width, height);
	if (!sj_tokens_is_photo(
		    &encoder->tokens, encoder->pixels, &encoder->novel)) {
		put_head(encoder, SJ_TILE_MODE_TOKENS, cell, box, slot);
		sj_tokens_put(
			&encoder->tokens, encoder->pixels, &encoder->novel);
		return;
	}
	put_head(encoder, SJ_TILE_MODE_PHOTO, cell, box, slot);
	for (int i = 0; i < 3; i++)
		planes[i] = encoder->plane[i] + encoder->photo_px;
	sj_photo_take(encoder->pixels, width, height, planes);
	encoder->photo_px += width * height;
}

static void grow(struct sj_tile_encoder *encoder, const struct sj_rect *rect)
{
	size_t x = grid_x(rect), y = grid_y(rect);
	bool is_first = encoder->cells == 1;

	encoder->left = is_first ? x : min_of(encoder->left, x);
	encoder->right = is_first ? x : max_of(encoder->right, x);
	encoder->top = is_first ? y : min_of(encoder->top, y);
	encoder->bottom = is_first ? y : max_of(encoder->bottom, y);
}

/* Begins the cell of the screen in which rect lies. */
static struct cell *open_cell(struct sj_tile_encoder *encoder,
	const struct sj_tile_image *image, const struct sj_rect *rect)
{
	struct cell *cell = &encoder->cell[encoder->cells];

	encoder->size = image->size;
	memset(cell, 0, sizeof(*cell));
	cell->place = place_of(rect);
	cell->begin = encoder->tokens.control_bytes;
	cell->end = cell->begin;
	encoder->cells++;
	grow(encoder, rect);
	return cell;
}

void sj_tile_add(struct sj_tile_encoder *encoder,
	const struct sj_tile_image *image, const struct sj_rect *rect)
{
	struct sj_rect whole = cell_rect(rect, &image->size);
	bool is_part = rect->width_px != whole.width_px ||
		       rect->height_px != whole.height_px;
	struct sj_slot_key key;
	struct cell *cell;
	int slot = -1;

	assert(sj_rect_fits(rect, &image->size) &&
		rect->x_px + rect->width_px <= whole.x_px + whole.width_px &&
		rect->y_px + rect->height_px <= whole.y_px + whole.height_px &&
		sj_tile_takes(encoder, rect));
	cell = open_cell(encoder, image, rect);
	take(encoder, image, &whole);
	if (!is_solid(encoder->pixels,
		    (size_t)whole.width_px * whole.height_px)) {
		key = key_of(encoder, &whole);
		cell->is_slot = sj_slots_find(
			&encoder->slots, &key, cell->place, &cell->slot);
		if (!cell->is_slot)
			slot = sj_slots_store(
				&encoder->slots, &key, cell->place);
	}
	if (is_part && !cell->is_slot)
		take(encoder, image, rect);
	if (!cell->is_slot)
		draw(encoder, &whole, rect, slot);
	if (!is_part || cell->is_slot)
		note(encoder, &whole);
	if (!cell->is_slot)
		encoder->drawn_px += sj_rect_area(rect);
	cell->end = encoder->tokens.control_bytes;
}

void sj_tile_keep(struct sj_tile_encoder *encoder,
	const struct sj_tile_image *image, const struct sj_rect *rect)
{
	struct sj_rect whole = cell_rect(rect, &image->size);
	struct sj_slot_key key;
	struct cell *cell;
	uint16_t slot;

	assert(sj_rect_fits(rect, &image->size) &&
		memcmp(rect, &whole, sizeof(whole)) == 0 &&
		sj_tile_takes(encoder, rect));
	take(encoder, image, rect);
	if (is_solid(encoder->pixels, sj_rect_area(rect)))
		return;
	key = key_of(encoder, rect);
	if (!sj_slots_keep(&encoder->slots, &key, place_of(rect), &slot))
		return;
	cell = open_cell(encoder, image, rect);
	cell->is_kept = true;
	cell->slot = slot;
	cell->is_next = slot == encoder->next_slot;
	encoder->next_slot = (uint16_t)((slot + 1) % SJ_LIMIT_TILE_SLOTS);
}

/* ---- the payload ---- */

size_t sj_tile_bound(const struct sj_tile_encoder *encoder, size_t more)
{
	return HEAD_BYTES + encoder->tokens.control_bytes +
	       encoder->tokens.index_bytes + 3 * encoder->photo_px +
	       encoder->coder.at + SJ_MODEL_EXTRA_BYTES +
	       (encoder->cells + more) * CELL_HEAD_BYTES +
	       more * sj_tokens_bound(SJ_TILE_CELL_AREA);
}

static void put_keep(struct sj_tokens *out, size_t count)
{
	if (count == 0)
		return;
	out->control[out->control_bytes++] = SJ_TILE_MODE_KEEP;
	sj_tokens_number(out, count - 1);
}

/* True if cell is the next one in the rectangle behind the one before it, and
 * its slot, too, is the next one. */
static bool follows(
	const struct sj_tile_encoder *encoder, const struct cell *cell)
{
	size_t columns = encoder->right - encoder->left + 1;
	size_t next = cell[-1].place + 1u;

	if (cell[-1].place % GRID_COLUMNS == encoder->right)
		next += GRID_COLUMNS - columns;
	return cell->place == next && cell->slot == cell[-1].slot + 1;
}

static void put_u16(struct sj_tokens *out, size_t value)
{
	out->control[out->control_bytes++] = (uint8_t)(value >> 8);
	out->control[out->control_bytes++] = (uint8_t)value;
}

/* A cell drawn from slot, and more that follow. */
static void put_drawn(struct sj_tokens *out, size_t slot, size_t more)
{
	size_t few = min_of(more, SJ_TILE_SLOT_MANY);

	out->control[out->control_bytes++] = SJ_TILE_MODE_SLOT;
	put_u16(out, few << SJ_TILE_SLOT_BITS | slot);
	if (few == SJ_TILE_SLOT_MANY)
		sj_tokens_number(out, more - few);
}

static void put_kept(
	struct sj_tokens *out, const struct cell *cell, size_t more)
{
	unsigned op = SJ_TILE_MODE_KEEP;

	op |= cell->is_next ? SJ_TILE_OP_STORE : SJ_TILE_OP_STORE_AT;
	out->control[out->control_bytes++] = (uint8_t)op;
	if (!cell->is_next)
		put_u16(out, cell->slot);
	sj_tokens_number(out, more);
}

/*
 * Writes the cells from at on that are drawn from slots, or kept in slots,
 * that follow each other; returns how many.
 */
static size_t put_slots(
	const struct sj_tile_encoder *encoder, struct sj_tokens *out, size_t at)
{
	const struct cell *cell = &encoder->cell[at];
	size_t count = 1;

	while (at + count < encoder->cells &&
		cell[count].is_slot == cell->is_slot &&
		cell[count].is_kept == cell->is_kept &&
		follows(encoder, &cell[count]))
		count++;
	if (cell->is_slot)
		put_drawn(out, cell->slot, count - 1);
	else
		put_kept(out, cell, count - 1);
	return count;
}

/* All cells of the rectangle in order into merged; returns its bytes. */
static size_t merge(struct sj_tile_encoder *encoder)
{
	struct sj_tokens *out = &encoder->tokens;
	size_t columns = encoder->right - encoder->left + 1;
	size_t rows = encoder->bottom - encoder->top + 1;
	size_t at = 0, done = 0;

	out->control = encoder->merged;
	out->control_bytes = 0;
	while (at < encoder->cells) {
		const struct cell *cell = &encoder->cell[at];
		size_t x = cell->place % GRID_COLUMNS - encoder->left;
		size_t y = cell->place / GRID_COLUMNS - encoder->top;
		size_t count = 1;

		put_keep(out, y * columns + x - done);
		if (cell->is_slot || cell->is_kept) {
			count = put_slots(encoder, out, at);
		} else {
			memcpy(out->control + out->control_bytes,
				encoder->control + cell->begin,
				cell->end - cell->begin);
			out->control_bytes += cell->end - cell->begin;
		}
		done = y * columns + x + count;
		at += count;
	}
	put_keep(out, columns * rows - done);
	out->control = encoder->control;
	return out->control_bytes;
}

enum sj_step sj_tile_end(struct sj_tile_encoder *encoder, struct sj_writer *out,
	struct sj_rect *rect)
{
	struct sj_pack pack = {
		.control = encoder->merged,
		.index = encoder->index,
		.index_bytes = encoder->tokens.index_bytes,
		.plane = {encoder->plane[0], encoder->plane[1],
			encoder->plane[2]},
		.photo_px = encoder->photo_px,
		.model = encoder->modelled,
	};
	struct sj_rect whole;

	assert(encoder->cells > 0);
	if (sj_writer_room(out) < sj_tile_bound(encoder, 0))
		return SJ_STEP_FULL;
	pack.control_bytes = merge(encoder);
	if (encoder->has_model)
		pack.model_bytes = sj_coder_end(&encoder->coder);
	pack.is_packed = pack.control_bytes + pack.index_bytes >= PACK_MIN;
	sj_packer_write(encoder->packer, &pack, out);
	whole.x_px = (uint16_t)(encoder->left * SJ_TILE_CELL_PX);
	whole.y_px = (uint16_t)(encoder->top * SJ_TILE_CELL_PX);
	whole.width_px = (uint16_t)((encoder->right - encoder->left + 1) *
				    SJ_TILE_CELL_PX);
	whole.height_px = (uint16_t)((encoder->bottom - encoder->top + 1) *
				     SJ_TILE_CELL_PX);
	*rect = sj_rect_clip(&whole, &encoder->size);
	start(encoder);
	return SJ_STEP_DONE;
}
