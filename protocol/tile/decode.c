/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/tile/tile.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/tile/colours.h"
#include "protocol/tile/edges.h"
#include "protocol/tile/format.h"
#include "protocol/tile/model.h"
#include "protocol/tile/photo.h"
#include "protocol/tile/slots.h"
#include "protocol/tile/unpack.h"

#define PAGE_BYTES 4096u
#define SHORT_RUN 12
#define CELLS_MAX SJ_SLOT_PLACES /* of a rectangle */

/* The pixels of a stored cell, rows without a gap. */
struct slot {
	uint32_t pixels[SJ_TILE_CELL_AREA];
};

struct sj_tile_decoder {
	bool is_broken;
	struct sj_unpacker *unpacker;
	struct sj_colours table;
	struct slot *slots;
	struct sj_size size[SJ_LIMIT_TILE_SLOTS]; /* 0x0: nothing stored */
	size_t next_slot;
	struct sj_parts parts;
	size_t photo_at;
	struct sj_model *model;
	struct sj_coder coder;
	bool has_model; /* in this payload */
	struct sj_edges edges;
	struct sj_rect rect;             /* being decoded */
	struct sj_rect drawn[CELLS_MAX]; /* of it, neighbours joined */
	size_t drawn_count;
	uint32_t pixels[SJ_TILE_CELL_AREA];
};

struct sj_tile_decoder *sj_tile_decoder_create(void)
{
	struct sj_tile_decoder *decoder = calloc(1, sizeof(*decoder));

	if (!decoder)
		return NULL;
	decoder->unpacker = sj_unpacker_create();
	/* Pages that are never stored to stay untouched. */
	decoder->slots = calloc(SJ_LIMIT_TILE_SLOTS, sizeof(struct slot));
	decoder->model = sj_model_create();
	if (!decoder->unpacker || !decoder->slots || !decoder->model) {
		sj_tile_decoder_destroy(decoder);
		return NULL;
	}
	return decoder;
}

void sj_tile_decoder_destroy(struct sj_tile_decoder *decoder)
{
	if (!decoder)
		return;
	sj_unpacker_destroy(decoder->unpacker);
	sj_model_destroy(decoder->model);
	for (size_t i = 0; decoder->slots && i < SJ_LIMIT_TILE_SLOTS; i++)
		if (decoder->size[i].width_px != 0)
			explicit_bzero(&decoder->slots[i], sizeof(struct slot));
	free(decoder->slots);
	explicit_bzero(decoder, sizeof(*decoder));
	free(decoder);
}

void sj_tile_decoder_warm(struct sj_tile_decoder *decoder)
{
	/* Through volatile, or the compiler would see that nothing changes. */
	volatile uint32_t *pixels = decoder->slots->pixels;
	const size_t step = PAGE_BYTES / sizeof(*pixels);

	for (size_t i = 0; i < SJ_LIMIT_TILE_SLOTS * SJ_TILE_CELL_AREA;
		i += step)
		pixels[i] = 0;
}

void sj_tile_decoder_reset(struct sj_tile_decoder *decoder)
{
	sj_unpacker_reset(decoder->unpacker);
	sj_model_reset(decoder->model);
	memset(&decoder->table, 0, sizeof(decoder->table));
	memset(decoder->size, 0, sizeof(decoder->size));
	decoder->next_slot = 0;
	decoder->is_broken = false;
}

/* ---- colours and tokens ---- */

static bool read_new(struct sj_tile_decoder *decoder, uint32_t *colour)
{
	const uint8_t *view = NULL;
	uint32_t evicted;

	if (!sj_read_view(&decoder->parts.index, &view, 3))
		return false;
	*colour = (uint32_t)view[2] << 16 | (uint32_t)view[1] << 8 | view[0];
	sj_colours_add(&decoder->table, *colour, &evicted);
	return true;
}

