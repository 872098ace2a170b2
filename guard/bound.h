/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bound: how many bits a session can have carried at most, in each direction.
 *
 * Counted is what was passed on, and when, as long as it is in a code that
 * tells all that could have been passed on apart: its kind, which of the events
 * of this kind, and how many steps of the quantum (of a microsecond without
 * one) have gone by since the event before or the beginning; at last the end.
 * So there are at most 2 to the n different connections of n bits. Towards the
 * viewer every bit of an update counts, though no byte of it was made by the
 * host. An upper bound, not an estimate: Cover and Thomas, Elements of
 * Information Theory, chapter 5 (Kraft's inequality). Pure.
 */
#ifndef SJ_GUARD_BOUND_H
#define SJ_GUARD_BOUND_H

#include <stdint.h>

#include "protocol/base/rect.h"

struct sj_bound {
	uint64_t quantum_us; /* at least 1 */
	uint64_t to_host_bits, to_viewer_bits;
	uint64_t host_us, viewer_us; /* of the last event */
};

/* Starts at nothing; quantum_ms 0 is none. */
void sj_bound_begin(
	struct sj_bound *bound, uint32_t quantum_ms, uint64_t now_us);

/* One event was passed on to the host. */
void sj_bound_key(struct sj_bound *bound, uint64_t now_us);
void sj_bound_pointer(
	struct sj_bound *bound, const struct sj_size *size, uint64_t now_us);
void sj_bound_size(struct sj_bound *bound, uint64_t now_us);

/* An update of that many bytes was made for the viewer. */
void sj_bound_update(struct sj_bound *bound, uint64_t bytes, uint64_t now_us);

/* The connection is over; once. */
void sj_bound_end(struct sj_bound *bound, uint64_t now_us);

#endif /* SJ_GUARD_BOUND_H */
