/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench-motion QUALITY X,Y,W,H TRACE...: what frames in motion cost.
 *
 * Of each frame of a trace (trace.h) in which that part of the screen has
 * changed, all of the part. One line a trace: name, frames, then bytes, PSNR
 * (R, G, B; mean over the frames), CPU ms to encode and to decode a frame for
 * protocol/motion, and the same four for what TigerVNC sends at quality level
 * 8: its rectangles, libjpeg's quality 92, no subsampling.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jpeglib.h>

#include "protocol/motion/motion.h"
#include "tests/bench/trace.h"

#define STRIP_PX 128
#define PEER_AREA 65536
#define PEER_QUALITY 92

struct sum {
	double bytes, psnr, encode_ms, decode_ms;
};

struct bench {
	struct sj_motion_encoder *encoder;
	struct sj_motion_decoder *decoder;
	struct sj_tile_image live, viewer;
	struct sj_rect part; /* of the screen */
	int quality;
	uint8_t *data;
	size_t data_bytes;
};

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "bench_motion: %s\n", what);
	exit(1);
}

static double cpu_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
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

static double psnr(const struct bench *bench)
{
	size_t bytes = bench->live.stride_bytes * bench->live.size.height_px;
	double sum = 0;

	for (size_t i = 0; i < bytes; i++) {
		double error = (double)bench->live.pixels[i] -
			       (double)bench->viewer.pixels[i];

		if (i % 4 != 3)
			sum += error * error;
	}
	return 10 * log10(255.0 * 255 * (double)(bytes / 4 * 3) / sum);
}

static void ours(struct bench *bench, struct sum *sum)
{
	const struct sj_size *size = &bench->live.size;

	for (size_t y = 0; y < size->height_px; y += STRIP_PX) {
		struct sj_rect rect = {
			0, (uint16_t)y, size->width_px, STRIP_PX};
		struct sj_writer out =
			sj_writer_of(bench->data, bench->data_bytes);
		double begin = cpu_ms();

		rect = sj_rect_clip(&rect, size);
		if (sj_motion_encode(bench->encoder, &bench->live, &rect,
			    bench->quality, &out) != SJ_STEP_DONE)
			fail("encode");
		sum->encode_ms += cpu_ms() - begin;
		sum->bytes += (double)out.at + 12;
		begin = cpu_ms();
		if (sj_motion_decode(bench->decoder, bench->data + 4,
			    out.at - 4, &rect, &bench->viewer) != SJ_STEP_DONE)
			fail("decode");
		sum->decode_ms += cpu_ms() - begin;
	}
	sum->psnr += psnr(bench);
}

static unsigned long peer_encode(struct jpeg_compress_struct *jpeg,
	struct bench *bench, size_t y, size_t rows)
{
	unsigned char *data = bench->data;
	unsigned long bytes = bench->data_bytes;

	jpeg_mem_dest(jpeg, &data, &bytes);
	jpeg->image_width = bench->live.size.width_px;
	jpeg->image_height = (JDIMENSION)rows;
	jpeg->input_components = 4;
	jpeg->in_color_space = JCS_EXT_BGRX;
	jpeg_set_defaults(jpeg);
	jpeg_set_quality(jpeg, PEER_QUALITY, TRUE);
	jpeg->dct_method = JDCT_FASTEST;
	jpeg->comp_info[0].h_samp_factor = 1;
	jpeg->comp_info[0].v_samp_factor = 1;
	jpeg_start_compress(jpeg, TRUE);
	while (jpeg->next_scanline < rows) {
		JSAMPROW row =
			bench->live.pixels +
			(y + jpeg->next_scanline) * bench->live.stride_bytes;

		(void)jpeg_write_scanlines(jpeg, &row, 1);
	}
	jpeg_finish_compress(jpeg);
	return bytes;
}

static void peer_decode(struct jpeg_decompress_struct *jpeg,
	struct bench *bench, size_t y, unsigned long bytes)
{
	jpeg_mem_src(jpeg, bench->data, bytes);
	(void)jpeg_read_header(jpeg, TRUE);
	jpeg->out_color_space = JCS_EXT_BGRX;
	(void)jpeg_start_decompress(jpeg);
	while (jpeg->output_scanline < jpeg->output_height) {
		JSAMPROW row = bench->viewer.pixels +
			       (y + jpeg->output_scanline) *
				       bench->viewer.stride_bytes;

		(void)jpeg_read_scanlines(jpeg, &row, 1);
	}
	(void)jpeg_finish_decompress(jpeg);
}

