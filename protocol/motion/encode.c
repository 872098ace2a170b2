/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The encoder of protocol/motion/motion.h. */
#include "protocol/motion/motion.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/base/limits.h"
#include "protocol/motion/huffman.h"
#include "protocol/motion/jpeg_call.h"

#define LENGTH_BYTES 4
#define ROWS_AT_ONCE 64
/* Quantisation: steps in 1/1024, at the quality that they are made for. The
 * same error in Y, Cb and Cr costs R, G and B together about the same, so
 * there is no reason for the steep tables that are made for the eye. */
#define STEP_QUALITY 92
#define LUMA_STEP (4 * 1024)
#define CHROMA_STEP (LUMA_STEP * 6 / 5)
#define STEP_MAX 255
/* A step at the highest frequency is that much longer, in eighths. */
#define STEP_RISE 8
/* Qualities that lie so far apart have steps of 1 to 2. */
#define OCTAVE 16
/* Code tables are made afresh after so many pictures, or when the quality has
 * gone so far; from pictures that are large enough to tell. */
#define LEARN_EVERY 64
#define LEARN_QUALITY 8
#define LEARN_AREA (64 * 64)

enum { DC, AC, CLASSES };
enum { LUMA, CHROMA, KINDS };

struct sj_motion_encoder {
	struct sj_jpeg_call call;
	struct jpeg_compress_struct jpeg;
	struct jpeg_destination_mgr sink;
	struct sj_huffman standard[CLASSES][KINDS];
	struct sj_huffman table[CLASSES][KINDS];
	unsigned until_learning; /* pictures */
	int learnt_quality;
	/* What is being encoded. */
	const struct sj_tile_image *image;
	const struct sj_rect *rect;
	int quality;
};

/* ---- the destination: memory that is there ---- */

static void on_sink_begin(j_compress_ptr jpeg)
{
	(void)jpeg;
}

static boolean on_sink_full(j_compress_ptr jpeg)
{
	void *common = jpeg;

	sj_jpeg_call_fail(common);
}

/* ---- tables ---- */

/* 2^(n / OCTAVE) in 1/1024. */
static const unsigned root[OCTAVE] = {1024, 1069, 1117, 1166, 1218, 1272, 1328,
	1387, 1448, 1512, 1579, 1649, 1722, 1798, 1878, 1961};

static unsigned scale(unsigned step, int quality)
{
	int steps = STEP_QUALITY - quality + OCTAVE;
	unsigned scaled = step * root[steps % OCTAVE] / 1024;

	assert(steps >= 0);
	return (scaled << (steps / OCTAVE)) >> 1;
}

static void set_steps(struct sj_motion_encoder *encoder)
{
	const unsigned first[KINDS] = {
		scale(LUMA_STEP, encoder->quality),
		scale(CHROMA_STEP, encoder->quality),
	};

	for (int kind = 0; kind < KINDS; kind++) {
		unsigned table[DCTSIZE2];

		for (unsigned i = 0; i < DCTSIZE2; i++) {
			unsigned far = i % DCTSIZE + i / DCTSIZE;
			unsigned step =
				first[kind] + first[kind] * STEP_RISE * far /
						      (8 * 2 * (DCTSIZE - 1));

			table[i] = (step + 512) / 1024;
			if (table[i] < 1)
				table[i] = 1;
			if (table[i] > STEP_MAX)
				table[i] = STEP_MAX;
		}
		jpeg_add_quant_table(&encoder->jpeg, kind, table, 100, TRUE);
	}
}

static JHUFF_TBL *codes_of(
	struct sj_motion_encoder *encoder, int class, int kind)
{
	return class == DC ? encoder->jpeg.dc_huff_tbl_ptrs[kind]
			   : encoder->jpeg.ac_huff_tbl_ptrs[kind];
}

static void keep_codes(struct sj_motion_encoder *encoder,
	struct sj_huffman table[CLASSES][KINDS])
{
	for (int class = 0; class < CLASSES; class ++)
		for (int kind = 0; kind < KINDS; kind++) {
			JHUFF_TBL *codes = codes_of(encoder, class, kind);

			memcpy(table[class][kind].count, codes->bits,
				sizeof(codes->bits));
			memcpy(table[class][kind].symbol, codes->huffval,
				sizeof(codes->huffval));
		}
}

static void use_codes(struct sj_motion_encoder *encoder)
{
	for (int class = 0; class < CLASSES; class ++)
		for (int kind = 0; kind < KINDS; kind++) {
			JHUFF_TBL *codes = codes_of(encoder, class, kind);

			memcpy(codes->bits, encoder->table[class][kind].count,
				sizeof(codes->bits));
			memcpy(codes->huffval,
				encoder->table[class][kind].symbol,
				sizeof(codes->huffval));
			codes->sent_table = FALSE;
		}
}

static void learn(struct sj_motion_encoder *encoder)
{
	keep_codes(encoder, encoder->table);
	for (int class = 0; class < CLASSES; class ++)
		for (int kind = 0; kind < KINDS; kind++)
			sj_huffman_complete(
				&encoder->table[class][kind], class == AC);
	encoder->until_learning = LEARN_EVERY;
	encoder->learnt_quality = encoder->quality;
}

/* ---- one picture ---- */

static void set_up(struct sj_motion_encoder *encoder, bool is_learning)
{
	struct jpeg_compress_struct *jpeg = &encoder->jpeg;

	jpeg->image_width = encoder->rect->width_px;
	jpeg->image_height = encoder->rect->height_px;
	jpeg->input_components = 4;
	jpeg->in_color_space = JCS_EXT_BGRX;
	jpeg_set_defaults(jpeg);
	jpeg->write_JFIF_header = FALSE;
	jpeg->dct_method = JDCT_ISLOW;
	jpeg->optimize_coding = is_learning ? TRUE : FALSE;
	jpeg->comp_info[0].h_samp_factor = 1;
	jpeg->comp_info[0].v_samp_factor = 1;
	set_steps(encoder);
	use_codes(encoder);
}

