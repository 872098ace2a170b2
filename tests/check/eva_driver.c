/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What Frama-C's Eva is asked: any ROOM bytes, of any length up to it, at one
 * of the parsers of the gates. PARSER is host, viewer or payload; see eva.py,
 * which includes the builtins of Frama-C before this. Not compiled otherwise.
 */
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/bytes.h"
#include "protocol/rfb/msg_host.h"
#include "protocol/rfb/msg_viewer.h"
#include "protocol/rfb/payload.h"

#define HOST 1
#define VIEWER 2
#define PAYLOAD 3

static uint8_t data[ROOM];

#if PARSER == PAYLOAD
static int judge(struct sj_reader *in)
{
	static uint8_t room[ROOM];
	struct sj_writer out = sj_writer_of(room, sizeof(room));
	struct sj_rfb_payload payload;
	struct sj_rfb_rect_head head;
	enum sj_reason reason = SJ_REASON_NONE;
	enum sj_step step = SJ_STEP_DONE;

	if (sj_rfb_rect_head_parse(in, &head) != SJ_STEP_DONE)
		return 1;
	/* The gate has judged this before. */
	if (head.rect.width_px > SJ_LIMIT_WIDTH_PX ||
		head.rect.height_px > SJ_LIMIT_HEIGHT_PX)
		return 1;
	if (!sj_rfb_payload_begin(&payload, &head))
		return 1;
	while (step == SJ_STEP_DONE && !sj_rfb_payload_is_done(&payload))
		step = sj_rfb_payload_next(&payload, in, &out, &reason);
	return 0;
}
#elif PARSER == HOST
static int judge(struct sj_reader *in)
{
	struct sj_rfb_host_message message;
	enum sj_reason reason = SJ_REASON_NONE;

	return sj_rfb_host_parse(in, &message, &reason) == SJ_STEP_DONE;
}
#else
static int judge(struct sj_reader *in)
{
	struct sj_rfb_viewer_message message;
	enum sj_reason reason = SJ_REASON_NONE;

	return sj_rfb_viewer_parse(in, &message, &reason) == SJ_STEP_DONE;
}
#endif

int main(void)
{
	size_t size = (size_t)Frama_C_interval(0, ROOM);
	struct sj_reader in;

	/*@ split size; */
	Frama_C_make_unknown((char *)data, ROOM);
	in = sj_reader_of(data, size);
	return judge(&in);
}