static bool read_colour(struct sj_tile_decoder *decoder, uint32_t *colour)
{
	uint8_t first = 0, second = 0;
	uint32_t place;

	if (!sj_read_u8(&decoder->parts.index, &first))
		return false;
	if (first == SJ_TILE_COLOUR_NEW)
		return read_new(decoder, colour);
	place = first;
	if (place >= SJ_TILE_COLOUR_SHORT) {
		if (!sj_read_u8(&decoder->parts.index, &second))
			return false;
		place = SJ_TILE_COLOUR_SHORT +
			((place - SJ_TILE_COLOUR_SHORT) << 8) + second;
	}
	if (place >= decoder->table.count)
		return false;
	decoder->table.is_used[place] = 1;
	*colour = decoder->table.colour[place];
	return true;
}

/* Most colours have one byte: as many of them in a row as there are. */
static bool read_colours(
	struct sj_tile_decoder *decoder, uint32_t *pixels, size_t count)
{
	struct sj_reader *index = &decoder->parts.index;
	struct sj_colours *table = &decoder->table;
	size_t i = 0;

	while (i < count) {
		const uint8_t *bytes = index->data + index->at;
		size_t few = index->size - index->at, n = 0;
		uint32_t known = table->count < SJ_TILE_COLOUR_SHORT
					 ? table->count
					 : SJ_TILE_COLOUR_SHORT;

		if (few > count - i)
			few = count - i;
		for (; n < few && bytes[n] < known; n++) {
			table->is_used[bytes[n]] = 1;
			pixels[i + n] = table->colour[bytes[n]];
		}
		index->at += n;
		i += n;
		if (i < count && !read_colour(decoder, &pixels[i++]))
			return false;
	}
	return true;
}

static bool read_token(
	struct sj_tile_decoder *decoder, unsigned *type, size_t *length)
{
	struct sj_reader *control = &decoder->parts.control;
	size_t more;
	uint8_t byte;

	if (control->at == control->size)
		return false;
	byte = control->data[control->at++];
	*type = byte >> 6;
	*length = (byte & 63u) + 1u;
	if (*length <= SJ_TILE_TOKEN_LONG)
		return true;
	if (!sj_unpack_number(&decoder->parts.control, &more))
		return false;
	*length += more;
	return true;
}

/* Copies the row above, which a long run has itself begun. Most runs are so
 * short that a call takes longer than they do. */
static void draw_above(uint32_t *pixels, size_t length, size_t width)
{
	while (length < SHORT_RUN && length > 0) {
		*pixels = *(pixels - width);
		pixels++;
		length--;
	}
	while (length > 0) {
		size_t count = length < width ? length : width;

		memcpy(pixels, pixels - width, count * sizeof(*pixels));
		pixels += count;
		length -= count;
	}
}

static bool draw_token(struct sj_tile_decoder *decoder, unsigned type,
	size_t at, size_t length, size_t width)
{
	uint32_t *pixels = decoder->pixels + at;
	uint32_t left;

	switch (type) {
	case SJ_TILE_TOKEN_ABOVE:
		if (at < width)
			return false;
		draw_above(pixels, length, width);
		return true;
	case SJ_TILE_TOKEN_LEFT:
		if (at == 0)
			return false;
		left = decoder->pixels[at - 1];
		for (size_t i = 0; i < length; i++)
			pixels[i] = left;
		return true;
	case SJ_TILE_TOKEN_LITERAL:
		return read_colours(decoder, pixels, length);
	default:
		return false;
	}
}

static bool draw_tokens(
	struct sj_tile_decoder *decoder, size_t width, size_t height)
{
	size_t end = width * height;
	size_t at = 0, length;
	unsigned type;

	while (at < end) {
		if (!read_token(decoder, &type, &length) || length > end - at ||
			!draw_token(decoder, type, at, length, width))
			return false;
		at += length;
	}
	return true;
}

static bool draw_solid(struct sj_tile_decoder *decoder, size_t area)
{
	uint32_t colour;

	if (!read_colour(decoder, &colour))
		return false;
	for (size_t i = 0; i < area; i++)
		decoder->pixels[i] = colour;
	return true;
}

static bool draw_photo(
	struct sj_tile_decoder *decoder, size_t width, size_t height)
{
	const struct sj_parts *parts = &decoder->parts;
	const uint8_t *plane[3];