static bool is_learning_due(const struct sj_motion_encoder *encoder)
{
	return sj_rect_area(encoder->rect) >= LEARN_AREA &&
	       (encoder->until_learning == 0 ||
		       abs(encoder->quality - encoder->learnt_quality) >=
			       LEARN_QUALITY);
}

static void compress(void *self)
{
	struct sj_motion_encoder *encoder = self;
	struct jpeg_compress_struct *jpeg = &encoder->jpeg;
	const struct sj_rect *rect = encoder->rect;
	bool is_learning = is_learning_due(encoder);

	set_up(encoder, is_learning);
	jpeg_start_compress(jpeg, TRUE);
	while (jpeg->next_scanline < jpeg->image_height) {
		JSAMPROW rows[ROWS_AT_ONCE];
		unsigned count = jpeg->image_height - jpeg->next_scanline;

		if (count > ROWS_AT_ONCE)
			count = ROWS_AT_ONCE;
		for (unsigned i = 0; i < count; i++)
			rows[i] = encoder->image->pixels +
				  (rect->y_px + jpeg->next_scanline + i) *
					  encoder->image->stride_bytes +
				  (size_t)rect->x_px * 4;
		(void)jpeg_write_scanlines(jpeg, rows, count);
	}
	jpeg_finish_compress(jpeg);
	if (is_learning)
		learn(encoder);
	else if (encoder->until_learning > 0)
		encoder->until_learning--;
}

/* Into at most bytes of data; returns how many were written, 0: more. */
static size_t try_once(
	struct sj_motion_encoder *encoder, uint8_t *data, size_t most)
{
	encoder->sink.next_output_byte = data;
	encoder->sink.free_in_buffer = most;
	if (sj_jpeg_call_run(&encoder->call, compress, encoder))
		return most - encoder->sink.free_in_buffer;
	jpeg_abort_compress(&encoder->jpeg);
	return 0;
}

enum sj_step sj_motion_encode(struct sj_motion_encoder *encoder,
	const struct sj_tile_image *image, const struct sj_rect *rect,
	int quality, struct sj_writer *out)
{
	size_t most = (size_t)sj_rect_area(rect) * SJ_LIMIT_MOTION_PIXEL_BYTES +
		      SJ_LIMIT_MOTION_EXTRA_BYTES;
	uint8_t *data = out->data + out->at + LENGTH_BYTES;
	size_t size;
	bool is_whole;

	if (sj_writer_room(out) <= LENGTH_BYTES)
		return SJ_STEP_FULL;
	if (most > sj_writer_room(out) - LENGTH_BYTES)
		most = sj_writer_room(out) - LENGTH_BYTES;
	encoder->image = image;
	encoder->rect = rect;
	encoder->quality = quality;
	size = try_once(encoder, data, most);
	if (size == 0) {
		/* Its tables may be of quite another picture. */
		encoder->until_learning = 0;
		size = try_once(encoder, data, most);
	}
	if (size == 0)
		return SJ_STEP_FULL;
	is_whole = sj_write_u32(out, (uint32_t)size);
	assert(is_whole);
	out->at += size;
	return SJ_STEP_DONE;
}

/* ---- open and close ---- */

/* One small picture, so that what the library finds out about the machine
 * is found out before the process is confined. */
static void create(void *self)
{
	static uint8_t pixels[DCTSIZE2 * 4], data[2048];
	static const struct sj_tile_image image = {
		pixels, (size_t)DCTSIZE * 4, {DCTSIZE, DCTSIZE}};
	static const struct sj_rect rect = {0, 0, DCTSIZE, DCTSIZE};
	struct sj_motion_encoder *encoder = self;

	jpeg_create_compress(&encoder->jpeg);
	encoder->jpeg.dest = &encoder->sink;
	encoder->jpeg.in_color_space = JCS_EXT_BGRX;
	encoder->jpeg.input_components = 4;
	jpeg_set_defaults(&encoder->jpeg);
	keep_codes(encoder, encoder->standard);
	sj_motion_encoder_reset(encoder);
	encoder->image = &image;
	encoder->rect = &rect;
	encoder->quality = STEP_QUALITY;
	encoder->sink.next_output_byte = data;
	encoder->sink.free_in_buffer = sizeof(data);
	compress(encoder);
}

struct sj_motion_encoder *sj_motion_encoder_create(void)
{
	struct sj_motion_encoder *encoder = calloc(1, sizeof(*encoder));

	if (!encoder)
		return NULL;
	encoder->jpeg.err = sj_jpeg_call_open(&encoder->call);
	encoder->sink.init_destination = on_sink_begin;
	encoder->sink.empty_output_buffer = on_sink_full;
	encoder->sink.term_destination = on_sink_begin;
	if (!sj_jpeg_call_run(&encoder->call, create, encoder)) {
		sj_motion_encoder_destroy(encoder);
		return NULL;
	}
	return encoder;
}

void sj_motion_encoder_reset(struct sj_motion_encoder *encoder)
{
	memcpy(encoder->table, encoder->standard, sizeof(encoder->table));
	encoder->until_learning = 0;
	encoder->learnt_quality = 0;
}

void sj_motion_encoder_destroy(struct sj_motion_encoder *encoder)
{
	if (!encoder)
		return;
	jpeg_destroy_compress(&encoder->jpeg);
	explicit_bzero(encoder, sizeof(*encoder));
	free(encoder);
}
