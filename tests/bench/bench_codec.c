/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench-codec [--only CODEC] [--from FRAME] [--frames COUNT] TRACE...:
 * what frames cost.
 *
 * Plays each trace (tests/bench/trace.h) through every codec of
 * tests/bench/codec.h, and prints a line of JSON per trace and codec. Frames
 * are counted from FRAME on (1 if not told: the first one is the screen that
 * the work begins with); what comes before is told apart, as start_*.
 * At most COUNT frames are counted. The bytes
 * are the same in every run; CPU times are of the thread that did the work.
 * A lossless codec whose picture is not exact after a frame is counted, and
 * makes the exit status 3.
 */
#include <math.h>
#include <string.h>

#include "protocol/base/limits.h"
#include "tests/bench/codec.h"
#include "tests/bench/trace.h"

#define CELL SJ_LIMIT_TILE_PX
#define CELLS_MAX 4096
#define COLOUR 0x00ffffffu

static const struct sj_codec *const codecs[] = {&sj_codec_ours, &sj_codec_tight,
	&sj_codec_zrle, &sj_codec_tight_q8, &sj_codec_zstd};

#define CODECS (sizeof(codecs) / sizeof(codecs[0]))

struct run {
	const struct sj_codec *codec;
	void *self;
	struct sj_codec_cost start, cost;
	uint64_t start_inexact, inexact; /* frames */
	uint64_t error; /* squares of differences, all channels */
};

struct bench {
	struct sj_trace_reader *reader;
	struct sj_tile_image before; /* the frame before */
	struct sj_rect cells[CELLS_MAX];
	size_t cell_count;
	uint64_t most;   /* frames that are counted */
	uint64_t from;   /* number of the first frame that is counted */
	bool is_counted; /* the frame that is played */
	uint64_t played, frames, box_px, cells_px, changed_px;
	struct run run[CODECS];
	size_t runs;
};

static const uint32_t *row_of(
	const struct sj_tile_image *image, const struct sj_rect *rect, size_t y)
{
	const void *row = image->pixels +
			  (rect->y_px + y) * image->stride_bytes +
			  (size_t)rect->x_px * 4;

	return row;
}

/* Pixels that differ inside rect. */
static uint64_t count_different(const struct sj_tile_image *a,
	const struct sj_tile_image *b, const struct sj_rect *rect)
{
	uint64_t count = 0;

	for (size_t y = 0; y < rect->height_px; y++) {
		const uint32_t *left = row_of(a, rect, y);
		const uint32_t *right = row_of(b, rect, y);
		uint32_t different = 0;

		for (size_t x = 0; x < rect->width_px; x++)
			different += ((left[x] ^ right[x]) & COLOUR) != 0;
		count += different;
	}
	return count;
}

static uint64_t square_error(const struct sj_tile_image *a,
	const struct sj_tile_image *b, const struct sj_rect *rect)
{
	uint64_t sum = 0;

	for (size_t y = 0; y < rect->height_px; y++) {
		const uint32_t *left = row_of(a, rect, y);
		const uint32_t *right = row_of(b, rect, y);

		for (size_t x = 0; x < rect->width_px; x++)
			for (unsigned shift = 0; shift < 24; shift += 8) {
				int difference =
					(int)(left[x] >> shift & 0xff) -
					(int)(right[x] >> shift & 0xff);

				sum += (uint64_t)(difference * difference);
			}
	}
	return sum;
}

/* The cells of the 64x64 grid, clipped to the box, that changed at all. */
static void find_cells(struct bench *bench, const struct sj_tile_image *image,
	const struct sj_trace_frame *frame)
{
	size_t right = (size_t)frame->rect.x_px + frame->rect.width_px;
	size_t bottom = (size_t)frame->rect.y_px + frame->rect.height_px;

	bench->cell_count = 0;
	for (size_t y = frame->rect.y_px / CELL * CELL; y < bottom; y += CELL)
		for (size_t x = frame->rect.x_px / CELL * CELL; x < right;
			x += CELL) {
			size_t x0 = x < frame->rect.x_px ? frame->rect.x_px : x;
			size_t y0 = y < frame->rect.y_px ? frame->rect.y_px : y;
			size_t x1 = x + CELL < right ? x + CELL : right;
			size_t y1 = y + CELL < bottom ? y + CELL : bottom;
			const struct sj_rect cell = {(uint16_t)x0, (uint16_t)y0,
				(uint16_t)(x1 - x0), (uint16_t)(y1 - y0)};
			uint64_t changed =
				count_different(image, &bench->before, &cell);

			if (bench->played > 0 && changed == 0)
				continue;
			if (bench->cell_count == CELLS_MAX)
				sj_codec_fail("too many cells");
			bench->cells[bench->cell_count++] = cell;
			if (!bench->is_counted)
				continue;
			bench->cells_px += sj_rect_area(&cell);
			bench->changed_px += changed;
		}
}