	if (width * height > parts->photo_px - decoder->photo_at)
		return false;
	for (int i = 0; i < 3; i++)
		plane[i] = parts->plane[i] + decoder->photo_at;
	decoder->photo_at += width * height;
	sj_photo_give(decoder->pixels, width, height, plane);
	return true;
}

/* ---- the model ---- */

/* The cell of the rectangle shows pixels: its neighbours may look at them. */
static void note(struct sj_tile_decoder *decoder, const struct sj_rect *cell,
	const uint32_t *pixels)
{
	const struct sj_size size = {cell->width_px, cell->height_px};

	if (decoder->has_model)
		sj_edges_note(&decoder->edges,
			(size_t)(cell->x_px - decoder->rect.x_px) /
				SJ_TILE_CELL_PX,
			(size_t)(cell->y_px - decoder->rect.y_px) /
				SJ_TILE_CELL_PX,
			pixels, &size);
}

static bool draw_model(struct sj_tile_decoder *decoder,
	const struct sj_rect *cell, const struct sj_rect *box, bool is_box)
{
	const struct sj_model_part part = {
		.size = {box->width_px, box->height_px},
		.edges = &decoder->edges,
		.column = (size_t)(cell->x_px - decoder->rect.x_px) /
			  SJ_TILE_CELL_PX,
		.row = (size_t)(cell->y_px - decoder->rect.y_px) /
		       SJ_TILE_CELL_PX,
		.is_box = is_box,
	};

	if (!decoder->has_model)
		return false;
	sj_model_code(decoder->model, &decoder->coder, &part, decoder->pixels);
	return !decoder->coder.is_bad;
}

/* Begins with the bytes of the model, if there are any. */
static void open_model(
	struct sj_tile_decoder *decoder, const struct sj_rect *rect)
{
	const struct sj_reader *bytes = &decoder->parts.model;

	decoder->rect = *rect;
	decoder->has_model = bytes->size > 0;
	if (!decoder->has_model)
		return;
	sj_edges_start(&decoder->edges);
	sj_coder_read(&decoder->coder, bytes->data, bytes->size);
}

/* ---- cells ---- */

static uint8_t *row_of(
	const struct sj_tile_image *image, const struct sj_rect *rect, size_t y)
{
	return image->pixels + (rect->y_px + y) * image->stride_bytes +
	       (size_t)rect->x_px * 4;
}

/* rect lies inside one cell, and to the right of what was drawn in its row. */
static void note_drawn(
	struct sj_tile_decoder *decoder, const struct sj_rect *rect)
{
	struct sj_rect *last = decoder->drawn + decoder->drawn_count;

	if (decoder->drawn_count > 0 && last[-1].y_px == rect->y_px &&
		last[-1].height_px == rect->height_px &&
		last[-1].x_px + last[-1].width_px == rect->x_px) {
		last[-1].width_px =
			(uint16_t)(last[-1].width_px + rect->width_px);
		return;
	}
	*last = *rect;
	decoder->drawn_count++;
}

static void show(struct sj_tile_decoder *decoder, struct sj_tile_image *image,
	const struct sj_rect *rect, const uint32_t *pixels)
{
	note_drawn(decoder, rect);
	for (size_t y = 0; y < rect->height_px; y++)
		memcpy(row_of(image, rect, y), pixels + y * rect->width_px,
			(size_t)rect->width_px * 4);
}

/* Cell number at of rect, row by row. */
static struct sj_rect cell_of(const struct sj_rect *rect, size_t at)
{
	size_t columns =
		(rect->width_px + SJ_TILE_CELL_PX - 1u) / SJ_TILE_CELL_PX;
	size_t x = at % columns * SJ_TILE_CELL_PX;
	size_t y = at / columns * SJ_TILE_CELL_PX;
	size_t width = rect->width_px - x, height = rect->height_px - y;
	struct sj_rect cell = {
		(uint16_t)(rect->x_px + x),
		(uint16_t)(rect->y_px + y),
		(uint16_t)(width < SJ_TILE_CELL_PX ? width : SJ_TILE_CELL_PX),
		(uint16_t)(height < SJ_TILE_CELL_PX ? height : SJ_TILE_CELL_PX),
	};

	return cell;
}

