/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * msg_viewer: the messages from viewer to host, parsed and built.
 *
 * Input is hostile. Pure: no I/O, no allocation, no state. Checks here need
 * no knowledge of the session (lengths, flags, numbers that are never valid);
 * the rest is the gate's.
 */
#ifndef SJ_PROTOCOL_RFB_MSG_VIEWER_H
#define SJ_PROTOCOL_RFB_MSG_VIEWER_H

#include <stdbool.h>

#include "protocol/base/attr.h"
#include "protocol/base/bytes.h"
#include "protocol/base/reason.h"
#include "protocol/base/step.h"
#include "protocol/rfb/types.h"

/*
 * Parses one message at the cursor of in to *message. DONE: in is past it
 * (ClientCutText: past its 8-byte head). MORE: nothing moved. REFUSE: nothing
 * moved, *reason is a 2xx. Never FULL. A refusal comes as soon as the bytes
 * that are there suffice to know it.
 */
SJ_MUST_USE enum sj_step sj_rfb_viewer_parse(struct sj_reader *in,
	struct sj_rfb_viewer_message *message, enum sj_reason *reason);

/*
 * Appends the canonical bytes of message (padding 0; ClientCutText is never
 * built). False, nothing written, when it does not fit.
 */
SJ_MUST_USE bool sj_rfb_viewer_build(
	struct sj_writer *out, const struct sj_rfb_viewer_message *message);

#endif /* SJ_PROTOCOL_RFB_MSG_VIEWER_H */
