/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vnc_rig: a scripted gate on a socketpair with a decoder session behind it.
 *
 * A test writes what its gate sends with the put functions and hands it over
 * with send or step; what the session reports is in vnc_rig.damages.
 */
#ifndef SJ_TESTS_UNIT_VIEWER_VNC_RIG_H
#define SJ_TESTS_UNIT_VIEWER_VNC_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/bytes.h"
#include "viewer/session_vnc.h"

#define WIDTH_PX 400
#define HEIGHT_PX 300
#define DAMAGES_MAX 256

struct vnc_rig {
	int gate_fd;
	struct sj_vnc *vnc;
	uint8_t *frame;
	struct sj_writer out; /* the script */
	struct sj_viewer_damage damages[DAMAGES_MAX];
	size_t damage_count;
	bool is_sink_closed;
	bool is_strict; /* of the next rig_start */
};

extern struct vnc_rig rig;

/* A session that has not begun. */
void rig_start(void);

/* A session after a good handshake of WIDTH_PX x HEIGHT_PX. */
void rig_open(void);

/* Frees everything. */
void rig_finish(void);

/* Big-endian numbers and bytes at the end of the script. */
void put_u8(uint8_t value);
void put_u16(uint16_t value);
void put_u32(uint32_t value);
void put_bytes(const void *data, size_t size);

/* A whole handshake with a ServerInit of this size. */
void put_handshake(uint16_t width, uint16_t height);

/* Head of a FramebufferUpdate and of a rectangle. */
void put_update(uint16_t rects);
void put_rect(uint16_t x, uint16_t y, uint16_t width, uint16_t height,
	int32_t encoding);

/* width x height pixels: value, and their number in two bytes. */
void put_raw(uint16_t width, uint16_t height, uint8_t value);

/* A rectangle that sets the size of the screen. */
void put_desktop_size(uint16_t width, uint16_t height);

/* Gives the script to the socket. */
void rig_send(void);

/* rig_send, then sj_vnc_step. */
enum sj_vnc_end rig_step(void);

/* The pixel at x, y of a frame of WIDTH_PX. */
const uint8_t *pixel_at(unsigned x, unsigned y);

#endif /* SJ_TESTS_UNIT_VIEWER_VNC_RIG_H */
