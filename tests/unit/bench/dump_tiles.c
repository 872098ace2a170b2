/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dump_tiles KIND PIXELS [TRACE]: payloads, and what our decoder makes of them.
 * dump_tiles small SESSIONS SEED: so many sessions of a few small rectangles.
 *
 * KIND is quick, slow, both (now this, now that) or damaged (small payloads,
 * each with a bit turned over, each for a decoder that is new). Without a trace
 * it is made of more colours than there are places. Ends after the
 * frame with which PIXELS were sent. Writes records, little-endian: U8 'N',
 * U16 width, height: a new session, its picture black; U8 'P', U16 x, y,
 * width, height, U32 size, payload, U8 1 if it was decoded, 0 if refused, U32
 * CRC of the rectangle's pixels then.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/trace.h"
#include "tests/support/tile_rig.h"

static struct sj_tile_rig rig;
static size_t left_px;

static void put(uint32_t value, size_t bytes)
{
	for (; bytes > 0; bytes--, value >>= 8)
		if (putchar((int)(value & 255)) == EOF)
			exit(2);
}

static uint32_t crc_of(
	const struct sj_tile_image *image, const struct sj_rect *rect)
{
	uint32_t crc = UINT32_MAX;

	for (size_t y = 0; y < rect->height_px; y++) {
		const uint8_t *row = image->pixels +
				     (rect->y_px + y) * image->stride_bytes +
				     (size_t)rect->x_px * 4;

		for (size_t i = 0; i < (size_t)rect->width_px * 4; i++) {
			crc ^= row[i];
			for (int bit = 0; bit < 8; bit++)
				crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
		}
	}
	return ~crc;
}

static void put_session(const struct sj_size *size)
{
	put('N', 1);
	put(size->width_px, 2);
	put(size->height_px, 2);
}

static void put_payload(const struct sj_tile_image *image,
	const struct sj_rect *rect, const uint8_t *payload, size_t size,
	bool is_good)
{
	put('P', 1);
	put(rect->x_px, 2);
	put(rect->y_px, 2);
	put(rect->width_px, 2);
	put(rect->height_px, 2);
	put((uint32_t)size, 4);
	if (fwrite(payload, 1, size, stdout) != size)
		exit(2);
	put(is_good, 1);
	put(crc_of(image, rect), 4);
}

static void watch(const struct sj_tile_rig *self, const struct sj_rect *rect,
	const uint8_t *payload, size_t size)
{
	put_payload(&self->viewer, rect, payload, size, true);
}

/* Each for a decoder that is new, with a bit turned over, or none. */
static void damage(const struct sj_tile_rig *self, const struct sj_rect *rect,
	const uint8_t *payload, size_t size)
{
	static uint8_t copy[SJ_LIMIT_UPDATE_BYTES];
	struct sj_tile_image image = self->viewer;

	for (size_t bit = 0; bit <= size * 8; bit += 1 + size / 3) {
		struct sj_tile_decoder *decoder = sj_tile_decoder_create();
		bool is_good;

		image.pixels = calloc(image.size.height_px, image.stride_bytes);
		if (!decoder || !image.pixels || size > sizeof(copy))
			exit(2);
		memcpy(copy, payload, size);
		if (bit < size * 8)
			copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
		is_good = sj_tile_decode(decoder, copy, size, rect, &image) ==
			  SJ_STEP_DONE;
		put_session(&image.size);
		put_payload(&image, rect, copy, size, is_good);
		free(image.pixels);
		sj_tile_decoder_destroy(decoder);
	}
}

static void send(const struct sj_rect *rect)
{
	if (!sj_tile_rig_send(&rig, rect) || !sj_tile_rig_is_exact(&rig)) {
		(void)fprintf(stderr, "dump_tiles: not exact\n");
		exit(1);
	}
	left_px -= left_px < sj_rect_area(rect) ? left_px : sj_rect_area(rect);
}

static void send_frame(
	const char *kind, uint32_t frame, const struct sj_rect *rect)
{
	struct sj_rect part = *rect;

	if (strcmp(kind, "quick") != 0)
		sj_tile_encoder_set_slow(
			rig.encoder, kind[0] == 's' || frame % 3 != 1);
	if (kind[0] != 'd') {
		send(rect);
		if (frame % 4 == 3 && !sj_tile_rig_keep(&rig))
			exit(1);
		return;
	}
	/* Small ones, of a session each. */
	sj_tile_encoder_reset(rig.encoder);
	sj_tile_decoder_reset(rig.decoder);
	part.width_px = part.width_px < 70 ? part.width_px : 70;
	part.height_px = part.height_px < 20 ? part.height_px : 20;
	for (size_t y = 0; y < rig.host.size.height_px; y++)
		memcpy(rig.viewer.pixels + y * rig.viewer.stride_bytes,
			rig.host.pixels + y * rig.host.stride_bytes,
			rig.host.stride_bytes);
	send(&part);
}