static void peer(struct bench *bench, struct sum *sum)
{
	static struct jpeg_compress_struct encoder;
	static struct jpeg_decompress_struct decoder;
	static struct jpeg_error_mgr errors;
	const struct sj_size *size = &bench->live.size;
	size_t strip = PEER_AREA / size->width_px;

	encoder.err = jpeg_std_error(&errors);
	decoder.err = &errors;
	jpeg_create_compress(&encoder);
	jpeg_create_decompress(&decoder);
	for (size_t y = 0; y < size->height_px; y += strip) {
		size_t rows = size->height_px - y;
		double begin = cpu_ms();
		unsigned long bytes;

		if (rows > strip)
			rows = strip;
		bytes = peer_encode(&encoder, bench, y, rows);
		sum->encode_ms += cpu_ms() - begin;
		sum->bytes += (double)bytes + 16;
		begin = cpu_ms();
		peer_decode(&decoder, bench, y, bytes);
		sum->decode_ms += cpu_ms() - begin;
	}
	jpeg_destroy_compress(&encoder);
	jpeg_destroy_decompress(&decoder);
	sum->psnr += psnr(bench);
}

/* The part of the screen, if it has changed. */
static bool take_part(struct bench *bench, const struct sj_tile_image *screen,
	const struct sj_rect *changed)
{
	const struct sj_rect *part = &bench->part;

	if (changed->x_px >= part->x_px + part->width_px ||
		part->x_px >= changed->x_px + changed->width_px ||
		changed->y_px >= part->y_px + part->height_px ||
		part->y_px >= changed->y_px + changed->height_px)
		return false;
	for (size_t y = 0; y < part->height_px; y++)
		memcpy(bench->live.pixels + y * bench->live.stride_bytes,
			screen->pixels +
				(part->y_px + y) * screen->stride_bytes +
				(size_t)part->x_px * 4,
			bench->live.stride_bytes);
	return true;
}

static void run(struct bench *bench, const char *name)
{
	struct sum ours_sum = {0}, peer_sum = {0};
	struct sj_trace_reader *reader;
	struct sj_trace_frame frame;
	double frames = 0;
	bool is_first = true;

	if (sj_trace_reader_open(&reader, name) != SJ_OK ||
		!sj_rect_fits(
			&bench->part, &sj_trace_reader_image(reader)->size))
		fail(name);
	while (sj_trace_reader_next(reader, &frame) == SJ_OK) {
		/* The first one is the page before anything moves. */
		if (take_part(bench, sj_trace_reader_image(reader),
			    &frame.rect) &&
			!is_first) {
			ours(bench, &ours_sum);
			peer(bench, &peer_sum);
			frames++;
		}
		is_first = false;
	}
	sj_trace_reader_destroy(reader);
	if (frames < 1)
		fail(name);
	printf("%s %.0f  %.0f %.2f %.2f %.2f  %.0f %.2f %.2f %.2f\n", name,
		frames, ours_sum.bytes / frames, ours_sum.psnr / frames,
		ours_sum.encode_ms / frames, ours_sum.decode_ms / frames,
		peer_sum.bytes / frames, peer_sum.psnr / frames,
		peer_sum.encode_ms / frames, peer_sum.decode_ms / frames);
}

int main(int argc, char **argv)
{
	static struct bench bench;
	struct sj_rect *part = &bench.part;
	struct sj_size size;

	if (argc < 4 ||
		sscanf(argv[2], "%hu,%hu,%hu,%hu", &part->x_px, &part->y_px,
			&part->width_px, &part->height_px) != 4 ||
		sj_rect_area(part) == 0)
		fail("usage: bench-motion QUALITY X,Y,W,H TRACE...");
	size = (struct sj_size){part->width_px, part->height_px};
	bench.quality = atoi(argv[1]);
	bench.encoder = sj_motion_encoder_create();
	bench.decoder = sj_motion_decoder_create();
	bench.live = picture(&size);
	bench.viewer = picture(&size);
	bench.data_bytes = (size_t)size.width_px * size.height_px * 4;
	bench.data = malloc(bench.data_bytes);
	if (!bench.encoder || !bench.decoder || !bench.data)
		fail("memory");
	for (int i = 3; i < argc; i++)
		run(&bench, argv[i]);
	return 0;
}
