/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * types: the checked structs of the RFB subset.
 *
 * Only parsers (msg_viewer.c, msg_host.c, handshake) fill them from foreign
 * bytes; a value in one of them has passed every check that needs no
 * knowledge of the session. Checks that do are the gate's. docs/protocol.md
 * has the bytes.
 */
#ifndef SJ_PROTOCOL_RFB_TYPES_H
#define SJ_PROTOCOL_RFB_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/base/limits.h"
#include "protocol/base/rect.h"
#include "protocol/rfb/encodings.h"

/* Message types, viewer to host. */
enum sj_rfb_viewer_type {
	SJ_RFB_SET_PIXEL_FORMAT = 0,
	SJ_RFB_SET_ENCODINGS = 2,
	SJ_RFB_UPDATE_REQUEST = 3,
	SJ_RFB_KEY_EVENT = 4,
	SJ_RFB_POINTER_EVENT = 5,
	SJ_RFB_CLIENT_CUT_TEXT = 6,
	SJ_RFB_ENABLE_CONTINUOUS = 150,
	SJ_RFB_CLIENT_FENCE = 248,
	SJ_RFB_SET_DESKTOP_SIZE = 251
};

/* Message types, host to viewer. */
enum sj_rfb_host_type {
	SJ_RFB_UPDATE = 0,
	SJ_RFB_BELL = 2,
	SJ_RFB_SERVER_CUT_TEXT = 3,
	SJ_RFB_END_OF_CONTINUOUS = 150,
	SJ_RFB_SERVER_FENCE = 248
};

/*
 * A true-colour format of 32 bits, depth 24, 8 bits per colour, whose 4th
 * byte in memory is unused; is_constant: it came as sj_rfb_pixel_format.
 */
struct sj_rfb_format {
	bool is_constant;
	uint8_t bytes[SJ_RFB_PIXEL_FORMAT_BYTES]; /* padding is 0 */
};

struct sj_rfb_encodings {
	uint16_t count;
	int32_t number[SJ_LIMIT_ENCODINGS];
};

struct sj_rfb_request {
	bool is_incremental;
	struct sj_rect rect;
};

struct sj_rfb_key {
	bool is_down;
	uint32_t keysym;
};

struct sj_rfb_pointer {
	uint8_t buttons; /* bit 0 left; bit 7 is never set */
	uint16_t x_px, y_px;
};

/* bytes of text follow the header; the caller consumes them. */
struct sj_rfb_cut_text {
	uint32_t bytes;
};

struct sj_rfb_continuous {
	bool is_on;
	struct sj_rect rect;
};

#define SJ_RFB_FENCE_REQUEST 0x80000000u
#define SJ_RFB_FENCE_FLAGS 0x00000007u /* block before, after; sync next */

struct sj_rfb_fence {
	bool is_request;
	uint32_t flags; /* of SJ_RFB_FENCE_FLAGS */
	uint8_t size;
	uint8_t payload[SJ_LIMIT_FENCE_BYTES];
};

/* One screen at 0, 0 that fills the framebuffer. */
struct sj_rfb_desktop_size {
	struct sj_size size;
};

struct sj_rfb_viewer_message {
	enum sj_rfb_viewer_type type;
	union {
		struct sj_rfb_format format;
		struct sj_rfb_encodings encodings;
		struct sj_rfb_request request;
		struct sj_rfb_key key;
		struct sj_rfb_pointer pointer;
		struct sj_rfb_cut_text cut_text;
		struct sj_rfb_continuous continuous;
		struct sj_rfb_fence fence;
		struct sj_rfb_desktop_size desktop_size;
	} u;
};

/* Head of a FramebufferUpdate; that many rectangles follow. */
struct sj_rfb_update {
	uint16_t rects; /* 1 to SJ_LIMIT_RECTS */
};

struct sj_rfb_host_message {
	enum sj_rfb_host_type type;
	union {
		struct sj_rfb_update update;
		struct sj_rfb_cut_text cut_text;
		struct sj_rfb_fence fence;
	} u;
};

/* Head of a rectangle. For pseudo-encodings rect holds other numbers. */
struct sj_rfb_rect_head {
	struct sj_rect rect;
	int32_t encoding;
};

/* Who asked for a size, and what became of it. */
enum sj_rfb_size_cause {
	SJ_RFB_SIZE_BY_HOST,
	SJ_RFB_SIZE_BY_VIEWER,
	SJ_RFB_SIZE_BY_OTHER
};

/* Body of ExtendedDesktopSize, head included. */
struct sj_rfb_screen_size {
	enum sj_rfb_size_cause cause;
	uint16_t status; /* 0 done, 1 prohibited, 2 resources, 3 invalid */
	struct sj_size size;
};

/* The fixed shapes of a pointer, by index; the profile strict sends no other
 * picture of one. viewer/shapes.c draws them. */
enum sj_rfb_shape {
	SJ_RFB_SHAPE_HIDDEN,
	SJ_RFB_SHAPE_ARROW,
	SJ_RFB_SHAPE_TEXT,
	SJ_RFB_SHAPE_HAND,
	SJ_RFB_SHAPE_WAIT,
	SJ_RFB_SHAPE_CROSS,
	SJ_RFB_SHAPE_MOVE,
	SJ_RFB_SHAPE_FORBIDDEN,
	SJ_RFB_SHAPE_RESIZE_H,
	SJ_RFB_SHAPE_RESIZE_V,
	SJ_RFB_SHAPE_RESIZE_DOWN, /* from upper left to lower right */
	SJ_RFB_SHAPE_RESIZE_UP,   /* from lower left to upper right */
	SJ_RFB_SHAPE_TEXT_V,
	SJ_RFB_SHAPE_HELP,
	SJ_RFB_SHAPE_PROGRESS,
	SJ_RFB_SHAPE_GRAB /* SJ_LIMIT_SHAPES of them */
};

#endif /* SJ_PROTOCOL_RFB_TYPES_H */