static bool read_box(struct sj_tile_decoder *decoder,
	const struct sj_rect *cell, struct sj_rect *box)
{
	const struct sj_size size = {cell->width_px, cell->height_px};
	const uint8_t *view = NULL;

	if (!sj_read_view(&decoder->parts.control, &view, 3))
		return false;
	/* Six bits each. */
	box->x_px = view[0] >> 2;
	box->y_px = (uint16_t)((view[0] & 3) << 4 | view[1] >> 4);
	box->width_px = (uint16_t)(((view[1] & 15) << 2 | view[2] >> 6) + 1);
	box->height_px = (uint16_t)((view[2] & 63) + 1);
	if (!sj_rect_fits(box, &size))
		return false;
	box->x_px = (uint16_t)(box->x_px + cell->x_px);
	box->y_px = (uint16_t)(box->y_px + cell->y_px);
	return true;
}

static bool read_slot(struct sj_tile_decoder *decoder, size_t *slot)
{
	uint16_t wire_slot = 0;

	if (!sj_read_u16(&decoder->parts.control, &wire_slot) ||
		wire_slot >= SJ_LIMIT_TILE_SLOTS)
		return false;
	*slot = wire_slot;
	return true;
}

static void store(struct sj_tile_decoder *decoder,
	const struct sj_tile_image *image, const struct sj_rect *cell,
	size_t number)
{
	struct slot *slot = &decoder->slots[number];

	decoder->size[number].width_px = cell->width_px;
	decoder->size[number].height_px = cell->height_px;
	for (size_t y = 0; y < cell->height_px; y++)
		memcpy(slot->pixels + y * cell->width_px,
			row_of(image, cell, y), (size_t)cell->width_px * 4);
	decoder->next_slot = (number + 1) % SJ_LIMIT_TILE_SLOTS;
}

/* Draws a cell by tokens, one colour, planes or the model, and stores it if op
 * says. */
static bool draw_cell(struct sj_tile_decoder *decoder, unsigned op,
	const struct sj_rect *cell, struct sj_tile_image *image)
{
	bool is_stored = (op & (SJ_TILE_OP_STORE | SJ_TILE_OP_STORE_AT)) != 0;
	bool is_box = (op & SJ_TILE_OP_BOX) != 0;
	size_t slot = decoder->next_slot;
	struct sj_rect box = *cell;
	bool is_good;

	if ((op & SJ_TILE_OP_STORE) != 0 && (op & SJ_TILE_OP_STORE_AT) != 0)
		return false;
	if (is_box && !read_box(decoder, cell, &box))
		return false;
	if ((op & SJ_TILE_OP_STORE_AT) != 0 && !read_slot(decoder, &slot))
		return false;
	switch (op & SJ_TILE_MODE_MASK) {
	case SJ_TILE_MODE_TOKENS:
		is_good = draw_tokens(decoder, box.width_px, box.height_px);
		break;
	case SJ_TILE_MODE_SOLID:
		is_good = draw_solid(
			decoder, (size_t)box.width_px * box.height_px);
		break;
	case SJ_TILE_MODE_PHOTO:
		is_good = draw_photo(decoder, box.width_px, box.height_px);
		break;
	case SJ_TILE_MODE_MODEL:
		is_good = draw_model(decoder, cell, &box, is_box);
		break;
	default:
		return false;
	}
	if (!is_good)
		return false;
	show(decoder, image, &box, decoder->pixels);
	if (!is_box)
		note(decoder, cell, decoder->pixels);
	if (is_stored)
		store(decoder, image, cell, slot);
	return true;
}

/* Draws stored cells from cell at on; *count says how many. */
static bool draw_slots(struct sj_tile_decoder *decoder,
	const struct sj_rect *rect, size_t at, size_t left, size_t *count,
	struct sj_tile_image *image)
{
	size_t first, more = 0;
	uint16_t wire_slots = 0;

