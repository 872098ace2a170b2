/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core: between the two gates of a guard, where pictures become pixels.
 *
 * Towards the inner gate it is a decoder, towards the outer gate a host. What
 * the host sends is decoded into a screen; what the viewer gets is encoded
 * from that screen by our own encoder, with state that no byte of the host has
 * touched. Input goes the other way as fixed-size messages. Both streams are
 * judged as hostile. One thread; blocks in poll only.
 */
#ifndef SJ_GUARD_CORE_H
#define SJ_GUARD_CORE_H

#include <stdint.h>

#include "guard/core_ipc.h"
#include "protocol/base/attr.h"
#include "protocol/base/reason.h"

struct sj_core; /* opaque */

/* What main has opened; all of it stays main's and is non-blocking. */
struct sj_core_parts {
	const struct sj_core_start *start;
	int control_fd;      /* to the supervisor */
	int viewer_fd;       /* RFB, to the outer gate */
	int host_fd;         /* RFB, from the inner gate */
	int input_fd;        /* struct sj_viewer_input, to the inner gate */
	int codes_fd;        /* to shoji-guard-codes; with masks_codes only */
	uint8_t *grey;       /* shared with it (guard/codes_ipc.h), lent */
	const uint8_t *mark; /* coverage of the watermark, lent; NULL: none */
};

/* Takes all memory; before confinement. parts is kept. NULL: too little. */
SJ_MUST_USE struct sj_core *sj_core_create(const struct sj_core_parts *parts);
void sj_core_destroy(struct sj_core *core);

/* Serves one connection to its end and fills *closed. Returns the reason,
 * which is also in *closed. */
SJ_MUST_USE enum sj_reason sj_core_run(
	struct sj_core *core, struct sj_core_closed *closed);

#endif /* SJ_GUARD_CORE_H */
