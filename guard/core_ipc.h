/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core_ipc: the messages between the supervisor of a guard and its cores.
 *
 * All are struct sj_core_message on a SOCK_SEQPACKET pair
 * (protocol/base/ipc.h), fixed in size. Beside it a core has two streams of
 * RFB (to the outer gate and from the inner gate) and a one-way pair for input
 * (struct sj_viewer_input of protocol/gate/viewer_gate_ipc.h).
 */
#ifndef SJ_GUARD_CORE_IPC_H
#define SJ_GUARD_CORE_IPC_H

#include <stdint.h>

#include "protocol/base/limits.h"
#include "protocol/base/rect.h"

enum sj_core_message_type {
	/* supervisor to core. START: fds stream to the outer gate, stream from
	 * the inner gate, input to the inner gate and, with a watermark, the
	 * coverage (guard/shown.h); where codes are covered, behind it, the
	 * pair to shoji-guard-codes and the memory (guard/codes_ipc.h). */
	SJ_CORE_START = 1,
	/* core to supervisor, last. */
	SJ_CORE_CLOSED,
	/* core to supervisor, each SJ_LIMIT_PULSE_MS. */
	SJ_CORE_ALIVE
};

/* What is judged beyond the protocol; 0 is off everywhere. */
struct sj_core_policy {
	uint32_t is_read_only;       /* no keys */
	uint32_t keys_per_second;    /* presses; beyond: later */
	uint32_t pointer_per_second; /* events; beyond: motion is joined */
	uint32_t text_per_minute;    /* characters; beyond: later */
	uint32_t sizes_per_minute;   /* wished; beyond: the last one, later */
	uint32_t my_number;          /* enum sj_number_mode */
	uint32_t quantum_ms;         /* input and updates leave at multiples */
	uint32_t is_seven_bit;       /* colours: & 0xfe */
	uint32_t mark_percent;       /* opacity of the watermark */
	uint32_t caret_grid_px;      /* the caret hint is rounded to it */
	uint32_t is_lossless;        /* regions in motion, too */
	uint32_t bandwidth_kbit;     /* a second, at most */
	uint32_t masks_codes;        /* 2-D codes are covered */
	uint32_t is_strict;          /* profile strict towards the viewer */
};

struct sj_core_start {
	uint32_t uid, gid; /* UINT32_MAX: keep */
	uint32_t may_miss, log_level;
	struct sj_core_policy policy;
};

/* What has crossed, each number of the whole connection. */
struct sj_core_counts {
	uint64_t updates_in, pixels_in;
	uint64_t updates_out, update_bytes_out;
	uint64_t keys, pointers, sizes; /* passed on */
	uint64_t keys_dropped, pointers_joined;
	uint64_t to_host_bits, to_viewer_bits; /* guard/bound.h */
};

struct sj_core_closed {
	uint32_t reason; /* enum sj_reason */
	struct sj_core_counts counts;
};

struct sj_core_message {
	uint32_t type; /* enum sj_core_message_type */
	union {
		struct sj_core_start start;
		struct sj_core_closed closed;
	} u;
};

#endif /* SJ_GUARD_CORE_IPC_H */
