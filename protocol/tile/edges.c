/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/tile/edges.h"

#include <string.h>

void sj_edges_start(struct sj_edges *edges)
{
	memset(edges->row, 0, sizeof(edges->row));
}

void sj_edges_note(struct sj_edges *edges, size_t column, size_t row,
	const uint32_t *pixels, const struct sj_size *size)
{
	const size_t width = size->width_px, height = size->height_px;

	/* A smaller cell is the last one: nothing lies beside it. */
	if (column >= SJ_EDGE_CELLS || width < SJ_EDGE_COLUMNS ||
		height < SJ_EDGE_ROWS)
		return;
	edges->row[column] = row + 1;
	memcpy(edges->lowest[column][0], pixels + (height - 2) * width,
		width * 4);
	memcpy(edges->lowest[column][1], pixels + (height - 1) * width,
		width * 4);
	for (size_t y = 0; y < height; y++)
		memcpy(edges->rightmost[y],
			pixels + (y + 1) * width - SJ_EDGE_COLUMNS,
			sizeof(edges->rightmost[y]));
}

bool sj_edges_has_left(const struct sj_edges *edges, size_t column, size_t row)
{
	/* The cell that was noted last, as cells come row by row. */
	return column > 0 && column <= SJ_EDGE_CELLS &&
	       edges->row[column - 1] == row + 1;
}

bool sj_edges_has_above(const struct sj_edges *edges, size_t column, size_t row)
{
	return row > 0 && column < SJ_EDGE_CELLS && edges->row[column] == row;
}
