/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * layout: where the parts of the viewer's window are.
 *
 * The host's pixels are drawn in a window of their own inside: whatever the
 * host sends, it cannot touch strip and frame.
 */
#ifndef SJ_VIEWER_LAYOUT_H
#define SJ_VIEWER_LAYOUT_H

/* The frame left, right and below; the strip with the zone's name above. */
#define SJ_LAYOUT_FRAME_PX 4
#define SJ_LAYOUT_STRIP_PX 26

/* What the window adds to the size of the picture. */
#define SJ_LAYOUT_ADD_WIDTH_PX (2 * SJ_LAYOUT_FRAME_PX)
#define SJ_LAYOUT_ADD_HEIGHT_PX (SJ_LAYOUT_STRIP_PX + SJ_LAYOUT_FRAME_PX)

/* Around a picture that is smaller than its place. */
#define SJ_LAYOUT_EMPTY_COLOR 0x00202428u

#endif /* SJ_VIEWER_LAYOUT_H */
