/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * edges: what was drawn right beside a cell, earlier in the same payload.
 *
 * Both ends keep their own copy, so that neither depends on what a picture
 * shows by now. Columns and rows are those of cells, counted from anywhere.
 * Pure, no allocation.
 */
#ifndef SJ_PROTOCOL_TILE_EDGES_H
#define SJ_PROTOCOL_TILE_EDGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/rect.h"
#include "protocol/tile/format.h"

#define SJ_EDGE_ROWS 2u    /* kept of the cell above */
#define SJ_EDGE_COLUMNS 3u /* kept of the cell to the left */
#define SJ_EDGE_CELLS                                                          \
	((SJ_LIMIT_WIDTH_PX + SJ_TILE_CELL_PX - 1) / SJ_TILE_CELL_PX)

struct sj_edges {
	/* Row + 1 of the last cell that was wholly drawn in each column. */
	size_t row[SJ_EDGE_CELLS];
	uint32_t lowest[SJ_EDGE_CELLS][SJ_EDGE_ROWS][SJ_TILE_CELL_PX];
	uint32_t rightmost[SJ_TILE_CELL_PX][SJ_EDGE_COLUMNS];
};

/* For a new payload: nothing was drawn. */
void sj_edges_start(struct sj_edges *edges);

/* The cell shows width x height pixels, rows without a gap. */
void sj_edges_note(struct sj_edges *edges, size_t column, size_t row,
	const uint32_t *pixels, const struct sj_size *size);

/* True if the cell to the left, or the one above, was drawn. */
SJ_MUST_USE bool sj_edges_has_left(
	const struct sj_edges *edges, size_t column, size_t row);
SJ_MUST_USE bool sj_edges_has_above(
	const struct sj_edges *edges, size_t column, size_t row);

#endif /* SJ_PROTOCOL_TILE_EDGES_H */
