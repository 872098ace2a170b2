/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * motion: what is inside one motion rectangle: a lossy picture of it.
 *
 * A rectangle of encoding SJ_RFB_ENCODING_MOTION holds U32 length and that
 * many bytes; docs/protocol.md section 13 says which. Every payload stands for
 * itself. Today it is one JPEG by libjpeg-turbo; nothing here shows it, so that
 * another codec, or one in a process of its own, can follow. Pure: memory
 * in, memory out; memory grows with the width of a rectangle (the encoder's:
 * with its area), never with a length from the wire. The decoder treats its
 * input as hostile. Create before sj_confine. Not thread-safe.
 */
#ifndef SJ_PROTOCOL_MOTION_MOTION_H
#define SJ_PROTOCOL_MOTION_MOTION_H

#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/bytes.h"
#include "protocol/base/rect.h"
#include "protocol/base/step.h"
#include "protocol/tile/tile.h"

struct sj_motion_encoder;
struct sj_motion_decoder;

/* 1 is the smallest, 100 the closest to the picture. */
#define SJ_MOTION_QUALITY_MIN 1
#define SJ_MOTION_QUALITY_MAX 100

/* NULL when memory is short. destroy(NULL) does nothing. */
SJ_MUST_USE struct sj_motion_encoder *sj_motion_encoder_create(void);
void sj_motion_encoder_destroy(struct sj_motion_encoder *encoder);

/* Forgets what was learnt from earlier pictures: another viewer. */
void sj_motion_encoder_reset(struct sj_motion_encoder *encoder);

/*
 * Appends U32 length and the payload for rect (not empty, inside image).
 * DONE, or FULL with nothing written when it does not fit in out or is longer
 * than the wire permits.
 */
SJ_MUST_USE enum sj_step sj_motion_encode(struct sj_motion_encoder *encoder,
	const struct sj_tile_image *image, const struct sj_rect *rect,
	int quality, struct sj_writer *out);

/* NULL when memory is short. destroy(NULL) does nothing. */
SJ_MUST_USE struct sj_motion_decoder *sj_motion_decoder_create(void);
void sj_motion_decoder_destroy(struct sj_motion_decoder *decoder);

/*
 * Decodes payload (size bytes, without the U32) into rect of image, 4th byte
 * 0. DONE or REFUSE; on REFUSE pixels of rect are undefined, nothing else of
 * image is touched. Work is bounded by size and the area of rect.
 */
SJ_MUST_USE enum sj_step sj_motion_decode(struct sj_motion_decoder *decoder,
	const uint8_t *payload, size_t size, const struct sj_rect *rect,
	struct sj_tile_image *image);

#endif /* SJ_PROTOCOL_MOTION_MOTION_H */
