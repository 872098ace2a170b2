/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/codec.h"

#include <string.h>

#include "protocol/rfb/encodings.h"
#include "protocol/send/shadow.h"
#include "protocol/send/update.h"

struct ours {
	struct sj_shadow *shadow;
	struct sj_tile_encoder *encoder;
	struct sj_tile_decoder *decoder;
	struct sj_update update;
	struct sj_tile_image viewer;
};

static void *create(const struct sj_size *size)
{
	struct ours *ours = calloc(1, sizeof(*ours));

	if (!ours)
		sj_codec_fail("memory");
	ours->shadow = sj_shadow_create(size);
	/* Always the same key, so that the bytes are the same. */
	ours->encoder = sj_tile_encoder_create(1);
	ours->decoder = sj_tile_decoder_create();
	ours->viewer = sj_codec_picture(size);
	if (!ours->shadow || !ours->encoder || !ours->decoder)
		sj_codec_fail("memory");
	return ours;
}

static void destroy(void *self)
{
	struct ours *ours = self;

	sj_shadow_destroy(ours->shadow);
	sj_tile_encoder_destroy(ours->encoder);
	sj_tile_decoder_destroy(ours->decoder);
	free(ours->viewer.pixels);
	free(ours);
}

static const struct sj_tile_image *picture(const void *self)
{
	const struct ours *ours = self;

	return &ours->viewer;
}

/* One message of what is due; 0 when nothing is. The calls of the agent. */
static size_t encode(struct ours *ours, const struct sj_tile_image *live,
	const uint8_t **data)
{
	struct sj_tile_image image = sj_shadow_image(ours->shadow);
	struct sj_move moves[SJ_SCROLL_MOVES];
	struct sj_rect rect;
	size_t count;

	sj_update_begin(&ours->update);
	count = sj_shadow_find_moves(ours->shadow, live, moves);
	for (size_t i = 0; i < count; i++)
		if (!sj_update_add_copy(&ours->update, &moves[i]))
			sj_codec_fail("an update is full of moves");
	while (sj_update_has_room(&ours->update, ours->encoder) &&
		sj_shadow_next(ours->shadow, live, &rect))
		sj_update_add_tile(&ours->update, ours->encoder, &image, &rect);
	return sj_update_end(&ours->update, ours->encoder, data);
}

static bool copy_rect(
	struct ours *ours, const struct sj_rect *to, const struct sj_rect *from)
{
	const struct sj_tile_image *image = &ours->viewer;
	size_t rows = to->height_px;

	if (!sj_rect_fits(from, &image->size))
		return false;
	for (size_t i = 0; i < rows; i++) {
		/* The order that never reads what was written. */
		size_t y = to->y_px > from->y_px ? rows - 1 - i : i;

		memmove(image->pixels + (to->y_px + y) * image->stride_bytes +
				(size_t)to->x_px * 4,
			image->pixels + (from->y_px + y) * image->stride_bytes +
				(size_t)from->x_px * 4,
			(size_t)to->width_px * 4);
	}
	return true;
}

static bool show_rect(struct ours *ours, struct sj_reader *in)
{
	struct sj_rect rect, from;
	const uint8_t *payload = NULL;
	uint32_t bytes = 0, encoding = 0;

	if (!sj_read_u16(in, &rect.x_px) || !sj_read_u16(in, &rect.y_px) ||
		!sj_read_u16(in, &rect.width_px) ||
		!sj_read_u16(in, &rect.height_px) ||
		!sj_read_u32(in, &encoding) ||
		!sj_rect_fits(&rect, &ours->viewer.size))
		return false;
	if ((int32_t)encoding == SJ_RFB_ENCODING_COPY_RECT) {
		from = rect;
		return sj_read_u16(in, &from.x_px) &&
		       sj_read_u16(in, &from.y_px) &&
		       copy_rect(ours, &rect, &from);
	}
	return (int32_t)encoding == SJ_RFB_ENCODING_TILE &&
	       sj_read_u32(in, &bytes) && sj_read_view(in, &payload, bytes) &&
	       sj_tile_decode(ours->decoder, payload, bytes, &rect,
		       &ours->viewer) == SJ_STEP_DONE;
}

/* What a viewer does with the message. */
static void show(struct ours *ours, const uint8_t *data, size_t size)
{
	struct sj_reader in = sj_reader_of(data, size);
	uint16_t rects = 0;
	bool is_good = sj_read_skip(&in, 2) && sj_read_u16(&in, &rects);

	for (; is_good && rects > 0; rects--)
		is_good = show_rect(ours, &in);
	if (!is_good || sj_reader_left(&in) != 0)
		sj_codec_fail("our own update was refused");
}

static void play(void *self, const struct sj_codec_frame *frame,
	struct sj_codec_cost *cost)
{
	struct ours *ours = self;
	const uint8_t *data = NULL;
	double begin_ms = sj_codec_cpu_ms();

	sj_shadow_damage(ours->shadow, &frame->rect);
	for (bool is_more = false; sj_shadow_has_work(ours->shadow);
		is_more = true) {
		size_t size;
		double encoded_ms;

		sj_tile_encoder_set_more(ours->encoder, is_more);
		size = encode(ours, frame->image, &data);
		encoded_ms = sj_codec_cpu_ms();
		cost->encode_ms += encoded_ms - begin_ms;
		if (size > 0) {
			cost->bytes += size;
			cost->messages++;
			show(ours, data, size);
		}
		begin_ms = sj_codec_cpu_ms();
		cost->decode_ms += begin_ms - encoded_ms;
	}
}

const struct sj_codec sj_codec_ours = {
	"ours", false, create, play, picture, destroy};