static void play_frame(struct bench *bench, const struct sj_trace_frame *frame)
{
	const struct sj_tile_image *image =
		sj_trace_reader_image(bench->reader);
	struct sj_codec_frame now = {image, frame->rect, bench->cells, 0};

	bench->is_counted = bench->played >= bench->from;
	find_cells(bench, image, frame);
	now.cell_count = bench->cell_count;
	for (size_t i = 0; i < bench->runs; i++) {
		struct run *run = &bench->run[i];
		const struct sj_tile_image *shown;

		run->codec->play(run->self, &now,
			bench->is_counted ? &run->cost : &run->start);
		shown = run->codec->picture(run->self);
		if (count_different(image, shown, &frame->rect) == 0)
			continue;
		if (!bench->is_counted) {
			run->start_inexact++;
			continue;
		}
		run->inexact++;
		run->error += square_error(image, shown, &frame->rect);
	}
	for (size_t y = 0; y < frame->rect.height_px; y++)
		memcpy(bench->before.pixels +
				(frame->rect.y_px + y) *
					bench->before.stride_bytes +
				(size_t)frame->rect.x_px * 4,
			row_of(image, &frame->rect, y),
			(size_t)frame->rect.width_px * 4);
	bench->played++;
	if (!bench->is_counted)
		return;
	bench->frames++;
	bench->box_px += sj_rect_area(&frame->rect);
}

/* Of what was drawn anew in all frames together; 99 stands for exact. */
static double psnr_db(const struct bench *bench, const struct run *run)
{
	double mean = (double)run->error / ((double)bench->box_px * 3);

	return run->error == 0 ? 99 : 10 * log10(255.0 * 255.0 / mean);
}

static void print_number(const char *name, uint64_t value)
{
	printf("\"%s\": %llu, ", name, (unsigned long long)value);
}

static void print_run(
	const struct bench *bench, const struct run *run, const char *name)
{
	const struct sj_tile_image *image =
		sj_trace_reader_image(bench->reader);
	const struct sj_rect all = {
		0, 0, image->size.width_px, image->size.height_px};

	printf("{\"trace\": \"%s\", \"codec\": \"%s\", ", name,
		run->codec->name);
	print_number("frames", bench->frames);
	print_number("box_px", bench->box_px);
	print_number("cells_px", bench->cells_px);
	print_number("changed_px", bench->changed_px);
	print_number("bytes", run->cost.bytes);
	print_number("messages", run->cost.messages);
	print_number("start_bytes", run->start.bytes);
	print_number("inexact_frames", run->inexact);
	print_number("final_wrong_px",
		count_different(image, run->codec->picture(run->self), &all));
	printf("\"start_encode_ms\": %.3f, \"encode_ms\": %.3f, "
	       "\"decode_ms\": %.3f, \"psnr_db\": %.2f}\n",
		run->start.encode_ms, run->cost.encode_ms, run->cost.decode_ms,
		psnr_db(bench, run));
	fflush(stdout);
}

static const char *short_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void start_codecs(
	struct bench *bench, const char *only, const struct sj_size *size)
{
	for (size_t i = 0; i < CODECS; i++)
		if (!only || strcmp(only, codecs[i]->name) == 0) {
			struct run *run = &bench->run[bench->runs++];

			run->codec = codecs[i];
			run->self = codecs[i]->create(size);
		}
	if (bench->runs == 0)
		sj_codec_fail("there is no such codec");
}

struct options {
	const char *only;
	uint64_t from, most;
};

/* False if a lossless codec was not. */
static bool play_trace(const char *path, const struct options *options)
{
	static struct bench bench;
	struct sj_trace_frame frame;
	const struct sj_tile_image *image;
	bool is_good = true;
	enum sj_err err = SJ_OK;

	memset(&bench, 0, sizeof(bench));
	bench.from = options->from;
	bench.most = options->most;
	if (sj_trace_reader_open(&bench.reader, path) != SJ_OK)
		sj_codec_fail(path);
	image = sj_trace_reader_image(bench.reader);
	bench.before = sj_codec_picture(&image->size);
	start_codecs(&bench, options->only, &image->size);
	while (bench.frames < bench.most &&
		(err = sj_trace_reader_next(bench.reader, &frame)) == SJ_OK)
		play_frame(&bench, &frame);
	if (bench.frames < bench.most && err != SJ_ERR_MISSING)
		sj_codec_fail("the trace is cut");
	for (size_t i = 0; i < bench.runs; i++) {
		struct run *run = &bench.run[i];

		print_run(&bench, run, short_name(path));
		is_good =
			is_good && (run->codec->is_lossy || run->inexact == 0);
		run->codec->destroy(run->self);
	}
	free(bench.before.pixels);
	sj_trace_reader_destroy(bench.reader);
	return is_good;
}

int main(int argc, char **argv)
{
	struct options options = {NULL, 1, UINT64_MAX};
	bool is_good = true;
	int at = 1;

	for (; at + 1 < argc && argv[at][0] == '-'; at += 2) {
		if (strcmp(argv[at], "--only") == 0)
			options.only = argv[at + 1];
		else if (strcmp(argv[at], "--from") == 0)
			options.from = strtoull(argv[at + 1], NULL, 10);
		else if (strcmp(argv[at], "--frames") == 0)
			options.most = strtoull(argv[at + 1], NULL, 10);
		else
			argc = 0;
	}
	if (at >= argc || options.from == 0 || options.most == 0) {
		fprintf(stderr, "usage: bench-codec [--only CODEC] "
				"[--from FRAME] [--frames COUNT] TRACE...\n");
		return SJ_EXIT_USAGE;
	}
	for (; at < argc; at++)
		is_good = play_trace(argv[at], &options) && is_good;
	return is_good ? SJ_EXIT_ENDED : SJ_EXIT_PEER;
}
