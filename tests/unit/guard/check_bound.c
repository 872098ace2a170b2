/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/bound.h"

#include "protocol/rfb/keysym.h"
#include "tests/support/suite.h"

START_TEST(has_room_for_every_keysym_that_passes)
{
	uint64_t count = 0;

	for (uint32_t keysym = 0; keysym <= 0x0110ffff; keysym++)
		count += sj_rfb_keysym_is_allowed(keysym);
	ck_assert_uint_gt(count, UINT64_C(1) << 20);
	ck_assert_uint_le(count, UINT64_C(1) << 21);
}
END_TEST

START_TEST(counts_what_an_event_can_say_and_when)
{
	const struct sj_size size = {1024, 1024};
	struct sj_bound bound;

	sj_bound_begin(&bound, 0);
	sj_bound_key(&bound, 1000);
	ck_assert_uint_eq(bound.to_host_bits, 22); /* nothing before it */
	sj_bound_key(&bound, 1000 + 1022);
	ck_assert_uint_eq(bound.to_host_bits, 22 + 22 + 10);
	sj_bound_pointer(&bound, &size, 1000 + 1022);
	ck_assert_uint_eq(bound.to_host_bits, 54 + 7 + 20 + 1);
	ck_assert_uint_eq(bound.to_viewer_bits, 0);
}
END_TEST

START_TEST(counts_fewer_moments_with_a_quantum)
{
	struct sj_bound fine, coarse;

	sj_bound_begin(&fine, 0);
	sj_bound_begin(&coarse, 50);
	for (uint64_t i = 1; i <= 100; i++) {
		sj_bound_key(&fine, i * 100000);
		sj_bound_key(&coarse, i * 100000);
	}
	ck_assert_uint_eq(fine.to_host_bits, 100 * 22 + 99 * 17);
	ck_assert_uint_eq(coarse.to_host_bits, 100 * 22 + 99 * 2);
}
END_TEST

START_TEST(counts_every_bit_of_an_update)
{
	struct sj_bound bound;

	sj_bound_begin(&bound, 0);
	sj_bound_update(&bound, 1000, 5);
	ck_assert_uint_eq(bound.to_viewer_bits, 8000);
	sj_bound_size(&bound, 5);
	ck_assert_uint_eq(bound.to_host_bits, 12 + 11);
}
END_TEST

SJ_SUITE_MAIN("guard_bound", has_room_for_every_keysym_that_passes,
	counts_what_an_event_can_say_and_when,
	counts_fewer_moments_with_a_quantum, counts_every_bit_of_an_update)
