/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench-trace: looks into a trace (tests/bench/trace.h).
 *
 *   bench-trace list TRACE: a line per frame: number, ms, x y w h
 *   bench-trace picture TRACE FRAME OUT.ppm: the screen at that frame
 *   bench-trace cut TRACE OUT X,Y,W,H FIRST COUNT: part of the screen and of
 *   the frames as a trace of its own
 * The files are our own; blocks on them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/trace.h"

#define PACKED_HARD 19 /* what is cut is small, and is kept */

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "bench-trace: %s\n", what);
	exit(SJ_EXIT_LOCAL);
}

static int list(struct sj_trace_reader *reader)
{
	struct sj_trace_frame frame;
	enum sj_err err;

	for (unsigned i = 0;
		(err = sj_trace_reader_next(reader, &frame)) == SJ_OK; i++)
		printf("%u %.1f %u %u %u %u\n", i, frame.time_us / 1e3,
			frame.rect.x_px, frame.rect.y_px, frame.rect.width_px,
			frame.rect.height_px);
	return err == SJ_ERR_MISSING ? SJ_EXIT_ENDED : SJ_EXIT_LOCAL;
}

/* Reads until frame number (from 0) is what the picture shows. */
static struct sj_trace_frame go_to(
	struct sj_trace_reader *reader, unsigned number)
{
	struct sj_trace_frame frame;

	for (unsigned i = 0; i <= number; i++)
		if (sj_trace_reader_next(reader, &frame) != SJ_OK)
			fail("there is no such frame");
	return frame;
}

static int picture(
	struct sj_trace_reader *reader, unsigned number, const char *path)
{
	const struct sj_tile_image *image = sj_trace_reader_image(reader);
	FILE *file = fopen(path, "wbe");

	if (!file)
		fail(path);
	(void)go_to(reader, number);
	fprintf(file, "P6\n%u %u\n255\n", image->size.width_px,
		image->size.height_px);
	for (size_t i = 0; i < image->stride_bytes * image->size.height_px;
		i += 4) {
		putc(image->pixels[i + 2], file);
		putc(image->pixels[i + 1], file);
		putc(image->pixels[i], file);
	}
	return fclose(file) == 0 ? SJ_EXIT_ENDED : SJ_EXIT_LOCAL;
}

static int cut(struct sj_trace_reader *reader, char **words)
{
	struct sj_tile_image part = *sj_trace_reader_image(reader);
	struct sj_trace_writer *writer = NULL;
	struct sj_trace_frame frame;
	unsigned x, y, width, height;
	unsigned count = (unsigned)atoi(words[3]);
	uint32_t start_us = 0;
	bool is_new;

	if (sscanf(words[1], "%u,%u,%u,%u", &x, &y, &width, &height) != 4 ||
		width == 0 || height == 0 || x + width > part.size.width_px ||
		y + height > part.size.height_px)
		fail("the part is not on the screen");
	part.pixels += y * part.stride_bytes + x * (size_t)4;
	part.size.width_px = (uint16_t)width;
	part.size.height_px = (uint16_t)height;
	if (sj_trace_writer_create(&writer, words[0], &part.size) != SJ_OK)
		fail(words[0]);
	sj_trace_writer_set_level(writer, PACKED_HARD);
	frame = go_to(reader, (unsigned)atoi(words[2]));
	start_us = frame.time_us;
	do {
		if (sj_trace_writer_add(writer, frame.time_us - start_us, &part,
			    NULL, &is_new) != SJ_OK)
			fail(words[0]);
	} while (sj_trace_writer_frames(writer) < count &&
		 sj_trace_reader_next(reader, &frame) == SJ_OK);
	if (sj_trace_writer_finish(writer) != SJ_OK)
		fail(words[0]);
	sj_trace_writer_destroy(writer);
	return SJ_EXIT_ENDED;
}

int main(int argc, char **argv)
{
	struct sj_trace_reader *reader = NULL;
	int status = SJ_EXIT_USAGE;

	if (argc < 3) {
		fprintf(stderr, "usage: bench-trace list|picture|cut TRACE "
				"ARGUMENT...\n");
		return SJ_EXIT_USAGE;
	}
	if (sj_trace_reader_open(&reader, argv[2]) != SJ_OK)
		fail(argv[2]);
	if (strcmp(argv[1], "list") == 0 && argc == 3)
		status = list(reader);
	else if (strcmp(argv[1], "picture") == 0 && argc == 5)
		status = picture(reader, (unsigned)atoi(argv[3]), argv[4]);
	else if (strcmp(argv[1], "cut") == 0 && argc == 7)
		status = cut(reader, argv + 3);
	sj_trace_reader_destroy(reader);
	return status;
}
