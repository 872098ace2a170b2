/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/pulse.h"

#include <fcntl.h>
#include <unistd.h>

#include "tests/support/suite.h"

START_TEST(who_said_that_it_lives_has_to_go_on_saying_so)
{
	struct sj_pulse pulse = {.is_known = false};

	for (unsigned round = 0; round < 2; round++) {
		sj_pulse_hear(&pulse);
		/* The first turn may come right behind it. */
		for (unsigned i = 0; i < 4; i++)
			ck_assert(!sj_pulse_is_gone(&pulse, 4, -1));
	}
	ck_assert(sj_pulse_is_gone(&pulse, 4, -1));
	/* Once: it is being ended. */
	ck_assert(!sj_pulse_is_gone(&pulse, 4, -1));
}
END_TEST

START_TEST(who_never_said_so_is_not_judged)
{
	struct sj_pulse pulse = {.is_known = false};

	for (unsigned i = 0; i < 10; i++)
		ck_assert(!sj_pulse_is_gone(&pulse, 4, -1));
}
END_TEST

/* A supervisor may be slow to listen. */
START_TEST(what_is_not_read_yet_is_no_silence)
{
	struct sj_pulse pulse = {.is_known = true, .quiet_turns = 4};
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_int_eq(write(ends[1], "p", 1), 1);
	ck_assert(!sj_pulse_is_gone(&pulse, 4, ends[0]));
	ck_assert_uint_eq(pulse.quiet_turns, 0);
	(void)close(ends[1]);
	(void)close(ends[0]);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	pulse.quiet_turns = 4;
	ck_assert(sj_pulse_is_gone(&pulse, 4, ends[0]));
	(void)close(ends[1]);
	(void)close(ends[0]);
}
END_TEST

SJ_SUITE_MAIN("supervise_pulse", who_said_that_it_lives_has_to_go_on_saying_so,
	who_never_said_so_is_not_judged, what_is_not_read_yet_is_no_silence)
