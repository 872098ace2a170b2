/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The decoder of protocol/motion/motion.h. */
#include "protocol/motion/motion.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/motion/frame.h"
#include "protocol/motion/jpeg_call.h"

#define COMPONENTS 3
#define PIXEL_BYTES 4u
/* A picture that is decoded row by row needs no array that outlives a row;
 * the library is to refuse whatever does. */
#define ARRAYS_MAX_BYTES 1

struct sj_motion_decoder {
	struct sj_jpeg_call call;
	struct jpeg_decompress_struct jpeg;
	struct jpeg_source_mgr source;
	/* What is being decoded. */
	const struct sj_rect *rect;
	struct sj_tile_image *image;
};

/* ---- the source: memory that is there ---- */

static void on_source(j_decompress_ptr jpeg)
{
	(void)jpeg;
}

static boolean on_source_empty(j_decompress_ptr jpeg)
{
	void *common = jpeg;

	sj_jpeg_call_fail(common);
}

/* There are no segments to be skipped in what sj_motion_frame_is_good. */
static void on_source_skip(j_decompress_ptr jpeg, long bytes)
{
	void *common = jpeg;

	(void)bytes;
	sj_jpeg_call_fail(common);
}

/* ---- one picture ---- */

/* Held against the rectangle once more: what the library has understood. */
static bool is_as_judged(const struct sj_motion_decoder *decoder)
{
	const struct jpeg_decompress_struct *jpeg = &decoder->jpeg;

	return jpeg->image_width == decoder->rect->width_px &&
	       jpeg->image_height == decoder->rect->height_px &&
	       jpeg->data_precision == BITS_IN_JSAMPLE &&
	       jpeg->num_components == COMPONENTS &&
	       jpeg->comps_in_scan == COMPONENTS &&
	       jpeg->max_h_samp_factor == 1 && jpeg->max_v_samp_factor == 1 &&
	       !jpeg->progressive_mode && !jpeg->arith_code &&
	       jpeg->restart_interval == 0;
}

static void read_rows(struct sj_motion_decoder *decoder)
{
	struct jpeg_decompress_struct *jpeg = &decoder->jpeg;
	const struct sj_rect *rect = decoder->rect;

	while (jpeg->output_scanline < jpeg->output_height) {
		JSAMPROW row = decoder->image->pixels +
			       ((size_t)rect->y_px + jpeg->output_scanline) *
				       decoder->image->stride_bytes +
			       rect->x_px * PIXEL_BYTES;

		if (jpeg_read_scanlines(jpeg, &row, 1) != 1)
			sj_jpeg_call_fail((void *)jpeg);
		for (size_t x = 0; x < rect->width_px; x++)
			row[x * PIXEL_BYTES + 3] = 0;
	}
}

static void decompress(void *self)
{
	struct sj_motion_decoder *decoder = self;
	struct jpeg_decompress_struct *jpeg = &decoder->jpeg;

	if (jpeg_read_header(jpeg, TRUE) != JPEG_HEADER_OK ||
		!is_as_judged(decoder))
		sj_jpeg_call_fail((void *)jpeg);
	jpeg->jpeg_color_space = JCS_YCbCr;
	jpeg->out_color_space = JCS_EXT_BGRX;
	jpeg->dct_method = JDCT_ISLOW;
	if (!jpeg_start_decompress(jpeg) ||
		jpeg->output_width != decoder->rect->width_px ||
		jpeg->output_height != decoder->rect->height_px ||
		jpeg->output_components != PIXEL_BYTES)
		sj_jpeg_call_fail((void *)jpeg);
	read_rows(decoder);
	if (!jpeg_finish_decompress(jpeg))
		sj_jpeg_call_fail((void *)jpeg);
}

enum sj_step sj_motion_decode(struct sj_motion_decoder *decoder,
	const uint8_t *payload, size_t size, const struct sj_rect *rect,
	struct sj_tile_image *image)
{
	bool is_good;

	if (!sj_rect_fits(rect, &image->size) ||
		!sj_motion_frame_is_good(payload, size, rect))
		return SJ_STEP_REFUSE;
	decoder->rect = rect;
	decoder->image = image;
	decoder->source.next_input_byte = payload;
	decoder->source.bytes_in_buffer = size;
	is_good = sj_jpeg_call_run(&decoder->call, decompress, decoder) &&
		  decoder->source.bytes_in_buffer == 0;
	jpeg_abort_decompress(&decoder->jpeg);
	return is_good ? SJ_STEP_DONE : SJ_STEP_REFUSE;
}

/* ---- open and close ---- */

static void create(void *self)
{
	struct sj_motion_decoder *decoder = self;

	jpeg_create_decompress(&decoder->jpeg);
	decoder->jpeg.mem->max_memory_to_use = ARRAYS_MAX_BYTES;
	decoder->jpeg.src = &decoder->source;
}

/*
 * A frame without a table, which is an error in the end; until then the
 * library has found out about the machine, while it may still ask.
 */
static void warm_up(struct sj_motion_decoder *decoder)
{
	static const uint8_t frame[] = {0xff, 0xd8, 0xff, 0xc0, 0, 17, 8, 0, 8,
		0, 8, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 0xff, 0xda, 0, 12,
		3, 1, 0, 2, 0, 3, 0, 0, 63, 0};
	static const struct sj_rect rect = {0, 0, 8, 8};

	decoder->rect = &rect;
	decoder->source.next_input_byte = frame;
	decoder->source.bytes_in_buffer = sizeof(frame);
	(void)!sj_jpeg_call_run(&decoder->call, decompress, decoder);
	jpeg_abort_decompress(&decoder->jpeg);
}

struct sj_motion_decoder *sj_motion_decoder_create(void)
{
	struct sj_motion_decoder *decoder = calloc(1, sizeof(*decoder));

	if (!decoder)
		return NULL;
	decoder->jpeg.err = sj_jpeg_call_open(&decoder->call);
	decoder->source.init_source = on_source;
	decoder->source.fill_input_buffer = on_source_empty;
	decoder->source.skip_input_data = on_source_skip;
	decoder->source.resync_to_restart = jpeg_resync_to_restart;
	decoder->source.term_source = on_source;
	if (!sj_jpeg_call_run(&decoder->call, create, decoder)) {
		sj_motion_decoder_destroy(decoder);
		return NULL;
	}
	warm_up(decoder);
	return decoder;
}

void sj_motion_decoder_destroy(struct sj_motion_decoder *decoder)
{
	if (!decoder)
		return;
	jpeg_destroy_decompress(&decoder->jpeg);
	free(decoder);
}
