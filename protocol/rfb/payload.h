/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * payload: the framing of what follows a rectangle head, in bounded chunks.
 *
 * Input is hostile. Raw and cursors are rebuilt pixel by pixel (4th byte 0);
 * compressed data (Zlib, Tight, ZRLE, tile, motion) is opaque: bounded in
 * length, copied. A payload of any size passes through buffers of any size.
 * Pure: no I/O, no allocation.
 */
#ifndef SJ_PROTOCOL_RFB_PAYLOAD_H
#define SJ_PROTOCOL_RFB_PAYLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/bytes.h"
#include "protocol/base/reason.h"
#include "protocol/base/step.h"
#include "protocol/rfb/types.h"

/* Progress inside one payload; fill with sj_rfb_payload_begin only. */
struct sj_rfb_payload {
	struct sj_rfb_rect_head head;
	int stage;           /* what comes next; private */
	int after;           /* the stage behind a copy; private */
	uint64_t left_bytes; /* of the present stage */
	uint32_t row_bytes;  /* cursor mask: bytes of a row */
	uint64_t data_bytes; /* Tight: bytes before compression */
	uint32_t colours;    /* Tight: palette size */
};

/*
 * Starts the payload behind head, whose geometry has been judged. Encodings:
 * Raw, CopyRect (4 bytes, copied), Zlib, Tight, ZRLE, Cursor, tile, motion,
 * alpha cursor, caret, session end and cursor shape (none). False for any
 * other encoding.
 */
SJ_MUST_USE bool sj_rfb_payload_begin(
	struct sj_rfb_payload *payload, const struct sj_rfb_rect_head *head);

/* True when everything of payload has been copied. */
bool sj_rfb_payload_is_done(const struct sj_rfb_payload *payload);

/*
 * Moves the next chunk from in to out. DONE: at least one byte moved. MORE,
 * FULL: nothing moved. REFUSE: *reason is SJ_REASON_HOST_LENGTH or
 * SJ_REASON_HOST_ENCODING (a Tight form outside the subset). Not to be called
 * when is_done.
 */
SJ_MUST_USE enum sj_step sj_rfb_payload_next(struct sj_rfb_payload *payload,
	struct sj_reader *in, struct sj_writer *out, enum sj_reason *reason);

/*
 * Most opaque bytes (without the U32 length) that a rectangle of encoding
 * Zlib, ZRLE, tile or motion and that size can have; 0 for another encoding.
 */
uint64_t sj_rfb_payload_bound(int32_t encoding, const struct sj_rect *rect);

#endif /* SJ_PROTOCOL_RFB_PAYLOAD_H */
