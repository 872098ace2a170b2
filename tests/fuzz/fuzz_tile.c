/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as a tile: bytes 0 to 3 choose the rectangle. What decodes is
 * encoded again and decodes to the same pixels; no other pixel is touched.
 */
#include <stdlib.h>
#include <string.h>

#include "protocol/tile/tile.h"
#include "tests/fuzz/target.h"

#define SIDE 80
#define GUARD 0x3c

static uint8_t first[SIDE * SIDE * 4], second[SIDE * SIDE * 4];
static uint8_t wire[64 * 1024];

static void require(int is_true)
{
	if (!is_true)
		abort();
}

static void check(struct sj_tile_encoder *encoder,
	struct sj_tile_decoder *decoder, const struct sj_rect *rect)
{
	struct sj_tile_image from = {first, SIDE * 4, {SIDE, SIDE}};
	struct sj_tile_image to = {second, SIDE * 4, {SIDE, SIDE}};
	struct sj_writer out = sj_writer_of(wire, sizeof(wire));

	require(sj_tile_encode(encoder, &from, rect, &out) == SJ_STEP_DONE);
	require(sj_tile_decode(decoder, wire + 4, out.at - 4, rect, &to) ==
		SJ_STEP_DONE);
	require(memcmp(first, second, sizeof(first)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sj_tile_encoder *encoder;
	static struct sj_tile_decoder *decoder;
	struct sj_tile_image image = {first, SIDE * 4, {SIDE, SIDE}};
	struct sj_rect rect;

	if (!encoder)
		encoder = sj_tile_encoder_create();
	if (!decoder)
		decoder = sj_tile_decoder_create();
	require(encoder != NULL && decoder != NULL);
	if (size < 4)
		return 0;
	rect = (struct sj_rect){data[0], data[1], data[2], data[3]};
	memset(first, GUARD, sizeof(first));
	memset(second, GUARD, sizeof(second));
	if (sj_tile_decode(decoder, data + 4, size - 4, &rect, &image) ==
		SJ_STEP_DONE)
		check(encoder, decoder, &rect);
	return 0;
}
