/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/rfb/encodings.h"

/* bpp, depth, big-endian, true colour, 3 maxima, shifts R G B, padding. */
const uint8_t sj_rfb_pixel_format[SJ_RFB_PIXEL_FORMAT_BYTES] = {
	32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0};
