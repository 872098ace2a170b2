/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * policy: the whitelist. What is not a row is refused.
 *
 * One row for each message of a direction and for each encoding; each profile
 * says in which states of the session it passes. docs/protocol.md repeats the
 * table in words.
 */
#ifndef SJ_PROTOCOL_GATE_POLICY_H
#define SJ_PROTOCOL_GATE_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"

enum sj_gate_profile {
	SJ_GATE_DEFAULT, /* our viewer and our host */
	SJ_GATE_STRICT,  /* guard towards the viewer: Raw, CopyRect, Zlib */
	SJ_GATE_STOCK    /* foreign viewers, when configured */
};
#define SJ_GATE_PROFILES 3

enum sj_gate_kind {
	SJ_GATE_FROM_VIEWER, /* number is a message type */
	SJ_GATE_FROM_HOST,   /* number is a message type */
	SJ_GATE_ENCODING     /* number is an encoding of a rectangle */
};

/* States of a session, as bits. */
enum sj_gate_state {
	SJ_GATE_FRESH = 1,     /* nothing but the handshake has happened */
	SJ_GATE_FORMATTED = 2, /* the viewer has sent SetPixelFormat */
	SJ_GATE_ASKED = 4,     /* SetEncodings, no update request yet */
	SJ_GATE_RUNNING = 8,   /* the viewer has requested an update */
	SJ_GATE_PAINTED = 16,  /* pixels have passed: CopyRect has a source */
	SJ_GATE_ENDED = 32     /* session end has passed */
};

/* What becomes of a permitted unit. */
enum sj_gate_fate {
	SJ_GATE_REFUSE,  /* not in this profile at all */
	SJ_GATE_FORWARD, /* rebuilt and passed on */
	SJ_GATE_CONSUME  /* ends here (answered or dropped), counted */
};

#define SJ_GATE_COUNTERS 16

#define SJ_GATE_COUNT_KEYS 3 /* of KeyEvent, for who has no rows */

/* Counters of the viewer's direction that belong to no row. */
#define SJ_GATE_COUNT_KEYS_DROPPED 14
#define SJ_GATE_COUNT_MOTIONS_COALESCED 15

struct sj_gate_row {
	enum sj_gate_kind kind;
	int32_t number;
	uint8_t counter; /* index into struct sj_gate_counts */
	const char *name;
	struct {
		enum sj_gate_fate fate;
		unsigned states; /* of enum sj_gate_state */
	} profile[SJ_GATE_PROFILES];
};

/* The row of number, or NULL: refuse. */
const struct sj_gate_row *sj_gate_policy_find(
	enum sj_gate_kind kind, int32_t number);

/* All rows; *count is their number. For tests and for the printing of counts.
 */
const struct sj_gate_row *sj_gate_policy_rows(size_t *count);

/*
 * Name of the counter index of kind, e.g. "KeyEvent"; NULL if the index is
 * not used.
 */
const char *sj_gate_counter_name(enum sj_gate_kind kind, size_t index);

/*
 * True if a SetEncodings of this profile keeps number (our rows, and for
 * stock viewers the compression levels -256 to -247).
 */
SJ_MUST_USE bool sj_gate_policy_may_announce(
	enum sj_gate_profile profile, int32_t number);

#endif /* SJ_PROTOCOL_GATE_POLICY_H */