/* A new picture of runs, so that colours are worth a place. */
static void paint(uint32_t runs)
{
	const struct sj_size *size = &rig.host.size;
	uint32_t colour = 0;

	for (size_t y = 0; y < size->height_px; y++)
		for (size_t x = 0; x < size->width_px; x++) {
			if ((x + y * 7) % runs == 0)
				colour = sj_tile_rig_random(&rig) % 60000 *
					 0x1357;
			*sj_tile_rig_pixel(&rig, x, y) = colour;
		}
}

static void send_made(const char *kind)
{
	const struct sj_size size = {200, 150};
	const struct sj_rect whole = {0, 0, size.width_px, size.height_px};

	sj_tile_rig_open(&rig, size.width_px, size.height_px);
	rig.watch = watch;
	put_session(&size);
	for (uint32_t frame = 0; left_px > 0; frame++) {
		paint(37 + frame % 3);
		send_frame(kind, frame, &whole);
	}
	sj_tile_rig_close(&rig);
}

/* What is seldom on small rectangles: some pixels of few colours. */
static void sprinkle(const struct sj_rect *rect)
{
	uint32_t colours = 2 + sj_tile_rig_random(&rig) % 300;

	for (size_t y = rect->y_px; y < rect->y_px + rect->height_px; y++)
		for (size_t x = rect->x_px; x < rect->x_px + rect->width_px;
			x++)
			if (sj_tile_rig_random(&rig) % 3 != 0)
				*sj_tile_rig_pixel(&rig, x, y) =
					sj_tile_rig_random(&rig) % colours *
					0x31357;
}

/* Anywhere, often across the edges of cells; now and then all of it. */
static struct sj_rect small_rect(const struct sj_size *size)
{
	uint32_t bits = sj_tile_rig_random(&rig);
	struct sj_rect rect = {(uint16_t)(bits % size->width_px),
		(uint16_t)((bits >> 8) % size->height_px),
		(uint16_t)(1 + (bits >> 16) % 14),
		(uint16_t)(1 + (bits >> 20) % 11)};

	if (bits >> 26 == 0)
		rect = (struct sj_rect){0, 0, size->width_px, size->height_px};
	return sj_rect_clip(&rect, size);
}

static void send_small_session(const struct sj_size *size, uint32_t seed)
{
	unsigned steps;

	sj_tile_rig_reset(&rig);
	rig.random = seed * 2654435761u | 1u;
	put_session(size);
	steps = 1 + sj_tile_rig_random(&rig) % 4;
	for (unsigned i = 0; i < steps; i++) {
		uint32_t bits = sj_tile_rig_random(&rig) >> 8;
		struct sj_rect rect = small_rect(size);

		if (bits % 4 == 0)
			sprinkle(&rect);
		else
			sj_tile_rig_paint(&rig, &rect,
				(enum sj_tile_paint)(bits % SJ_TILE_PAINTS));
		sj_tile_encoder_set_slow(rig.encoder, (bits & 64) != 0);
		send(&rect);
		if ((bits >> 8) % 8 == 0 && !sj_tile_rig_keep(&rig))
			exit(1);
	}
}

static void send_small(uint32_t sessions, uint32_t seed)
{
	const struct sj_size size = {80, 72};

	sj_tile_rig_open(&rig, size.width_px, size.height_px);
	rig.watch = watch;
	for (uint32_t i = 0; i < sessions; i++)
		send_small_session(&size, seed + i);
	sj_tile_rig_close(&rig);
}

static bool send_trace(const char *kind, const char *path)
{
	struct sj_trace_reader *reader = NULL;
	const struct sj_tile_image *image;
	struct sj_trace_frame frame;
	uint32_t at = 0;

	if (sj_trace_reader_open(&reader, path) != SJ_OK)
		return false;
	image = sj_trace_reader_image(reader);
	sj_tile_rig_open(&rig, image->size.width_px, image->size.height_px);
	rig.watch = kind[0] == 'd' ? damage : watch;
	put_session(&image->size);
	while (left_px > 0 && sj_trace_reader_next(reader, &frame) == SJ_OK) {
		memcpy(rig.host.pixels, image->pixels,
			image->stride_bytes * image->size.height_px);
		send_frame(kind, at++, &frame.rect);
	}
	sj_tile_rig_close(&rig);
	sj_trace_reader_destroy(reader);
	return true;
}

int main(int argc, char **argv)
{
	if (argc < 3 || argc > 4)
		return 2;
	left_px = strtoul(argv[2], NULL, 10);
	if (strcmp(argv[1], "small") == 0 && argc == 4)
		send_small((uint32_t)left_px,
			(uint32_t)strtoul(argv[3], NULL, 10));
	else if (argc == 3)
		send_made(argv[1]);
	else if (!send_trace(argv[1], argv[3]))
		return 2;
	return fflush(stdout) == 0 ? 0 : 2;
}
