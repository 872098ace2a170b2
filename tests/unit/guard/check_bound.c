/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/bound.h"

#include <math.h>

#include "protocol/base/limits.h"
#include "protocol/rfb/keysym.h"
#include "tests/support/suite.h"

#define GAPS (1 << 20)

static struct sj_bound bound;
static const struct sj_size size = {1000, 700};

/* Bits of one event of each kind, gap_us after the beginning. */
static uint64_t key_bits(uint32_t quantum_ms, uint64_t gap_us)
{
	sj_bound_begin(&bound, quantum_ms, 0);
	sj_bound_key(&bound, gap_us);
	return bound.to_host_bits;
}

static uint64_t pointer_bits(void)
{
	sj_bound_begin(&bound, 0, 0);
	sj_bound_pointer(&bound, &size, 0);
	return bound.to_host_bits;
}

static uint64_t size_bits(void)
{
	sj_bound_begin(&bound, 0, 0);
	sj_bound_size(&bound, 0);
	return bound.to_host_bits;
}

static uint64_t end_bits(void)
{
	sj_bound_begin(&bound, 0, 0);
	sj_bound_end(&bound, 0);
	return bound.to_host_bits;
}

/* What a code of bits takes of the whole, without gap_bits of them. */
static double share(uint64_t bits, uint64_t gap_bits)
{
	return pow(2, -(double)(bits - gap_bits));
}

static double gaps_sum(uint32_t quantum_ms, uint64_t step_us)
{
	uint64_t least = key_bits(quantum_ms, 0);
	double sum = 0;

	/* Whatever is not of the gap itself is the same for all of them. */
	for (uint64_t gap = 0; gap < GAPS; gap++)
		sum += share(key_bits(quantum_ms, gap * step_us), least - 1);
	return sum;
}

/* The inequality of Kraft: more different things cannot have such lengths. */
START_TEST(tells_every_moment_apart)
{
	double fine = gaps_sum(0, 1), coarse = gaps_sum(50, 50000);

	ck_assert(fine <= 1);
	ck_assert(coarse <= 1);
	/* And wastes little. */
	ck_assert(fine > 0.9);
}
END_TEST

START_TEST(tells_every_event_apart)
{
	const uint64_t gap_bits = 1; /* of none */
	double keysyms = 0, sizes, places, sum;

	for (uint32_t keysym = 0; keysym <= 0x0110ffff; keysym++)
		keysyms += sj_rfb_keysym_is_allowed(keysym);
	ck_assert(keysyms > 1 << 20);
	places = (double)size.width_px * size.height_px * 128;
	sizes = (double)(SJ_LIMIT_WIDTH_PX - SJ_LIMIT_WIDTH_MIN_PX + 1) *
		(SJ_LIMIT_HEIGHT_PX - SJ_LIMIT_HEIGHT_MIN_PX + 1);
	sum = 2 * keysyms * share(key_bits(0, 0), gap_bits) +
	      places * share(pointer_bits(), gap_bits) +
	      sizes * share(size_bits(), gap_bits) +
	      share(end_bits(), gap_bits);
	ck_assert(sum <= 1);
}
END_TEST

START_TEST(adds_up_what_was_passed_on)
{
	sj_bound_begin(&bound, 0, 1000);
	sj_bound_key(&bound, 1000);
	ck_assert_uint_eq(bound.to_host_bits, 2 + 22 + 1);
	/* 1023 microseconds: 10 digits behind the first of 1024. */
	sj_bound_key(&bound, 1000 + 1023);
	ck_assert_uint_eq(bound.to_host_bits, 25 + 2 + 22 + 10 + 2 * 3 + 1);
	ck_assert_uint_eq(bound.to_viewer_bits, 0);
	sj_bound_update(&bound, 1000, 1000);
	ck_assert_uint_eq(bound.to_viewer_bits, 2 + 8000 + 1);
}
END_TEST

START_TEST(counts_fewer_moments_with_a_quantum)
{
	struct sj_bound fine, coarse;

	sj_bound_begin(&fine, 0, 0);
	sj_bound_begin(&coarse, 50, 0);
	for (uint64_t i = 1; i <= 100; i++) {
		sj_bound_key(&fine, i * 100000);
		sj_bound_key(&coarse, i * 100000);
	}
	ck_assert_uint_eq(coarse.to_host_bits, 100 * (2 + 22 + 4));
	ck_assert_uint_gt(fine.to_host_bits, coarse.to_host_bits + 100 * 16);
}
END_TEST

SJ_SUITE_MAIN("guard_bound", tells_every_moment_apart, tells_every_event_apart,
	adds_up_what_was_passed_on, counts_fewer_moments_with_a_quantum)
