/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * clock: monotonic time, deadlines and token buckets.
 *
 * Time is passed in by the caller wherever a decision depends on it, so that
 * tests decide what time it is.
 */
#ifndef SJ_PROTOCOL_BASE_CLOCK_H
#define SJ_PROTOCOL_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/base/attr.h"

/* Microseconds of CLOCK_MONOTONIC. Never fails. */
uint64_t sj_clock_us(void);

/* Milliseconds of CLOCK_MONOTONIC. Never fails. */
uint64_t sj_clock_ms(void);

/* The earlier of two times, the shorter of two waits. */
static inline uint64_t sj_sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/*
 * Milliseconds from now_ms until deadline_ms as poll(2) wants it: 0 when it
 * has passed, capped at INT_MAX.
 */
int sj_clock_poll_ms(uint64_t now_ms, uint64_t deadline_ms);

/* Token bucket: per_second tokens flow in, burst is the ceiling. */
struct sj_bucket {
	uint32_t per_second;
	uint32_t burst;
	uint64_t level_milli; /* thousandths of a token */
	uint64_t filled_us;
};

/* A full bucket at time now_us. */
struct sj_bucket sj_bucket_of(
	uint32_t per_second, uint32_t burst, uint64_t now_us);

/* Takes one token; false, nothing taken, when the bucket is empty. */
SJ_MUST_USE bool sj_bucket_take(struct sj_bucket *bucket, uint64_t now_us);

/* Microseconds until a token is there; 0 when there is one now. */
uint64_t sj_bucket_wait_us(struct sj_bucket *bucket, uint64_t now_us);

#endif /* SJ_PROTOCOL_BASE_CLOCK_H */
