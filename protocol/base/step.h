/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * step: the outcome of judging foreign bytes.
 */
#ifndef SJ_PROTOCOL_BASE_STEP_H
#define SJ_PROTOCOL_BASE_STEP_H

enum sj_step {
	SJ_STEP_DONE,  /* one unit judged; cursors moved past it */
	SJ_STEP_MORE,  /* nothing consumed; call again with more bytes */
	SJ_STEP_FULL,  /* nothing consumed; drain the output first */
	SJ_STEP_REFUSE /* the peer violated the subset; a reason is set */
};

#endif /* SJ_PROTOCOL_BASE_STEP_H */
