/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * loop: waits for descriptors and calls what belongs to them.
 *
 * One thread, level-triggered. A callback may remove any descriptor, its own
 * included; nothing is called for a removed one.
 */
#ifndef SJ_PROTOCOL_SUPERVISE_LOOP_H
#define SJ_PROTOCOL_SUPERVISE_LOOP_H

#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"

struct sj_loop; /* opaque */

/* What is called when fd has something to read or its end. */
typedef void (*sj_loop_fn)(void *self, int fd);

/* NULL when memory or descriptors are short. */
SJ_MUST_USE struct sj_loop *sj_loop_create(void);

/* Frees loop; the descriptors stay their owners'. NULL does nothing. */
void sj_loop_destroy(struct sj_loop *loop);

/*
 * Calls fn(self, fd) whenever fd is readable. fd and self are kept until
 * sj_loop_remove. SJ_ERR_SYSTEM or SJ_ERR_MEMORY on failure.
 */
SJ_MUST_USE enum sj_err sj_loop_add(
	struct sj_loop *loop, int fd, sj_loop_fn fn, void *self);

/* Forgets fd; call before closing it. Unknown descriptors do nothing. */
void sj_loop_remove(struct sj_loop *loop, int fd);

/*
 * Waits at most wait_ms (-1: for ever) and calls what is ready. SJ_ERR_SYSTEM
 * when waiting itself failed.
 */
SJ_MUST_USE enum sj_err sj_loop_turn(struct sj_loop *loop, int wait_ms);

#endif /* SJ_PROTOCOL_SUPERVISE_LOOP_H */
