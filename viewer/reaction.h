/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reaction: what the launcher does about a reason. Pure.
 */
#ifndef SJ_VIEWER_REACTION_H
#define SJ_VIEWER_REACTION_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/base/reason.h"

#define SJ_VIEWER_BACKOFF_MIN_MS 500u
#define SJ_VIEWER_BACKOFF_MAX_MS 15000u
/* A connection that held so long starts the back-off anew. */
#define SJ_VIEWER_STEADY_MS 10000u

/*
 * True if the launcher may connect again by itself after reason: transport
 * that broke, a host that cannot be reached. Never after a deliberate end,
 * a refusal, a certificate or a violation.
 */
bool sj_reaction_is_retry(enum sj_reason reason);

/* The exit status when reason is the last word. */
enum sj_exit sj_reaction_exit(enum sj_reason reason);

/*
 * The reason to show when the gate said gate_reason (NONE: it said nothing) and
 * the decoder ended with wait status decoder_status. A decoder that refused
 * or was killed explains a gate that only saw its stream end.
 */
enum sj_reason sj_reaction_judge(
	enum sj_reason gate_reason, int decoder_status);

/* The wait after one of wait_ms: 0 begins; doubles up to the maximum. */
uint32_t sj_reaction_backoff_ms(uint32_t wait_ms);

#endif /* SJ_VIEWER_REACTION_H */
