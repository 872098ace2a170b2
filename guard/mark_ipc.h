/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mark_ipc: what shoji-guard-mark is told.
 */
#ifndef SJ_GUARD_MARK_IPC_H
#define SJ_GUARD_MARK_IPC_H

#include <stdint.h>

#define SJ_MARK_LINES 3

/* Supervisor to mark, once: fd a memfd of SJ_MARK_BYTES, for the coverage. It
 * sends the message back when it has drawn, and ends. */
struct sj_mark_message {
	uint32_t uid, gid; /* UINT32_MAX: keep */
	uint32_t may_miss; /* enum sj_confine_layer */
	char line[SJ_MARK_LINES][96];
};

#endif /* SJ_GUARD_MARK_IPC_H */
