/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/trace.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zstd.h>

#include "protocol/base/limits.h"

#define MAGIC "SJTRACE1"
#define MAGIC_BYTES 8
#define HEAD_BYTES 16
#define FRAMES_AT 12
#define FRAME_BYTES 16
#define COLOUR 0x00ffffffu
/* Fast: the recorder must not hold up the browser it records. */
#define LEVEL 1

struct sj_trace_reader {
	FILE *file;
	struct sj_tile_image image;
	uint8_t *packed, *plain;
	size_t plain_bytes, packed_bytes; /* capacities */
	uint32_t frames, at, time_us;
};

struct sj_trace_writer {
	FILE *file;
	struct sj_size size;
	uint32_t *pixels; /* the last frame */
	uint32_t *plain;  /* the box of the next, row by row */
	uint8_t *packed;
	size_t packed_bytes; /* capacity */
	uint32_t frames, time_us;
	int level;
};

static void put(uint8_t *out, size_t bytes, uint32_t value)
{
	for (size_t i = 0; i < bytes; i++)
		out[i] = (uint8_t)(value >> (8 * i));
}

static uint32_t get(const uint8_t *in, size_t bytes)
{
	uint32_t value = 0;

	for (size_t i = 0; i < bytes; i++)
		value |= (uint32_t)in[i] << (8 * i);
	return value;
}

/* ---- reading ---- */

static enum sj_err read_head(struct sj_trace_reader *reader)
{
	uint8_t head[HEAD_BYTES];
	struct sj_size size;

	if (fread(head, 1, sizeof(head), reader->file) != sizeof(head) ||
		memcmp(head, MAGIC, MAGIC_BYTES) != 0)
		return SJ_ERR_FORMAT;
	size.width_px = (uint16_t)get(head + 8, 2);
	size.height_px = (uint16_t)get(head + 10, 2);
	reader->frames = get(head + FRAMES_AT, 4);
	if (size.width_px == 0 || size.width_px > SJ_LIMIT_WIDTH_PX ||
		size.height_px == 0 || size.height_px > SJ_LIMIT_HEIGHT_PX ||
		reader->frames == 0)
		return SJ_ERR_FORMAT;
	reader->image.size = size;
	reader->image.stride_bytes = (size_t)size.width_px * 4;
	reader->plain_bytes = reader->image.stride_bytes * size.height_px;
	reader->packed_bytes = ZSTD_compressBound(reader->plain_bytes);
	reader->image.pixels = calloc(1, reader->plain_bytes);
	reader->plain = malloc(reader->plain_bytes);
	reader->packed = malloc(reader->packed_bytes);
	return reader->image.pixels && reader->plain && reader->packed
		       ? SJ_OK
		       : SJ_ERR_MEMORY;
}

enum sj_err sj_trace_reader_open(
	struct sj_trace_reader **reader, const char *path)
{
	struct sj_trace_reader *made = calloc(1, sizeof(*made));
	enum sj_err err;

	if (!made)
		return SJ_ERR_MEMORY;
	made->file = fopen(path, "rbe");
	err = made->file ? read_head(made) : SJ_ERR_SYSTEM;
	if (err != SJ_OK) {
		sj_trace_reader_destroy(made);
		return err;
	}
	*reader = made;
	return SJ_OK;
}

void sj_trace_reader_destroy(struct sj_trace_reader *reader)
{
	if (!reader)
		return;
	if (reader->file)
		fclose(reader->file);
	free(reader->image.pixels);
	free(reader->plain);
	free(reader->packed);
	free(reader);
}

uint32_t sj_trace_reader_frames(const struct sj_trace_reader *reader)
{
	return reader->frames;
}

const struct sj_tile_image *sj_trace_reader_image(
	const struct sj_trace_reader *reader)
{
	return &reader->image;
}

static bool frame_is_good(const struct sj_trace_reader *reader,
	const struct sj_trace_frame *frame)
{
	const struct sj_rect all = {0, 0, reader->image.size.width_px,
		reader->image.size.height_px};

	return sj_rect_fits(&frame->rect, &reader->image.size) &&
	       frame->time_us >= reader->time_us &&
	       (reader->at > 0 || memcmp(&frame->rect, &all, sizeof(all)) == 0);
}

