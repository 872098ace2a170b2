/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * codes_ipc: the messages of shoji-guard-codes.
 *
 * All are fixed in size, on SOCK_SEQPACKET pairs (protocol/base/ipc.h): START
 * from the supervisor, then requests of the core and one answer to each. Beside
 * them goes the memory of START: SJ_CODES_BYTES, into which the core writes the
 * brightness of what is to be searched, row by row without a gap. Either side
 * judges the other's messages as foreign.
 */
#ifndef SJ_GUARD_CODES_IPC_H
#define SJ_GUARD_CODES_IPC_H

#include <stddef.h>
#include <stdint.h>

#include "protocol/base/limits.h"
#include "protocol/base/rect.h"

#define SJ_CODES_BYTES ((size_t)SJ_LIMIT_WIDTH_PX * SJ_LIMIT_HEIGHT_PX)

/* Supervisor to codes, once: fds pair to the core, memory. */
struct sj_codes_start {
	uint32_t uid, gid; /* UINT32_MAX: keep */
	uint32_t may_miss, log_level;
};

/* Core to codes: the memory holds size pixels. One at a time. */
struct sj_codes_request {
	uint32_t sequence;
	struct sj_size size;
};

/* Codes to core: where codes are, within the size of the request. What is
 * beyond the last is joined to it. */
struct sj_codes_answer {
	uint32_t sequence; /* of the request */
	uint32_t count;
	struct sj_rect rect[SJ_LIMIT_CODES_FOUND];
};

#endif /* SJ_GUARD_CODES_IPC_H */
