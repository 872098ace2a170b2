/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pace: how much may be on the way to one viewer, and how fast it goes.
 *
 * The viewer grants credits by update requests. Each group of updates takes
 * one, and a request that comes while updates are on the way says that the
 * oldest group of them has arrived. A large update is a group of its own;
 * small ones are counted together (SJ_LIMIT_HELD_BYTES, SJ_LIMIT_HELD_UPDATES),
 * and as long as their group has not ended they do not count as being on the
 * way. From the last one of each group the rate of the whole way
 * (agent, gates, TLS, network, decoder) and its round trip are measured, much
 * as BBR does (draft-ietf-ccwg-bbr), and what is on the way is kept to 1.5
 * times their product. A token bucket caps the rate where that is configured.
 * Pure: no I/O, no allocation, the caller gives the time (sj_clock_us). The
 * peer can only make its own session slow by asking wrongly. Not thread-safe.
 */
#ifndef SJ_HOST_PACE_H
#define SJ_HOST_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/limits.h"

#define SJ_PACE_TRAINS 5

/* An update on the way, with what was known when it was sent. */
struct sj_pace_update {
	uint32_t bytes, ahead_bytes;
	bool is_limited; /* by us, not by the line */
	bool ends_group; /* a request comes when it has arrived */
	uint64_t sent_us, first_sent_us;
	uint64_t arrived_bytes, arrived_us;
};

struct sj_pace {
	uint64_t cap_bytes_per_s; /* 0: none */
	unsigned credits;

	/* A ring of what is on the way, oldest first. */
	struct sj_pace_update update[SJ_LIMIT_CREDITS];
	size_t first, count;
	size_t way_bytes;
	/* Of the youngest, whose receipts the viewer holds back. */
	size_t held_bytes;
	unsigned held;

	/* What has arrived. */
	uint64_t arrived_bytes, arrived_us;
	uint64_t first_sent_us;
	uint64_t last_sent_us;  /* of the update that arrived last */
	uint64_t limited_bytes; /* until that has arrived, we are the limit */
	uint64_t round_bytes;   /* a round trip ends when that has arrived */

	/* The highest rates of this span of time and the one before. */
	uint64_t rate[2];
	uint64_t rate_us;

	/* Updates that went one behind the other, and the rates of the last
	 * such trains, of which the middle one counts. */
	uint64_t train_us, train_sent_us; /* of what came before it */
	uint64_t train_end_us;            /* what arrived last */
	size_t train_bytes;
	uint64_t train_rate[SJ_PACE_TRAINS];
	size_t trains;          /* in all, that are over */
	bool is_train_measured; /* the one that is not */

	/* The shortest round trip, and the bytes of that update. */
	uint64_t trip_us;
	uint32_t trip_bytes;
	uint64_t trip_at_us;

	/* At the start the window grows until the rate does not; later it is
	 * tried now and then whether more would pass. */
	bool is_grown;
	uint64_t grown_rate;
	unsigned grown_rounds;
	unsigned probe_rounds; /* that are left of the trial */

	bool is_slow;

	/* The bucket of the cap: below 0, nothing may be sent. */
	int64_t cap_level_bytes;
	uint64_t cap_us;
};

/* A new viewer, which has granted nothing. cap_bytes_per_s: 0 for none. */
void sj_pace_begin(
	struct sj_pace *pace, uint64_t cap_bytes_per_s, uint64_t now_us);

/* The viewer asks for an update: one more credit, one less on the way. */
void sj_pace_request(struct sj_pace *pace, uint64_t now_us);

/* An update of bytes was sent, which sj_pace_room had allowed. */
void sj_pace_sent(struct sj_pace *pace, size_t bytes, uint64_t now_us);

/* There is nothing to send though there may be room. */
void sj_pace_idle(struct sj_pace *pace, uint64_t now_us);

/*
 * Bytes that the next update should have at most; 0: none may be sent now.
 * Somewhat more does no harm: it counts.
 */
SJ_MUST_USE size_t sj_pace_room(const struct sj_pace *pace, uint64_t now_us);

/* Microseconds until there may be room although no request comes;
 * UINT64_MAX: only a request helps. */
SJ_MUST_USE uint64_t sj_pace_wait_us(
	const struct sj_pace *pace, uint64_t now_us);

/* The rate of the way, at most the cap; 0: not known yet. */
SJ_MUST_USE uint64_t sj_pace_rate_bytes_per_s(const struct sj_pace *pace);

/* What should be on the way at most, in all queues together. */
SJ_MUST_USE size_t sj_pace_limit_bytes(
	const struct sj_pace *pace, uint64_t now_us);

/* What one update should have at most: few milliseconds of the line. */
SJ_MUST_USE size_t sj_pace_update_bytes(const struct sj_pace *pace);

/* True while the line is known to carry about 10 Mbit/s or less. */
SJ_MUST_USE bool sj_pace_is_slow(const struct sj_pace *pace);

#endif /* SJ_HOST_PACE_H */
