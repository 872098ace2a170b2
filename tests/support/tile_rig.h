/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tile_rig: an encoder and a decoder of tiles, a picture at each end.
 */
#ifndef SJ_TESTS_SUPPORT_TILE_RIG_H
#define SJ_TESTS_SUPPORT_TILE_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/limits.h"
#include "protocol/tile/tile.h"

struct sj_tile_rig {
	struct sj_tile_encoder *encoder;
	struct sj_tile_decoder *decoder;
	struct sj_tile_image host, viewer;
	uint8_t data[2 * SJ_LIMIT_UPDATE_BYTES];
	size_t payloads; /* made so far */
	size_t bytes;    /* of all payloads, their lengths included */
	uint32_t random;
	/* Told of each payload when it was decoded, if set. */
	void (*watch)(const struct sj_tile_rig *rig, const struct sj_rect *rect,
		const uint8_t *payload, size_t size);
};

/* Both pictures are black. Aborts when memory is short. */
void sj_tile_rig_open(
	struct sj_tile_rig *rig, uint16_t width_px, uint16_t height_px);
void sj_tile_rig_close(struct sj_tile_rig *rig);

/* As it was when it was opened, but for the counts. */
void sj_tile_rig_reset(struct sj_tile_rig *rig);

/* The pixel of the host's picture. */
uint32_t *sj_tile_rig_pixel(struct sj_tile_rig *rig, size_t x, size_t y);

/* A number that looks random; the same in each run. */
uint32_t sj_tile_rig_random(struct sj_tile_rig *rig);

/* Letters are strokes of a few greys on white. */
enum sj_tile_paint {
	SJ_TILE_PAINT_NOISE,
	SJ_TILE_PAINT_GRADIENT,
	SJ_TILE_PAINT_ONE_COLOUR,
	SJ_TILE_PAINT_LETTERS,
	SJ_TILE_PAINT_STRIPES,
	SJ_TILE_PAINTS
};

/* Paints rect of the host's picture: the same at each place, but noise. */
void sj_tile_rig_paint(struct sj_tile_rig *rig, const struct sj_rect *rect,
	enum sj_tile_paint paint);

/*
 * Sends rect of the host's picture, cut at the cells of the screen, in as
 * many payloads as it takes, and draws them into the viewer's. False if the
 * decoder refused, wrote beyond a rectangle, or a bound did not hold.
 */
bool sj_tile_rig_send(struct sj_tile_rig *rig, const struct sj_rect *rect);

/* Rolls both pictures up by rows, as copies would: nothing is sent. */
void sj_tile_rig_roll(struct sj_tile_rig *rig, size_t rows);

/* Has the viewer keep all cells of the picture. False as above. */
bool sj_tile_rig_keep(struct sj_tile_rig *rig);

/* True if both pictures are the same, but for the host's 4th bytes. */
bool sj_tile_rig_is_exact(const struct sj_tile_rig *rig);

#endif /* SJ_TESTS_SUPPORT_TILE_RIG_H */
