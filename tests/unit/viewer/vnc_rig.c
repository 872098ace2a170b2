/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/viewer/vnc_rig.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/rfb/encodings.h"
#include "tests/support/suite.h"

#define SCRIPT_BYTES (4 * 1024 * 1024)

struct vnc_rig rig;

static uint8_t *script;
static bool take_damage(void *self, const struct sj_viewer_damage *damage)
{
	(void)self;
	if (rig.is_sink_closed)
		return false;
	if (rig.damage_count < DAMAGES_MAX)
		rig.damages[rig.damage_count++] = *damage;
	return true;
}

void put_u8(uint8_t value)
{
	ck_assert(sj_write_u8(&rig.out, value));
}

void put_u16(uint16_t value)
{
	ck_assert(sj_write_u16(&rig.out, value));
}

void put_u32(uint32_t value)
{
	ck_assert(sj_write_u32(&rig.out, value));
}

void put_bytes(const void *data, size_t size)
{
	ck_assert(sj_write_bytes(&rig.out, data, size));
}

void rig_start(void)
{
	struct sj_vnc_settings settings = {
		.damage = take_damage, .is_strict = rig.is_strict};
	int pair[2];
	int room = SCRIPT_BYTES;

	script = malloc(SCRIPT_BYTES);
	ck_assert_ptr_nonnull(script);
	rig.out = sj_writer_of(script, SCRIPT_BYTES);
	rig.frame = calloc(1, SJ_VIEWER_FRAME_FILE_BYTES);
	ck_assert_ptr_nonnull(rig.frame);
	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	/* All of a script fits, so that one process can play both ends. */
	ck_assert_int_eq(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUFFORCE, &room,
				 sizeof(room)) == 0 ||
				 setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF,
					 &room, sizeof(room)) == 0,
		1);
	ck_assert_int_eq(fcntl(pair[1], F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(fcntl(pair[0], F_SETFL, O_NONBLOCK), 0);
	rig.gate_fd = pair[0];
	settings.stream_fd = pair[1];
	settings.frame = rig.frame;
	rig.vnc = sj_vnc_create(&settings);
	ck_assert_ptr_nonnull(rig.vnc);
}

/* Gives what was scripted so far to the socket. */
void rig_send(void)
{
	ssize_t put = write(rig.gate_fd, script, rig.out.at);

	ck_assert_int_eq(put, (ssize_t)rig.out.at);
	rig.out.at = 0;
}

void put_handshake(uint16_t width, uint16_t height)
{
	put_bytes("RFB 003.008\n", 12);
	put_u8(1);
	put_u8(1);
	put_u32(0);
	put_u16(width);
	put_u16(height);
	put_bytes(sj_rfb_pixel_format, SJ_RFB_PIXEL_FORMAT_BYTES);
	put_u32(5);
	put_bytes("shoji", 5);
}

void rig_open(void)
{
	rig_start();
	put_handshake(WIDTH_PX, HEIGHT_PX);
	rig_send();
	ck_assert_int_eq(sj_vnc_open(rig.vnc), SJ_VNC_RUNNING);
	ck_assert_uint_eq(rig.damage_count, 1);
	rig.damage_count = 0;
}

void put_update(uint16_t rects)
{
	put_u8(0);
	put_u8(0);
	put_u16(rects);
}

void put_rect(uint16_t x, uint16_t y, uint16_t width, uint16_t height,
	int32_t encoding)
{
	put_u16(x);
	put_u16(y);
	put_u16(width);
	put_u16(height);
	put_u32((uint32_t)encoding);
}

void put_raw(uint16_t width, uint16_t height, uint8_t value)
{
	int i;

	for (i = 0; i < width * height; i++) {
		const uint8_t pixel[4] = {
			value, (uint8_t)i, (uint8_t)(i >> 8), 0};

		put_bytes(pixel, 4);
	}
}

void rig_finish(void)
{
	sj_vnc_destroy(rig.vnc);
	(void)close(rig.gate_fd);
	free(rig.frame);
	free(script);
}

enum sj_vnc_end rig_step(void)
{
	rig_send();
	return sj_vnc_step(rig.vnc);
}

const uint8_t *pixel_at(unsigned x, unsigned y)
{
	return rig.frame + (y * WIDTH_PX + x) * 4;
}

void put_desktop_size(uint16_t width, uint16_t height)
{
	put_rect(0, 0, width, height, SJ_RFB_ENCODING_EXTENDED_DESKTOP_SIZE);
	put_u32(0x01000000);
	put_u32(1);
	put_u16(0);
	put_u16(0);
	put_u16(width);
	put_u16(height);
	put_u32(0);
}
