/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/pulse.h"

#include "tests/support/suite.h"

START_TEST(who_said_that_it_lives_has_to_go_on_saying_so)
{
	struct sj_pulse pulse = {.is_known = false};

	for (unsigned round = 0; round < 2; round++) {
		sj_pulse_hear(&pulse);
		for (unsigned i = 1; i < 4; i++)
			ck_assert(!sj_pulse_is_gone(&pulse, 4));
	}
	ck_assert(sj_pulse_is_gone(&pulse, 4));
	/* Once: it is being ended. */
	ck_assert(!sj_pulse_is_gone(&pulse, 4));
}
END_TEST

START_TEST(who_never_said_so_is_not_judged)
{
	struct sj_pulse pulse = {.is_known = false};

	for (unsigned i = 0; i < 10; i++)
		ck_assert(!sj_pulse_is_gone(&pulse, 4));
}
END_TEST

SJ_SUITE_MAIN("supervise_pulse", who_said_that_it_lives_has_to_go_on_saying_so,
	who_never_said_so_is_not_judged)