/* Pixels of rect from plain, where they lie without a gap. */
static void place(struct sj_trace_reader *reader, const struct sj_rect *rect)
{
	size_t row_bytes = (size_t)rect->width_px * 4;
	const uint8_t *from = reader->plain;

	for (size_t y = 0; y < rect->height_px; y++, from += row_bytes) {
		uint8_t *to = reader->image.pixels +
			      (rect->y_px + y) * reader->image.stride_bytes +
			      (size_t)rect->x_px * 4;

		memcpy(to, from, row_bytes);
		for (size_t x = 3; x < row_bytes; x += 4)
			to[x] = 0;
	}
}

enum sj_err sj_trace_reader_next(
	struct sj_trace_reader *reader, struct sj_trace_frame *frame)
{
	uint8_t head[FRAME_BYTES];
	size_t packed_bytes, plain_bytes;

	if (reader->at == reader->frames)
		return SJ_ERR_MISSING;
	if (fread(head, 1, sizeof(head), reader->file) != sizeof(head))
		return SJ_ERR_FORMAT;
	frame->time_us = get(head, 4);
	frame->rect = (struct sj_rect){(uint16_t)get(head + 4, 2),
		(uint16_t)get(head + 6, 2), (uint16_t)get(head + 8, 2),
		(uint16_t)get(head + 10, 2)};
	packed_bytes = get(head + 12, 4);
	if (!frame_is_good(reader, frame) ||
		packed_bytes > reader->packed_bytes ||
		fread(reader->packed, 1, packed_bytes, reader->file) !=
			packed_bytes)
		return SJ_ERR_FORMAT;
	plain_bytes = (size_t)sj_rect_area(&frame->rect) * 4;
	if (ZSTD_decompress(reader->plain, plain_bytes, reader->packed,
		    packed_bytes) != plain_bytes)
		return SJ_ERR_FORMAT;
	place(reader, &frame->rect);
	reader->time_us = frame->time_us;
	reader->at++;
	return SJ_OK;
}

bool sj_trace_reader_rewind(struct sj_trace_reader *reader)
{
	memset(reader->image.pixels, 0, reader->plain_bytes);
	reader->at = 0;
	reader->time_us = 0;
	return fseek(reader->file, HEAD_BYTES, SEEK_SET) == 0;
}

/* ---- writing ---- */

static enum sj_err write_head(struct sj_trace_writer *writer)
{
	uint8_t head[HEAD_BYTES] = MAGIC;

	put(head + 8, 2, writer->size.width_px);
	put(head + 10, 2, writer->size.height_px);
	put(head + FRAMES_AT, 4, writer->frames);
	return fwrite(head, 1, sizeof(head), writer->file) == sizeof(head)
		       ? SJ_OK
		       : SJ_ERR_SYSTEM;
}

enum sj_err sj_trace_writer_create(struct sj_trace_writer **writer,
	const char *path, const struct sj_size *size)
{
	size_t bytes = (size_t)size->width_px * size->height_px * 4;
	struct sj_trace_writer *made = calloc(1, sizeof(*made));
	enum sj_err err = SJ_OK;

	if (!made)
		return SJ_ERR_MEMORY;
	made->size = *size;
	made->level = LEVEL;
	made->packed_bytes = ZSTD_compressBound(bytes);
	made->pixels = calloc(1, bytes);
	made->plain = malloc(bytes);
	made->packed = malloc(made->packed_bytes);
	made->file = fopen(path, "wbe");
	if (!made->pixels || !made->plain || !made->packed)
		err = SJ_ERR_MEMORY;
	else if (!made->file)
		err = SJ_ERR_SYSTEM;
	else
		err = write_head(made);
	if (err != SJ_OK) {
		sj_trace_writer_destroy(made);
		return err;
	}
	*writer = made;
	return SJ_OK;
}

void sj_trace_writer_destroy(struct sj_trace_writer *writer)
{
	if (!writer)
		return;
	if (writer->file)
		fclose(writer->file);
	free(writer->pixels);
	free(writer->plain);
	free(writer->packed);
	free(writer);
}

