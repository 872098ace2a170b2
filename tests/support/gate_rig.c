/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/gate_rig.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/rfb/msg_viewer.h"
#include "tests/support/hex.h"

#define START_US 1000000

void sj_rig_open(struct sj_rig *rig, enum sj_gate_profile profile)
{
	const struct sj_gate_settings settings = {
		.profile = profile,
		.size = {800, 600},
		.size_max = {1920, 1080},
		.now_us = START_US,
	};

	memset(rig, 0, offsetof(struct sj_rig, out));
	rig->now_us = START_US;
	rig->gate = sj_gate_create(&settings);
	if (rig->gate == NULL)
		abort();
}

void sj_rig_close(struct sj_rig *rig)
{
	sj_gate_destroy(rig->gate);
	rig->gate = NULL;
}

enum sj_step sj_rig_feed(struct sj_rig *rig, enum sj_gate_kind kind,
	const uint8_t *data, size_t size)
{
	struct sj_reader in = sj_reader_of(data, size);
	struct sj_writer out = sj_writer_of(
		rig->out + rig->out_size, sizeof(rig->out) - rig->out_size);
	enum sj_step step;

	rig->calls = 0;
	do {
		step = kind == SJ_GATE_FROM_VIEWER
			       ? sj_gate_viewer_next(
					 rig->gate, &in, &out, rig->now_us)
			       : sj_gate_host_next(
					 rig->gate, &in, &out, rig->now_us);
		rig->calls++;
	} while (step == SJ_STEP_DONE);
	rig->out_size += out.at;
	rig->left = sj_reader_left(&in);
	return step;
}

static enum sj_step feed_text(
	struct sj_rig *rig, enum sj_gate_kind kind, const char *text)
{
	static uint8_t bytes[1 << 20];

	return sj_rig_feed(
		rig, kind, bytes, sj_hex_bytes(text, bytes, sizeof(bytes)));
}

enum sj_step sj_rig_viewer(struct sj_rig *rig, const char *text)
{
	return feed_text(rig, SJ_GATE_FROM_VIEWER, text);
}

enum sj_step sj_rig_host(struct sj_rig *rig, const char *text)
{
	return feed_text(rig, SJ_GATE_FROM_HOST, text);
}

void sj_rig_expect(struct sj_rig *rig, const char *text)
{
	sj_hex_expect(rig->out, rig->out_size, text);
	rig->out_size = 0;
}

static void send(
	struct sj_rig *rig, const struct sj_rfb_viewer_message *message)
{
	uint8_t bytes[256];
	struct sj_writer writer = sj_writer_of(bytes, sizeof(bytes));

	if (!sj_rfb_viewer_build(&writer, message) ||
		sj_rig_feed(rig, SJ_GATE_FROM_VIEWER, bytes, writer.at) !=
			SJ_STEP_MORE)
		abort();
}

void sj_rig_start(struct sj_rig *rig)
{
	static const struct sj_rfb_encodings all = {
		.count = 14,
		.number = {SJ_RFB_ENCODING_RAW, SJ_RFB_ENCODING_COPY_RECT,
			SJ_RFB_ENCODING_ZLIB, SJ_RFB_ENCODING_TIGHT,
			SJ_RFB_ENCODING_ZRLE, SJ_RFB_ENCODING_CURSOR,
			SJ_RFB_ENCODING_EXTENDED_DESKTOP_SIZE,
			SJ_RFB_ENCODING_TILE, SJ_RFB_ENCODING_MOTION,
			SJ_RFB_ENCODING_ALPHA_CURSOR, SJ_RFB_ENCODING_CARET,
			SJ_RFB_ENCODING_SESSION_END, SJ_RFB_ENCODING_SHAPE,
			SJ_RFB_ENCODING_FENCE},
	};
	struct sj_rfb_viewer_message message = {
		.type = SJ_RFB_SET_PIXEL_FORMAT};

	memcpy(message.u.format.bytes, sj_rfb_pixel_format,
		SJ_RFB_PIXEL_FORMAT_BYTES);
	send(rig, &message);
	message.type = SJ_RFB_SET_ENCODINGS;
	message.u.encodings = all;
	send(rig, &message);
	message.type = SJ_RFB_UPDATE_REQUEST;
	message.u.request = (struct sj_rfb_request){.rect = {0, 0, 800, 600}};
	send(rig, &message);
	rig->out_size = 0;
}

void sj_rig_paint(struct sj_rig *rig)
{
	static const uint8_t pixel[] = {
		0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 2, 3, 0};

	if (sj_rig_feed(rig, SJ_GATE_FROM_HOST, pixel, sizeof(pixel)) !=
		SJ_STEP_MORE)
		abort();
	rig->out_size = 0;
}
