/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tile: the tile encoding, version 2: what is inside one tile rectangle.
 *
 * A rectangle of encoding SJ_RFB_ENCODING_TILE holds U32 length and that many
 * bytes; docs/protocol.md section 12 says what they mean. A rectangle is cut
 * into cells of 64x64 pixels from its left upper corner. Both ends carry state
 * from one rectangle to the next for as long as a session lasts: colours,
 * what was sent, stored cells. So every payload that was made has to be
 * decoded, once and in order. Pure: memory in, memory out; all memory is
 * allocated in create, and wiped in destroy; nothing is shared between
 * sessions. The decoder treats its input as hostile. Not thread-safe.
 */
#ifndef SJ_PROTOCOL_TILE_TILE_H
#define SJ_PROTOCOL_TILE_TILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/bytes.h"
#include "protocol/base/rect.h"
#include "protocol/base/step.h"

/* A picture of width x height pixels, BGRX, stride in bytes. */
struct sj_tile_image {
	uint8_t *pixels;
	size_t stride_bytes;
	struct sj_size size;
};

struct sj_tile_encoder;
struct sj_tile_decoder;

/*
 * key: any number that the peer cannot guess; it keys the hashes by which
 * cells are found again. NULL when memory is short. destroy(NULL) does
 * nothing.
 */
SJ_MUST_USE struct sj_tile_encoder *sj_tile_encoder_create(uint64_t key);
void sj_tile_encoder_destroy(struct sj_tile_encoder *encoder);
SJ_MUST_USE struct sj_tile_decoder *sj_tile_decoder_create(void);
void sj_tile_decoder_destroy(struct sj_tile_decoder *decoder);

/* Touches all memory now, so that the first pictures do not wait for it: some
 * milliseconds, and 32 MiB that would else be taken bit by bit. */
void sj_tile_decoder_warm(struct sj_tile_decoder *decoder);

/* Forgets everything: the next payload is for a decoder that is new. */
void sj_tile_encoder_reset(struct sj_tile_encoder *encoder);

/*
 * For a line where each byte counts more than a millisecond: from the next
 * payload on, what is no photo is coded by a model of what lies beside what.
 * About half the bytes, more than twice the work, at both ends. May be
 * switched at any time; off at first and not changed by a reset. A payload's
 * first 3072 pixels are coded so in any case.
 */
void sj_tile_encoder_set_slow(struct sj_tile_encoder *encoder, bool is_slow);

/* Between payloads: the next ones go on with a picture that is large, so their
 * first pixels are no small change. Off at first. */
void sj_tile_encoder_set_more(struct sj_tile_encoder *encoder, bool is_more);

/* The same at the other end: the next payload is of an encoder that is new. */
void sj_tile_decoder_reset(struct sj_tile_decoder *decoder);

/*
 * A payload is made by any number of sj_tile_add and one sj_tile_end. True if
 * rect may be added to the one being made: it lies behind (from left to
 * right, from top to bottom, by cells of the screen) what was added, and not
 * so far away that the rectangle would be mostly empty. Always true for the
 * first.
 */
SJ_MUST_USE bool sj_tile_takes(
	const struct sj_tile_encoder *encoder, const struct sj_rect *rect);

/*
 * Adds what image shows in rect: not empty, inside image, and inside one cell
 * of the 64x64 grid of the screen. The whole cell of image has to be what
 * the decoder will show after this payload.
 */
void sj_tile_add(struct sj_tile_encoder *encoder,
	const struct sj_tile_image *image, const struct sj_rect *rect);

/*
 * Keeps what image shows in rect, a whole cell of the screen that the decoder
 * shows already, so that it can be drawn again later. Adds nothing if that is
 * known to be possible. rect has to be taken as by sj_tile_add.
 */
void sj_tile_keep(struct sj_tile_encoder *encoder,
	const struct sj_tile_image *image, const struct sj_rect *rect);

/* True if something was added since the last end. */
bool sj_tile_is_open(const struct sj_tile_encoder *encoder);

/* Pixels that were added since the last end, but those of cells that the
 * decoder has in store. */
size_t sj_tile_drawn_px(const struct sj_tile_encoder *encoder);

/* Most bytes, U32 length included, that sj_tile_end writes after the given
 * number of further sj_tile_add or sj_tile_keep (0 or 1). */
size_t sj_tile_bound(const struct sj_tile_encoder *encoder, size_t more);

/*
 * Appends U32 length and payload of what was added, and says for which
 * rectangle. DONE, or FULL with nothing changed when less than
 * sj_tile_bound(encoder, 0) is free in out.
 */
SJ_MUST_USE enum sj_step sj_tile_end(struct sj_tile_encoder *encoder,
	struct sj_writer *out, struct sj_rect *rect);

/*
 * Decodes payload (size bytes, without the U32) into rect of image, 4th byte
 * 0. DONE or REFUSE; on REFUSE pixels of rect are undefined, nothing else
 * of image is touched, and every later call refuses. Work is bounded by
 * size and the area of rect.
 */
SJ_MUST_USE enum sj_step sj_tile_decode(struct sj_tile_decoder *decoder,
	const uint8_t *payload, size_t size, const struct sj_rect *rect,
	struct sj_tile_image *image);

/* The parts of rect that the last payload has drawn, in *parts (lent until the
 * next call); the rest is as it was. Returns how many. */
size_t sj_tile_drawn(
	const struct sj_tile_decoder *decoder, const struct sj_rect **parts);

#endif /* SJ_PROTOCOL_TILE_TILE_H */
