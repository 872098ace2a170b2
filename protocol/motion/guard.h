/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * guard: calls libjpeg-turbo so that whatever it does not like is a result.
 *
 * The library leaves by a jump where it finds an error; so it does here for
 * each of its warnings too. Nothing is printed. Not thread-safe.
 */
#ifndef SJ_PROTOCOL_MOTION_GUARD_H
#define SJ_PROTOCOL_MOTION_GUARD_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>

#include <jpeglib.h>

#include "protocol/base/attr.h"

struct sj_motion_guard {
	struct jpeg_error_mgr manager; /* first: the library knows this one */
	jmp_buf place;
};

/* Prepares guard, and returns what a JPEG object has as its err. */
struct jpeg_error_mgr *sj_motion_guard_open(struct sj_motion_guard *guard);

/* Leaves the running sj_motion_guarded; for the callbacks of a JPEG object. */
SJ_NORETURN void sj_motion_guard_fail(j_common_ptr jpeg);

/* Runs work(self), which may call the library; false if it was left by an
 * error. The JPEG object has to be aborted then. */
SJ_MUST_USE bool sj_motion_guarded(
	struct sj_motion_guard *guard, void (*work)(void *self), void *self);

#endif /* SJ_PROTOCOL_MOTION_GUARD_H */