	if (!sj_read_u16(&decoder->parts.control, &wire_slots))
		return false;
	first = wire_slots & ((1u << SJ_TILE_SLOT_BITS) - 1);
	*count = (wire_slots >> SJ_TILE_SLOT_BITS) + 1u;
	if (*count > SJ_TILE_SLOT_MANY &&
		!sj_unpack_number(&decoder->parts.control, &more))
		return false;
	*count += more;
	if (*count > left || *count > SJ_LIMIT_TILE_SLOTS - first)
		return false;
	for (size_t i = 0; i < *count; i++) {
		const struct sj_size *size = &decoder->size[first + i];
		struct sj_rect cell = cell_of(rect, at + i);

		if (size->width_px != cell.width_px ||
			size->height_px != cell.height_px)
			return false;
		show(decoder, image, &cell, decoder->slots[first + i].pixels);
		note(decoder, &cell, decoder->slots[first + i].pixels);
	}
	return true;
}

/* Cells from cell at on stay; those that op says are stored. */
static bool keep(struct sj_tile_decoder *decoder, unsigned op, size_t at,
	size_t left, size_t *count, const struct sj_tile_image *image)
{
	bool is_at = (op & SJ_TILE_OP_STORE_AT) != 0;
	size_t slot = decoder->next_slot;

	if (is_at && !read_slot(decoder, &slot))
		return false;
	if (!sj_unpack_number(&decoder->parts.control, count))
		return false;
	*count += 1;
	if (*count > left)
		return false;
	if (op == SJ_TILE_MODE_KEEP)
		return true;
	for (size_t i = 0; i < *count; i++) {
		struct sj_rect cell = cell_of(&decoder->rect, at + i);

		store(decoder, image, &cell,
			i == 0 ? slot : decoder->next_slot);
	}
	return true;
}

static bool decode_cells(struct sj_tile_decoder *decoder,
	const struct sj_rect *rect, struct sj_tile_image *image)
{
	const size_t cell_px = SJ_TILE_CELL_PX;
	size_t cells = (rect->width_px + cell_px - 1) / cell_px *
		       ((rect->height_px + cell_px - 1) / cell_px);
	size_t at = 0, count;

	if (cells > CELLS_MAX)
		return false;
	while (at < cells) {
		struct sj_rect cell = cell_of(rect, at);
		uint8_t op = 0;

		count = 0;
		if (!sj_read_u8(&decoder->parts.control, &op))
			return false;
		if (op == SJ_TILE_MODE_KEEP ||
			op == (SJ_TILE_MODE_KEEP | SJ_TILE_OP_STORE) ||
			op == (SJ_TILE_MODE_KEEP | SJ_TILE_OP_STORE_AT)) {
			if (!keep(decoder, op, at, cells - at, &count, image))
				return false;
		} else if (op == SJ_TILE_MODE_SLOT) {
			if (!draw_slots(decoder, rect, at, cells - at, &count,
				    image))
				return false;
		} else {
			if (op > (SJ_TILE_OP_STORE_AT | SJ_TILE_OP_BOX |
					 SJ_TILE_MODE_MASK) ||
				!draw_cell(decoder, op, &cell, image))
				return false;
			count = 1;
		}
		if (count > cells - at)
			return false;
		at += count;
	}
	return true;
}

enum sj_step sj_tile_decode(struct sj_tile_decoder *decoder,
	const uint8_t *payload, size_t size, const struct sj_rect *rect,
	struct sj_tile_image *image)
{
	struct sj_parts *parts = &decoder->parts;

	decoder->photo_at = 0;
	decoder->drawn_count = 0;
	if (decoder->is_broken || !sj_rect_fits(rect, &image->size) ||
		!sj_unpacker_open(decoder->unpacker, payload, size, parts)) {
		decoder->is_broken = true;
		return SJ_STEP_REFUSE;
	}
	open_model(decoder, rect);
	if (!decode_cells(decoder, rect, image) ||
		(decoder->has_model && !sj_coder_is_done(&decoder->coder)) ||
		sj_reader_left(&parts->control) != 0 ||
		sj_reader_left(&parts->index) != 0 ||
		decoder->photo_at != parts->photo_px) {
		decoder->is_broken = true;
		return SJ_STEP_REFUSE;
	}
	return SJ_STEP_DONE;
}

size_t sj_tile_drawn(
	const struct sj_tile_decoder *decoder, const struct sj_rect **parts)
{
	*parts = decoder->drawn;
	return decoder->drawn_count;
}
