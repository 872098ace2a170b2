/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/clock.h"

#include <limits.h>
#include <time.h>

/* A bucket that rested this long is full whatever its rate and burst. */
#define REST_US UINT64_C(4000000000)

uint64_t sj_clock_us(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t sj_clock_ms(void)
{
	return sj_clock_us() / 1000;
}

int sj_clock_poll_ms(uint64_t now_ms, uint64_t deadline_ms)
{
	if (deadline_ms <= now_ms)
		return 0;
	if (deadline_ms - now_ms > INT_MAX)
		return INT_MAX;
	return (int)(deadline_ms - now_ms);
}

struct sj_bucket sj_bucket_of(
	uint32_t per_second, uint32_t burst, uint64_t now_us)
{
	return (struct sj_bucket){.per_second = per_second,
		.burst = burst,
		.level_milli = (uint64_t)burst * 1000,
		.filled_us = now_us};
}

static void bucket_fill(struct sj_bucket *bucket, uint64_t now_us)
{
	uint64_t full = (uint64_t)bucket->burst * 1000;
	uint64_t passed, flow;

	if (now_us <= bucket->filled_us || bucket->per_second == 0)
		return;
	passed = now_us - bucket->filled_us;
	if (passed > REST_US)
		passed = REST_US;
	flow = passed * bucket->per_second / 1000;
	if (flow >= full - bucket->level_milli) {
		bucket->level_milli = full;
		bucket->filled_us = now_us;
		return;
	}
	/* Only the time that made whole thousandths is used up. */
	bucket->level_milli += flow;
	bucket->filled_us +=
		(flow * 1000 + bucket->per_second - 1) / bucket->per_second;
}

bool sj_bucket_take(struct sj_bucket *bucket, uint64_t now_us)
{
	bucket_fill(bucket, now_us);
	if (bucket->level_milli < 1000)
		return false;
	bucket->level_milli -= 1000;
	return true;
}

uint64_t sj_bucket_wait_us(struct sj_bucket *bucket, uint64_t now_us)
{
	uint64_t missing, need, passed;

	bucket_fill(bucket, now_us);
	if (bucket->level_milli >= 1000)
		return 0;
	if (bucket->per_second == 0 || bucket->burst == 0)
		return UINT64_MAX;
	missing = 1000 - bucket->level_milli;
	need = (missing * 1000 + bucket->per_second - 1) / bucket->per_second;
	passed = now_us > bucket->filled_us ? now_us - bucket->filled_us : 0;
	return need > passed ? need - passed : 1;
}
