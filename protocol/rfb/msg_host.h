/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * msg_host: the messages from host to viewer, parsed and built, without the
 * payload of rectangles (protocol/rfb/payload.h).
 *
 * Input is hostile. Pure: no I/O, no allocation, no state.
 */
#ifndef SJ_PROTOCOL_RFB_MSG_HOST_H
#define SJ_PROTOCOL_RFB_MSG_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/bytes.h"
#include "protocol/base/reason.h"
#include "protocol/base/step.h"
#include "protocol/rfb/types.h"

/* Bytes of one session-end update, whole. */
#define SJ_RFB_SESSION_END_BYTES 16

/*
 * Parses the head of one message to *message. DONE: in is past it
 * (FramebufferUpdate: 4 bytes, ServerCutText: 8, others whole). MORE:
 * nothing moved. REFUSE: nothing moved, *reason is a 3xx. Never FULL.
 */
SJ_MUST_USE enum sj_step sj_rfb_host_parse(struct sj_reader *in,
	struct sj_rfb_host_message *message, enum sj_reason *reason);

/*
 * Appends the canonical bytes of message. False, nothing written, when it
 * does not fit. Bell and ServerCutText are never built.
 */
SJ_MUST_USE bool sj_rfb_host_build(
	struct sj_writer *out, const struct sj_rfb_host_message *message);

/*
 * Parses the 12 bytes of a rectangle head; any encoding number is taken. DONE
 * or MORE.
 */
SJ_MUST_USE enum sj_step sj_rfb_rect_head_parse(
	struct sj_reader *in, struct sj_rfb_rect_head *head);

/* Appends the 12 bytes of head; false, nothing written, if they do not fit. */
SJ_MUST_USE bool sj_rfb_rect_head_build(
	struct sj_writer *out, const struct sj_rfb_rect_head *head);

/*
 * Parses the 20 bytes behind head of ExtendedDesktopSize. Checks cause, status,
 * exactly one screen that fills the size (not the size itself). DONE, MORE,
 * or REFUSE with SJ_REASON_HOST_SIZE.
 */
SJ_MUST_USE enum sj_step sj_rfb_screen_size_parse(struct sj_reader *in,
	const struct sj_rfb_rect_head *head, struct sj_rfb_screen_size *screen,
	enum sj_reason *reason);

/*
 * Appends a whole ExtendedDesktopSize rectangle (32 bytes, screen id 1,
 * flags 0); false, nothing written, if it does not fit.
 */
SJ_MUST_USE bool sj_rfb_screen_size_build(
	struct sj_writer *out, const struct sj_rfb_screen_size *screen);

/*
 * Appends a whole update that holds the session-end rectangle with reason
 * (4xx or 5xx); false, nothing written, if it does not fit.
 */
SJ_MUST_USE bool sj_rfb_session_end_build(
	struct sj_writer *out, enum sj_reason reason);

#endif /* SJ_PROTOCOL_RFB_MSG_HOST_H */
