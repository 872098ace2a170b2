/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * model: the pixels of a cell through what is likely beside its neighbours.
 *
 * docs/protocol.md sections 12.7 and 12.8 are normative. One code for both
 * directions, so that they cannot differ; what was learnt lasts for the
 * session. The reading side takes hostile bytes: it draws some pixels or
 * marks the coder as bad, and its work is bounded by the area. No allocation
 * after create. Not thread-safe.
 */
#ifndef SJ_PROTOCOL_TILE_MODEL_H
#define SJ_PROTOCOL_TILE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/rect.h"
#include "protocol/tile/coder.h"
#include "protocol/tile/edges.h"

struct sj_model;

/* NULL when memory is short. destroy wipes; destroy(NULL) does nothing. */
SJ_MUST_USE struct sj_model *sj_model_create(void);
void sj_model_destroy(struct sj_model *model);

/* Forgets everything. */
void sj_model_reset(struct sj_model *model);

/* A part of a cell: where its neighbours are, or that it is but a box. */
struct sj_model_part {
	struct sj_size size; /* at most 64x64 */
	const struct sj_edges *edges;
	size_t column, row; /* of the cell, for edges */
	bool is_box;        /* edges are not used */
};

/* Most bytes beyond 4 a pixel that one part is coded in. */
#define SJ_MODEL_EXTRA_BYTES 80

/*
 * Codes the pixels of part (rows without a gap, 4th byte 0), in the direction
 * of coder: pixels are read when it writes, and written when it reads. Then
 * the caller has to look whether the coder is bad.
 */
void sj_model_code(struct sj_model *model, struct sj_coder *coder,
	const struct sj_model_part *part, uint32_t *pixels);

/* True if planes are likely to be shorter. */
SJ_MUST_USE bool sj_model_is_photo(
	const uint32_t *pixels, size_t width, size_t height);

#endif /* SJ_PROTOCOL_TILE_MODEL_H */
