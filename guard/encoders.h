/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * encoders: those that the policy of a guard allows towards a viewer, beside
 * the one for tiles that every sender has.
 *
 * Ours on both sides: pixels of the core's own screen go in, nothing else. Does
 * not block.
 */
#ifndef SJ_GUARD_ENCODERS_H
#define SJ_GUARD_ENCODERS_H

#include "guard/core_ipc.h"
#include "protocol/base/attr.h"
#include "protocol/send/sender.h"

struct sj_encoders;

/* NULL when there is too little memory. The caller destroys it, after the
 * sender that uses it. */
SJ_MUST_USE struct sj_encoders *sj_encoders_create(
	const struct sj_core_policy *policy);
void sj_encoders_destroy(struct sj_encoders *encoders);

/* A sender that uses them, of the caller; NULL: too little memory. */
SJ_MUST_USE struct sj_sender *sj_encoders_sender(
	struct sj_encoders *encoders, struct sj_shadow *shadow);

#endif /* SJ_GUARD_ENCODERS_H */