static const uint32_t *live_row(
	const struct sj_tile_image *image, const struct sj_rect *rect, size_t y)
{
	const void *row = image->pixels +
			  (rect->y_px + y) * image->stride_bytes +
			  (size_t)rect->x_px * 4;

	return row;
}

/* Shrinks *rect to what differs from the last frame; false if nothing. */
static bool trim(const struct sj_trace_writer *writer,
	const struct sj_tile_image *image, struct sj_rect *rect)
{
	size_t left = rect->width_px, right = 0, top = rect->height_px;
	size_t bottom = 0;

	for (size_t y = 0; y < rect->height_px; y++) {
		const uint32_t *now = live_row(image, rect, y);
		const uint32_t *was = writer->pixels +
				      (rect->y_px + y) * writer->size.width_px +
				      rect->x_px;

		for (size_t x = 0; x < rect->width_px; x++) {
			if (((now[x] ^ was[x]) & COLOUR) == 0)
				continue;
			if (x < left)
				left = x;
			if (x > right)
				right = x;
			if (y < top)
				top = y;
			bottom = y;
		}
	}
	if (top == rect->height_px)
		return false;
	rect->x_px = (uint16_t)(rect->x_px + left);
	rect->y_px = (uint16_t)(rect->y_px + top);
	rect->width_px = (uint16_t)(right - left + 1);
	rect->height_px = (uint16_t)(bottom - top + 1);
	return true;
}

/* Remembers rect of image, and lays it out for the file. */
static void take(struct sj_trace_writer *writer,
	const struct sj_tile_image *image, const struct sj_rect *rect)
{
	uint32_t *to = writer->plain;

	for (size_t y = 0; y < rect->height_px; y++) {
		const uint32_t *now = live_row(image, rect, y);
		uint32_t *was = writer->pixels +
				(rect->y_px + y) * writer->size.width_px +
				rect->x_px;

		for (size_t x = 0; x < rect->width_px; x++)
			*to++ = was[x] = now[x] & COLOUR;
	}
}

static enum sj_err append(
	struct sj_trace_writer *writer, const struct sj_rect *rect)
{
	uint8_t head[FRAME_BYTES];
	size_t packed_bytes = ZSTD_compress(writer->packed,
		writer->packed_bytes, writer->plain,
		(size_t)sj_rect_area(rect) * 4, writer->level);

	if (ZSTD_isError(packed_bytes))
		return SJ_ERR_MEMORY;
	put(head, 4, writer->time_us);
	put(head + 4, 2, rect->x_px);
	put(head + 6, 2, rect->y_px);
	put(head + 8, 2, rect->width_px);
	put(head + 10, 2, rect->height_px);
	put(head + 12, 4, (uint32_t)packed_bytes);
	if (fwrite(head, 1, sizeof(head), writer->file) != sizeof(head) ||
		fwrite(writer->packed, 1, packed_bytes, writer->file) !=
			packed_bytes)
		return SJ_ERR_SYSTEM;
	writer->frames++;
	return SJ_OK;
}

enum sj_err sj_trace_writer_add(struct sj_trace_writer *writer,
	uint32_t time_us, const struct sj_tile_image *image,
	const struct sj_rect *part, bool *is_new)
{
	struct sj_rect rect = {
		0, 0, writer->size.width_px, writer->size.height_px};

	assert(time_us >= writer->time_us);
	*is_new = false;
	if (part && writer->frames > 0)
		rect = sj_rect_clip(part, &writer->size);
	if (writer->frames > 0 && !trim(writer, image, &rect))
		return SJ_OK;
	take(writer, image, &rect);
	writer->time_us = time_us;
	*is_new = true;
	return append(writer, &rect);
}

void sj_trace_writer_set_level(struct sj_trace_writer *writer, int level)
{
	writer->level = level;
}

uint32_t sj_trace_writer_frames(const struct sj_trace_writer *writer)
{
	return writer->frames;
}

enum sj_err sj_trace_writer_finish(struct sj_trace_writer *writer)
{
	if (fseek(writer->file, 0, SEEK_SET) != 0)
		return SJ_ERR_SYSTEM;
	return write_head(writer) == SJ_OK && fflush(writer->file) == 0
		       ? SJ_OK
		       : SJ_ERR_SYSTEM;
}
