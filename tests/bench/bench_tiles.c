/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench_tiles [--slow] WIDTH HEIGHT FILE...: what the pictures (BGRX, as large
 * as told) cost when a viewer sees them one after the other.
 *
 * One line a picture: name, changed pixels, updates, bytes, CPU ms to compare
 * and encode, CPU ms to decode, bytes of the same rectangles as single zstd
 * frames (the encoding's version 0), and whether the viewer's picture
 * is exact.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <zstd.h>

#include "host/shadow.h"
#include "host/update.h"
#include "protocol/tile/tile.h"

struct bench {
	struct sj_shadow *shadow;
	struct sj_tile_encoder *encoder;
	struct sj_tile_decoder *decoder;
	struct sj_update update;
	struct sj_tile_image live, viewer;
	size_t pixels, updates, bytes, old_bytes;
	double encode_ms, decode_ms;
};

static double cpu_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "bench_tiles: %s\n", what);
	exit(1);
}

static struct sj_tile_image picture(const struct sj_size *size)
{
	struct sj_tile_image image = {
		calloc((size_t)size->width_px * size->height_px, 4),
		(size_t)size->width_px * 4, *size};

	if (!image.pixels)
		fail("memory");
	return image;
}

static void load(struct bench *bench, const char *name)
{
	size_t bytes = bench->live.stride_bytes * bench->live.size.height_px;
	FILE *file = fopen(name, "rb");

	if (!file || fread(bench->live.pixels, 1, bytes, file) != bytes)
		fail(name);
	fclose(file);
}

/* What version 0 made of one rectangle. */
static size_t old_size(
	const struct sj_tile_image *image, const struct sj_rect *rect)
{
	static uint8_t plain[64 * 64 * 3], packed[64 * 64 * 4];
	size_t at = 0, size;

	for (size_t y = 0; y < rect->height_px; y++)
		for (size_t x = 0; x < rect->width_px; x++, at += 3)
			memcpy(plain + at,
				image->pixels +
					(rect->y_px + y) * image->stride_bytes +
					(rect->x_px + x) * 4,
				3);
	size = ZSTD_compress(packed, at - 1, plain, at, 1);
	return 12 + 4 + 2 + (ZSTD_isError(size) ? at : size);
}

static void show(struct bench *bench, const uint8_t *data, size_t size)
{
	struct sj_reader in = sj_reader_of(data, size);
	double begin = cpu_ms();
	uint16_t rects = 0;
	bool is_good = sj_read_skip(&in, 2) && sj_read_u16(&in, &rects);

	for (; is_good && rects > 0; rects--) {
		struct sj_rect rect;
		const uint8_t *payload = NULL;
		uint32_t bytes = 0, encoding;

		is_good = sj_read_u16(&in, &rect.x_px) &&
			  sj_read_u16(&in, &rect.y_px) &&
			  sj_read_u16(&in, &rect.width_px) &&
			  sj_read_u16(&in, &rect.height_px) &&
			  sj_read_u32(&in, &encoding) &&
			  sj_read_u32(&in, &bytes) &&
			  sj_read_view(&in, &payload, bytes) &&
			  sj_tile_decode(bench->decoder, payload, bytes, &rect,
				  &bench->viewer) == SJ_STEP_DONE;
	}
	if (!is_good)
		fail("an update was refused");
	bench->decode_ms += cpu_ms() - begin;
}

static void send_one(struct bench *bench)
{
	static struct sj_rect rects[4096];
	struct sj_tile_image image = sj_shadow_image(bench->shadow);
	const uint8_t *data = NULL;
	double begin = cpu_ms();
	size_t count = 0, size;

	sj_update_begin(&bench->update);
	while (sj_update_has_room(&bench->update, bench->encoder) &&
		sj_shadow_next(bench->shadow, &bench->live, &rects[count])) {
		sj_update_add_tile(
			&bench->update, bench->encoder, &image, &rects[count]);
		count++;
	}
	size = sj_update_end(&bench->update, bench->encoder, &data);
	bench->encode_ms += cpu_ms() - begin;
	for (size_t i = 0; i < count; i++) {
		bench->pixels += sj_rect_area(&rects[i]);
		bench->old_bytes += old_size(&image, &rects[i]);
	}
	if (size == 0)
		return;
	bench->updates++;
	bench->bytes += size;
	show(bench, data, size);
}

static bool is_exact(const struct bench *bench)
{
	size_t bytes = bench->live.stride_bytes * bench->live.size.height_px;

	for (size_t i = 0; i < bytes; i++)
		if (i % 4 != 3 &&
			bench->live.pixels[i] != bench->viewer.pixels[i])
			return false;
	return true;
}

static void run(struct bench *bench, const char *name)
{
	const struct sj_rect all = {
		0, 0, bench->live.size.width_px, bench->live.size.height_px};

	load(bench, name);
	bench->pixels = bench->updates = bench->bytes = bench->old_bytes = 0;
	bench->encode_ms = bench->decode_ms = 0;
	sj_shadow_damage(bench->shadow, &all);
	while (sj_shadow_has_work(bench->shadow))
		send_one(bench);
	printf("%s %zu %zu %zu %.2f %.2f %zu %s\n", name, bench->pixels,
		bench->updates, bench->bytes, bench->encode_ms,
		bench->decode_ms, bench->old_bytes,
		is_exact(bench) ? "exact" : "WRONG");
}

int main(int argc, char **argv)
{
	static struct bench bench;
	struct sj_size size;
	bool is_slow = argc > 1 && strcmp(argv[1], "--slow") == 0;

	argc -= is_slow ? 1 : 0;
	argv += is_slow ? 1 : 0;
	if (argc < 4)
		fail("usage: bench_tiles [--slow] WIDTH HEIGHT FILE...");
	size.width_px = (uint16_t)atoi(argv[1]);
	size.height_px = (uint16_t)atoi(argv[2]);
	bench.shadow = sj_shadow_create(&size);
	bench.encoder = sj_tile_encoder_create(1);
	bench.decoder = sj_tile_decoder_create();
	bench.live = picture(&size);
	bench.viewer = picture(&size);
	if (!bench.shadow || !bench.encoder || !bench.decoder)
		fail("memory");
	sj_tile_encoder_set_slow(bench.encoder, is_slow);
	for (int i = 3; i < argc; i++)
		run(&bench, argv[i]);
	return 0;
}
