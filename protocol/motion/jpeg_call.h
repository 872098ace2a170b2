/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * jpeg_call: calls libjpeg-turbo so that whatever it does not like is a result.
 *
 * The library leaves by a jump where it finds an error; so it does here for
 * each of its warnings too. Nothing is printed. Not thread-safe.
 */
#ifndef SJ_PROTOCOL_MOTION_JPEG_CALL_H
#define SJ_PROTOCOL_MOTION_JPEG_CALL_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>

#include <jpeglib.h>

#include "protocol/base/attr.h"

struct sj_jpeg_call {
	struct jpeg_error_mgr manager; /* first: the library knows this one */
	jmp_buf place;
};

/* Prepares call, and returns what a JPEG object has as its err. */
struct jpeg_error_mgr *sj_jpeg_call_open(struct sj_jpeg_call *call);

/* Leaves the running sj_jpeg_call_run; for the callbacks of a JPEG object. */
SJ_NORETURN void sj_jpeg_call_fail(j_common_ptr jpeg);

/* Runs work(self), which may call the library; false if it was left by an
 * error. The JPEG object has to be aborted then. */
SJ_MUST_USE bool sj_jpeg_call_run(
	struct sj_jpeg_call *call, void (*work)(void *self), void *self);

#endif /* SJ_PROTOCOL_MOTION_JPEG_CALL_H */
